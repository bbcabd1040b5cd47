#!/usr/bin/python
# Copyright (c) 2026, mailops.zimbra contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""AddMsg, GetMsg, GetMsgMetadata, GetItem, GetConv: reading and adding single items."""

from __future__ import annotations

import re

from zimsim.faults import lost_item
from zimsim.model import Item, ItemType, Mailbox, errors, mime
from zimsim.model.types import DERIVED_FLAGS, flags_to_bits
from zimsim.soap.call import Call
from zimsim.soap.element import Element
from zimsim.soap.mail import access
from zimsim.soap.mail.ids import folder_id, local_id, local_ids
from zimsim.soap.mail.item_elements import (
    addresses,
    common,
    conversation_id,
    document,
    fields_of,
    summary,
    tag_ids,
)
from zimsim.soap.registry import Registry

_LAST_DATE = 4_102_444_800_000  # 2100: from here on the platform takes the current time (R77)
_BARE = re.compile(rb"\r\n|\r|\n")


def register(registry: Registry) -> None:
    registry.add(add_msg, "AddMsg")
    registry.add(get_msg, "GetMsg")
    registry.add(get_msg_metadata, "GetMsgMetadata")
    registry.add(get_item, "GetItem")


def as_stored(content: str) -> bytes:
    """AddMsg changes bytes (R76): bare line ends become CRLF, header-only mail gets a line end."""
    raw = _BARE.sub(b"\r\n", content.encode("utf-8", "surrogatepass"))
    if not raw or b"\r\n\r\n" not in raw:
        raw += b"\r\n"
    return raw


def _date(text: str) -> int | None:
    if not text:
        return None
    try:
        value = int(text)
    except ValueError:
        raise errors.invalid_request(f"invalid long value '{text}' for attribute: d") from None
    if value >= _LAST_DATE:
        return None
    return max(0, value)


def add_msg(call: Call) -> Element:
    """Never deduplicates (R39); of two ``<m>`` only the first is added (R77)."""
    spec = call.request.find("m")
    if spec is None:
        raise errors.invalid_request("missing required element: m")
    content = spec.find("content")
    if content is None:
        raise errors.invalid_request("missing required element: content")
    mailbox = call.mailbox()
    target = folder_id(mailbox, spec.get("l", "2"))
    date = _date(spec.get("d"))
    folder = mailbox.folder(target)
    access.require(call, mailbox, folder, "i")
    raw = as_stored(content.string)
    call.store.mailboxes.check_quota(call.target, mailbox, len(raw))
    names = [name for name in spec.get("tn").split(",") if name]
    flags = flags_to_bits(spec.get("f")) & ~DERIVED_FLAGS
    item = mailbox.add_message(raw, target, date=date, flags=flags, tags=names)
    call.journal(f"{call.target.name}:{folder.path}", item=item.id, message_id=mime.facts(raw).message_id)
    response = call.response()
    response.append(_added(call, mailbox, item))
    return response


def _added(call: Call, mailbox: Mailbox, item: Item) -> Element:
    attrs = common(item, call.item_id)
    attrs.update(
        s=item.size, d=item.date, t=tag_ids(mailbox, item), f=item.flag_text, ms=item.mod_metadata,
        md=item.change_date // 1000, tn=",".join(item.tags), cid=call.item_id(conversation_id(item)),
    )  # fmt: skip
    return Element("m", attrs)


def _message(call: Call, mailbox: Mailbox, text: str) -> Item:
    number = local_id(text)
    item = mailbox.find(number)
    if item is None or item.type not in (ItemType.MESSAGE, ItemType.CHAT):
        raise errors.no_such_item(number, "message")
    access.require(call, mailbox, mailbox.folder(item.folder_id), "r")
    return item


def get_msg(call: Call) -> Element:
    spec = call.request.find("m")
    if spec is None:
        raise errors.invalid_request("missing required element: m")
    mailbox = call.mailbox()
    item = _message(call, mailbox, spec.get("id"))
    lost = lost_item(call.server.faults, call.target.id, call.target.name)
    raw = mailbox.blob(item) if item.id != lost else None
    if raw is None:
        raise errors.failure(f"IOException while retrieving content for item {item.id}")
    response = call.response()
    element = Element("m", {"s": item.size, "d": item.date, **common(item, call.item_id)})
    element.attrs["cid"] = call.item_id(conversation_id(item))
    if item.tags:
        element.attrs["t"] = tag_ids(mailbox, item)
    response.append(element)
    if spec.get("raw") in ("1", "true"):
        element.content("content", raw.decode("utf-8", "replace"))
        return response
    _headers(element, item, raw, [each.get("n") for each in spec.all("header")])
    return response


def _headers(element: Element, item: Item, raw: bytes, wanted: list[str]) -> None:
    facts = mime.facts(raw)
    element.attrs["sd"] = facts.date if facts.date is not None else item.date
    fragment = str(fields_of(item).get("f", ""))
    if fragment:
        element.content("fr", fragment)
    for each in (*addresses(facts.sender, "f"), *addresses(facts.recipients, "t")):
        element.append(each)
    element.content("su", facts.subject)
    if facts.message_id:
        element.content("mid", facts.message_id)
    fields = mime.header_fields(raw) if wanted else []
    for name in wanted:
        for given, value in fields:
            if given.lower() == name.lower():
                element.add("header", value, n=name)
    body = raw[len(mime.header_bytes(raw)) :]
    part = element.add("mp", None, ct="text/plain", s=len(body), part="1", body=True, requiresSmartLinkConversion=False)
    part.content("content", body.decode("utf-8", "replace"))


def get_msg_metadata(call: Call) -> Element:
    spec = call.request.find("m")
    if spec is None:
        raise errors.invalid_request("missing required element: m")
    mailbox = call.mailbox()
    response = call.response()
    for number in local_ids(spec.get("ids")):
        response.append(_added(call, mailbox, _message(call, mailbox, str(number))))
    return response


def get_item(call: Call) -> Element:
    """By id, or by path for documents."""
    spec = call.request.find("item")
    if spec is None:
        raise errors.invalid_request("missing required element: item")
    mailbox = call.mailbox()
    if spec.get("path"):
        parent, _, name = spec.get("path").rstrip("/").rpartition("/")
        found = mailbox.document(mailbox.folder_by_path(parent or "/").id, name)
        if found is None:
            raise errors.no_such_item(spec.get("path"))
        item = found
    else:
        item = mailbox.item(local_id(spec.get("id")))
    access.require(call, mailbox, mailbox.folder(item.folder_id), "r")
    response = call.response()
    if item.type == ItemType.DOCUMENT:
        response.append(document(mailbox, item, call.item_id, brief=True))
    else:
        response.append(summary(mailbox, item, call.item_id))
    return response
