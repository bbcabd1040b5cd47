#!/usr/bin/python
# Copyright (c) 2026, mailops.zimbra contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A mailbox: everything one account holds."""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterable, Iterator
from typing import Any

from zimsim.model import bencode, errors, mime
from zimsim.model.base import Change, now_ms
from zimsim.model.blobs import digest_of
from zimsim.model.documents import DocumentOperations
from zimsim.model.folders import FolderOperations
from zimsim.model.items import Conversation, Item, NewItem, Tombstone, item_from
from zimsim.model.tags import TagOperations
from zimsim.model.types import ATTACHED, FLAG_BITS, UNREAD, ItemType

_INSERT = (
    "INSERT INTO items (mailbox, id, type, folder, parent, imap_id, date, size, flags, tags, name, subject, sender,"
    " recipients, digest, metadata, uuid, mod_metadata, mod_content, change_date, version, thread)"
    " VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?)"
)


def tags_text(names: Iterable[str]) -> str:
    listed = list(names)
    return json.dumps(listed, ensure_ascii=False) if listed else ""


def _counted(metadata: str) -> str:
    """The metadata with its change counter ``mdver`` one higher; absent it stands for 1."""
    try:
        values = bencode.decode(metadata)
    except ValueError:
        return metadata
    values["mdver"] = int(str(values.get("mdver", 1))) + 1
    return bencode.encode(values)


class Mailbox(FolderOperations, TagOperations, DocumentOperations):
    # -- reading ---------------------------------------------------------------------------------------------

    def items(
        self,
        *,
        folder_id: int | None = None,
        types: Iterable[int] = (),
        since: int | None = None,
    ) -> Iterator[Item]:
        """Streams items by id; ``since`` keeps those changed after that token."""
        sql, values = "SELECT * FROM items WHERE mailbox = ?", [self.id]
        if folder_id is not None:
            sql += " AND folder = ?"
            values.append(folder_id)
        wanted = [int(each) for each in types]
        if wanted:
            sql += f" AND type IN ({','.join('?' * len(wanted))})"
            values += wanted
        if since is not None:
            sql += " AND mod_metadata > ?"
            values.append(since)
        for row in self._db.stream(sql + " ORDER BY id", values):
            yield item_from(row)

    def find(self, item_id: int) -> Item | None:
        row = self._db.one("SELECT * FROM items WHERE mailbox = ? AND id = ?", (self.id, item_id))
        return item_from(row) if row else None

    def item(self, item_id: int) -> Item:
        """NO_SUCH_ITEM where it is missing."""
        found = self.find(item_id)
        if found is None:
            raise errors.no_such_item(item_id)
        return found

    def conversation(self, parent_id: int) -> list[Item]:
        """The messages of one conversation, by id."""
        rows = self._db.query(
            "SELECT * FROM items WHERE mailbox = ? AND parent = ? AND type = ? ORDER BY id",
            (self.id, parent_id, ItemType.MESSAGE),
        )
        return [item_from(row) for row in rows]

    def conversations(self, since: int = -1) -> list[Conversation]:
        """Of two and more messages once; those with a message changed after ``since``."""
        rows = self._db.query(
            "SELECT parent, max(mod_metadata) AS changed, max(change_date) AS change_date, max(date) AS date,"
            f" sum(flags & {UNREAD} <> 0) AS unread, max(flags & {UNREAD}) | max(flags & {FLAG_BITS['f']}) AS bits"
            " FROM items WHERE mailbox = ? AND type = ? AND parent IN"
            " (SELECT parent FROM items WHERE mailbox = ? AND mod_metadata > ? AND parent > 0)"
            " GROUP BY parent ORDER BY parent",
            (self.id, ItemType.MESSAGE, self.id, since),
        )
        return [
            Conversation(row["parent"], row["changed"], row["change_date"], row["date"], row["unread"], row["bits"])
            for row in rows
        ]

    def item_ids(self, folder_id: int, *types: int) -> list[int]:
        """Ids in a folder, newest first, as SyncRequest lists them; all types when none is given."""
        clause = f" AND type IN ({','.join('?' * len(types))})" if types else ""
        rows = self._db.query(
            f"SELECT id FROM items WHERE mailbox = ? AND folder = ?{clause} ORDER BY id DESC",
            (self.id, folder_id, *map(int, types)),
        )
        return [row["id"] for row in rows]

    def ids_by_folder(self) -> dict[tuple[int, int], list[int]]:
        """Ids by (folder, type), newest first: what an initial SyncRequest lists."""
        found: dict[tuple[int, int], list[int]] = {}
        for row in self._db.stream(
            "SELECT folder, type, id FROM items WHERE mailbox = ? ORDER BY date DESC, id", (self.id,)
        ):
            found.setdefault((row["folder"], row["type"]), []).append(row["id"])
        return found

    def count(self, *types: int) -> int:
        clause = f" AND type IN ({','.join('?' * len(types))})" if types else ""
        row = self._db.one(f"SELECT count(*) AS n FROM items WHERE mailbox = ?{clause}", (self.id, *map(int, types)))
        return int(row["n"]) if row else 0

    def tombstones(self, since: int = 0) -> list[Tombstone]:
        rows = self._db.query(
            "SELECT change, type, item FROM tombstones WHERE mailbox = ? AND change > ? ORDER BY change, item",
            (self.id, since),
        )
        return [Tombstone(row["change"], row["type"], row["item"]) for row in rows]

    def blob(self, item: Item) -> bytes | None:
        """The item's bytes; None without a blob or where its file is missing (R45)."""
        return self._blobs.read(self.id, item.id, item.revision) if item.digest is not None else None

    # -- adding ----------------------------------------------------------------------------------------------

    def add_message(
        self,
        raw: bytes,
        folder_id: int,
        *,
        date: int | None = None,
        flags: int = 0,
        tags: Iterable[str] = (),
        kind: int = ItemType.MESSAGE,
    ) -> Item:
        """Stores the bytes as they are, also broken ones. ``date`` in ms (default: now), cut to whole seconds."""
        facts = mime.facts(raw)
        derived = (ATTACHED if facts.has_attachment else 0) | FLAG_BITS.get(facts.priority, 0)
        metadata: dict[str, bencode.Value] = {"f": facts.fragment, "s": facts.sender, "v": 10}
        if facts.recipients:
            metadata["t"] = facts.recipients
        return self.add_item(
            NewItem(
                type=kind,
                folder_id=folder_id,
                raw=raw,
                date=now_ms() if date is None else date,
                metadata=bencode.encode(metadata),
                flags=flags | derived,
                tags=tuple(tags),
                subject=facts.subject,
                sender=facts.sender,
                recipients=facts.recipients,
                thread=facts.message_id,
                references=facts.references,
            )
        )

    def add_item(self, new: NewItem) -> Item:
        """One change; NO_SUCH_FOLDER for a missing folder. Tags that are missing come into being unlisted (R72)."""
        with self.change() as change:
            if not self.has_folder(new.folder_id):
                raise errors.no_such_folder(new.folder_id)
            tags = self.ensure_tags(new.tags) if new.tags else ()
            item_id = change.new_id()
            parent = self._conversation(change, new, item_id) if new.type == ItemType.MESSAGE else -1
            raw = new.raw
            size = new.size if new.size is not None else len(raw or b"")
            if raw is not None:
                self._blobs.write(self.id, item_id, change.token, raw)
            identifier = new.uuid or (str(uuid.uuid4()) if new.type == ItemType.DOCUMENT else "")
            change.connection.execute(
                _INSERT,
                (
                    self.id, item_id, new.type, new.folder_id, parent, item_id, new.date // 1000 * 1000, size,
                    new.flags, tags_text(tags), new.name, new.subject, new.sender, new.recipients,
                    digest_of(raw) if raw is not None else None, new.metadata, identifier, change.token, change.token,
                    change.time, new.version, new.thread,
                ),
            )  # fmt: skip
            self._touch_folder(change, new.folder_id, item_id)
            self._grow(change, size)
            return self.item(item_id)

    def _conversation(self, change: Change, new: NewItem, item_id: int) -> int:
        """The conversation's id: that of the messages it answers or equals, else the negative own id."""
        keys = [key for key in (new.thread, *new.references[-20:]) if key]
        if keys:
            row = self._db.one(
                "SELECT id, parent FROM items INDEXED BY items_thread WHERE mailbox = ?"
                f" AND thread IN ({','.join('?' * len(keys))}) AND thread <> '' ORDER BY id DESC LIMIT 1",
                (self.id, *keys),
            )
            if row is not None and row["parent"] > 0:
                return int(row["parent"])
            if row is not None:
                conversation = change.new_id()
                change.connection.execute(
                    "UPDATE items SET parent = ?, mod_metadata = ? WHERE mailbox = ? AND id = ?",
                    (conversation, change.token, self.id, row["id"]),
                )
                return conversation
        return -item_id

    # -- changing --------------------------------------------------------------------------------------------

    def update(self, item_id: int, *, raw: bytes | None = None, **fields: Any) -> Item:
        """``fields``: flags, tags, date, name, subject, sender, recipients, metadata, folder_id, uuid, size.

        With ``raw`` the content is replaced: a new blob under a new revision.
        """
        with self.change() as change:
            item = self.item(item_id)
            columns: dict[str, Any] = {"mod_metadata": change.token, "change_date": change.time}
            for key, value in fields.items():
                if key == "tags":
                    columns["tags"] = tags_text(self.ensure_tags(value))
                elif key == "folder_id":
                    if not self.has_folder(value):
                        raise errors.no_such_folder(value)
                    columns["folder"] = value
                elif key == "date":
                    columns["date"] = value // 1000 * 1000
                else:
                    columns[key] = value
            if "metadata" not in fields and ({"flags", "tags"} & fields.keys()):
                columns["metadata"] = _counted(item.metadata)
            if raw is not None:
                self._blobs.write(self.id, item_id, change.token, raw)
                self._blobs.remove(self.id, item_id, item.revision)
                columns.update(mod_content=change.token, digest=digest_of(raw), size=len(raw))
            elif "metadata" in fields and item.digest is None:
                columns["mod_content"] = change.token
            assignments = ", ".join(f"{column} = ?" for column in columns)
            change.connection.execute(
                f"UPDATE items SET {assignments} WHERE mailbox = ? AND id = ?", (*columns.values(), self.id, item_id)
            )
            self._grow(change, columns.get("size", item.size) - item.size)
            self._touch_folder(change, columns.get("folder", item.folder_id), item_id)
            return self.item(item_id)

    def move(self, item_id: int, folder_id: int) -> Item:
        return self.update(item_id, folder_id=folder_id)

    def delete(self, item_ids: Iterable[int]) -> list[int]:
        """Removes items with their blobs and leaves tombstones; ids that are not there are passed over."""
        removed = []
        with self.change() as change:
            for item_id in item_ids:
                item = self.find(item_id)
                if item is None:
                    continue
                self._bury(change, item.type, item_id)
                self._grow(change, -item.size - self._drop_revisions(change, item))
                if item.digest is not None:
                    self._blobs.remove(self.id, item_id, item.revision)
                change.connection.execute("DELETE FROM items WHERE mailbox = ? AND id = ?", (self.id, item_id))
                removed.append(item_id)
        return removed

    def delete_folder(self, folder_id: int) -> None:
        """The folder with all below it; system folders are IMMUTABLE_OBJECT."""
        with self.change() as change:
            for folder in reversed(self.subtree(folder_id)):
                if not folder.deletable:
                    raise errors.immutable_object(folder.id)
                self.delete(self.item_ids(folder.id))
                self._bury(change, folder.type, folder.id)
                change.connection.execute("DELETE FROM folders WHERE mailbox = ? AND id = ?", (self.id, folder.id))

    def empty_folder(self, folder_id: int, *, recursive: bool = False) -> None:
        with self.change():
            folders = self.subtree(folder_id) if recursive else [self.folder(folder_id)]
            self.delete(self.item_ids(folder_id))
            for folder in folders[1:]:
                if self.has_folder(folder.id):
                    self.delete_folder(folder.id)

    def _untag_all(self, name: str) -> None:
        for item in list(self.items()):
            if name in item.tags:
                self.update(item.id, tags=[each for each in item.tags if each != name])

    def _bury(self, change: Change, kind: int, item_id: int) -> None:
        change.connection.execute(
            "INSERT OR REPLACE INTO tombstones (mailbox, change, type, item) VALUES (?,?,?,?)",
            (self.id, change.token, kind, item_id),
        )

    def _touch_folder(self, change: Change, folder_id: int, item_id: int) -> None:
        change.connection.execute(
            "UPDATE folders SET imap_modseq = ?, imap_next = max(imap_next, ?) WHERE mailbox = ? AND id = ?",
            (change.token, item_id + 1, self.id, folder_id),
        )
