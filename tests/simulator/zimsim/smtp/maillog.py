#!/usr/bin/python
# Copyright (c) 2026, mailops.zimbra contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""HOME/log/zimbra.log: the lines an administrator greps for, in the form of the MTA's (zimbra-operations.md 6.3)."""

from __future__ import annotations

import os
import threading
import time
from pathlib import Path

from zimsim.smtp.envelope import QueueEntry, Recipient
from zimsim.smtp.replies import Reply


class MailLog:
    """One line a call, safe for several threads."""

    def __init__(self, home: Path, hostname: str) -> None:
        self._path = home / "log" / "zimbra.log"
        self._host = hostname.partition(".")[0]
        self._lock = threading.Lock()
        self._path.parent.mkdir(parents=True, exist_ok=True)

    def _line(self, program: str, text: str) -> None:
        stamp = time.strftime("%b %e %H:%M:%S")
        line = f"{stamp} {self._host} postfix/{program}[{os.getpid()}]: {text}\n"
        with self._lock, self._path.open("a", encoding="utf-8", errors="replace") as handle:
            handle.write(line)

    def connected(self, entry: QueueEntry, message_id: str) -> None:
        self._line("smtpd", f"{entry.id}: client={entry.client_name}[{entry.client_address}]")
        self._line("cleanup", f"{entry.id}: message-id={message_id}")
        self._line(
            "qmgr",
            f"{entry.id}: from=<{entry.sender}>, size={entry.size}, nrcpt={len(entry.recipients)} (queue active)",
        )

    def rejected(self, client: str, address: str, reply: Reply, sender: str, recipient: str) -> None:
        self._line(
            "smtpd",
            f"NOQUEUE: reject: RCPT from {client}[{address}]: {reply}; from=<{sender}> to=<{recipient}> proto=ESMTP",
        )

    def attempted(self, entry: QueueEntry, recipient: Recipient, relay: str, reply: Reply, now: float) -> None:
        """``relay`` is ``host[address]:port`` of the next hop, or ``none``."""
        program = "lmtp" if recipient.transport.startswith("lmtp") else "smtp"
        status = "sent" if reply.delivered else "deferred" if reply.temporary else "bounced"
        self._line(
            program,
            f"{entry.id}: to=<{recipient.address}>, relay={relay}, delay={max(0.0, now - entry.arrived):.2f},"
            f" dsn={reply.dsn}, status={status} ({reply})",
        )

    def removed(self, entry: QueueEntry) -> None:
        self._line("qmgr", f"{entry.id}: removed")
