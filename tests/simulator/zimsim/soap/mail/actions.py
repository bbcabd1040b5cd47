#!/usr/bin/python
# Copyright (c) 2026, mailops.zimbra contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""ItemAction, MsgAction, ConvAction, ContactAction and FolderAction."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from typing import Any

from zimsim.model import Entry, Folder, Item, Mailbox, errors
from zimsim.model.items import Grant
from zimsim.model.types import FLAG_BITS, RIGHT_BITS, TRASH, UNREAD, flags_to_bits
from zimsim.soap.call import Call
from zimsim.soap.element import Element, Scalar
from zimsim.soap.mail import access
from zimsim.soap.mail.folders import view_number
from zimsim.soap.mail.ids import folder_id, local_id, local_ids
from zimsim.soap.registry import Registry

PUBLIC = "99999999-9999-9999-9999-999999999999"
AUTHENTICATED = "00000000-0000-0000-0000-000000000000"


def register(registry: Registry) -> None:
    registry.add(item_action, "ItemAction", "MsgAction", "ContactAction", "ConvAction", "CalItemAction")
    registry.add(folder_action, "FolderAction")


def _action(call: Call) -> Element:
    action = call.request.find("action")
    if action is None:
        raise errors.invalid_request("missing required element: action")
    return action


def _answer(call: Call, **attrs: Scalar) -> Element:
    action = _action(call)
    response = call.response()
    response.unique("action", None, op=action.get("op"), id=action.get("id"), **attrs)
    return response


# -- items -------------------------------------------------------------------------------------------------------


def item_action(call: Call) -> Element:
    action = _action(call)
    mailbox = call.mailbox()
    operation = action.get("op")
    items = [_found(call, mailbox, number) for number in local_ids(action.get("id"))]
    for item in items:
        rights = "d" if operation in ("delete", "trash", "move") else "w"
        access.require(call, mailbox, mailbox.folder(item.folder_id), rights)
    with mailbox.change():
        if operation == "delete":
            mailbox.delete(item.id for item in items)
        else:
            change = _item_operation(call, mailbox, action)
            for item in items:
                change(item)
    call.journal(f"{call.target.name}:{action.get('id')}", op=operation)
    return _answer(call)


def _found(call: Call, mailbox: Mailbox, number: int) -> Item:
    item = mailbox.find(number)
    if item is None:
        raise errors.no_such_item(number, "message" if call.request.name == "MsgActionRequest" else "item")
    return item


def _item_operation(call: Call, mailbox: Mailbox, action: Element) -> Callable[[Item], object]:
    operation = action.get("op")
    bits = {"read": UNREAD, "flag": FLAG_BITS["f"]}
    plain, negative = operation.lstrip("!"), operation.startswith("!")
    if plain in bits:
        switch_on = negative if plain == "read" else not negative
        bit = bits[plain]
        return lambda item: mailbox.update(item.id, flags=item.flags | bit if switch_on else item.flags & ~bit)
    if plain == "tag":
        name = action.get("tn") or mailbox.tag_by_id(local_id(action.get("tag", "0"))).name
        if negative:
            return lambda item: mailbox.update(item.id, tags=[each for each in item.tags if each != name])
        return lambda item: mailbox.update(item.id, tags=[*item.tags, name])
    if operation in ("move", "trash", "spam", "!spam"):
        places = {"trash": TRASH, "spam": 4, "!spam": 2}
        target = places[operation] if operation in places else folder_id(mailbox, action.get("l", "0"))
        access.require(call, mailbox, mailbox.folder(target), "i")
        return lambda item: mailbox.move(item.id, target)
    if operation == "rename":
        return lambda item: _rename_item(mailbox, item, action.get("name"))
    if operation in ("lock", "unlock"):
        return lambda item: None
    if operation == "update":
        return lambda item: _update_item(mailbox, item, action)
    raise errors.invalid_request(f"unknown operation: {operation}")


def _rename_item(mailbox: Mailbox, item: Item, name: str) -> None:
    other = mailbox.document(item.folder_id, name)
    if (other is not None and other.id != item.id) or mailbox.child(item.folder_id, name) is not None:
        raise errors.already_exists(name)
    mailbox.update(item.id, name=name, subject=name)


def _update_item(mailbox: Mailbox, item: Item, action: Element) -> None:
    fields: dict[str, Any] = {}
    if "f" in action.attrs:
        fields["flags"] = flags_to_bits(action.get("f"))
    if "tn" in action.attrs:
        fields["tags"] = [name for name in action.get("tn").split(",") if name]
    if action.get("l"):
        fields["folder_id"] = folder_id(mailbox, action.get("l"))
    if action.get("name"):
        fields["name"] = fields["subject"] = action.get("name")
    mailbox.update(item.id, **fields)


# -- folders -----------------------------------------------------------------------------------------------------


def folder_action(call: Call) -> Element:
    action = _action(call)
    mailbox = call.mailbox()
    operation = action.get("op")
    attrs: dict[str, Scalar] = {}
    with mailbox.change():
        for number in local_ids(action.get("id")):
            folder = mailbox.folder(number)
            access.require(call, mailbox, folder, "a" if operation in ("grant", "!grant") else "w")
            attrs = _folder_operation(call, mailbox, folder, action, operation)
    call.journal(f"{call.target.name}:{action.get('id')}", op=operation)
    return _answer(call, **attrs)


def _folder_operation(
    call: Call, mailbox: Mailbox, folder: Folder, action: Element, operation: str
) -> dict[str, Scalar]:
    if operation == "grant":
        return _grant(call, mailbox, folder, action)
    if operation == "!grant":
        mailbox.revoke(folder.id, action.get("zid"))
    elif operation == "rename":
        parent = local_id(action.get("l")) if action.get("l") else None
        mailbox.rename_folder(folder.id, action.get("name").rpartition("/")[2], parent)
    elif operation == "move":
        mailbox.update_folder(folder.id, parent_id=folder_id(mailbox, action.get("l")))
    elif operation == "trash":
        _trash(mailbox, folder)
    elif operation == "delete":
        mailbox.delete_folder(folder.id)
    elif operation == "empty":
        mailbox.empty_folder(folder.id, recursive=action.get("recursive") in ("1", "true"))
    elif operation == "color":
        mailbox.update_folder(folder.id, color=int(action.get("color", "0")))
    elif operation in ("check", "!check"):
        bit = FLAG_BITS["#"]
        mailbox.update_folder(folder.id, flags=folder.flags | bit if operation == "check" else folder.flags & ~bit)
    elif operation == "read":
        for item in list(mailbox.items(folder_id=folder.id)):
            if item.unread:
                mailbox.update(item.id, flags=item.flags & ~UNREAD)
    elif operation == "update":
        _update_folder(call, mailbox, folder, action)
    elif operation != "retentionpolicy":
        raise errors.invalid_request(f"unknown operation: {operation}")
    return {}


def _trash(mailbox: Mailbox, folder: Folder) -> None:
    """A name that is taken in Trash gets the uuid (R74)."""
    name = folder.name
    if mailbox.child(TRASH, name) is not None:
        name = f"{name}{{{uuid.uuid4()}}}"
    mailbox.update_folder(folder.id, parent_id=TRASH, name=name)


def _update_folder(call: Call, mailbox: Mailbox, folder: Folder, action: Element) -> None:
    """``f`` without ``i`` drops every grant, ``<acl/>`` too (R35)."""
    fields: dict[str, object] = {}
    if "color" in action.attrs:
        fields["color"] = int(action.get("color"))
    if action.get("name"):
        fields["name"] = action.get("name")
    if action.get("view"):
        fields["view"] = view_number(action.get("view"))
    if action.get("l"):
        fields["parent_id"] = folder_id(mailbox, action.get("l"))
    if "f" in action.attrs:
        fields["flags"] = flags_to_bits(action.get("f"))
        if "i" not in action.get("f"):
            fields["grants"] = ()
    acl = action.find("acl")
    if acl is not None:
        fields["grants"] = tuple(_listed_grant(call, each) for each in acl.all("grant"))
    mailbox.update_folder(folder.id, **fields)


def _rights(text: str) -> str:
    for letter in text:
        if letter not in RIGHT_BITS:
            raise errors.invalid_request(f"unknown right: {letter}")
    return "".join(letter for letter in RIGHT_BITS if letter in text)


def _listed_grant(call: Call, spec: Element) -> Grant:
    if not spec.get("zid"):
        raise errors.invalid_request("missing required attribute: zid")
    entry = call.directory.by_id(spec.get("zid"))
    return Grant(spec.get("zid"), spec.get("gt", "usr"), _rights(spec.get("perm")), entry.name if entry else "")


def _grant(call: Call, mailbox: Mailbox, folder: Folder, action: Element) -> dict[str, Scalar]:
    spec = action.find("grant")
    if spec is None:
        raise errors.invalid_request("missing required element: grant")
    grant, shown = _new_grant(call, spec)
    if grant.kind == "usr" and not folder.grants:
        # A right that the parent lends already is refused too (R73).
        entry = call.directory.by_id(grant.grantee) or Entry(grant.grantee, "account", "", {})
        inherited = set(access.granted(call.directory, mailbox, folder, entry))
        if inherited and set(grant.rights) <= inherited:
            raise errors.grant_exists(grant.grantee)
    mailbox.grant(folder.id, grant)
    attrs: dict[str, Scalar] = {"zid": shown}
    if spec.get("d"):
        attrs["d"] = spec.get("d")
    return attrs


def _new_grant(call: Call, spec: Element) -> tuple[Grant, str]:
    """The grant and the zid the answer shows; an unknown user becomes a guest (R36), a list a group (R73)."""
    kind, rights = spec.get("gt", "usr"), _rights(spec.get("perm"))
    if kind in ("pub", "all"):
        zid = PUBLIC if kind == "pub" else AUTHENTICATED
        return Grant("", kind, rights), zid
    name, zid = spec.get("d"), spec.get("zid")
    if kind in ("guest", "key"):
        return Grant(name, kind, rights, name, spec.get("pw")), name
    lookup = {"usr": "account", "grp": "dl", "dom": "domain", "cos": "cos"}.get(kind)
    if lookup is None:
        raise errors.invalid_request(f"unknown grantee type: {kind}")
    key = zid or name
    entry = call.directory.find(lookup, key) or (call.directory.find("dl", key) if kind == "usr" else None)
    if entry is None:
        if zid:
            return Grant(zid, kind, rights), zid
        if kind == "usr":
            return Grant(name, "guest", rights), name
        raise errors.no_such(lookup, name)
    return Grant(entry.id, "grp" if entry.kind == "dl" else kind, rights, entry.name), entry.id
