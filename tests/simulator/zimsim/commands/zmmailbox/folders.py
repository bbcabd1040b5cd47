#!/usr/bin/python
# Copyright (c) 2026, mailops.zimbra contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Folder listings: ``gaf``, ``gf``, ``gfg`` (transcripts 90a, 90b, 90n, 90t)."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import quote

from zimsim.model import Directory, Folder, ItemType, Mailbox
from zimsim.model.items import Grant
from zimsim.model.types import CHECKED, FLAG_BITS, TYPE_NAMES, USER_ROOT

_COLORS = ("defaultColor", "blue", "cyan", "green", "purple", "red", "yellow", "pink", "gray", "orange")
_GRANTEES = {"usr": "account", "grp": "group", "pub": "public", "dom": "domain"}
_HEADER = "        Id  View      Unread   Msg Count  Path\n----------  ----  ----------  ----------  ----------\n"


def color_name(number: int) -> str:
    return _COLORS[number] if 0 <= number < len(_COLORS) else str(number)


def visible(mailbox: Mailbox) -> list[Folder]:
    """What a user sees: the root and all below it, by path, case ignored."""
    chosen = [folder for folder in mailbox.subtree(USER_ROOT) if not folder.hidden]
    return sorted(chosen, key=lambda each: each.path.casefold())


def _remark(folder: Folder) -> str:
    if folder.type == ItemType.MOUNTPOINT:
        return f" ({folder.owner_name or folder.owner_id}:{folder.remote_id})"
    if folder.type == ItemType.SEARCH:
        return f" ({folder.query})"
    return f" ({folder.url})" if folder.url else ""


def folder_table(mailbox: Mailbox) -> str:
    rows = []
    for folder in visible(mailbox):
        view = TYPE_NAMES.get(folder.view, "unknown")[:4]
        rows.append(
            f"{folder.id:>10}  {view:<4}  {folder.unread:>10}  {folder.count:>10}  {folder.path}{_remark(folder)}\n"
        )
    return _HEADER + "".join(rows)


def _grant(grant: Grant) -> dict[str, str]:
    facts = {"permissions": grant.rights, "type": grant.kind}
    if grant.grantee:
        facts["id"] = grant.grantee
    return facts


def folder_facts(folder: Folder, children: list[dict[str, Any]] | None) -> dict[str, Any]:
    """The JSON of ``-v``; ``children`` None for a folder shown alone."""
    color = color_name(folder.color)
    facts: dict[str, Any] = {
        "grants": [_grant(each) for each in folder.grants],
        "pathURLEncoded": quote(folder.path),
        "isSystemFolder": not folder.deletable,
        "color": color,
        "unreadCount": folder.unread,
        "uuid": folder.uuid,
        "parentId": str(folder.parent_id),
        "itemCount": folder.count,
        "activeSyncDisabled": False,
        "path": folder.path,
        "imapUnreadCount": folder.unread,
        "defaultView": TYPE_NAMES.get(folder.view, "unknown"),
        "subFolders": children or [],
        "size": folder.size,
        "isExcludedFromFreeBusy": bool(folder.flags & FLAG_BITS["b"]),
        "isSyncEnabled": bool(folder.flags & FLAG_BITS["y"]),
        "name": "USER_ROOT" if folder.is_user_root else folder.name,
        "imapItemCount": folder.count,
        "imapUIDNEXT": folder.imap_next,
        "id": str(folder.id),
        "contentSequence": folder.mod_content,
        "imapMODSEQ": folder.imap_modseq,
        "isCheckedInUI": bool(folder.flags & CHECKED),
        "isSyncFolder": bool(folder.url),
    }
    if folder.flag_text:
        facts["flags"] = folder.flag_text
    if folder.url:
        facts["remoteUrl"] = folder.url
    if folder.type == ItemType.MOUNTPOINT:
        facts |= {"ownerId": folder.owner_id, "ownerDisplayName": folder.owner_name, "remoteId": str(folder.remote_id)}
    if folder.type == ItemType.SEARCH:
        facts |= {"query": folder.query, "types": folder.query_types, "sortBy": folder.sort_by}
    return facts


def tree_json(mailbox: Mailbox, folder: Folder) -> str:
    """The folder with everything below it, as the program prints JSON."""
    folders = visible(mailbox)

    def facts(each: Folder) -> dict[str, Any]:
        below = [child for child in folders if child.parent_id == each.id and child.id != each.id]
        return folder_facts(each, [facts(child) for child in below])

    return json.dumps(facts(folder), indent=5, ensure_ascii=False) + "\n"


def grant_table(directory: Directory, folder: Folder) -> str:
    rows = []
    for grant in folder.grants:
        entry = directory.by_id(grant.grantee) if grant.grantee else None
        name = entry.name if entry is not None else grant.name
        rows.append(f"{grant.rights:>11}  {_GRANTEES.get(grant.kind, grant.kind):>8}  {name}\n")
    return "Permissions      Type  Display\n-----------  --------  -------\n" + "".join(rows)


def human_size(size: int) -> str:
    """``1.65 KB``; bytes below 1,024 as they are."""
    if size < 1024:
        return f"{size} B"
    value, unit = size / 1024, "KB"
    for larger in ("MB", "GB", "TB"):
        if value < 1024:
            break
        value, unit = value / 1024, larger
    return f"{value:.2f} {unit}"
