# Copyright (c) 2026, mailops.zimbra contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The queues of the MTAs, through the admin service: counts, what is in them, requeue and flush.

Sources: zimbra-operations 6.2 and 7.3 (a changed transport counts for queued mail only after ``postsuper -r``).
"""

import time
from typing import Any, Callable, Dict, List, NamedTuple, Optional, Sequence, Set

from ansible_collections.mailops.zimbra.plugins.module_utils._errors import MailopsError
from ansible_collections.mailops.zimbra.plugins.module_utils._mailflow_directory import ascii_address
from ansible_collections.mailops.zimbra.plugins.module_utils._soap import SoapClient
from ansible_collections.mailops.zimbra.plugins.module_utils._soap_envelope import ADMIN, Element, Node, node, request
from ansible_collections.mailops.zimbra.plugins.module_utils._soap_errors import SoapFault

# What Postfix works on now, and what waits for its next try.
MOVING = ("incoming", "active")
WAITING = "deferred"
QUEUES = MOVING + (WAITING, "hold", "corrupt")
# Messages listed or requeued with one request.
PAGE = 1000
# So often a message is requeued before it is certain that it was not on its way at that moment.
REQUEUES = 2
# Seconds the service may take to look through a queue.
_SCAN_WAIT = 30


class QueueNotDrained(MailopsError):
    """Mail that may still be delivered locally is in the queue of the Source."""


class QueueUnavailable(MailopsError):
    """The admin service cannot look into a queue, or cannot act on it."""


class Queued(NamedTuple):
    """One queued message. ``domains``: of its recipients, empty when the service does not say."""

    id: str
    queue: str
    domains: Sequence[str]


# Listed messages by server; None for a server whose service counts messages, but lists none.
Listing = Dict[str, Optional[List[Queued]]]


class MailQueues:
    """The queues of all MTA servers, or of the named ones."""

    def __init__(
        self,
        client: SoapClient,
        servers: Optional[Sequence[str]] = None,
        pause: Callable[[float], None] = time.sleep,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._client = client
        self._servers = list(servers) if servers else None
        self._pause = pause
        self._clock = clock

    def servers(self) -> List[str]:
        """Names of the servers that run an MTA."""
        if self._servers is None:
            answer = self._client.call(request(ADMIN, "GetAllServersRequest", {"service": "mta", "applyConfig": "0"}))
            self._servers = [element.get("name", "") for element in answer.findall("server")]
            if not self._servers:
                raise QueueUnavailable(
                    "The directory names no server with the service mta. Name the servers in 'mta_servers'."
                )
        return self._servers

    def counts(self) -> Dict[str, Dict[str, int]]:
        """Messages in each queue, by server."""
        return {server: self._counted(server) for server in self.servers()}

    def drain(self, domains: Sequence[str], timeout: float, interval: float, dry_run: bool = False) -> Dict[str, Any]:
        """Have the queued mail routed anew, and wait until none is left that may still go where it went before.

        ``domains``: those whose transport was changed; deferred mail to others is left alone. Only deferred mail is
        requeued: a message that is being delivered could be delivered twice by it. Returns changed (mail was
        requeued), requeued, queues (counts by server) and waiting (deferred for these domains by now: it goes to the
        Destination as soon as that takes it). Raises :class:`QueueNotDrained` after ``timeout`` seconds.
        """
        wanted = {ascii_address(name) for name in domains}
        old = self._listing(wanted)
        if dry_run:
            requeued = sum(_deferred(items, self._counted(server)) for server, items in old.items())
        else:
            requeued = sum(self._drained(server, old[server], wanted, timeout, interval) for server in self.servers())
        waiting = sum(_deferred(items, self._counted(server)) for server, items in self._listing(wanted).items())
        return {"changed": requeued > 0, "requeued": requeued, "queues": self.counts(), "waiting": waiting}

    def _drained(
        self, server: str, old: Optional[List[Queued]], wanted: Set[str], timeout: float, interval: float
    ) -> int:
        """Requeue, and wait until no message of ``old`` can go by its old route. Returns how many were requeued.

        Those that come later are routed by the new transports. Where messages are not listed: until nothing moves.
        """
        end = self._clock() + timeout
        known = None if old is None else {item.id for item in old}
        times: Dict[str, int] = {}
        requeued = self._requeue(server, old, times)
        seen_none = False
        while True:
            left = self._left(server, known, wanted, times)
            # Twice: a message may pass from one queue to another while they are listed one after the other.
            if not left and seen_none:
                return max(requeued, len(times))
            seen_none = not left
            if left and self._clock() >= end:
                raise QueueNotDrained(
                    f"After {timeout:g} s {len(left)} message(s) are still queued on {server} as they were before the "
                    "switch, and may be delivered on the Source. Look with 'postqueue -p' there, then run this again.",
                    count=len(left),
                    server=server,
                )
            if left:
                self._pause(interval)
                self._requeue(server, left, times)

    def _left(self, server: str, known: Optional[Set[str]], wanted: Set[str], times: Dict[str, int]) -> List[Queued]:
        """Messages that may still go by their old route: moving, or deferred and not requeued for certain.

        One that was on its way when it was requeued did not notice: a single requeue is not enough to be sure.
        """
        items = self._listing_of(server, wanted)
        if known is None or items is None:
            counts = self._counted(server)
            return [Queued("", queue, []) for queue in MOVING for _number in range(counts[queue])]
        return [
            item for item in items if item.id in known and (item.queue != WAITING or times.get(item.id, 0) < REQUEUES)
        ]

    def _requeue(self, server: str, items: Optional[List[Queued]], times: Dict[str, int]) -> int:
        """Requeue deferred messages (all, where they are not listed), have them tried now, count each in ``times``."""
        if items is None:
            count = self._counted(server)[WAITING]
            groups = ["ALL"] if count else []
        else:
            identities = [item.id for item in items if item.queue == WAITING]
            times.update((identity, times.get(identity, 0) + 1) for identity in identities)
            count = len(identities)
            groups = [",".join(identities[start : start + PAGE]) for start in range(0, count, PAGE)]
        for group in groups:
            action = node("action", {"op": "requeue", "by": "id"}, text=group)
            self._ask(server, _on_queue("MailQueueActionRequest", server, WAITING, {}, [action]))
        if count:
            self._ask(server, request(ADMIN, "MailQueueFlushRequest", {}, [node("server", {"name": server})]))
        return count

    def _listing(self, wanted: Set[str]) -> Listing:
        return {server: self._listing_of(server, wanted) for server in self.servers()}

    def _listing_of(self, server: str, wanted: Set[str]) -> Optional[List[Queued]]:
        """What is queued for some domains (or does not say for which) and is moving or waiting."""
        items: List[Queued] = []
        for queue in MOVING + (WAITING,):
            listed = self._list(server, queue)
            if listed is None:
                return None
            items += [item for item in listed if not item.domains or wanted.intersection(item.domains)]
        return items

    def _list(self, server: str, queue: str) -> Optional[List[Queued]]:
        """The messages of one queue. None: the service counts some, before and after, and lists none."""
        if not self._counted(server)[queue]:
            return []
        found: List[Queued] = []
        more = True
        while more:
            query = node("query", {"limit": str(PAGE), "offset": str(len(found))})
            scan = {"scan": "0" if found else "1", "wait": str(_SCAN_WAIT)}
            answer = self._ask(server, _on_queue("GetMailQueueRequest", server, queue, scan, [query]))
            page = [_queued(element.attrib, queue) for element in answer.iter("qi")]
            found += page
            more = bool(page) and any(element.get("more") == "1" for element in answer.iter("queue"))
        return None if not found and self._counted(server)[queue] else found

    def _counted(self, server: str) -> Dict[str, int]:
        body = request(ADMIN, "GetMailQueueInfoRequest", {}, [node("server", {"name": server})])
        answer = self._ask(server, body)
        numbers = {element.get("name", ""): int(element.get("n", "0")) for element in answer.iter("queue")}
        return {name: numbers.get(name, 0) for name in QUEUES}

    def _ask(self, server: str, body: Node) -> Element:
        try:
            return self._client.call(body)
        except SoapFault as fault:
            raise QueueUnavailable(
                f"The mail queue of {server} cannot be reached through the admin service: {fault.message}. It goes by "
                "the service's own ssh key (zmupdateauthkeys). By hand on that server, as root: "
                "postsuper -r ALL deferred, postqueue -f, postqueue -p.",
                server=server,
                code=fault.code,
            ) from fault


def _deferred(items: Optional[List[Queued]], counts: Dict[str, int]) -> int:
    return counts[WAITING] if items is None else sum(1 for item in items if item.queue == WAITING)


def _on_queue(name: str, server: str, queue: str, attributes: Dict[str, str], children: Sequence[Node]) -> Node:
    inner = node("queue", dict(attributes, name=queue), children)
    return request(ADMIN, name, {}, [node("server", {"name": server}, [inner])])


def _queued(attributes: Dict[str, str], queue: str) -> Queued:
    domains = attributes.get("todomain") or ",".join(
        address.rpartition("@")[2] for address in attributes.get("to", "").split(",") if "@" in address
    )
    names = [ascii_address(name) for name in domains.split(",") if name.strip()]
    return Queued(attributes.get("id", ""), queue, names)
