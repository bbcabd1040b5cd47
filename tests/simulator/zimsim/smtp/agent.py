#!/usr/bin/python
# Copyright (c) 2026, mailops.zimbra contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The queue manager: takes what is due, finds the way for each recipient, delivers, defers, bounces."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import time
from concurrent.futures import ThreadPoolExecutor

from zimsim.smtp.bounce import Failure, bounce_message
from zimsim.smtp.deliver import LocalDelivery
from zimsim.smtp.envelope import QueueEntry, Recipient
from zimsim.smtp.maillog import MailLog
from zimsim.smtp.maps import Maps, domain_of
from zimsim.smtp.queue import MailQueue
from zimsim.smtp.relay import NextHop, Relay, parse_transport
from zimsim.smtp.replies import Reply, parse_reply
from zimsim.smtp.settings import MtaSettings

log = logging.getLogger("zimsim.smtp")
_IDLE_SECONDS = 60.0
# Names that exist nowhere (RFC 2606): no resolver is asked for where to send their mail.
_NEVER_RESOLVED = ("test", "example", "invalid", "localhost")
_NOT_FOUND = "5.4.4 Host or domain name not found. Name service error for name={} type=MX: Host not found"


class Router:
    """Which way an address goes: into this server's mailboxes, to another server, or nowhere."""

    def __init__(
        self, maps: Maps, hostname: str, own: set[tuple[str, int]], lmtp_ports: set[int], mx: dict[str, str]
    ) -> None:
        self._maps = maps
        self._hostname = hostname
        self._own = own
        self._lmtp_ports = lmtp_ports
        self._mx = mx

    def transport(self, address: str) -> str:
        """The transport to write into the queue: never empty."""
        transport = self._maps.transport(address)
        if transport:
            return transport
        relay_host = self._maps.relay_host()
        if relay_host:
            return f"smtp:{relay_host}"
        domain = domain_of(address)
        known = self._mx.get(domain)
        if known:
            host, _, port = known.rpartition(":")
            return f"smtp:[{host}]:{port}"
        if domain.rpartition(".")[2] in _NEVER_RESOLVED:
            return f"error:{_NOT_FOUND.format(domain)}"
        return f"smtp:{domain}"

    def is_local(self, hop: NextHop) -> bool:
        """LMTP to this host, on the platform's port or the one this server listens on."""
        return hop.kind == "lmtp" and hop.host in (self._hostname, "localhost") and hop.port in self._lmtp_ports

    def loops(self, hop: NextHop) -> bool:
        """SMTP to this server itself."""
        return hop.kind == "smtp" and (hop.host, hop.port) in self._own


class Agent:
    """Runs on the server's loop, works in threads of its own; ``queue.changed`` wakes it."""

    def __init__(
        self,
        queue: MailQueue,
        maps: Maps,
        router: Router,
        local: LocalDelivery,
        relay: Relay,
        settings: MtaSettings,
        mail_log: MailLog,
        hostname: str,
        keeps_route: bool,
    ) -> None:
        self._queue = queue
        self._maps = maps
        self._router = router
        self._local = local
        self._relay = relay
        self._settings = settings
        self._log = mail_log
        self._hostname = hostname
        self._keeps_route = keeps_route
        self._pool = ThreadPoolExecutor(settings.concurrency, thread_name_prefix="mta")
        self._wake = asyncio.Event()
        self._task: asyncio.Task[None] | None = None
        self._under_way: set[str] = set()
        self._stopping = False

    async def start(self) -> None:
        loop = asyncio.get_running_loop()

        def wake() -> None:
            loop.call_soon_threadsafe(self._wake.set)

        self._queue.changed = wake
        self._task = loop.create_task(self._run())

    async def stop(self) -> None:
        """What is being delivered is finished; the rest stays in the queue."""
        self._queue.changed = lambda: None
        self._stopping = True
        self._wake.set()
        if self._task is not None:
            await self._task
        await asyncio.get_running_loop().run_in_executor(None, lambda: self._pool.shutdown(cancel_futures=True))

    async def _run(self) -> None:
        while not self._stopping:
            self._wake.clear()
            for queue_id in self._queue.due():
                if queue_id not in self._under_way:
                    self._under_way.add(queue_id)
                    self._pool.submit(self._guarded, queue_id)
            due = self._queue.next_time()
            wait = _IDLE_SECONDS if due is None else min(max(due - time.time(), 0.01), _IDLE_SECONDS)
            if self._stopping:
                break
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._wake.wait(), wait)

    def _guarded(self, queue_id: str) -> None:
        entry = None
        try:
            entry = self._queue.activate(queue_id)
            if entry is not None:
                self._process(entry)
        except Exception:
            log.exception("delivery of %s", queue_id)
            if entry is not None:
                self._queue.defer(entry.id, entry.recipients, time.time() + self._settings.backoff(entry.attempts))
        finally:
            self._under_way.discard(queue_id)
            # It may have become due again meanwhile.
            self._queue.changed()

    # -- one message -----------------------------------------------------------------------------------------

    def _process(self, entry: QueueEntry) -> None:
        """Try every recipient once."""
        raw = self._queue.raw(entry.id)
        waiting = list(entry.recipients)
        failures: list[Failure] = []
        for recipient in waiting:
            if not recipient.transport or not self._keeps_route:
                recipient.transport = self._router.transport(recipient.address)
        for transport in dict.fromkeys(each.transport for each in waiting):
            group = [each for each in entry.recipients if each.transport == transport]
            for recipient, reply in self._attempt(entry, transport, group, raw):
                if reply.delivered or reply.permanent:
                    waiting.remove(recipient)
                if reply.permanent:
                    failures.append((recipient, reply))
                if reply.temporary:
                    recipient.reason, recipient.dsn = str(reply), reply.dsn
            if len(waiting) + len(failures) < len(entry.recipients):
                # What another server has taken over must not be sent again, whatever happens now.
                self._queue.record(entry.id, [*waiting, *(each for each, _ in failures)])
        self._finish(entry, raw, waiting, failures)

    def _finish(self, entry: QueueEntry, raw: bytes, waiting: list[Recipient], failures: list[Failure]) -> None:
        now = time.time()
        if waiting and now - entry.arrived > self._settings.queue_lifetime:
            expired = [(each, Reply(554, each.dsn or "4.4.7", f"message expired: {each.reason}")) for each in waiting]
            failures, waiting = [*failures, *expired], []
        if failures:
            self._bounce(entry, raw, failures, now)
        if waiting:
            self._queue.defer(entry.id, waiting, now + self._settings.backoff(entry.attempts))
            return
        self._queue.record(entry.id, [])
        self._log.removed(entry)

    def _bounce(self, entry: QueueEntry, raw: bytes, failures: list[Failure], now: float) -> None:
        """Bounces of bounces go nowhere."""
        if not entry.sender:
            return
        report = bounce_message(entry, raw, failures, self._hostname, now)
        recipients = [Recipient(entry.sender, address) for address in self._maps.expand(entry.sender)]
        self._queue.accept("", recipients, report, client_name=self._hostname)

    def _attempt(
        self, entry: QueueEntry, transport: str, group: list[Recipient], raw: bytes
    ) -> list[tuple[Recipient, Reply]]:
        hop = parse_transport(transport)
        relay = "none"
        if hop is None:
            reply = _without_route(transport)
            answers = dict.fromkeys((each.address for each in group), reply)
        elif self._router.is_local(hop):
            relay = f"{hop.host}[{hop.host}]:{hop.port}"
            answers = {each.address: self._deliver(entry, each, raw) for each in group}
        elif self._router.loops(hop):
            domain = domain_of(group[0].address)
            reply = Reply(554, "5.4.6", f"mail for {domain} loops back to myself")
            answers = dict.fromkeys((each.address for each in group), reply)
        else:
            relay = f"{hop.host}[{hop.host}]:{hop.port}"
            answers = self._relay.send(hop, entry.sender, [each.address for each in group], raw)
        now = time.time()
        for recipient in group:
            self._log.attempted(entry, recipient, relay, answers[recipient.address], now)
        return [(recipient, answers[recipient.address]) for recipient in group]

    def _deliver(self, entry: QueueEntry, recipient: Recipient, raw: bytes) -> Reply:
        delivery_id = f"{entry.id}:{recipient.address}"
        return self._local.deliver(recipient.address, raw, entry.sender, delivery_id)


def _without_route(transport: str) -> Reply:
    """``error`` bounces with its text, which may begin with a status; with any other value the mail waits."""
    if transport.partition(":")[0] != "error":
        return Reply(451, "4.3.5", f"mail transport unavailable: {transport}")
    text = transport.partition(":")[2] or "5.1.1 User unknown in virtual mailbox table"
    return parse_reply(550, text.encode())


def make_recipients(maps: Maps, addresses: list[str]) -> list[Recipient]:
    """What the alias maps make of the named addresses; each final address once."""
    found: dict[str, Recipient] = {}
    for original in addresses:
        for address in maps.expand(original):
            found.setdefault(address, Recipient(original, address))
    return list(found.values())
