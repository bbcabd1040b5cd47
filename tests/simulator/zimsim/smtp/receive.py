#!/usr/bin/python
# Copyright (c) 2026, mailops.zimbra contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""SMTP in: checks each recipient, puts the message on disk, then says Ok."""

from __future__ import annotations

import asyncio
import logging
import time

from aiosmtpd.smtp import SMTP, Envelope, Session

from zimsim.journal import Journal
from zimsim.server import Server
from zimsim.smtp import replies
from zimsim.smtp.agent import make_recipients
from zimsim.smtp.envelope import QueueEntry
from zimsim.smtp.headers import hops, message_id, network_lines, received_by_mta
from zimsim.smtp.maillog import MailLog
from zimsim.smtp.maps import Maps
from zimsim.smtp.queue import MailQueue
from zimsim.smtp.replies import Reply
from zimsim.smtp.settings import MtaSettings

log = logging.getLogger("zimsim.smtp")
# Real messages have lines far beyond the 1,000 of the standard; the platform takes them.
_LINE_LIMIT = 64 * 1024 * 1024


class SmtpSession(SMTP):
    line_length_limit = _LINE_LIMIT


def _size_option(options: list[str]) -> int:
    for option in options:
        name, _, value = option.partition("=")
        if name.upper() == "SIZE" and value.isdigit():
            return int(value)
    return 0


def _peer(session: Session) -> str:
    """The client's address."""
    return str(session.peer[0]) if session.peer else "unknown"


class SmtpHandler:
    """The hooks of aiosmtpd; whatever touches the directory or the disk runs in the server's threads."""

    def __init__(self, server: Server, queue: MailQueue, maps: Maps, settings: MtaSettings, mail_log: MailLog) -> None:
        self._server = server
        self._queue = queue
        self._maps = maps
        self._settings = settings
        self._log = mail_log
        self._journal: Journal = server.journal

    async def handle_EHLO(
        self, server: SMTP, session: Session, envelope: Envelope, hostname: str, responses: list[str]
    ) -> list[str]:
        session.host_name = hostname
        size = await self._server.call(self._maps.max_size)
        extensions = [f"250-SIZE {size}", "250-PIPELINING", "250-ENHANCEDSTATUSCODES"]
        return [responses[0], *extensions, *responses[1:]]

    async def handle_MAIL(
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if _size_option(options) > await self._server.call(self._maps.max_size):
            return str(replies.TOO_LARGE)
        envelope.mail_from = address
        envelope.mail_options.extend(options)
        return str(replies.OK)

    async def handle_RCPT(
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        refusal = await self._server.call(self._refusal, _peer(session), address)
        if refusal is not None:
            client = str(session.host_name or "unknown")
            self._log.rejected(client, _peer(session), refusal, envelope.mail_from or "", address)
            return str(refusal)
        envelope.rcpt_tos.append(address)
        envelope.rcpt_options.extend(options)
        return "250 2.1.5 Ok"

    def _refusal(self, client: str, address: str) -> Reply | None:
        return self._maps.refusal(address, trusted=self._maps.is_trusted(client))

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        content = envelope.original_content or b""
        # Once the message is being written, a client that goes away no longer stops it.
        return await asyncio.shield(self._server.call(self._accept, session, envelope, content))

    def _accept(self, session: Session, envelope: Envelope, content: bytes) -> str:
        if len(content) > self._maps.max_size():
            return str(replies.TOO_LARGE)
        if hops(content) > self._settings.hop_limit:
            return str(replies.TOO_MANY_HOPS)
        entry = self._enqueue(session, envelope, content)
        identifier = message_id(content)
        self._log.connected(entry, identifier)
        self._journal.record(
            "smtp",
            envelope.mail_from or "<>",
            "accept",
            ",".join(envelope.rcpt_tos),
            queue_id=entry.id,
            message_id=identifier,
        )
        return f"250 2.0.0 Ok: queued as {entry.id}"

    def _enqueue(self, session: Session, envelope: Envelope, content: bytes) -> QueueEntry:
        queue_id = self._queue.new_id()
        client, address = str(session.host_name or "unknown"), _peer(session)
        only = envelope.rcpt_tos[0] if len(envelope.rcpt_tos) == 1 else ""
        trace = received_by_mta(self._server.config.hostname, client, address, queue_id, only, time.time())
        return self._queue.accept(
            envelope.mail_from or "",
            make_recipients(self._maps, envelope.rcpt_tos),
            trace + network_lines(content),
            queue_id=queue_id,
            client_name=client,
            client_address=address,
        )
