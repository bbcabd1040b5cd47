#!/usr/bin/python
# Copyright (c) 2026, mailops.zimbra contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a mailbox holds, as plain values: folders, items, revisions of documents, tags, tombstones."""

from __future__ import annotations

import json
from dataclasses import dataclass

from zimsim.model.database import Row
from zimsim.model.types import UNREAD, USER_ROOT, ItemType, bits_to_flags


@dataclass(frozen=True, slots=True)
class Grant:
    """One access grant of a folder: ``grantee`` a zimbraId, an address (guest), a domain id, or empty.

    ``kind``: usr grp cos dom all pub guest key. ``rights``: letters of ``rwidxapfc``. ``name`` is the grantee's name
    when it was granted, shown as ``d``.
    """

    grantee: str
    kind: str
    rights: str
    name: str = ""
    password: str = ""


@dataclass(frozen=True, slots=True)
class Folder:
    """A folder, search folder (type 2) or mountpoint (type 13). ``path`` begins with ``/``; the user's root is ``/``.

    ``system`` is the metadata's ``a``: 1 a system folder, 3 a hidden one. ``count``, ``size`` and ``unread`` are those
    of the items directly in it. Times in ms.
    """

    id: int
    parent_id: int
    name: str
    path: str
    type: int = ItemType.FOLDER
    view: int = 0
    flags: int = 0
    color: int = 0
    system: int = 0
    uuid: str = ""
    date: int = 0
    mod_metadata: int = 0
    mod_content: int = 0
    imap_modseq: int = 0
    imap_next: int = 0
    version: int = 1
    count: int = 0
    size: int = 0
    unread: int = 0
    grants: tuple[Grant, ...] = ()
    url: str = ""
    query: str = ""
    query_types: str = ""
    sort_by: str = ""
    owner_id: str = ""
    owner_name: str = ""
    remote_id: int = 0
    remote_uuid: str = ""

    @property
    def flag_text(self) -> str:
        return bits_to_flags(self.flags)

    @property
    def hidden(self) -> bool:
        """ROOT, Tags, Conversations, Comments: the user's client never sees them."""
        return self.system == 3

    @property
    def deletable(self) -> bool:
        return self.system == 0

    @property
    def is_user_root(self) -> bool:
        return self.id == USER_ROOT


@dataclass(frozen=True, slots=True)
class Conversation:
    """What its messages make of it; ``changed`` is the newest change of one of them."""

    id: int
    changed: int
    change_date: int
    date: int
    unread: int
    flags: int


@dataclass(frozen=True, slots=True)
class Item:
    """A message, chat, contact, appointment, task or document.

    ``date`` and ``change_date`` in ms (whole seconds). ``tags`` are names. ``digest`` is None when the item has no
    blob. ``metadata`` is bencoded. ``parent_id`` is the conversation: the negative own id, or a conversation's id.
    ``revision`` (mod_content) names the blob's file.
    """

    id: int
    type: int
    folder_id: int
    parent_id: int
    imap_id: int
    date: int
    size: int
    flags: int
    tags: tuple[str, ...]
    name: str | None
    subject: str | None
    sender: str
    recipients: str
    digest: str | None
    metadata: str
    uuid: str
    mod_metadata: int
    mod_content: int
    change_date: int
    version: int

    @property
    def unread(self) -> bool:
        return bool(self.flags & UNREAD)

    @property
    def flag_text(self) -> str:
        return bits_to_flags(self.flags)

    @property
    def revision(self) -> int:
        return self.mod_content


@dataclass(frozen=True, slots=True)
class Revision:
    """One version of a document; its blob's file is named by ``mod_content``."""

    item_id: int
    version: int
    date: int
    size: int
    flags: int
    name: str | None
    sender: str
    digest: str | None
    metadata: str
    mod_metadata: int
    mod_content: int
    change_date: int


@dataclass(frozen=True, slots=True)
class Tag:
    """``listed`` is false for a tag that came into being through ``tn=`` (R72)."""

    id: int
    name: str
    color: int
    listed: bool
    date: int
    mod_metadata: int


@dataclass(frozen=True, slots=True)
class Tombstone:
    change: int
    type: int
    item_id: int


@dataclass(frozen=True, slots=True)
class NewItem:
    """What ``Mailbox.add_item`` stores; ``raw`` None means an item without a blob."""

    type: int
    folder_id: int
    raw: bytes | None
    date: int
    metadata: str
    flags: int = 0
    tags: tuple[str, ...] = ()
    name: str | None = None
    subject: str | None = None
    sender: str = ""
    recipients: str = ""
    size: int | None = None
    uuid: str = ""
    thread: str = ""
    references: tuple[str, ...] = ()
    version: int = 1


def item_from(row: Row) -> Item:
    return Item(
        id=row["id"],
        type=row["type"],
        folder_id=row["folder"],
        parent_id=row["parent"],
        imap_id=row["imap_id"],
        date=row["date"],
        size=row["size"],
        flags=row["flags"],
        tags=tuple(json.loads(row["tags"])) if row["tags"] else (),
        name=row["name"],
        subject=row["subject"],
        sender=row["sender"],
        recipients=row["recipients"],
        digest=row["digest"],
        metadata=row["metadata"],
        uuid=row["uuid"],
        mod_metadata=row["mod_metadata"],
        mod_content=row["mod_content"],
        change_date=row["change_date"],
        version=row["version"],
    )


def revision_from(row: Row) -> Revision:
    return Revision(
        item_id=row["item"],
        version=row["version"],
        date=row["date"],
        size=row["size"],
        flags=row["flags"],
        name=row["name"],
        sender=row["sender"],
        digest=row["digest"],
        metadata=row["metadata"],
        mod_metadata=row["mod_metadata"],
        mod_content=row["mod_content"],
        change_date=row["change_date"],
    )


def tag_from(row: Row) -> Tag:
    return Tag(
        id=row["id"],
        name=row["name"],
        color=row["color"],
        listed=bool(row["listed"]),
        date=row["date"],
        mod_metadata=row["mod_metadata"],
    )
