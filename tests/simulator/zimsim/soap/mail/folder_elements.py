#!/usr/bin/python
# Copyright (c) 2026, mailops.zimbra contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""``<folder>``, ``<search>`` and ``<link>`` as GetFolder, CreateFolder and Sync show them (R34)."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from zimsim.model import Folder, ItemType, Mailbox
from zimsim.model.items import Grant
from zimsim.model.types import DRAFTS, INBOX, MAILBOX_ROOT, SENT, TRASH, TYPE_NAMES, USER_ROOT
from zimsim.soap.element import Element, Scalar

IdText = Callable[[int], str]
_OFFLINE_DAYS = {INBOX: 30, DRAFTS: 30, SENT: 30, TRASH: 30}
_NAMES = {int(ItemType.FOLDER): "folder", int(ItemType.SEARCH): "search", int(ItemType.MOUNTPOINT): "link"}


def folder_element(folder: Folder, parent: Folder | None, identifier: IdText, *, perm: str = "") -> Element:
    """One folder without its children. ``perm``: the asker's rights in somebody else's mailbox."""
    attrs: dict[str, Scalar] = {}
    link = folder.type == ItemType.MOUNTPOINT
    if link:
        attrs.update(owner=folder.owner_name, rid=str(folder.remote_id), zid=folder.owner_id, reminder="0")
        if folder.remote_uuid:
            attrs["ruuid"] = folder.remote_uuid
    elif folder.type == ItemType.SEARCH:
        attrs.update(query=folder.query, types=folder.query_types, sortBy=folder.sort_by)
    else:
        attrs.update(i4ms=folder.imap_modseq, i4next=folder.imap_next, n=folder.count, s=folder.size)
    attrs["rev"] = folder.mod_content
    if folder.color:
        attrs["color"] = folder.color
    if perm:
        attrs["perm"] = perm
    if folder.flag_text:
        attrs["f"] = folder.flag_text
    if folder.unread and not link:
        attrs["u"] = folder.unread
    attrs.update(ms=folder.mod_metadata, deletable=folder.deletable, l=identifier(folder.parent_id), uuid=folder.uuid)
    if folder.url:
        attrs["url"] = folder.url
    if parent is not None:
        attrs["luuid"] = parent.uuid
    attrs.update(activesyncdisabled=False, absFolderPath=folder.path)
    if folder.view:
        attrs["view"] = TYPE_NAMES[folder.view]
    attrs.update(name=folder.name, id=identifier(folder.id), webOfflineSyncDays=_OFFLINE_DAYS.get(folder.id, 0))
    element = Element(_NAMES[folder.type], attrs)
    if folder.grants:
        element.append(acl_element(folder.grants))
    return element


def acl_element(grants: Iterable[Grant]) -> Element:
    acl = Element("acl", shape="unique")
    for grant in grants:
        attrs: dict[str, Scalar] = {}
        if grant.grantee and grant.kind not in ("pub", "all"):
            attrs["zid"] = grant.grantee
        attrs["perm"] = grant.rights
        if grant.password:
            attrs["pw"] = grant.password
        if grant.kind not in ("guest", "pub", "all"):
            attrs["d"] = grant.name
            if not grant.name:
                attrs["invalid"] = True
        attrs["gt"] = grant.kind
        acl.append(Element("grant", attrs))
    return acl


def folder_tree(
    mailbox: Mailbox,
    identifier: IdText,
    top: int = USER_ROOT,
    *,
    depth: int = -1,
    view: int = 0,
    perm: Callable[[Folder], str] | None = None,
) -> Element:
    """A folder with its subfolders by name; ``depth`` -1 is all, 0 only itself; ``view`` keeps folders of that view."""
    folders = mailbox.folders()
    by_id = {folder.id: folder for folder in folders}
    children: dict[int, list[Folder]] = {}
    for folder in folders:
        if folder.id != folder.parent_id and not folder.hidden:
            children.setdefault(folder.parent_id, []).append(folder)
    if top not in by_id:
        mailbox.folder(top)

    def build(folder: Folder, levels: int) -> Element:
        parent = by_id.get(folder.parent_id)
        element = folder_element(folder, parent, identifier, perm=perm(folder) if perm else "")
        if levels != 0:
            for child in sorted(children.get(folder.id, ()), key=lambda each: each.name.casefold()):
                if not view or child.view in (0, view) or children.get(child.id):
                    element.append(build(child, levels - 1))
        return element

    return build(by_id[top], depth)


def sync_folder(folder: Folder, parent: Folder | None, identifier: IdText) -> Element:
    """The longer form of SyncRequest: every attribute is there, ``<acl/>`` too."""
    element = folder_element(folder, parent, identifier)
    attrs = element.attrs
    attrs.update(mdver=folder.version, color=folder.color, f=folder.flag_text, md=folder.date // 1000)
    if folder.type != ItemType.MOUNTPOINT:
        attrs.update(u=folder.unread)
    attrs.update(url=folder.url)
    if folder.id == MAILBOX_ROOT:
        for name in ("l", "luuid", "absFolderPath", "name"):
            attrs.pop(name, None)
    element.children.insert(0, Element("meta"))
    if element.find("acl") is None:
        element.append(Element("acl", shape="unique"))
    element.append(Element("retentionPolicy", shape="unique"))
    return element
