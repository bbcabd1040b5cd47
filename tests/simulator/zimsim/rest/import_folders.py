#!/usr/bin/python
# Copyright (c) 2026, mailops.zimbra contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Folders, tags and grants of an archive that is imported; folders are recognised by path."""

from __future__ import annotations

from typing import Any

from zimsim.model import Folder, ItemType, Mailbox, ServiceError, bencode, errors
from zimsim.model.items import Grant
from zimsim.model.types import MAILBOX_ROOT, RIGHT_BITS, USER_ROOT
from zimsim.rest import reading
from zimsim.rest.meta import GRANTEE_TYPES
from zimsim.rest.request import RestRequest

_KINDS = {number: kind for kind, number in GRANTEE_TYPES.items()}


class FolderImport:
    """One import into one mailbox. ``added`` and ``changed`` count what was stored."""

    def __init__(self, request: RestRequest, mailbox: Mailbox, top: Folder, resolve: str) -> None:
        self._request = request
        self._mailbox = mailbox
        self._resolve = resolve
        self._carbonio = request.server.config.is_carbonio
        self._base = top.path.rstrip("/")
        if request.params.get("subfolder"):
            self._base += "/" + request.params["subfolder"].strip("/")
        self._with_grants = request.params.get("acl") != "0"
        self._folders: dict[str, Folder] = {}
        self.added = 0
        self.changed = 0

    def _target(self, path: str, view: int = 0) -> Folder:
        """The folder of the mailbox that an archive's path means, made with its parents."""
        whole = f"{self._base}/{path.strip('/')}".rstrip("/") or "/"
        found = self._folders.get(whole.casefold())
        if found is None:
            try:
                found = self._mailbox.folder_by_path(whole)
            except ServiceError:
                found = self._mailbox.ensure_folder(whole, view)
            self._folders[whole.casefold()] = found
        return found

    def _folder(self, unit: reading.Unit, meta: dict[str, Any]) -> None:
        if meta.get("id") in (USER_ROOT, MAILBOX_ROOT) or int(meta.get("parent_id", 0)) == MAILBOX_ROOT:
            return
        values = decoded(str(meta.get("metadata", "")))
        whole = f"{self._base}/{str(meta['Path']).strip('/')}"
        try:
            existing: Folder | None = self._mailbox.folder_by_path(whole)
        except ServiceError:
            existing = None
        kind = int(meta["type"])
        if existing is None:
            existing = self._new_folder(whole, kind, meta, values)
        elif existing.deletable and self._resolve in ("modify", "replace", "reset"):
            color, flags = int(str(values.get("c", 0))), int(meta.get("flags", 0))
            if (existing.color, existing.flags) != (color, flags):
                existing = self._mailbox.update_folder(existing.id, color=color, flags=flags)
                self.changed += 1
        grants = _grants(values, self._request) if kind == ItemType.FOLDER and self._with_grants else ()
        if grants and not existing.grants:
            flags = int(meta.get("flags", 0))
            existing = self._mailbox.update_folder(existing.id, grants=grants, flags=existing.flags | flags)
        self._folders[whole.casefold()] = existing

    def _new_folder(self, whole: str, kind: int, meta: dict[str, Any], values: dict[str, bencode.Value]) -> Folder:
        above, _, name = whole.rpartition("/")
        parent = self._mailbox.ensure_folder(above)
        view = int(str(values.get("vt", 0)))
        if self._carbonio and view in (ItemType.TASK, ItemType.DOCUMENT):
            view = 0
        self.added += 1
        return self._mailbox.create_folder(
            str(meta.get("name", name)),
            parent.id,
            kind=kind,
            view=view,
            flags=int(meta.get("flags", 0)),
            color=int(str(values.get("c", 0))),
            url=str(values.get("url", "")),
            query=str(values.get("q", "")),
            query_types=str(values.get("t", "")),
            owner_id=str(values.get("aid", "")),
            owner_name=self._owner_name(str(values.get("aid", ""))),
            remote_id=int(str(values.get("id", 0))),
            remote_uuid=str(values.get("ruuid", "")),
        )

    def _owner_name(self, account_id: str) -> str:
        entry = self._request.server.store.directory.by_id(account_id) if account_id else None
        return entry.name if entry is not None else ""

    def _tag(self, unit: reading.Unit, meta: dict[str, Any]) -> None:
        name = str(meta.get("name") or unit.name.rpartition("/")[2])
        existing = self._mailbox.tag(name)
        if existing is None or not existing.listed:
            color = int(str(decoded(str(meta.get("metadata", ""))).get("c", 0)))
            self._mailbox.create_tag(name, color)
            self.added += 1


def decoded(metadata: str) -> dict[str, bencode.Value]:
    try:
        return bencode.decode(metadata)
    except ValueError:
        raise errors.failure("Error reading file") from None


def _grants(values: dict[str, bencode.Value], request: RestRequest) -> tuple[Grant, ...]:
    """The Source's ids as they stand (R49)."""
    acl = values.get("aclm")
    listed = acl.get("g") if isinstance(acl, dict) else None
    grants = []
    for each in reversed(listed) if isinstance(listed, list) else ():
        if not isinstance(each, dict):
            continue
        kind = _KINDS.get(int(str(each.get("t", 1))), "usr")
        bits = int(str(each.get("r", 0)))
        rights = "".join(letter for letter, bit in RIGHT_BITS.items() if bits & bit)
        grantee = str(each.get("g", ""))
        entry = request.server.store.directory.by_id(grantee) if grantee else None
        grants.append(Grant(grantee, kind, rights, entry.name if entry else "", str(each.get("a", ""))))
    return tuple(grants)
