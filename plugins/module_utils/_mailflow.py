# Copyright (c) 2026, mailops.zimbra contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Point the mail flow of a platform at another one, and take it back: transports of domains, accounts and resources."""

from typing import Any, Dict, Iterable, Iterator, List, NamedTuple, Optional, Sequence, Tuple

from ansible_collections.mailops.zimbra.plugins.module_utils._errors import MailopsError
from ansible_collections.mailops.zimbra.plugins.module_utils._mailflow_directory import (
    DOMAIN,
    LIST,
    RESOURCE,
    TRANSPORT,
    MailDirectory,
    ascii_address,
    transport_target,
)
from ansible_collections.mailops.zimbra.plugins.module_utils._soap import SoapClient
from ansible_collections.mailops.zimbra.plugins.module_utils._soap_envelope import ADMIN, Node, node, request, values
from ansible_collections.mailops.zimbra.plugins.module_utils._soap_errors import SoapFault

LOCAL = "lmtp:"
# As many names as a person reads.
NAMED = 20
# Answers to a modification hold the whole account, 25 kB (R20).
BATCH = 50

_MODIFY = {DOMAIN: "ModifyDomainRequest", RESOURCE: "ModifyCalendarResourceRequest"}
_GONE = ("account.NO_SUCH_ACCOUNT", "account.NO_SUCH_DOMAIN", "account.NO_SUCH_CALENDAR_RESOURCE")


class UnknownAddresses(MailopsError):
    """Mail to these addresses would be refused by the Destination. Nothing was changed."""


class TransportNotSet(MailopsError):
    """Some transports could not be set, or are not what they were set to."""


class Route(NamedTuple):
    """One object's transport. ``transport`` None: none of its own. ``kind``: domain, account or resource."""

    kind: str
    id: str
    name: str
    transport: Optional[str]

    def as_dict(self) -> Dict[str, Any]:
        """As it is returned by the module, kept in the ledger and given back to restore it."""
        return {"kind": self.kind, "id": self.id, "name": self.name, "transport": self.transport}


class Scope(NamedTuple):
    """What is redirected. ``domains`` None: all. ``mail_host`` None: accounts of every mailstore."""

    domains: Optional[Sequence[str]]
    mail_host: Optional[str]


def routes(directory: MailDirectory, scope: Scope) -> Iterator[Tuple[Route, bool]]:
    """Every route in scope, and whether it may be redirected.

    Not redirected are system accounts (they do not migrate), and accounts that another server serves already: their
    transport is not a local one.
    """
    wanted = None if scope.domains is None else {ascii_address(name) for name in scope.domains}
    for domain in directory.domains():
        if not domain.alias and (wanted is None or domain.name in wanted):
            yield Route(DOMAIN, domain.id, domain.name, domain.transport), True
    for item in directory.recipients():
        if wanted is not None and item.name.rpartition("@")[2] not in wanted:
            continue
        if scope.mail_host is not None and item.mail_host != scope.mail_host:
            continue
        local = item.transport is not None and item.transport.startswith(LOCAL)
        yield Route(item.kind, item.id, item.name, item.transport), local and not item.system


def redirect(
    client: SoapClient,
    target: str,
    known_addresses: Optional[Iterable[str]],
    scope: Scope,
    dry_run: bool = False,
) -> Dict[str, Any]:
    """Set the transport of everything in scope to ``target``. Returns changed, previous, left_alone, totals.

    ``known_addresses``: what the Destination delivers. Raises :class:`UnknownAddresses` before anything is changed.
    """
    host = transport_target(target)[0]
    directory = MailDirectory(client)
    if known_addresses is not None:
        _require_known(directory, known_addresses, scope)
    differing: List[Route] = []
    left_alone: List[Route] = []
    total = 0
    for route, movable in routes(directory, scope):
        total += 1
        if route.transport == target:
            continue
        (differing if movable else left_alone).append(route)
    if host in {_host_of(route) for route in differing}:
        raise MailopsError(
            f"target={target} is a server that accounts are delivered on now: mail would go round in circles. "
            "Name the Destination.",
            target=target,
        )
    if differing and not dry_run:
        _set(client, [route._replace(transport=target) for route in differing])
    return _answer(differing, lambda _route: target, total, left_alone)


def restore(
    client: SoapClient, previous: Sequence[Dict[str, Any]], target: Optional[str] = None, dry_run: bool = False
) -> Dict[str, Any]:
    """Set transports back to what ``previous`` records. Returns changed, previous, left_alone, gone, totals.

    With ``target`` only what still has that value is set back; what somebody set otherwise since is left alone.
    """
    recorded = {route.id: route for route in map(_route_of, previous)}
    now = {route.id: route for route, _movable in routes(MailDirectory(client), Scope(None, None))}
    differing: List[Route] = []
    left_alone: List[Route] = []
    for identity, route in recorded.items():
        current = now.get(identity)
        if current is None or current.transport == route.transport:
            continue
        (differing if target in (None, current.transport) else left_alone).append(current)
    if differing and not dry_run:
        _set(client, [recorded[route.id] for route in differing])
    answer = _answer(differing, lambda route: recorded[route.id].transport, len(recorded), left_alone)
    answer["gone"] = sorted(route.name for identity, route in recorded.items() if identity not in now)
    return answer


def _require_known(directory: MailDirectory, known: Iterable[str], scope: Scope) -> None:
    # Exactly: a catch-all of the Destination would take the mail, but into somebody else's mailbox.
    delivered = {ascii_address(address) for address in known}
    unknown = sorted({address for address in directory.addresses(scope.domains) if address not in delivered})
    if unknown:
        raise UnknownAddresses(
            f"The Destination does not know {len(unknown)} address(es) of the Source: {_some(unknown)}. "
            "Mail to them would be refused. Bring them over first (phase=delta), or create them on the Destination. "
            "Nothing was changed.",
            unknown=unknown,
            count=len(unknown),
        )


def _set(client: SoapClient, wanted: List[Route]) -> None:
    """Set each, then read all of them again: an answer without a fault is not yet a proof."""
    faults = []
    for index, answer in client.batch((_modification(route) for route in wanted), size=BATCH):
        if isinstance(answer, SoapFault) and answer.code not in _GONE:
            faults.append(f"{wanted[index].name}: {answer.reason} ({answer.code})")
    if faults:
        raise TransportNotSet(
            f"{len(faults)} of {len(wanted)} transports could not be set: {_some(faults)}. The others are set. "
            "Correct the cause and run this again, or restore the recorded values.",
            faults=faults[:NAMED],
            count=len(faults),
        )
    now = {route.id: route.transport for route, _movable in routes(MailDirectory(client), Scope(None, None))}
    wrong = sorted(route.name for route in wanted if route.id in now and now[route.id] != route.transport)
    if wrong:
        raise TransportNotSet(
            f"{len(wrong)} transports were accepted, but are not what they were set to: {_some(wrong)}. "
            "Is another administrator or a replica at work? Run this again.",
            count=len(wrong),
        )


def _modification(route: Route) -> Node:
    # An empty value deletes the attribute.
    attributes = values({TRANSPORT: route.transport or ""})
    name = _MODIFY.get(route.kind, "ModifyAccountRequest")
    return request(ADMIN, name, {}, [node("id", text=route.id)] + attributes)


def _route_of(item: Dict[str, Any]) -> Route:
    missing = [key for key in ("kind", "id", "name") if not item.get(key)]
    if missing or item["kind"] == LIST:
        raise MailopsError(
            f"previous holds {item}, which this module did not return (it lacks {', '.join(missing) or 'a route'}). "
            "Give what the ledger recorded."
        )
    return Route(str(item["kind"]), str(item["id"]), str(item["name"]), item.get("transport") or None)


def _host_of(route: Route) -> str:
    """Host of ``lmtp:host:7025``; empty for everything else."""
    value = route.transport or ""
    return value[len(LOCAL) :].rpartition(":")[0].lower() if value.startswith(LOCAL) else ""


def _answer(differing: List[Route], after: Any, total: int, left_alone: List[Route]) -> Dict[str, Any]:
    return {
        "changed": bool(differing),
        "previous": [route.as_dict() for route in differing],
        "left_alone": [route.as_dict() for route in left_alone],
        "total": total,
        "diff": {
            "before": {f"{route.kind} {route.name}": route.transport for route in differing},
            "after": {f"{route.kind} {route.name}": after(route) for route in differing},
        },
    }


def _some(names: Sequence[str]) -> str:
    more = len(names) - NAMED
    return ", ".join(names[:NAMED]) + (f" and {more} more" if more > 0 else "")
