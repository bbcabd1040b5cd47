#!/usr/bin/python
# Copyright (c) 2026, mailops.zimbra contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Item ids as requests write them: ``257``, or ``accountId:257`` in somebody else's mailbox (R41)."""

from __future__ import annotations

from zimsim.model import Mailbox, errors


def local_id(text: str) -> int:
    """The number without its account; INVALID_REQUEST for what is no id."""
    number = text.rpartition(":")[2]
    try:
        return int(number)
    except ValueError:
        raise errors.invalid_request(f"malformed item ID: {text}") from None


def local_ids(text: str) -> list[int]:
    """A comma-separated list."""
    return [local_id(part) for part in text.split(",") if part.strip()]


def folder_id(mailbox: Mailbox, text: str) -> int:
    """A folder by number or by path (``l="/Inbox"``)."""
    if text.startswith("/"):
        return mailbox.folder_by_path(text).id
    return local_id(text)
