# Copyright (c) 2026, mailops.zimbra contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Who receives mail on a platform, and by which transport: read from the directory in a few streamed searches.

Sources: zimbra-provisioning 5.6 (SearchDirectory) and 7 (what Postfix looks up), zimbra-operations 7.1; R8, R22, R29,
R70, Z2.
"""

import contextlib
from typing import Any, Dict, Iterable, Iterator, List, NamedTuple, Optional, Sequence, Set, Tuple

from ansible_collections.mailops.zimbra.plugins.module_utils._errors import MailopsError
from ansible_collections.mailops.zimbra.plugins.module_utils._soap import SoapClient
from ansible_collections.mailops.zimbra.plugins.module_utils._soap_envelope import (
    ADMIN,
    Element,
    attributes_of,
    node,
    request,
)

DOMAIN, ACCOUNT, RESOURCE, LIST = "domain", "account", "resource", "list"
TRANSPORT = "zimbraMailTransport"
ALL_ADDRESSES = "(objectClass=*)"

_KINDS = {"account": ACCOUNT, "calresource": RESOURCE, "dl": LIST, "domain": DOMAIN}
_ATTRIBUTES = [
    TRANSPORT,
    "zimbraId",
    "zimbraMailHost",
    "zimbraMailStatus",
    "zimbraMailAlias",
    "zimbraMailCatchAllAddress",
    "zimbraIsSystemResource",
    "zimbraIsSystemAccount",
]
_DOMAIN_ATTRIBUTES = [TRANSPORT, "zimbraId", "zimbraDomainType", "zimbraMailStatus", "zimbraGalAccountId"]
# The platform's own mailboxes, named in the global configuration.
_SYSTEM_NAMES = ("zimbraSpamIsSpamAccount", "zimbraSpamIsNotSpamAccount", "zimbraAmavisQuarantineAccount")
# What Postfix asks for: nothing else is delivered.
_ENABLED = "enabled"


class DirectoryError(MailopsError):
    """The directory shows nothing where there must be something: a right is missing."""


class Domain(NamedTuple):
    """A domain. ``alias``: its addresses are those of another domain. ``transport`` None: none of its own."""

    id: str
    name: str
    alias: bool
    enabled: bool
    transport: Optional[str]


class Recipient(NamedTuple):
    """An account, resource or list. ``addresses``: all it receives under, ``@domain`` for a catch-all."""

    kind: str
    id: str
    name: str
    enabled: bool
    system: bool
    transport: Optional[str]
    mail_host: Optional[str]
    addresses: Sequence[str]


class MailDirectory:
    """One platform's directory, as far as mail flows by it."""

    def __init__(self, client: SoapClient) -> None:
        self._client = client
        self._domains: Optional[List[Domain]] = None
        self._system_ids: Set[str] = set()
        self._system_names: Set[str] = set()

    def domains(self) -> List[Domain]:
        """All domains. Raises :class:`DirectoryError` when none is visible: a delegated admin gets no fault (R8)."""
        if self._domains is None:
            found = []
            for element in self._search(["domains"], _DOMAIN_ATTRIBUTES):
                attributes = attributes_of(element)
                self._system_ids.update(attributes.get("zimbraGalAccountId", []))
                found.append(
                    Domain(
                        id=element.get("id", ""),
                        name=ascii_address(element.get("name", "")),
                        alias=_first(attributes, "zimbraDomainType") == "alias",
                        enabled=_first(attributes, "zimbraMailStatus") == _ENABLED,
                        transport=_first(attributes, TRANSPORT),
                    )
                )
            if not found:
                raise DirectoryError(
                    "The directory shows no domain. Every platform has one: the account that logged in lacks the right "
                    "to see them. Use a global administrator, or leave out 'url' to use the server's own."
                )
            self._domains = found
            self._system_names = set(self._configured_names())
        return self._domains

    def recipients(self, kinds: Sequence[str] = ("accounts", "resources")) -> Iterator[Recipient]:
        """Accounts and resources (``distributionlists`` and ``dynamicgroups`` too, if asked for), while they arrive."""
        self.domains()
        for element in self._search(kinds, _ATTRIBUTES):
            kind = _KINDS.get(element.tag)
            if kind is not None:
                yield self._recipient(kind, element)

    def addresses(self, domains: Optional[Iterable[str]] = None) -> Iterator[str]:
        """Every address mail is delivered to, system accounts left out; ``@domain`` for alias domains and catch-alls.

        An address may come more than once. ``domains``: only addresses in these.
        """
        wanted = None if domains is None else {ascii_address(name) for name in domains}
        delivered = {domain.name for domain in self.domains() if domain.enabled}
        for domain in self.domains():
            if domain.alias and domain.enabled and (wanted is None or domain.name in wanted):
                yield "@" + domain.name
        for recipient in self.recipients(("accounts", "resources", "distributionlists", "dynamicgroups")):
            if recipient.enabled and not recipient.system:
                for address in recipient.addresses:
                    domain_name = address.rpartition("@")[2]
                    if domain_name in delivered and (wanted is None or domain_name in wanted):
                        yield address

    def _recipient(self, kind: str, element: Element) -> Recipient:
        attributes = attributes_of(element)
        name = ascii_address(element.get("name", ""))
        identity = element.get("id", "")
        others = attributes.get("zimbraMailAlias", []) + attributes.get("zimbraMailCatchAllAddress", [])
        flagged = "TRUE" in attributes.get("zimbraIsSystemResource", []) + attributes.get("zimbraIsSystemAccount", [])
        return Recipient(
            kind=kind,
            id=identity,
            name=name,
            enabled=_first(attributes, "zimbraMailStatus") == _ENABLED,
            system=flagged or identity in self._system_ids or name in self._system_names,
            transport=_first(attributes, TRANSPORT),
            mail_host=_first(attributes, "zimbraMailHost"),
            addresses=sorted({name, *(ascii_address(address) for address in others)}),
        )

    def _search(self, kinds: Sequence[str], attributes: Sequence[str]) -> Iterator[Element]:
        """All of it in one answer: paging by offset cannot be trusted (R70, Z2), and reads everything each time."""
        body = request(
            ADMIN,
            "SearchDirectoryRequest",
            {
                "types": ",".join(kinds),
                "attrs": ",".join(attributes),
                "limit": "0",
                "maxResults": "0",
                "applyCos": "0",
                "applyConfig": "0",
            },
            [node("query")],
        )
        return iter(self._client.stream(body))

    def _configured_names(self) -> Iterator[str]:
        bodies = [request(ADMIN, "GetConfigRequest", {}, [node("a", {"n": name})]) for name in _SYSTEM_NAMES]
        for _index, answer in self._client.batch(bodies):
            if isinstance(answer, Element):
                for values in attributes_of(answer).values():
                    for value in values:
                        yield ascii_address(value)


def ascii_address(address: str) -> str:
    """Address or domain in lower case, the domain as Postfix sees it (punycode)."""
    local, at, domain = address.strip().lower().rpartition("@")
    # What is no host name by the rules is compared as it is.
    with contextlib.suppress(UnicodeError):
        domain = domain.encode("idna").decode("ascii")
    return local + at + domain


def transport_target(value: str) -> Tuple[str, int]:
    """Host and port of ``smtp:[host]:port`` (brackets: no MX lookup, which could lead back here)."""
    scheme, _colon, rest = value.partition(":")
    host, bracket, port = rest[1:].rpartition("]") if rest.startswith("[") else ("", "", "")
    number = port[1:] if port.startswith(":") else ("25" if not port else "")
    if scheme != "smtp" or not bracket or not host or not number.isdigit():
        raise MailopsError(
            f"target={value} is no transport to another server. Write it as smtp:[host.example.com]:25, with brackets.",
            target=value,
        )
    return host.lower(), int(number)


def _first(attributes: Dict[str, List[str]], name: str) -> Optional[str]:
    values: List[Any] = attributes.get(name, [])
    return values[0] if values else None
