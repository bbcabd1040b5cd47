#!/usr/bin/python
# Copyright (c) 2026, mailops.zimbra contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Everything one server keeps: its database and its blobs."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from zimsim.model import errors
from zimsim.model.base import Change, now_ms
from zimsim.model.blobs import Blobs
from zimsim.model.database import Database
from zimsim.model.directory import Directory
from zimsim.model.entries import Entry
from zimsim.model.mailbox import Mailbox
from zimsim.model.types import FIRST_USER_ID

STATE = ".zimsim"


class Store:
    """``home`` is the server's home (/opt/zimbra). Several threads, and other processes, may hold one each."""

    def __init__(self, home: Path, *, create: bool = False, product: str = "zimbra") -> None:
        self.home = home
        self.database = Database(home / STATE / "server.db", create=create)
        if create:
            with self.database.write() as connection:
                connection.execute("INSERT INTO meta (key, value) VALUES ('product', ?)", (product,))
        row = self.database.one("SELECT value FROM meta WHERE key = 'product'")
        self.product: str = row["value"] if row else product
        self.blobs = Blobs(home / "store")
        self.directory = Directory(self.database, self.product)
        self.mailboxes = Mailboxes(self)

    def set_server(self, name: str) -> None:
        """Names the directory entry that is this server."""
        with self.database.write() as connection:
            connection.execute("INSERT OR REPLACE INTO meta (key, value) VALUES ('server', ?)", (name,))

    def close(self) -> None:
        self.database.close()


class Mailboxes:
    """The mailboxes of a server. ``open`` gives an object for one thread and one request."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def open(self, account_id: str, *, create: bool = True) -> Mailbox:
        """The account's mailbox, made when missing unless ``create`` is false (NO_SUCH_MBOX then)."""
        found = self.find(account_id)
        if found is not None:
            return found
        if not create:
            raise errors.ServiceError("mail.NO_SUCH_MBOX", f"no mailbox for account: {account_id}")
        return self._create(account_id)

    def find(self, account_id: str) -> Mailbox | None:
        row = self._store.database.one("SELECT id FROM mailboxes WHERE account_id = ?", (account_id,))
        return self._mailbox(row["id"], account_id) if row else None

    def by_id(self, mailbox_id: int) -> Mailbox | None:
        row = self._store.database.one("SELECT account_id FROM mailboxes WHERE id = ?", (mailbox_id,))
        return self._mailbox(mailbox_id, row["account_id"]) if row else None

    def _mailbox(self, mailbox_id: int, account_id: str) -> Mailbox:
        return Mailbox(self._store.database, self._store.blobs, mailbox_id, account_id)

    def _create(self, account_id: str) -> Mailbox:
        with self._store.database.write() as connection:
            existing = self.find(account_id)
            if existing is not None:
                return existing
            cursor = connection.execute(
                "INSERT INTO mailboxes (account_id, created, changed, change_token, next_id) VALUES (?,?,?,1,?)",
                (account_id, now_ms(), now_ms(), FIRST_USER_ID),
            )
            mailbox_id = int(cursor.lastrowid or 0)
            mailbox = self._mailbox(mailbox_id, account_id)
            mailbox.create_system_folders(Change(connection, 1, now_ms(), FIRST_USER_ID), self._store.product)
        return mailbox

    def all(self) -> Iterator[Mailbox]:
        """By mailbox id, without making any."""
        for row in self._store.database.stream("SELECT id, account_id FROM mailboxes ORDER BY id"):
            yield self._mailbox(row["id"], row["account_id"])

    def delete(self, account_id: str) -> None:
        """The mailbox with its blobs; nothing happens where there is none."""
        mailbox = self.find(account_id)
        if mailbox is None:
            return
        with self._store.database.write() as connection:
            connection.execute("DELETE FROM mailboxes WHERE id = ?", (mailbox.id,))
        self._store.blobs.remove_mailbox(mailbox.id)

    def check_quota(self, account: Entry, mailbox: Mailbox, extra: int) -> None:
        """QUOTA_EXCEEDED when ``extra`` more bytes would pass the account's quota; 0 is unlimited."""
        limit = int(self._store.directory.effective_value(account, "zimbraMailQuota", "0") or 0)
        if limit and mailbox.size + extra > limit:
            raise errors.quota_exceeded(limit)
