#!/usr/bin/python
# Copyright (c) 2026, mailops.zimbra contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the operations of a mailbox share: its row, change tokens, new ids."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from sqlite3 import Connection

from zimsim.model.blobs import Blobs
from zimsim.model.database import Database


def now_ms() -> int:
    """The current time in ms, at a whole second: what the platform stores (R77)."""
    return int(time.time()) * 1000


@dataclass(slots=True)
class Change:
    """One change of a mailbox: its token and time, and the connection to write with."""

    connection: Connection
    token: int
    time: int
    next_id: int

    def new_id(self) -> int:
        value = self.next_id
        self.next_id += 1
        return value


class MailboxBase:
    """``id`` is the mailbox id, ``account_id`` the zimbraId of its owner."""

    def __init__(self, database: Database, blobs: Blobs, mailbox_id: int, account_id: str) -> None:
        self._db = database
        self._blobs = blobs
        self.id = mailbox_id
        self.account_id = account_id
        self._change: Change | None = None

    @contextmanager
    def change(self) -> Iterator[Change]:
        """One transaction with one change token; nested calls share it. Without a change the token stays.

        A ``Mailbox`` belongs to one thread at a time: every request opens its own.
        """
        if self._change is not None:
            yield self._change
            return
        with self._db.write() as connection:
            row = connection.execute("SELECT change_token, next_id FROM mailboxes WHERE id = ?", (self.id,)).fetchone()
            current = Change(connection, row["change_token"] + 1, now_ms(), row["next_id"])
            self._change = current
            before = connection.total_changes
            try:
                yield current
            finally:
                self._change = None
            if connection.total_changes == before:
                return
            connection.execute(
                "UPDATE mailboxes SET change_token = ?, next_id = ?, changed = ? WHERE id = ?",
                (current.token, current.next_id, current.time, self.id),
            )

    @property
    def change_token(self) -> int:
        row = self._db.one("SELECT change_token FROM mailboxes WHERE id = ?", (self.id,))
        return int(row["change_token"]) if row else 0

    @property
    def created(self) -> int:
        """When the mailbox came into being, in ms."""
        row = self._db.one("SELECT created FROM mailboxes WHERE id = ?", (self.id,))
        return int(row["created"]) if row else 0

    @property
    def last_change(self) -> int:
        """When anything in it last changed, in ms."""
        row = self._db.one("SELECT changed FROM mailboxes WHERE id = ?", (self.id,))
        return int(row["changed"]) if row else 0

    @property
    def size(self) -> int:
        """The sum of the item sizes in bytes, as quotas count it."""
        row = self._db.one("SELECT size FROM mailboxes WHERE id = ?", (self.id,))
        return int(row["size"]) if row else 0
