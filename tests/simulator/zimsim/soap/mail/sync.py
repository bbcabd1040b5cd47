#!/usr/bin/python
# Copyright (c) 2026, mailops.zimbra contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""SyncRequest: the ids of every folder at first, then what changed since a token (R40, R75)."""

from __future__ import annotations

import itertools

from zimsim.model import Folder, Item, ItemType, Mailbox, errors
from zimsim.model.items import Conversation
from zimsim.model.types import CONVERSATIONS, MAILBOX_ROOT, TAGS_FOLDER, TYPE_NAMES, bits_to_flags
from zimsim.soap.call import Call
from zimsim.soap.element import Element, Scalar
from zimsim.soap.mail.folder_elements import sync_folder
from zimsim.soap.mail.ids import local_id
from zimsim.soap.mail.item_elements import ELEMENT_NAMES, conversation_id, fields_of, tag_ids, uid_of
from zimsim.soap.registry import Registry

_SHORT = {**{int(key): value for key, value in ELEMENT_NAMES.items()}, int(ItemType.TAG): "tag"}
_ORDER = (
    ItemType.MESSAGE, ItemType.CHAT, ItemType.APPOINTMENT, ItemType.TASK, ItemType.CONTACT, ItemType.DOCUMENT,
)  # fmt: skip


def register(registry: Registry) -> None:
    registry.add(sync, "Sync")


def sync(call: Call) -> Element:
    mailbox = call.mailbox()
    token = call.request.get("token")
    response = call.response()
    response.attrs["md"] = mailbox.last_change // 1000
    response.attrs["token"] = mailbox.change_token
    if not token:
        response.attrs["s"] = mailbox.size
        _initial(call, mailbox, response)
        return response
    try:
        since = int(token.partition("-")[0])
    except ValueError:
        raise errors.invalid_request(f"malformed sync token: {token}") from None
    if since < mailbox.change_token:
        _delta(call, mailbox, response, since)
    return response


def _initial(call: Call, mailbox: Mailbox, response: Element) -> None:
    folders = mailbox.folders()
    by_id = {folder.id: folder for folder in folders}
    children: dict[int, list[Folder]] = {}
    for folder in folders:
        if folder.id != folder.parent_id:
            children.setdefault(folder.parent_id, []).append(folder)
    ids = mailbox.ids_by_folder()

    def build(folder: Folder) -> Element:
        element = sync_folder(folder, by_id.get(folder.parent_id), call.item_id)
        if folder.id == TAGS_FOLDER:
            for tag in mailbox.tags():
                element.add(
                    "tag", None, id=tag.id, name=tag.name, color=tag.color, rev=tag.mod_metadata, ms=tag.mod_metadata,
                    md=tag.date // 1000, d=0, u=0, n=0,
                )  # fmt: skip
                element.children[-1].add("meta")
                element.children[-1].append(Element("retentionPolicy", shape="unique"))
        if folder.id == CONVERSATIONS:
            conversations = [str(each.id) for each in mailbox.conversations()]
            if conversations:
                element.add("c", None, ids=",".join(conversations))
        for kind in _ORDER:
            numbers = ids.get((folder.id, int(kind)))
            if numbers:
                element.add(ELEMENT_NAMES[kind], None, ids=",".join(map(str, numbers)))
        for child in sorted(children.get(folder.id, ()), key=lambda each: each.name.casefold()):
            element.append(build(child))
        return element

    top = call.request.get("l")
    start = by_id.get(local_id(top) if top else MAILBOX_ROOT)
    if start is None:
        raise errors.no_such_folder(local_id(top))
    response.append(build(start))


def _delta(call: Call, mailbox: Mailbox, response: Element, since: int) -> None:
    typed = call.request.get("typed") in ("1", "true")
    gone = mailbox.tombstones(since)
    if gone:
        deleted = response.unique("deleted", None, ids=",".join(str(each.item_id) for each in gone))
        if typed:
            for kind in sorted({each.type for each in gone}):
                name = _SHORT.get(kind, TYPE_NAMES[kind])
                deleted.add(name, None, ids=",".join(str(each.item_id) for each in gone if each.type == kind))
    by_id = {folder.id: folder for folder in mailbox.folders()}
    for folder in by_id.values():
        if folder.mod_metadata > since:
            response.append(sync_folder(folder, by_id.get(folder.parent_id), call.item_id))
    for tag in mailbox.tags():
        if tag.mod_metadata > since:
            response.add("tag", None, id=tag.id, name=tag.name, color=tag.color, rev=tag.mod_metadata)
    items = (_changed(mailbox, item, since, by_id) for item in mailbox.items(since=since))
    response.lazy = itertools.chain(items, map(_conversation, mailbox.conversations(since)))


def _conversation(found: Conversation) -> Element:
    return Element(
        "c",
        {
            "id": found.id, "ms": found.changed, "md": found.change_date // 1000, "d": found.date, "u": found.unread,
            "f": bits_to_flags(found.flags), "t": "", "tn": "",
        },
    )  # fmt: skip


def _changed(mailbox: Mailbox, item: Item, since: int, folders: dict[int, Folder]) -> Element:
    """New content shows where it is; a mere change of flags, tags or folder shows those."""
    attrs: dict[str, Scalar] = {"id": item.id, "l": item.folder_id, "ms": item.mod_metadata,
                                "md": item.change_date // 1000, "d": item.date}  # fmt: skip
    if item.type in (ItemType.MESSAGE, ItemType.CHAT):
        attrs["cid"] = conversation_id(item)
    if item.type == ItemType.DOCUMENT:
        mdver = fields_of(item).get("mdver", 1)
        attrs.update(rev=item.mod_content, mdver=int(str(mdver)), f=item.flag_text, uuid=item.uuid,
                     luuid=folders[item.folder_id].uuid)  # fmt: skip
    elif item.mod_content > since:
        attrs["rev"] = item.mod_content
        if item.flag_text:
            attrs["f"] = item.flag_text
        if item.tags:
            attrs.update(t=tag_ids(mailbox, item), tn=",".join(item.tags))
    else:
        attrs.update(f=item.flag_text, t=tag_ids(mailbox, item), tn=",".join(item.tags))
    if item.type in (ItemType.APPOINTMENT, ItemType.TASK):
        attrs["uid"] = uid_of(item)
    return Element(ELEMENT_NAMES[item.type], attrs)
