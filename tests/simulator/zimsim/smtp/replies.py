#!/usr/bin/python
# Copyright (c) 2026, mailops.zimbra contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Answers of SMTP and LMTP, with the texts of the MTA and of the mailbox server."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Reply:
    """``code`` of three digits, enhanced status ``dsn`` (``5.1.1``), and the text after both."""

    code: int
    dsn: str
    text: str

    def __str__(self) -> str:
        return f"{self.code} {self.dsn} {self.text}"

    @property
    def delivered(self) -> bool:
        return self.code < 400

    @property
    def temporary(self) -> bool:
        return 400 <= self.code < 500

    @property
    def permanent(self) -> bool:
        return self.code >= 500


# The mailbox server's LMTP answers.
RECIPIENT_OK = Reply(250, "2.1.5", "Recipient OK")
DELIVERED = Reply(250, "2.1.5", "Delivery OK")
MAILBOX_DISABLED = Reply(450, "4.2.1", "Mailbox disabled, not accepting messages")
NOT_ON_THIS_SERVER = Reply(450, "4.2.0", "Mailbox is not on this server")
TEMPORARY_FAILURE = Reply(451, "4.0.0", "Temporary message delivery failure try again")
OVER_QUOTA = Reply(452, "4.2.2", "Over quota")
OVER_QUOTA_FOR_GOOD = Reply(552, "5.2.2", "Over quota")
NO_SUCH_USER = Reply(550, "5.1.1", "No such user here")

# The MTA's own.
OK = Reply(250, "2.1.0", "Ok")
TOO_MANY_HOPS = Reply(554, "5.4.0", "Error: too many hops")
TOO_LARGE = Reply(552, "5.3.4", "Message size exceeds fixed limit")


def unknown_user(address: str, table: str) -> Reply:
    """``table`` is ``mailbox`` or ``alias``."""
    return Reply(550, "5.1.1", f"<{address}>: Recipient address rejected: User unknown in virtual {table} table")


def relay_denied(address: str) -> Reply:
    return Reply(554, "5.7.1", f"<{address}>: Relay access denied")


def bad_address(address: str) -> Reply:
    return Reply(501, "5.1.3", f"<{address}>: Bad recipient address syntax")


def parse_reply(code: int, message: bytes) -> Reply:
    """A reply of another server, as smtplib gives it."""
    text = message.decode("utf-8", "replace").replace("\n", " ")
    dsn, _, rest = text.partition(" ")
    if dsn.count(".") == 2 and dsn.replace(".", "").isdigit():
        return Reply(code, dsn, rest)
    return Reply(code, f"{code // 100}.0.0", text)
