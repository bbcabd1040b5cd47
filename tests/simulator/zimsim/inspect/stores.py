#!/usr/bin/python
# Copyright (c) 2026, mailops.zimbra contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The database and the blobs of one server, as they lie on the disk."""

from __future__ import annotations

import base64
import hashlib
import json
import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

USER_ROOT, MAILBOX_ROOT = 1, 11
_FLAGS = "sarw2fdxnu!?/"
_FLAG_BITS = {letter: 1 << bit for bit, letter in enumerate(_FLAGS)}
_TYPES = {5: "message", 6: "contact", 8: "document", 11: "appointment", 15: "task", 16: "chat"}


@dataclass(frozen=True)
class Account:
    """``mailbox`` is None for an account that never got one."""

    id: str
    address: str
    kind: str
    mailbox: int | None
    attrs: dict[str, list[str]]

    @property
    def is_system(self) -> bool:
        return any(self.attrs.get(name) == ["TRUE"] for name in ("zimbraIsSystemAccount", "zimbraIsSystemResource"))


@dataclass(frozen=True)
class StoredItem:
    """One item, or one superseded version of a document (``old``). ``blob``: ok, missing, wrong, none or unread."""

    id: int
    type: str
    folder: str
    name: str
    date: int
    size: int
    flags: str
    tags: tuple[str, ...]
    digest: str | None
    version: int
    old: bool
    blob: str


def digest_of(raw: bytes) -> str:
    """Base64 of the SHA-256 with ``/`` as ``,``."""
    return base64.b64encode(hashlib.sha256(raw).digest()).decode("ascii").replace("/", ",")


def flag_letters(bits: int) -> str:
    return "".join(letter for letter in _FLAGS if bits & _FLAG_BITS[letter])


class Stores:
    """Read-only unless ``writable``; a running server is not disturbed by reading."""

    def __init__(self, home: Path, *, writable: bool = False) -> None:
        self.home = home
        path = home / ".zimsim" / "server.db"
        if not path.exists():
            raise FileNotFoundError(path)
        self.connection = sqlite3.connect(path, isolation_level=None, timeout=60)
        self.connection.row_factory = sqlite3.Row
        if not writable:
            self.connection.execute("PRAGMA query_only=ON")

    @classmethod
    def of_directory(cls, directory: Path, *, writable: bool = False) -> Stores:
        """``directory`` is the server's, or its home."""
        pointer = directory / "zimsim.json"
        home = Path(json.loads(pointer.read_text(encoding="utf-8"))["home"]) if pointer.exists() else directory
        return cls(home, writable=writable)

    def close(self) -> None:
        self.connection.close()

    # -- directory -------------------------------------------------------------------------------------------

    def accounts(self, address: str | None = None) -> list[Account]:
        """By address, aliases resolved; ValueError for an account that is not there."""
        rows = self.connection.execute(
            "SELECT e.id, e.name, e.kind, e.attrs, m.id AS mailbox FROM entries e LEFT JOIN mailboxes m"
            " ON m.account_id = e.id WHERE e.kind IN ('account', 'resource') ORDER BY e.name"
        ).fetchall()
        found = [Account(row["id"], row["name"], row["kind"], row["mailbox"], json.loads(row["attrs"])) for row in rows]
        if address is None:
            return found
        chosen = [each for each in found if each.id == self._holder(address)]
        if not chosen:
            raise ValueError(f"no account {address}")
        return chosen

    def _holder(self, address: str) -> str | None:
        row = self.connection.execute("SELECT entry_id FROM addresses WHERE address = ?", (address,)).fetchone()
        return str(row["entry_id"]) if row else None

    def accounts_behind(self, address: str) -> set[str]:
        """Addresses of the accounts that a message to ``address`` ends at: the account, or all of a list's members."""
        result: set[str] = set()
        todo, seen = [address.lower()], set[str]()
        while todo:
            current = todo.pop()
            if current in seen:
                continue
            seen.add(current)
            row = self.connection.execute(
                "SELECT e.id, e.kind, e.name FROM addresses a JOIN entries e ON e.id = a.entry_id WHERE a.address = ?",
                (current,),
            ).fetchone()
            if row is None:
                continue
            if row["kind"] == "dl":
                members = self.connection.execute("SELECT member FROM members WHERE list_id = ?", (row["id"],))
                todo += [str(member["member"]) for member in members]
            else:
                result.add(row["name"])
        return result

    # -- mailboxes -------------------------------------------------------------------------------------------

    def folder_paths(self, mailbox: int) -> dict[int, str]:
        rows = {
            row["id"]: row
            for row in self.connection.execute("SELECT id, parent, name FROM folders WHERE mailbox = ?", (mailbox,))
        }

        def path(folder_id: int) -> str:
            names: list[str] = []
            while folder_id not in (USER_ROOT, MAILBOX_ROOT) and folder_id in rows:
                names.append(rows[folder_id]["name"])
                folder_id = rows[folder_id]["parent"]
            return "/" + "/".join(reversed(names))

        return {folder_id: path(folder_id) for folder_id in rows}

    def folders(self, mailbox: int) -> list[dict[str, Any]]:
        """Path, type, view, flags, grants, link and counts of every folder, by path."""
        paths = self.folder_paths(mailbox)
        rows = self.connection.execute(
            "SELECT f.*, (SELECT count(*) FROM items i WHERE i.mailbox = f.mailbox AND i.folder = f.id) AS items,"
            " (SELECT coalesce(sum(size), 0) FROM items i WHERE i.mailbox = f.mailbox AND i.folder = f.id) AS bytes"
            " FROM folders f WHERE f.mailbox = ?",
            (mailbox,),
        ).fetchall()
        found = []
        for row in rows:
            details = json.loads(row["details"])
            facts = {
                "id": row["id"],
                "path": paths[row["id"]],
                "type": row["type"],
                "view": row["view"],
                "flags": row["flags"],
                "items": row["items"],
                "bytes": row["bytes"],
                "grants": [
                    {"grantee": grant[0], "kind": grant[1], "rights": grant[2], "name": grant[3]}
                    for grant in details.pop("grants", ())
                ],
            }
            found.append({**facts, **details})
        return sorted(found, key=lambda each: (each["path"], each["id"]))

    def items(self, mailbox: int, *, blobs: bool = True) -> Iterator[StoredItem]:
        """Items by id, each followed by its document's older versions."""
        paths = self.folder_paths(mailbox)
        columns = "version, date, size, flags, name, digest, mod_content"
        revisions: dict[int, list[sqlite3.Row]] = {}
        for row in self.connection.execute(
            f"SELECT item, {columns} FROM revisions WHERE mailbox = ? ORDER BY version", (mailbox,)
        ):
            revisions.setdefault(row["item"], []).append(row)
        for row in self.connection.execute(
            f"SELECT id, type, folder, subject, tags, {columns} FROM items WHERE mailbox = ? ORDER BY id", (mailbox,)
        ):
            folder = paths.get(row["folder"], f"?{row['folder']}")
            tags = tuple(json.loads(row["tags"])) if row["tags"] else ()
            name = row["name"] or row["subject"] or ""
            for part in (row, *revisions.get(row["id"], ())):
                yield StoredItem(
                    id=row["id"],
                    type=_TYPES.get(row["type"], str(row["type"])),
                    folder=folder,
                    name=name,
                    date=part["date"],
                    size=part["size"],
                    flags=flag_letters(part["flags"]),
                    tags=tags,
                    digest=part["digest"],
                    version=part["version"],
                    old=part is not row,
                    blob=self._blob_state(mailbox, row["id"], part) if blobs else "unread",
                )

    def blob_path(self, mailbox: int, item_id: int, revision: int) -> Path:
        folder = self.home / "store" / str(mailbox >> 12) / str(mailbox) / "msg" / str(item_id >> 12)
        return folder / f"{item_id}-{revision}.msg"

    def _blob_state(self, mailbox: int, item_id: int, part: sqlite3.Row) -> str:
        if part["digest"] is None:
            return "none"
        try:
            raw = self.blob_path(mailbox, item_id, part["mod_content"]).read_bytes()
        except OSError:
            return "missing"
        return "ok" if digest_of(raw) == part["digest"] and len(raw) == part["size"] else "wrong"
