#!/usr/bin/python
# Copyright (c) 2026, mailops.zimbra contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The message that tells a sender what could not be delivered (RFC 3464), as Postfix words it."""

from __future__ import annotations

from collections.abc import Sequence
from email.utils import formatdate

from zimsim.smtp.envelope import QueueEntry, Recipient
from zimsim.smtp.headers import header_of
from zimsim.smtp.replies import Reply

Failure = tuple[Recipient, Reply]


def _explanation(failure: Failure, host: str) -> str:
    recipient, reply = failure
    return f"<{recipient.address}>: host {host} said: {reply} (in reply to RCPT TO or DATA command)\r\n\r\n"


def _status(failure: Failure) -> str:
    recipient, reply = failure
    return (
        f"Final-Recipient: rfc822; {recipient.address}\r\nOriginal-Recipient: rfc822;{recipient.original}\r\n"
        f"Action: failed\r\nStatus: {reply.dsn}\r\nDiagnostic-Code: smtp; {reply}\r\n\r\n"
    )


def bounce_message(entry: QueueEntry, raw: bytes, failures: Sequence[Failure], host: str, now: float) -> bytes:
    """A non-delivery report to the entry's sender with the header of the original message."""
    boundary = f"{entry.id}.{int(now)}/{host}"
    head = (
        f"From: MAILER-DAEMON@{host} (Mail Delivery System)\r\nSubject: Undelivered Mail Returned to Sender\r\n"
        f"To: {entry.sender}\r\nDate: {formatdate(now)}\r\nMessage-Id: <{entry.id}.{int(now * 1000)}@{host}>\r\n"
        "Auto-Submitted: auto-replied\r\nMIME-Version: 1.0\r\n"
        f'Content-Type: multipart/report; report-type=delivery-status;\r\n\tboundary="{boundary}"\r\n\r\n'
        "This is a MIME-encapsulated message.\r\n\r\n"
        f"--{boundary}\r\nContent-Description: Notification\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n"
        f"This is the mail system at host {host}.\r\n\r\n"
        "I'm sorry to have to inform you that your message could not\r\nbe delivered to one or more recipients."
        " It's attached below.\r\n\r\n"
        "                   The mail system\r\n\r\n"
        + "".join(_explanation(failure, host) for failure in failures)
        + f"--{boundary}\r\nContent-Description: Delivery report\r\nContent-Type: message/delivery-status\r\n\r\n"
        f"Reporting-MTA: dns; {host}\r\nX-Postfix-Queue-ID: {entry.id}\r\nX-Postfix-Sender: rfc822; {entry.sender}\r\n"
        f"Arrival-Date: {formatdate(entry.arrived)}\r\n\r\n"
        + "".join(_status(failure) for failure in failures)
        + f"--{boundary}\r\nContent-Description: Undelivered Message Headers\r\n"
        "Content-Type: text/rfc822-headers\r\n\r\n"
    )
    return head.encode("utf-8") + header_of(raw).rstrip(b"\r\n") + f"\r\n\r\n--{boundary}--\r\n".encode()
