#!/usr/bin/python
# Copyright (c) 2026, mailops.zimbra contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Documents with their older revisions (section 10 of the real server's facts)."""

from __future__ import annotations

import uuid

from zimsim.model import bencode, errors
from zimsim.model.base import Change, MailboxBase, now_ms
from zimsim.model.blobs import digest_of
from zimsim.model.items import Item, NewItem, Revision, item_from, revision_from
from zimsim.model.types import SUPERSEDED, VERSIONED, ItemType


def document_metadata(creator: str, content_type: str, fragment: str, version: int, description: str = "") -> str:
    metadata: dict[str, bencode.Value] = {
        "cr": creator,
        "ct": content_type,
        "dee": "true",
        "f": fragment,
        "lt": 0,
        "mdver": 3 * version,
        "v": 10,
    }
    if description:
        metadata["d"] = description
    if version > 1:
        metadata["ver"] = version
    return bencode.encode(metadata)


class DocumentOperations(MailboxBase):
    def add_item(self, new: NewItem) -> Item:
        raise NotImplementedError

    def item(self, item_id: int) -> Item:
        raise NotImplementedError

    def document(self, folder_id: int, name: str) -> Item | None:
        """By name, case ignored."""
        rows = self._db.query(
            "SELECT * FROM items WHERE mailbox = ? AND folder = ? AND type = ?",
            (self.id, folder_id, ItemType.DOCUMENT),
        )
        for row in rows:
            if (row["name"] or "").casefold() == name.casefold():
                return item_from(row)
        return None

    def revisions(self, item_id: int) -> list[Revision]:
        """Superseded versions, oldest first; the current one is the item itself."""
        rows = self._db.query(
            "SELECT * FROM revisions WHERE mailbox = ? AND item = ? ORDER BY version", (self.id, item_id)
        )
        return [revision_from(row) for row in rows]

    def revision_blob(self, revision: Revision) -> bytes | None:
        return self._blobs.read(self.id, revision.item_id, revision.mod_content)

    def add_document(
        self,
        raw: bytes,
        folder_id: int,
        name: str,
        content_type: str,
        creator: str,
        *,
        date: int | None = None,
        flags: int = 0,
        tags: tuple[str, ...] = (),
        description: str = "",
        metadata: str | None = None,
        version: int = 1,
        document_uuid: str = "",
    ) -> Item:
        """A new document; ALREADY_EXISTS when the folder has one of that name."""
        existing = self.document(folder_id, name)
        if existing is not None:
            raise errors.document_exists(name, folder_id, existing.id, existing.version)
        fragment = raw[:150].decode("utf-8", "replace") if content_type.startswith("text/") else ""
        return self.add_item(
            NewItem(
                type=ItemType.DOCUMENT,
                folder_id=folder_id,
                raw=raw,
                date=now_ms() if date is None else date,
                metadata=metadata or document_metadata(creator, content_type, fragment, version, description),
                flags=flags | (VERSIONED if version > 1 else 0),
                tags=tags,
                name=name,
                subject=name,
                sender=creator,
                uuid=document_uuid or str(uuid.uuid4()),
                version=version,
            )
        )

    def add_revision(
        self,
        item_id: int,
        raw: bytes,
        content_type: str,
        creator: str,
        *,
        date: int | None = None,
        description: str = "",
        metadata: str | None = None,
        version: int | None = None,
    ) -> Item:
        """A new version of a document; the old one stays readable."""
        with self.change() as change:
            old = self.item(item_id)
            number = version if version is not None else old.version + 1
            change.connection.execute(
                "INSERT INTO revisions (mailbox, item, version, date, size, flags, name, sender, digest, metadata,"
                " mod_metadata, mod_content, change_date) VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?)",
                (
                    self.id, item_id, old.version, old.date, old.size, old.flags | SUPERSEDED, old.name, old.sender,
                    old.digest, old.metadata, old.mod_metadata, old.mod_content, old.change_date,
                ),
            )  # fmt: skip
            fragment = raw[:150].decode("utf-8", "replace") if content_type.startswith("text/") else ""
            self._blobs.write(self.id, item_id, change.token, raw)
            change.connection.execute(
                "UPDATE items SET date = ?, size = ?, flags = ?, sender = ?, digest = ?, metadata = ?,"
                " mod_metadata = ?, mod_content = ?, change_date = ?, version = ? WHERE mailbox = ? AND id = ?",
                (
                    (change.time if date is None else date) // 1000 * 1000, len(raw), old.flags | VERSIONED, creator,
                    digest_of(raw), metadata or document_metadata(creator, content_type, fragment, number, description),
                    change.token, change.token, change.time, number, self.id, item_id,
                ),
            )  # fmt: skip
            self._grow(change, len(raw))
            return self.item(item_id)

    def purge_revision(self, item_id: int, version: int) -> None:
        with self.change() as change:
            for revision in self.revisions(item_id):
                if revision.version == version:
                    self._blobs.remove(self.id, item_id, revision.mod_content)
                    self._grow(change, -revision.size)
            change.connection.execute(
                "DELETE FROM revisions WHERE mailbox = ? AND item = ? AND version = ?", (self.id, item_id, version)
            )

    def _drop_revisions(self, change: Change, item: Item) -> int:
        """Removes the older versions of an item that goes; the bytes they held."""
        if item.type != ItemType.DOCUMENT:
            return 0
        freed = 0
        for revision in self.revisions(item.id):
            self._blobs.remove(self.id, item.id, revision.mod_content)
            freed += revision.size
        change.connection.execute("DELETE FROM revisions WHERE mailbox = ? AND item = ?", (self.id, item.id))
        return freed

    def _grow(self, change: Change, size: int) -> None:
        if size:
            change.connection.execute("UPDATE mailboxes SET size = size + ? WHERE id = ?", (size, self.id))
