#!/usr/bin/python
# Copyright (c) 2026, mailops.zimbra contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Attributes of an entry when it is made, changed, renamed: what is refused, what the platform changes along."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping

from zimsim.model import errors
from zimsim.model.attribute_schema import (
    check_value,
    is_immutable,
    is_known,
    is_settable_at_creation,
    is_single,
    spelled,
)
from zimsim.model.entries import ACCOUNT_KINDS, ADDRESS_KINDS, Attributes, Entry

__all__ = [
    "apply", "check_changes", "check_creation", "is_known", "on_creation", "on_rename", "spelled", "timestamp",
]  # fmt: skip

_LDAP = "ldap host=localhost:389"
_BOTH_ROUTES = "setting both zimbraMailHost and zimbraMailTransport in the same request is not allowed"
_CLASSES = {"cos": "zimbraCOS", "server": "zimbraServer", "config": "zimbraGlobalConfig"}


def check_creation(kind: str, given: Attributes) -> None:
    """CreateDomain does not look at values (R67), the others do."""
    for name, values in given.items():
        if not is_known(name):
            raise errors.ServiceError(
                "ldap.INVALID_ATTR_NAME",
                f"invalid attr name - unable to create entry: {_LDAP}: {name}: attribute type undefined",
                sender=False,
            )
        if name == "zimbraId":
            _check_given_id(kind)
        elif not is_settable_at_creation(name):
            raise errors.invalid_request(f"{name} is immutable")
        if is_single(name) and len(values) > 1:
            raise errors.ldap_invalid_attr_value(f"unable to create entry: {_LDAP}: {name}: multiple values provided")
        if kind != "domain":
            for value in values:
                check_value(name, value)
    if "zimbraMailHost" in given and "zimbraMailTransport" in given:
        raise errors.invalid_request(_BOTH_ROUTES)
    if kind == "resource" and "displayName" not in given:
        raise errors.ServiceError(
            "ldap.OBJECT_CLASS_VIOLATION",
            f"object class violation - unable to create entry: {_LDAP}: object class 'zimbraCalendarResource' requires"
            " attribute 'displayName'",
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
    if kind in _CLASSES:
        values.update(objectClass=[_CLASSES[kind]], cn=[name])
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
            aliases = values.get("zimbraMailAlias", ())
            values["zimbraMailAlias"] = [name if each == entry.name else each for each in aliases]
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
                f"invalid attr name: invalid attr name - unable to modify attributes: {_LDAP}: {name}: attribute type"
                " undefined",
            )
        if is_immutable(name):
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
            raise errors.failure("unable to modify attrs: invalid request: can't mix +attrName/-attrName with attrName")
    if kind in ACCOUNT_KINDS and {"zimbraMailHost", "zimbraMailTransport"} <= {spelled(name) for name in changes}:
        raise errors.invalid_request(_BOTH_ROUTES)


def apply(entry: Entry, changes: Mapping[str, str | list[str]], transport: Callable[[str], str]) -> Attributes:
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
            "Setting zimbraDomainStatus to shutdown is not allowed.  It is an internal status and can only be set by"
            " server"
        )
    if status == "closed":
        values["zimbraMailStatus"] = ["disabled"]
    elif status in ("active", "maintenance", "locked"):
        values["zimbraMailStatus"] = ["enabled"]


def _follow_mail_host(entry: Entry, values: Attributes, changed: set[str], transport: Callable[[str], str]) -> None:
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
