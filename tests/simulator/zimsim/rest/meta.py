#!/usr/bin/python
# Copyright (c) 2026, mailops.zimbra contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The ``.meta`` entries of archives: JSON with a bencoded ``metadata`` (R46, Z10)."""

from __future__ import annotations

import json
from typing import Any

from zimsim.model import Folder, Item, ItemType, Revision, Tag, bencode
from zimsim.model.items import Grant
from zimsim.model.types import NO_INHERIT, RIGHT_BITS, TAGS_FOLDER, UNREAD

VERSION = 10
GRANTEE_TYPES = {"usr": 1, "grp": 2, "pub": 3, "cos": 4, "dom": 5, "all": 6, "guest": 7, "key": 8}


class MetaWriter:
    """``carbonio`` adds the empty ``ExtraStr`` that 8.8.15 has not."""

    def __init__(self, *, carbonio: bool, tag_ids: dict[str, int]) -> None:
        self._carbonio = carbonio
        self._tag_ids = tag_ids

    def _text(self, fields: dict[str, Any]) -> bytes:
        common: dict[str, Any] = {"Ver": VERSION, "volume_id": 0, "index_id": 0}
        if self._carbonio:
            common["ExtraStr"] = ""
        return json.dumps({**common, **fields}, ensure_ascii=False, separators=(",", ":")).encode(
            "utf-8", "surrogatepass"
        )

    def item(self, item: Item, folder_path: str) -> bytes:
        """A leaf item; ``Path`` ends with a slash, for documents it is the whole path."""
        document = item.type == ItemType.DOCUMENT
        path = folder_path.rstrip("/") + "/"
        fields: dict[str, Any] = {
            "id": item.id,
            "type": item.type,
            "folder_id": item.folder_id,
            "parent_id": item.parent_id,
            "imap_id": item.imap_id,
            "date": item.date // 1000,
            "size": item.size,
            "unread": 1 if item.unread else 0,
            "flags": item.flags & ~UNREAD,
            "FlagStr": item.flag_text,
            "TagStr": ",".join(str(self._tag_ids[name]) for name in item.tags if name in self._tag_ids),
            "TagNames": ",".join(item.tags),
            "sender": item.sender,
            "metadata": item.metadata,
            "mod_metadata": item.mod_metadata,
            "mod_content": item.mod_content,
            "change_date": item.change_date // 1000,
            "Path": path + (item.name or "") if document else path,
        }
        if item.subject is not None:
            fields["subject"] = item.subject
        if item.digest is not None:
            fields["blob_digest"] = item.digest
        if document:
            fields.update(name=item.name or "", uuid=item.uuid)
        return self._text(fields)

    def revision(self, item: Item, revision: Revision, folder_path: str) -> bytes:
        """An older version of a document: its own values under the document's id, name and path."""
        old = Item(
            id=item.id,
            type=item.type,
            folder_id=item.folder_id,
            parent_id=item.parent_id,
            imap_id=item.imap_id,
            date=revision.date,
            size=revision.size,
            flags=revision.flags,
            tags=item.tags,
            name=item.name,
            subject=item.subject,
            sender=revision.sender,
            recipients="",
            digest=revision.digest,
            metadata=revision.metadata,
            uuid=item.uuid,
            mod_metadata=revision.mod_metadata,
            mod_content=revision.mod_content,
            change_date=revision.change_date,
            version=revision.version,
        )
        return self.item(old, folder_path)

    def folder(self, folder: Folder) -> bytes:
        return self._text(
            {
                "id": folder.id,
                "type": folder.type,
                "folder_id": folder.parent_id,
                "parent_id": folder.parent_id,
                "imap_id": -1,
                "date": folder.date // 1000,
                "size": folder.count,
                "unread": folder.unread,
                "flags": folder.flags,
                "FlagStr": folder.flag_text,
                "TagStr": "",
                "TagNames": "",
                "sender": "",
                "subject": folder.name,
                "name": folder.name,
                "uuid": folder.uuid,
                "metadata": folder_metadata(folder),
                "mod_metadata": folder.mod_metadata,
                "mod_content": folder.mod_content,
                "change_date": folder.date // 1000,
                "Path": folder.path,
            }
        )

    def tag(self, tag: Tag) -> bytes:
        metadata: dict[str, bencode.Value] = {"lst": "true", "v": VERSION}
        if tag.color:
            metadata["c"] = tag.color
        return self._text(
            {
                "id": tag.id,
                "type": int(ItemType.TAG),
                "folder_id": TAGS_FOLDER,
                "parent_id": -1,
                "imap_id": -1,
                "date": tag.date // 1000,
                "size": 0,
                "unread": 0,
                "flags": 0,
                "FlagStr": "",
                "TagStr": "",
                "TagNames": "",
                "sender": "",
                "name": tag.name,
                "metadata": bencode.encode(metadata),
                "mod_metadata": tag.mod_metadata,
                "mod_content": tag.mod_metadata,
                "change_date": tag.date // 1000,
                "Path": f"/Tags/{tag.name}",
            }
        )


def folder_metadata(folder: Folder) -> str:
    """The bencoded metadata of a folder, search folder or mountpoint."""
    metadata: dict[str, bencode.Value] = {"v": VERSION}
    if folder.color:
        metadata["c"] = folder.color
    if folder.type == ItemType.SEARCH:
        metadata["q"] = folder.query
        if folder.query_types:
            metadata["t"] = folder.query_types
        if folder.sort_by:
            metadata["s"] = folder.sort_by
        return bencode.encode(metadata)
    metadata["das"] = "false"
    if folder.view:
        metadata["vt"] = folder.view
    if folder.type == ItemType.MOUNTPOINT:
        metadata.update(aid=folder.owner_id, id=folder.remote_id)
        if folder.remote_uuid:
            metadata["ruuid"] = folder.remote_uuid
        return bencode.encode(metadata)
    metadata.update(mseq=folder.imap_modseq, unxt=folder.imap_next)
    if folder.system:
        metadata["a"] = folder.system
    if folder.size:
        metadata["sz"] = folder.size
    if folder.version > 1:
        metadata["mdver"] = folder.version
    if folder.url:
        metadata["url"] = folder.url
    if folder.grants or folder.flags & NO_INHERIT:
        metadata["aclm"] = {"g": [_grant(each) for each in reversed(folder.grants)], "ge": 0, "ie": 0}
    return bencode.encode(metadata)


def _grant(grant: Grant) -> dict[str, bencode.Value]:
    bits = sum(RIGHT_BITS[letter] for letter in grant.rights)
    values: dict[str, bencode.Value] = {"e": 0, "r": bits, "t": GRANTEE_TYPES[grant.kind]}
    if grant.grantee:
        values["g"] = grant.grantee
    if grant.password:
        values["a"] = grant.password
    return values
