#!/usr/bin/python
# Copyright (c) 2026, mailops.zimbra contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""LMTP in: the mailbox server's own door, one answer for each recipient."""

from __future__ import annotations

import secrets

from aiosmtpd.lmtp import LMTP
from aiosmtpd.smtp import SMTP, Envelope, Session

from zimsim.server import Server
from zimsim.smtp import replies
from zimsim.smtp.deliver import LocalDelivery


class LmtpSession(LMTP):
    line_length_limit = 64 * 1024 * 1024


class LmtpHandler:
    def __init__(self, server: Server, local: LocalDelivery) -> None:
        self._server = server
        self._local = local

    async def handle_MAIL(
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        envelope.mail_from = address
        return "250 2.0.0 Sender OK"

    async def handle_RCPT(
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        reply = await self._server.call(self._local.recipient, address)
        if reply.delivered:
            envelope.rcpt_tos.append(address)
        return str(reply)

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        content = envelope.original_content or b""
        transaction = secrets.token_hex(12)
        answers = []
        for number, address in enumerate(envelope.rcpt_tos):
            delivery_id = f"lmtp:{transaction}:{number}"
            sender = envelope.mail_from or ""
            try:
                reply = await self._server.call(self._local.deliver, address, content, sender, delivery_id)
            except OSError:
                reply = replies.TEMPORARY_FAILURE
            answers.append(str(reply))
        return "\r\n".join(answers)
