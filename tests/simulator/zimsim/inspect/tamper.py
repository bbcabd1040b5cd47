#!/usr/bin/python
# Copyright (c) 2026, mailops.zimbra contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Damage for tests: takes a message away, cuts it, doubles it, without the server knowing."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable
from typing import Any

from zimsim.inspect.stores import Stores, digest_of


class Tamper:
    """One message of one account; ValueError when it is not there."""

    def __init__(self, stores: Stores, account: str, folder: str, subject: str | None, item_id: int | None) -> None:
        self._stores = stores
        self._account = stores.accounts(account)[0]
        if self._account.mailbox is None:
            raise ValueError(f"{account} has no mailbox")
        self._mailbox = self._account.mailbox
        self._folder = "/" + folder.strip("/")
        self._row = self._find(subject, item_id)

    def _find(self, subject: str | None, item_id: int | None) -> sqlite3.Row:
        paths = self._stores.folder_paths(self._mailbox)
        ids = [folder for folder, path in paths.items() if path.casefold() == self._folder.casefold()]
        if not ids:
            raise ValueError(f"{self._account.address} has no folder {self._folder}")
        rows = self._stores.connection.execute(
            f"SELECT * FROM items WHERE mailbox = ? AND folder IN ({','.join('?' * len(ids))})"
            " AND digest IS NOT NULL ORDER BY id",
            (self._mailbox, *ids),
        ).fetchall()
        for row in rows:
            if (subject is None or row["subject"] == subject) and (item_id is None or row["id"] == item_id):
                found: sqlite3.Row = row
                return found
        raise ValueError(f"no such message in {self._folder} of {self._account.address}")

    def apply(self, change: str, *, blob_only: bool = False) -> str:
        """Do it; what was hit as one JSON object."""
        facts: dict[str, Any] = {
            "change": change,
            "account": self._account.address,
            "folder": self._folder,
            "id": self._row["id"],
            "subject": self._row["subject"],
            "date": self._row["date"],
        }
        connection = self._stores.connection
        connection.execute("BEGIN IMMEDIATE")
        try:
            ACTIONS[change](self, blob_only)
        except BaseException:
            connection.execute("ROLLBACK")
            raise
        connection.execute("COMMIT")
        return json.dumps(facts, ensure_ascii=False)

    def _grow(self, size: int) -> None:
        self._stores.connection.execute("UPDATE mailboxes SET size = size + ? WHERE id = ?", (size, self._mailbox))

    def _path_of(self, item_id: int) -> Any:
        return self._stores.blob_path(self._mailbox, item_id, self._row["mod_content"])

    def remove(self, _: bool) -> None:
        """No tombstone: nothing tells that it was ever there."""
        row = self._row
        self._stores.connection.execute("DELETE FROM items WHERE mailbox = ? AND id = ?", (self._mailbox, row["id"]))
        self._grow(-row["size"])
        self._path_of(row["id"]).unlink(missing_ok=True)

    def truncate(self, blob_only: bool) -> None:
        """The second half is missing, as after a broken transfer: digest and size are those of what is left."""
        path = self._path_of(self._row["id"])
        raw = path.read_bytes()
        raw = raw[: len(raw) // 2]
        path.write_bytes(raw)
        if not blob_only:
            self._stores.connection.execute(
                "UPDATE items SET digest = ?, size = ? WHERE mailbox = ? AND id = ?",
                (digest_of(raw), len(raw), self._mailbox, self._row["id"]),
            )
            self._grow(len(raw) - self._row["size"])

    def double(self, _: bool) -> None:
        """The same message once more in the same folder."""
        connection = self._stores.connection
        number = connection.execute("SELECT next_id FROM mailboxes WHERE id = ?", (self._mailbox,)).fetchone()[
            "next_id"
        ]
        connection.execute(
            "UPDATE mailboxes SET next_id = next_id + 1, change_token = change_token + 1 WHERE id = ?", (self._mailbox,)
        )
        columns = [name for name in self._row.keys() if name not in ("id", "imap_id", "parent")]  # noqa: SIM118 (a Row)
        names = ", ".join(columns)
        connection.execute(
            f"INSERT INTO items (id, imap_id, parent, {names}) SELECT ?, ?, ?, {names} FROM items"
            " WHERE mailbox = ? AND id = ?",
            (number, number, -number, self._mailbox, self._row["id"]),
        )
        target = self._path_of(number)
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(self._path_of(self._row["id"]).read_bytes())
        self._grow(self._row["size"])


ACTIONS: dict[str, Callable[[Tamper, bool], None]] = {
    "remove": Tamper.remove,
    "truncate": Tamper.truncate,
    "double": Tamper.double,
}
