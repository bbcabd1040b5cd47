#!/usr/bin/python
# Copyright (c) 2026, mailops.zimbra contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Folders, search folders, mountpoints and their grants."""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterable
from typing import Any

from zimsim.model import errors
from zimsim.model.base import Change, MailboxBase
from zimsim.model.database import Row
from zimsim.model.items import Folder, Grant
from zimsim.model.types import MAILBOX_ROOT, NO_INHERIT, UNREAD, USER_ROOT, ItemType, system_folders

_FORBIDDEN = frozenset('/:"\t\n\r\x00')
_MAX_NAME = 255
_DETAILS = ("url", "query", "query_types", "sort_by", "owner_id", "owner_name", "remote_id", "remote_uuid")


def valid_name(name: str) -> str:
    """``name`` without trailing blanks (R38); INVALID_NAME for what the platform refuses."""
    stripped = name.rstrip()
    if not stripped or len(stripped) > _MAX_NAME or _FORBIDDEN & set(stripped) or stripped in (".", ".."):
        raise errors.invalid_name(name)
    return stripped


def _details(folder: dict[str, Any], grants: Iterable[Grant]) -> str:
    details = {key: folder[key] for key in _DETAILS if folder.get(key)}
    listed = [[grant.grantee, grant.kind, grant.rights, grant.name, grant.password] for grant in grants]
    if listed:
        details["grants"] = listed
    return json.dumps(details, ensure_ascii=False)


class FolderOperations(MailboxBase):
    def create_system_folders(self, change: Change, product: str) -> None:
        """The folders of a fresh mailbox; called once, by whoever makes the mailbox."""
        for folder_id, parent, name, view, flags, system in system_folders(product):
            self._insert_folder(change, folder_id, parent, name, ItemType.FOLDER, view, flags, 0, system)

    def _insert_folder(
        self,
        change: Change,
        folder_id: int,
        parent: int,
        name: str,
        kind: int,
        view: int,
        flags: int,
        color: int = 0,
        system: int = 0,
        details: str = "{}",
        folder_uuid: str | None = None,
        date: int | None = None,
    ) -> None:
        change.connection.execute(
            "INSERT INTO folders (mailbox, id, parent, name, type, view, flags, color, system, uuid, date,"
            " mod_metadata, mod_content, imap_modseq, imap_next, details) VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?)",
            (
                self.id, folder_id, parent, name, kind, view, flags, color, system, folder_uuid or str(uuid.uuid4()),
                change.time if date is None else date, change.token, change.token, change.token, folder_id + 1, details,
            ),
        )  # fmt: skip

    def folders(self) -> list[Folder]:
        """All folders, search folders and mountpoints, hidden ones too, by id, with their counts."""
        counts = {
            row["folder"]: row
            for row in self._db.query(
                "SELECT folder, count(*) AS n, sum(size) AS s, sum((flags & ?) <> 0) AS u FROM items"
                " WHERE mailbox = ? GROUP BY folder",
                (UNREAD, self.id),
            )
        }
        rows = {row["id"]: row for row in self._rows()}
        return [self._folder(row, rows, counts.get(row["id"])) for row in rows.values()]

    def folder(self, folder_id: int) -> Folder:
        """NO_SUCH_FOLDER where it is missing."""
        for folder in self.folders():
            if folder.id == folder_id:
                return folder
        raise errors.no_such_folder(folder_id)

    def folder_by_path(self, path: str) -> Folder:
        """``/Inbox/Sub`` (leading slash optional, case ignored); NO_SUCH_FOLDER names the path as given."""
        wanted = "/" + path.strip("/")
        for folder in self.folders():
            if folder.path.casefold() == wanted.casefold() and folder.id != MAILBOX_ROOT and not folder.hidden:
                return folder
        raise errors.no_such_folder(path)

    def has_folder(self, folder_id: int) -> bool:
        return self._db.one("SELECT 1 FROM folders WHERE mailbox = ? AND id = ?", (self.id, folder_id)) is not None

    def subtree(self, folder_id: int) -> list[Folder]:
        """The folder and all below it, parents first, children by name."""
        children: dict[int, list[Folder]] = {}
        found: list[Folder] = []
        for folder in self.folders():
            if folder.id == folder_id:
                found.append(folder)
            elif folder.id != folder.parent_id:
                children.setdefault(folder.parent_id, []).append(folder)
        if not found:
            raise errors.no_such_folder(folder_id)
        at = 0
        while at < len(found):
            below = sorted(children.get(found[at].id, ()), key=lambda each: each.name.casefold())
            found[at + 1 : at + 1] = below
            at += 1
        return found

    def create_folder(
        self,
        name: str,
        parent_id: int = USER_ROOT,
        *,
        kind: int = ItemType.FOLDER,
        view: int = 0,
        flags: int = 0,
        color: int = 0,
        folder_uuid: str | None = None,
        date: int | None = None,
        grants: tuple[Grant, ...] = (),
        **details: str | int,
    ) -> Folder:
        """``details``: url, query, query_types, sort_by, owner_id, owner_name, remote_id, remote_uuid."""
        name = valid_name(name)
        with self.change() as change:
            self._refuse_taken(name, parent_id)
            folder_id = change.new_id()
            text = _details(details, grants)
            self._insert_folder(
                change, folder_id, parent_id, name, kind, view, flags, color, 0, text, folder_uuid, date
            )
            return self.folder(folder_id)

    def ensure_folder(self, path: str, view: int = 0) -> Folder:
        """The folder at ``path``, made with its parents where missing."""
        with self.change():
            current = self.folder(USER_ROOT)
            for name in path.strip("/").split("/"):
                if not name:
                    continue
                existing = self.child(current.id, name)
                current = existing or self.create_folder(name, current.id, view=view)
            return current

    def child(self, parent_id: int, name: str) -> Folder | None:
        wanted = name.rstrip().casefold()
        for folder in self.folders():
            if folder.parent_id == parent_id and folder.id != parent_id and folder.name.casefold() == wanted:
                return folder
        return None

    def update_folder(self, folder_id: int, **fields: Any) -> Folder:
        """``fields``: name, parent_id, flags, color, view, date, grants, and the details of ``create_folder``.

        ``steps``: by how much the folder's version number goes up, 1 when it is not given.
        """
        steps = int(fields.pop("steps", 1))
        with self.change() as change:
            folder = self.folder(folder_id)
            if not folder.deletable and ({"name", "parent_id"} & fields.keys()):
                raise errors.immutable_object(folder_id)
            name = valid_name(fields["name"]) if "name" in fields else folder.name
            parent = fields.get("parent_id", folder.parent_id)
            if (name.casefold(), parent) != (folder.name.casefold(), folder.parent_id):
                self._refuse_taken(name, parent)
            details = {key: fields.get(key, getattr(folder, key)) for key in _DETAILS}
            grants = fields.get("grants", folder.grants)
            change.connection.execute(
                "UPDATE folders SET name = ?, parent = ?, flags = ?, color = ?, view = ?, date = ?, details = ?,"
                " mod_metadata = ?, version = version + ? WHERE mailbox = ? AND id = ?",
                (
                    name, parent, fields.get("flags", folder.flags), fields.get("color", folder.color),
                    fields.get("view", folder.view), fields.get("date", folder.date), _details(details, grants),
                    change.token, steps, self.id, folder_id,
                ),
            )  # fmt: skip
            return self.folder(folder_id)

    def rename_folder(self, folder_id: int, name: str, parent_id: int | None = None) -> Folder:
        """A rename counts as new content, unlike every other change of a folder."""
        with self.change() as change:
            fields: dict[str, Any] = {"name": name} if parent_id is None else {"name": name, "parent_id": parent_id}
            self.update_folder(folder_id, **fields)
            change.connection.execute(
                "UPDATE folders SET mod_content = ? WHERE mailbox = ? AND id = ?", (change.token, self.id, folder_id)
            )
            return self.folder(folder_id)

    def grant(self, folder_id: int, grant: Grant) -> None:
        """Replaces other rights of the same grantee; GRANT_EXISTS for identical ones (R36).

        The folder stops inheriting; its version number goes up by three with the first grant, by one with others.
        """
        with self.change():
            folder = self.folder(folder_id)
            kept = []
            for existing in folder.grants:
                if (existing.grantee, existing.kind) != (grant.grantee, grant.kind):
                    kept.append(existing)
                elif set(existing.rights) == set(grant.rights):
                    raise errors.grant_exists(grant.grantee)
            steps = 1 if folder.grants else 3
            self.update_folder(folder_id, grants=(*kept, grant), flags=folder.flags | NO_INHERIT, steps=steps)

    def revoke(self, folder_id: int, grantee: str) -> None:
        folder = self.folder(folder_id)
        self.update_folder(folder_id, grants=tuple(each for each in folder.grants if each.grantee != grantee))

    def _refuse_taken(self, name: str, parent_id: int) -> None:
        if not self.has_folder(parent_id):
            raise errors.no_such_item(parent_id)
        if self.child(parent_id, name) is not None:
            raise errors.already_exists(name)
        clash = self._db.one(
            "SELECT id FROM items WHERE mailbox = ? AND folder = ? AND type = ? AND name = ? COLLATE NOCASE",
            (self.id, parent_id, ItemType.DOCUMENT, name),
        )
        if clash is not None:
            raise errors.already_exists(name)

    def _rows(self) -> list[Row]:
        return self._db.query("SELECT * FROM folders WHERE mailbox = ? ORDER BY id", (self.id,))

    @staticmethod
    def _path(row: Row, rows: dict[int, Row]) -> str:
        names: list[str] = []
        while row["id"] not in (USER_ROOT, MAILBOX_ROOT):
            names.append(row["name"])
            row = rows[row["parent"]]
        return "/" + "/".join(reversed(names))

    def _folder(self, row: Row, rows: dict[int, Row], counts: Row | None) -> Folder:
        details = json.loads(row["details"])
        grants = tuple(Grant(*each) for each in details.pop("grants", ()))
        return Folder(
            id=row["id"],
            parent_id=row["parent"],
            name=row["name"],
            path=self._path(row, rows),
            type=row["type"],
            view=row["view"],
            flags=row["flags"],
            color=row["color"],
            system=row["system"],
            uuid=row["uuid"],
            date=row["date"],
            mod_metadata=row["mod_metadata"],
            mod_content=row["mod_content"],
            imap_modseq=row["imap_modseq"],
            imap_next=row["imap_next"],
            version=row["version"],
            count=counts["n"] if counts else 0,
            size=counts["s"] if counts else 0,
            unread=counts["u"] if counts else 0,
            grants=grants,
            **details,
        )
