#!/usr/bin/python
# Copyright (c) 2026, mailops.zimbra contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""``<m>``, ``<cn>``, ``<appt>``, ``<task>``, ``<doc>`` as answers show them."""

from __future__ import annotations

from collections.abc import Callable
from email.utils import getaddresses

from zimsim.model import Item, ItemType, Mailbox, bencode
from zimsim.model.items import Revision
from zimsim.model.types import SUPERSEDED, bits_to_flags
from zimsim.soap.element import Element, Scalar

IdText = Callable[[int], str]
ELEMENT_NAMES: dict[int, str] = {
    ItemType.MESSAGE: "m",
    ItemType.CHAT: "chat",
    ItemType.CONTACT: "cn",
    ItemType.APPOINTMENT: "appt",
    ItemType.TASK: "task",
    ItemType.DOCUMENT: "doc",
}


def fields_of(item: Item | Revision) -> dict[str, bencode.Value]:
    """The item's metadata; empty where it cannot be read."""
    try:
        return bencode.decode(item.metadata)
    except ValueError:
        return {}


def uid_of(item: Item) -> str:
    """The UID of an appointment or task."""
    return str(fields_of(item).get("u", item.uuid))


def tag_ids(mailbox: Mailbox, item: Item) -> str:
    found = [mailbox.tag(name) for name in item.tags]
    return ",".join(str(tag.id) for tag in found if tag is not None)


def conversation_id(item: Item) -> int:
    """The conversation's id, for a message on its own the negative own id."""
    return item.parent_id if item.parent_id > 0 else -item.id


def common(item: Item, identifier: IdText) -> dict[str, Scalar]:
    attrs: dict[str, Scalar] = {"id": identifier(item.id), "l": identifier(item.folder_id), "rev": item.mod_content}
    if item.flag_text:
        attrs["f"] = item.flag_text
    if item.tags:
        attrs["tn"] = ",".join(item.tags)
    return attrs


def addresses(text: str, kind: str) -> list[Element]:
    """``<e a d p t/>``: address, short name, display name, f(rom) or t(o)."""
    found = []
    for name, address in getaddresses([text]):
        if not address:
            continue
        attrs: dict[str, Scalar] = {"a": address, "d": name.split(" ")[0].strip('"') or address.partition("@")[0]}
        if name:
            attrs["p"] = name
        attrs["t"] = kind
        found.append(Element("e", attrs))
    return found


def message(mailbox: Mailbox, item: Item, identifier: IdText) -> Element:
    """A message as search results show it."""
    element = Element("m", {"s": item.size, "d": item.date, **common(item, identifier)})
    element.attrs["cid"] = identifier(conversation_id(item))
    if item.tags:
        element.attrs["t"] = tag_ids(mailbox, item)
    fragment = str(fields_of(item).get("f", ""))
    if fragment:
        element.content("fr", fragment)
    people = addresses(item.sender, "f")
    for each in people:
        element.append(each)
    element.content("su", item.subject or "")
    return element


def document(
    mailbox: Mailbox, item: Item, identifier: IdText, *, version: Item | Revision | None = None, brief: bool = False
) -> Element:
    """A document or one of its versions; ``brief`` as GetItem shows it."""
    shown = version or item
    fields = fields_of(shown)
    attrs: dict[str, Scalar] = {
        "id": identifier(item.id), "l": identifier(item.folder_id), "ver": shown.version, "name": shown.name or "",
        "ct": str(fields.get("ct", "")), "s": shown.size, "d": shown.date, "cd": item.date, "leb": shown.sender,
        "cr": str(fields.get("cr", item.sender)), "f": bits_to_flags(shown.flags & ~SUPERSEDED), "loid": "",
        "uuid": item.uuid, "luuid": mailbox.folder(item.folder_id).uuid, "descEnabled": True,
    }  # fmt: skip
    if fields.get("d"):
        attrs["desc"] = str(fields["d"])
    element = Element(ELEMENT_NAMES[ItemType.DOCUMENT], attrs)
    if brief:
        return element
    attrs.update(
        rev=shown.mod_content, ms=shown.mod_metadata, md=shown.change_date // 1000, t=tag_ids(mailbox, item),
        tn=",".join(item.tags), mdver=int(str(fields.get("mdver", 1))),
    )  # fmt: skip
    element.add("meta")
    if fields.get("f"):
        element.content("fr", str(fields["f"]))
    element.append(Element("acl", shape="unique"))
    return element


def plain(mailbox: Mailbox, item: Item, identifier: IdText) -> Element:
    """Any item that is not a message."""
    if item.type == ItemType.DOCUMENT:
        return document(mailbox, item, identifier)
    attrs: dict[str, Scalar] = {"d": item.date, **common(item, identifier)}
    if item.tags:
        attrs["t"] = tag_ids(mailbox, item)
    element = Element(ELEMENT_NAMES[item.type], attrs)
    if item.type == ItemType.CONTACT:
        attrs.update(fileAsStr=item.sender)
        contact_fields = fields_of(item).get("fld")
        if isinstance(contact_fields, dict):
            for name, value in contact_fields.items():
                element.add("a", str(value), n=name)
    else:
        attrs.update(uid=uid_of(item), s=item.size, ms=item.mod_metadata, name=item.subject or "")
    return element


def summary(mailbox: Mailbox, item: Item, identifier: IdText) -> Element:
    return message(mailbox, item, identifier) if item.type == ItemType.MESSAGE else plain(mailbox, item, identifier)
