#!/usr/bin/python
# Copyright (c) 2026, mailops.zimbra contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Header lines that a message gains on its way, and the few things the MTA reads from its header."""

from __future__ import annotations

import re
from email.utils import formatdate

_RECEIVED = re.compile(rb"^received[ \t]*:", re.IGNORECASE | re.MULTILINE)
_MESSAGE_ID = re.compile(rb"^message-id[ \t]*:[ \t\r\n]*(<[^>\r\n]*>)", re.IGNORECASE | re.MULTILINE)
_SPAM_FLAG = re.compile(rb"^x-spam-flag[ \t]*:[ \t]*yes", re.IGNORECASE | re.MULTILINE)
_HEADER_END = re.compile(rb"\r?\n\r?\n")
_BARE_LINE_FEED = re.compile(rb"(?<!\r)\n")


def header_of(raw: bytes) -> bytes:
    end = _HEADER_END.search(raw)
    return raw[: end.end()] if end else raw


def hops(raw: bytes) -> int:
    """How many Received lines a message carries."""
    return len(_RECEIVED.findall(header_of(raw)))


def message_id(raw: bytes) -> str:
    """With its angle brackets; empty without one."""
    found = _MESSAGE_ID.search(header_of(raw))
    return found[1].decode("latin-1") if found else ""


def is_spam(raw: bytes) -> bool:
    """Whether the content filter has marked the message."""
    return _SPAM_FLAG.search(header_of(raw)) is not None


def network_lines(raw: bytes) -> bytes:
    """Every line ended by CR LF, as a message leaves the MTA's queue."""
    return _BARE_LINE_FEED.sub(b"\r\n", raw)


def received_by_mta(host: str, client: str, client_address: str, queue_id: str, recipient: str, when: float) -> bytes:
    """Postfix's line; ``recipient`` is named only when it is the only one (empty otherwise)."""
    target = f"\r\n\tfor <{recipient}>" if recipient else ""
    return (
        f"Received: from {client} (unknown [{client_address}])\r\n"
        f"\tby {host} (Postfix) with ESMTP id {queue_id}{target};\r\n\t{formatdate(when)} (UTC)\r\n"
    ).encode("ascii", "replace")


def received_by_mailbox(host: str, address: str, sender: str, recipient: str, when: float) -> bytes:
    """What is put in front of a message on its way into a mailbox."""
    return (
        f"Return-Path: {sender or '<>'}\r\nDelivered-To: {recipient}\r\n"
        f"Received: from {host} (LHLO {host}) ({address}) by {host}\r\n with LMTP; {formatdate(when)} (UTC)\r\n"
    ).encode("ascii", "replace")
