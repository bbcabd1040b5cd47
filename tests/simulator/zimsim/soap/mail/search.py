#!/usr/bin/python
# Copyright (c) 2026, mailops.zimbra contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Search: types, order, limits; never more than 1,000 (R39)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from zimsim import query
from zimsim.model import Item, ItemType, Mailbox, ServiceError, errors
from zimsim.model.types import FLAG_BITS, TYPES_BY_NAME, UNREAD, bits_to_flags
from zimsim.soap.call import Call
from zimsim.soap.element import Element
from zimsim.soap.mail.item_elements import ELEMENT_NAMES, addresses, fields_of, summary
from zimsim.soap.registry import Registry

_MOST = 1000
_USUAL = 10
_NOT_ON_CARBONIO = ("task", "document", "wiki", "note")


def register(registry: Registry) -> None:
    registry.add(search, "Search")


def _types(call: Call, names: str) -> list[int]:
    carbonio = call.server.config.is_carbonio
    found = []
    for name in names.split(","):
        number = TYPES_BY_NAME.get(name)
        if number is None or (carbonio and name in _NOT_ON_CARBONIO):
            raise ServiceError("mail.INVALID_TYPE", f"invalid item type: {name}", arguments=(("NUM", "type", name),))
        found.append(number)
    return found


def _number(call: Call, name: str, default: int) -> int:
    text = call.request.get(name)
    try:
        return int(text) if text else default
    except ValueError:
        raise errors.invalid_request(f"invalid long value '{text}' for attribute: {name}") from None


def search(call: Call) -> Element:
    mailbox = call.mailbox()
    types = _types(call, call.request.get("types", "conversation"))
    text = call.request.value("query") or ""
    effective = call.directory.effective(call.target)
    wanted = query.parse(
        text,
        mailbox,
        trash=effective.get("zimbraPrefIncludeTrashInSearch") == ["TRUE"],
        spam=effective.get("zimbraPrefIncludeSpamInSearch") == ["TRUE"],
    )
    conversations = ItemType.CONVERSATION in types
    order = call.request.get("sortBy", "dateDesc")
    kinds = [ItemType.MESSAGE] if conversations else types
    # The dumpster, where deleted items wait for their end, is always empty here.
    dumpster = call.request.get("inDumpster") in ("1", "true")
    matching = [] if dumpster else [item for item in mailbox.items(types=kinds) if wanted.test(item)]
    matching.sort(key=_sort_key(order), reverse=order.endswith("Desc"))
    response = call.response()
    if conversations:
        _conversations(call, mailbox, response, matching, order)
        return response
    offset = _number(call, "offset", 0)
    limit = min(_MOST, _number(call, "limit", _USUAL) or _MOST)
    page = matching[offset : offset + limit]
    response.attrs.update(sortBy=order, offset=offset, more=len(matching) > offset + limit)
    ids_only = call.request.get("resultMode") == "IDS"
    for item in page:
        response.append(_hit(call, mailbox, item, ids_only, order))
    return response


def _hit(call: Call, mailbox: Mailbox, item: Item, ids_only: bool, order: str) -> Element:
    if ids_only:
        return Element("hit", {"id": call.item_id(item.id), "sf": str(_sort_key(order)(item))})
    element = summary(mailbox, item, call.item_id)
    element.attrs["sf"] = str(_sort_key(order)(item))
    if item.type == ItemType.MESSAGE:
        element.attrs["cm"] = True
    return element


def _sort_key(order: str) -> Callable[[Item], Any]:
    if order.startswith("subj"):
        return lambda item: (item.subject or "").casefold()
    if order.startswith("name"):
        return lambda item: (item.name or item.sender or "").casefold()
    if order.startswith("size"):
        return lambda item: item.size
    if order.startswith("id"):
        return lambda item: item.id
    return lambda item: item.date


def _conversations(call: Call, mailbox: Mailbox, response: Element, matching: list[Item], order: str) -> None:
    groups: dict[int, list[Item]] = {}
    for item in matching:
        groups.setdefault(item.parent_id, []).append(item)
    offset = _number(call, "offset", 0)
    limit = min(_MOST, _number(call, "limit", _USUAL) or _MOST)
    response.attrs.update(sortBy=order, offset=offset, more=len(groups) > offset + limit)
    for parent, hits in list(groups.items())[offset : offset + limit]:
        members = mailbox.conversation(parent) or hits
        newest = hits[0]
        flags = 0
        for member in members:
            flags |= member.flags & (FLAG_BITS["f"] | UNREAD | FLAG_BITS["a"])
        element = response.add("c", None, id=call.item_id(parent), n=len(members), sf=str(newest.date), d=newest.date)
        unread = sum(1 for member in members if member.unread)
        if unread:
            element.attrs["u"] = unread
        if flags:
            element.attrs["f"] = bits_to_flags(flags)
        element.content("su", newest.subject or "")
        element.content("fr", str(fields_of(newest).get("f", "")))
        for each in addresses(newest.sender, "f"):
            element.append(each)
        for hit in hits:
            child = element.add(ELEMENT_NAMES[hit.type], None, id=call.item_id(hit.id), l=call.item_id(hit.folder_id))
            child.attrs["d"] = hit.date
            if hit.flag_text:
                child.attrs["f"] = hit.flag_text
