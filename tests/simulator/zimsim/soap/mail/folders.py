#!/usr/bin/python
# Copyright (c) 2026, mailops.zimbra contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""GetFolder, CreateFolder, CreateSearchFolder, CreateMountpoint, GetSearchFolder."""

from __future__ import annotations

from zimsim.model import Folder, ItemType, Mailbox, errors
from zimsim.model.types import TYPES_BY_NAME, USER_ROOT, flags_to_bits
from zimsim.soap.call import Call
from zimsim.soap.element import Element
from zimsim.soap.mail import access
from zimsim.soap.mail.folder_elements import folder_element, folder_tree
from zimsim.soap.mail.ids import local_id
from zimsim.soap.registry import Registry


def register(registry: Registry) -> None:
    registry.add(get_folder, "GetFolder")
    registry.add(create_folder, "CreateFolder")
    registry.add(create_search_folder, "CreateSearchFolder")
    registry.add(create_mountpoint, "CreateMountpoint")
    registry.add(get_search_folder, "GetSearchFolder")
    registry.add(no_op, "NoOp")


def no_op(call: Call) -> Element:
    return call.response()


def view_number(name: str) -> int:
    """0 for none; INVALID_REQUEST for what is no view."""
    if not name:
        return 0
    if name not in TYPES_BY_NAME:
        raise errors.invalid_request(f"unknown folder view: {name}")
    return TYPES_BY_NAME[name]


def _wanted(call: Call, mailbox: Mailbox) -> int:
    wanted = call.request.find("folder")
    if wanted is None:
        return USER_ROOT
    if wanted.get("uuid"):
        found = [each.id for each in mailbox.folders() if each.uuid == wanted.get("uuid")]
        if not found:
            raise errors.no_such_folder(wanted.get("uuid"))
        return found[0]
    if wanted.get("path"):
        return mailbox.folder_by_path(wanted.get("path")).id
    return local_id(wanted.get("l", str(USER_ROOT)))


def get_folder(call: Call) -> Element:
    mailbox = call.mailbox()
    top = _wanted(call, mailbox)
    folder = mailbox.folder(top)
    access.require(call, mailbox, folder, "r")
    response = call.response()
    tree = folder_tree(
        mailbox,
        call.item_id,
        top,
        depth=int(call.request.get("depth", "-1")),
        view=view_number(call.request.get("view")),
        perm=(lambda each: access.rights_on(call, mailbox, each)) if call.foreign else None,
    )
    if call.request.get("view"):
        # With a view the root is shown by name and id alone.
        tree.attrs = {key: tree.attrs[key] for key in ("name", "id")}
    response.append(tree)
    return response


def _answer(call: Call, mailbox: Mailbox, folder: Folder) -> Element:
    response = call.response()
    perm = access.rights_on(call, mailbox, folder) if call.foreign else ""
    response.append(folder_element(folder, mailbox.folder(folder.parent_id), call.item_id, perm=perm))
    return response


def create_folder(call: Call) -> Element:
    """A path makes the parents (R38); ``fie`` gives back what is there."""
    mailbox = call.mailbox()
    spec = call.request.find("folder")
    if spec is None:
        raise errors.invalid_request("missing required element: folder")
    name, parent = spec.get("name"), spec.get("l")
    view = view_number(spec.get("view"))
    with mailbox.change():
        if name.startswith("/") and not parent:
            above, _, name = name.rstrip("/").rpartition("/")
            parent_id = mailbox.ensure_folder(above).id
        else:
            parent_id = local_id(parent or str(USER_ROOT))
        existing = mailbox.child(parent_id, name)
        if existing is not None and spec.get("fie") in ("1", "true"):
            return _answer(call, mailbox, existing)
        folder = mailbox.create_folder(
            name,
            parent_id,
            view=view,
            flags=flags_to_bits(spec.get("f")),
            color=int(spec.get("color", "0")),
            url=spec.get("url"),
        )
    call.journal(f"{call.target.name}:{folder.path}")
    return _answer(call, mailbox, folder)


def create_search_folder(call: Call) -> Element:
    mailbox = call.mailbox()
    spec = call.request.find("search")
    if spec is None:
        raise errors.invalid_request("missing required element: search")
    folder = mailbox.create_folder(
        spec.get("name"),
        local_id(spec.get("l", str(USER_ROOT))),
        kind=ItemType.SEARCH,
        flags=flags_to_bits(spec.get("f")),
        color=int(spec.get("color", "0")),
        query=spec.get("query"),
        query_types=spec.get("types"),
        sort_by=spec.get("sortBy"),
    )
    call.journal(f"{call.target.name}:{folder.path}")
    return _answer(call, mailbox, folder)


def get_search_folder(call: Call) -> Element:
    mailbox = call.mailbox()
    response = call.response()
    by_id = {folder.id: folder for folder in mailbox.folders()}
    for folder in by_id.values():
        if folder.type == ItemType.SEARCH:
            response.append(folder_element(folder, by_id[folder.parent_id], call.item_id))
    return response


def create_mountpoint(call: Call) -> Element:
    """The owner must have granted something first; no right and no owner look alike (R37)."""
    mailbox = call.mailbox()
    link = call.request.find("link")
    if link is None:
        raise errors.invalid_request("missing required element: link")
    owner = call.directory.find("account", link.get("zid") or link.get("owner"))
    theirs = call.store.mailboxes.find(owner.id) if owner is not None else None
    if owner is None or theirs is None:
        raise access.denied()
    try:
        remote = theirs.folder_by_path(link.get("path")) if link.get("path") else theirs.folder(int(link.get("rid")))
    except errors.ServiceError:
        raise access.denied() from None
    rights = access.granted(call.directory, theirs, remote, call.target)
    if "r" not in rights:
        raise access.denied()
    folder = mailbox.create_folder(
        link.get("name"),
        local_id(link.get("l", str(USER_ROOT))),
        kind=ItemType.MOUNTPOINT,
        view=view_number(link.get("view")) or remote.view,
        flags=flags_to_bits(link.get("f")),
        color=int(link.get("color", "0")),
        owner_id=owner.id,
        owner_name=owner.name,
        remote_id=remote.id,
        remote_uuid=remote.uuid,
    )
    call.journal(f"{call.target.name}:{folder.path}")
    response = _answer(call, mailbox, folder)
    config = call.server.config
    response.children[0].attrs.update(
        perm=rights,
        n=remote.count,
        s=remote.size,
        oname=remote.name,
        rest=f"https://{config.address}:{config.ports['user_https']}/home/{owner.name}{remote.path}",
    )
    return response
