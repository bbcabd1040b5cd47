#!/usr/bin/python
# Copyright (c) 2026, mailops.zimbra contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is known of the attributes: names, single or multiple values, forms, inheritance, what creation adds.

Names and defaults are those seen in the real servers' answers (``data/``); a name that is not there is refused as
unknown (R13), which is stricter than the real schema of about 1,900 names.
"""

from __future__ import annotations

import json
import re
import time
from collections.abc import Callable, Mapping
from functools import cache
from importlib import resources

from zimsim.model import errors
from zimsim.model.entries import ACCOUNT_KINDS, ADDRESS_KINDS, DEFAULT_COS_ID, Attributes, Entry

_PLAIN = frozenset(
    """c carLicense cn co company dc departmentNumber description destinationIndicator displayName dgIdentity
    employeeNumber employeeType facsimileTelephoneNumber gecos gidNumber givenName homePhone homePostalAddress initials
    jpegPhoto l mail manager memberURL member mobile o objectClass ou pager photo physicalDeliveryOfficeName
    postalAddress postalCode postOfficeBox preferredLanguage roomNumber seeAlso sn st street telephoneNumber title uid
    userCertificate userPassword x500UniqueIdentifier amavisBypassSpamChecks amavisSpamTagLevel""".split()
)
_MULTIPLE = frozenset(
    """cn sn description givenName mail uid objectClass telephoneNumber mobile homePhone ou o l st street
    title pager facsimileTelephoneNumber postalAddress member userPassword zimbraACE zimbraMailAlias zimbraMemberOf
    zimbraMailForwardingAddress zimbraAllowFromAddress zimbraPrefAllowAddressForDelegatedSender zimbraForeignPrincipal
    zimbraMailCatchAllAddress zimbraInterceptAddress zimbraArchiveAccount zimbraMailHostPool zimbraSharedItem
    zimbraDomainCOSMaxAccounts zimbraGalAccountId zimbraVirtualHostname zimbraMtaRelayHost zimbraMtaMyNetworks
    zimbraMtaRestriction zimbraServiceInstalled zimbraServiceEnabled zimbraAuthTokenKey zimbraAuthTokens
    zimbraCsrfTokenData zimbraChildAccount zimbraAuthLdapURL zimbraPasswordHistory zimbraPrefMailSMIMECertificate
    zimbraFeatureSocialFiltersEnabled zimbraDeviceAllowedPasscodeLockoutDuration zimbraMailTrustedIP
    zimbraPrefMailTrustedSenderList zimbraHttpThrottleSafeIPs zimbraGalLdapAttrMap zimbraGalLdapValueMap
    zimbraAutoProvAttrMap zimbraAutoProvMode zimbraAutoProvScheduledDomains zimbraBackupReportEmailRecipients
    amavisBypassSpamChecks zimbraReverseProxyResponseHeaders zimbraWebClientSupportedHelps
    zimbraDomainAggregateQuotaWarnEmailRecipient zimbraAccountExtraObjectClass zimbraDomainExtraObjectClass""".split()
)
_IMMUTABLE = frozenset(
    """zimbraId mail zimbraMailAlias uid zimbraMailDeliveryAddress zimbraMemberOf zimbraOldMailAddress
    zimbraCreateTimestamp zimbraLastLogonTimestamp zimbraDomainName zimbraDomainType zimbraIsACLGroup
    zimbraAuthTokenKey""".split()
)
# What creation may set although later changes may not.
_SETTABLE_AT_CREATION = frozenset(
    ("uid", "zimbraMailDeliveryAddress", "zimbraDomainType", "zimbraDomainName", "zimbraIsACLGroup", "zimbraCreateTimestamp")
)
_ENUMS: dict[str, tuple[str, ...]] = {
    "zimbraAccountStatus": ("active", "maintenance", "locked", "closed", "lockout", "pending"),
    "zimbraDomainStatus": ("active", "maintenance", "locked", "closed", "suspended", "shutdown"),
    "zimbraMailStatus": ("enabled", "disabled"),
    "zimbraDomainType": ("local", "alias"),
    "zimbraCalResType": ("Location", "Equipment"),
}
_BOOLEANS = frozenset(
    """zimbraHideInGal zimbraIsSystemResource zimbraIsSystemAccount zimbraIsAdminAccount zimbraIsDelegatedAdminAccount
    zimbraIsExternalVirtualAccount zimbraIsACLGroup zimbraPasswordMustChange zimbraPrefMailLocalDeliveryDisabled
    zimbraCalResAutoAcceptDecline zimbraCalResAutoDeclineIfBusy zimbraCalResAutoDeclineRecurring""".split()
)
_NOT_BOOLEAN = frozenset(("zimbraServiceEnabled", "zimbraFeatureSocialFiltersEnabled"))
_DURATIONS = frozenset(("zimbraMailTrashLifetime", "zimbraMailSpamLifetime", "zimbraMailMessageLifetime"))
_DURATION = re.compile(r"\d+(h|m|s|d|ms)?\Z")
_NUMBERS = frozenset(("zimbraMailQuota", "zimbraMailDomainQuota", "zimbraDomainAggregateQuota", "zimbraDomainMaxAccounts"))
_DURATION_TEXT = (
    "{} Must be in valid duration format: {{digits}}{{time-unit}}.  digits: 0-9, time-unit: [hmsd]|ms.  h - hours,"
    " m - minutes, s - seconds, d - days, ms - milliseconds"
)
# COS attributes that describe the COS itself.
_COS_OWN = frozenset(("cn", "description", "objectClass", "zimbraId", "zimbraCreateTimestamp", "zimbraNotes", "zimbraACE",
                      "zimbraMailHostPool"))  # fmt: skip
_LENT_BY_CONFIG = {
    "domain": re.compile(
        r"zimbra(Gal(Sync)?LdapPageSize|FreebusyExchange\w+|DomainAggregateQuota\w*|MailDomainQuota|ReverseProxyClientCert"
        r"Mode|AdminConsole\w+|ExportMaxDays|GalSyncTimestampFormat|GalAutoCompleteLdapFilter|AuthFallbackToLocal)\Z"
    ),
    "server": re.compile(r"zimbra(Mail(Port|SSLPort|Mode|URL|Proxy\w+|Purge\w+)|Mta\w+|Lmtp\w+|HttpRequest\w+|Backup\w+)\Z"),
}


@cache
def known_names() -> dict[str, str]:
    """Lower-case name to the platform's spelling."""
    text = resources.files("zimsim.model").joinpath("data/attribute_names.txt").read_text(encoding="utf-8")
    return {name.lower(): name for name in [*text.split(), *_PLAIN]}


@cache
def _defaults() -> Attributes:
    text = resources.files("zimsim.model").joinpath("data/cos_defaults.json").read_text(encoding="utf-8")
    values: Attributes = json.loads(text)
    return values


def cos_defaults(product: str) -> Attributes:
    """What the default COS of the product holds; Trash and Junk are searched by default only on Carbonio (Z3)."""
    values = {name: list(each) for name, each in _defaults().items()}
    if product == "carbonio":
        values.update(
            zimbraPrefIncludeTrashInSearch=["TRUE"],
            zimbraPrefIncludeSpamInSearch=["TRUE"],
            zimbraPrefIncludeSharedItemsInSearch=["TRUE"],
            zimbraMailIdleSessionTimeout=["1d"],
        )
    else:
        values = {name: each for name, each in values.items() if not name.startswith("carbonio")}
    return values


def is_known(name: str) -> bool:
    return name.lower() in known_names()


def spelled(name: str) -> str:
    """Names are case-insensitive (R16); unknown ones stay as they are."""
    return known_names().get(name.lower(), name)


def is_single(name: str) -> bool:
    return name not in _MULTIPLE


def is_inherited(kind: str, name: str) -> bool:
    """Whether an entry lends the attribute on: COS to accounts, configuration to domains and servers."""
    if kind == "cos":
        return name not in _COS_OWN
    return bool(_LENT_BY_CONFIG[kind].match(name))


def check_value(name: str, value: str) -> None:
    """The platform's own complaints about a value (R17)."""
    if name in _ENUMS and value not in _ENUMS[name]:
        raise errors.invalid_attr_value(f"{name} must be one of: {','.join(_ENUMS[name])}")
    if _is_boolean(name) and value not in ("TRUE", "FALSE"):
        raise errors.invalid_attr_value(f"{name} must be TRUE or FALSE")
    if name == "zimbraMailQuota" and not value.isdigit():
        raise errors.invalid_attr_value(f"can not modify mail quota (invalid format): {value}")
    if name in _NUMBERS and not re.match(r"-?\d+\Z", value):
        raise errors.invalid_attr_value(f"{name} must be a valid long: {value}")
    if name in _DURATIONS and not _DURATION.match(value):
        raise errors.invalid_attr_value(_DURATION_TEXT.format(name))
    if name == "zimbraPrefMailSignature" and len(value) > 10240:
        raise errors.invalid_request(f"{name} is longer than the limited value 10240")


@cache
def _is_boolean(name: str) -> bool:
    """By the list, by the ending, or because its default is a truth value."""
    if name in _NOT_BOOLEAN:
        return False
    return name in _BOOLEANS or name.endswith("Enabled") or _defaults().get(name, [""])[0] in ("TRUE", "FALSE")


def check_creation(kind: str, given: Attributes) -> None:
    """CreateDomain does not look at values (R67), the others do."""
    for name, values in given.items():
        if not is_known(name):
            raise errors.ServiceError(
                "ldap.INVALID_ATTR_NAME",
                f"invalid attr name - unable to create entry: ldap host=localhost:389: {name}: attribute type undefined",
                sender=False,
            )
        if name == "zimbraId":
            _check_given_id(kind)
        elif name in _IMMUTABLE and name not in _SETTABLE_AT_CREATION:
            raise errors.invalid_request(f"{name} is immutable")
        if is_single(name) and len(values) > 1:
            raise errors.ldap_invalid_attr_value(
                f"unable to create entry: ldap host=localhost:389: {name}: multiple values provided"
            )
        if kind != "domain":
            for value in values:
                check_value(name, value)
    if "zimbraMailHost" in given and "zimbraMailTransport" in given:
        raise errors.invalid_request(
            "setting both zimbraMailHost and zimbraMailTransport in the same request is not allowed"
        )
    if kind == "resource" and "displayName" not in given:
        raise errors.ServiceError(
            "ldap.OBJECT_CLASS_VIOLATION",
            "object class violation - unable to create entry: ldap host=localhost:389: object class"
            " 'zimbraCalendarResource' requires attribute 'displayName'",
            sender=False,
        )


def _check_given_id(kind: str) -> None:
    if kind == "cos":
        raise errors.invalid_request("zimbraId is immutable")
    if kind == "domain":
        raise errors.failure("unable to create domain")


def on_creation(
    kind: str, name: str, identifier: str, server: str, transport: Callable[[str], str], given: Attributes
) -> Attributes:
    """What the platform adds to a new entry; ``given`` values win over these.

    ``transport`` gives the transport that belongs to a mailbox server.
    """
    local, _, _ = name.partition("@")
    values: Attributes = {"zimbraId": [identifier], "zimbraCreateTimestamp": [timestamp()]}
    if kind in ACCOUNT_KINDS:
        values.update(
            objectClass=["inetOrgPerson", "zimbraAccount", *(["zimbraCalendarResource"] if kind == "resource" else []),
                         "amavisAccount"],
            uid=[local],
            cn=[given.get("displayName", [local])[0]],
            sn=[local],
            mail=[name, *given.get("zimbraMailAlias", ())],
            zimbraMailDeliveryAddress=[name],
            zimbraAccountStatus=["active"],
            zimbraMailStatus=["enabled"],
        )  # fmt: skip
        if "userPassword" in given:
            values["zimbraPasswordModifiedTime"] = [timestamp()]
        if given.get("zimbraAccountStatus", [""])[0] in ("closed", "pending"):
            given["zimbraMailStatus"] = ["disabled"]
    if kind == "dl":
        values.update(
            objectClass=["zimbraDistributionList", "zimbraMailRecipient"],
            uid=[local],
            mail=[name],
            zimbraMailAlias=[name],
            zimbraMailStatus=["enabled"],
            zimbraMailHost=[server],
        )
        if "displayName" in given:
            values["cn"] = list(given["displayName"])
    if kind in ACCOUNT_KINDS and "zimbraMailTransport" not in given:
        host = given.get("zimbraMailHost", [server])[0]
        values.update(zimbraMailHost=[host], zimbraMailTransport=[transport(host)])
    if kind == "domain":
        labels = name.split(".")
        values.update(
            objectClass=["dcObject", "organization", "zimbraDomain", "amavisAccount"],
            dc=[labels[0]],
            o=[f"{name} domain"],
            zimbraDomainName=[name],
            zimbraDomainType=["local"],
            zimbraDomainStatus=["active"],
            zimbraMailStatus=["enabled"],
        )
    if kind in ("cos", "server", "config"):
        values.update(objectClass=[{"cos": "zimbraCOS", "server": "zimbraServer", "config": "zimbraGlobalConfig"}[kind]])
        values.update(cn=[name])
    return values


def timestamp() -> str:
    """Now in LDAP's form: ``20261121103643.782Z``."""
    moment = time.time()
    return time.strftime("%Y%m%d%H%M%S", time.gmtime(moment)) + f".{int(moment * 1000) % 1000:03d}Z"


def on_rename(entry: Entry, name: str) -> Attributes:
    values = dict(entry.attrs)
    if entry.kind in ADDRESS_KINDS:
        values["uid"] = [name.partition("@")[0]]
        values["mail"] = [name, *[each for each in values.get("mail", ()) if each not in (entry.name, name)]]
        if "zimbraMailDeliveryAddress" in values:
            values["zimbraMailDeliveryAddress"] = [name]
        if entry.kind == "dl":
            values["zimbraMailAlias"] = [name if each == entry.name else each for each in values.get("zimbraMailAlias", ())]
    elif entry.kind in ("cos", "server"):
        values["cn"] = [name]
    return values


def check_changes(kind: str, changes: Mapping[str, str | list[str]]) -> None:
    """Refuses the whole request for one bad attribute (R13, R15, R16)."""
    signs: dict[str, set[str]] = {}
    for given, value in changes.items():
        sign = given[0] if given[:1] in ("+", "-") else ""
        name = spelled(given[1:] if sign else given)
        values = [value] if isinstance(value, str) else list(value)
        if not is_known(name):
            raise errors.ServiceError(
                "account.INVALID_ATTR_NAME",
                "invalid attr name: invalid attr name - unable to modify attributes: ldap host=localhost:389:"
                f" {name}: attribute type undefined",
            )
        if name in _IMMUTABLE or (name == "zimbraId"):
            raise errors.invalid_request(f"{name} is immutable")
        if is_single(name) and len(values) > 1:
            raise errors.invalid_request(f"{name} is a single-valued attribute")
        if sign != "-":
            for each in values:
                if each:
                    check_value(name, each)
        signs.setdefault(name, set()).add("±" if sign else "")
    for mixed in signs.values():
        if len(mixed) > 1:
            raise errors.failure(
                "unable to modify attrs: invalid request: can't mix +attrName/-attrName with attrName"
            )
    if kind in ACCOUNT_KINDS and {"zimbraMailHost", "zimbraMailTransport"} <= {spelled(name) for name in changes}:
        raise errors.invalid_request(
            "setting both zimbraMailHost and zimbraMailTransport in the same request is not allowed"
        )


def apply(
    entry: Entry, changes: Mapping[str, str | list[str]], transport: Callable[[str], str]
) -> Attributes:
    """The attributes after the change, with what the platform changes along with them."""
    values = {name: list(each) for name, each in entry.attrs.items()}
    for given, value in changes.items():
        sign = given[0] if given[:1] in ("+", "-") else ""
        name = spelled(given[1:] if sign else given)
        listed = [each for each in ([value] if isinstance(value, str) else value) if each != ""]
        if sign == "+":
            current = values.setdefault(name, [])
            current += [each for each in listed if each not in current]
        elif sign == "-":
            gone = {each.lower() for each in listed}
            values[name] = [each for each in values.get(name, ()) if each.lower() not in gone]
        else:
            values[name] = listed
    changed = {spelled(name.lstrip("+-")) for name in changes}
    if entry.kind in ACCOUNT_KINDS:
        _follow_status(values, changed)
        _follow_mail_host(entry, values, changed, transport)
    elif entry.kind == "domain":
        _follow_domain_status(values, changed)
    return {name: each for name, each in values.items() if each}


def _follow_status(values: Attributes, changed: set[str]) -> None:
    """closed and pending disable mail, others enable it unless the request says otherwise."""
    if "zimbraAccountStatus" not in changed:
        return
    if not values.get("zimbraAccountStatus"):
        raise errors.invalid_request("zimbraAccountStatus is a required attribute")
    if values["zimbraAccountStatus"][0] in ("closed", "pending"):
        values["zimbraMailStatus"] = ["disabled"]
    elif "zimbraMailStatus" not in changed:
        values["zimbraMailStatus"] = ["enabled"]


def _follow_domain_status(values: Attributes, changed: set[str]) -> None:
    if "zimbraDomainStatus" not in changed or not values.get("zimbraDomainStatus"):
        return
    status = values["zimbraDomainStatus"][0]
    if status == "shutdown":
        raise errors.invalid_request(
            "Setting zimbraDomainStatus to shutdown is not allowed.  It is an internal status and can only be set by server"
        )
    if status == "closed":
        values["zimbraMailStatus"] = ["disabled"]
    elif status in ("active", "maintenance", "locked"):
        values["zimbraMailStatus"] = ["enabled"]


def _follow_mail_host(
    entry: Entry, values: Attributes, changed: set[str], transport: Callable[[str], str]
) -> None:
    """zimbraMailTransport follows zimbraMailHost only while it is the computed one."""
    if "zimbraMailHost" not in changed or not values.get("zimbraMailHost"):
        return
    old_host, old_transport = entry.first("zimbraMailHost"), entry.first("zimbraMailTransport")
    if old_host and old_transport != transport(old_host):
        raise errors.invalid_request(
            "current value of zimbraMailHost does not match zimbraMailTransport, computed mail transport from current"
            f" zimbraMailHost={transport(old_host)}, current zimbraMailTransport={old_transport}"
        )
    values["zimbraMailTransport"] = [transport(values["zimbraMailHost"][0])]


def default_cos(product: str) -> tuple[str, Attributes]:
    """Id and attributes of the COS every server is born with."""
    return DEFAULT_COS_ID, {**cos_defaults(product), "description": ["The default COS"]}
