#!/usr/bin/python
# Copyright (c) 2026, mailops.zimbra contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""GetShareInfo: what others share with the asker."""

from __future__ import annotations

from zimsim.model import Entry, ItemType, Mailbox, errors
from zimsim.model.types import TYPE_NAMES
from zimsim.soap.call import Call
from zimsim.soap.element import Element, Scalar
from zimsim.soap.registry import Registry


def register(registry: Registry) -> None:
    registry.add(get_share_info, "GetShareInfo")


def get_share_info(call: Call) -> Element:
    """An account without a mailbox fails (R73); ``<owner>`` keeps one owner's shares."""
    asker = call.target
    mine = call.store.mailboxes.find(asker.id)
    if mine is None:
        raise errors.failure(f"no mailbox for account: {asker.id}")
    owner = call.request.find("owner")
    wanted = call.directory.find("account", owner.string) if owner is not None else None
    groups = {entry.id for entry in call.directory.lists_of(asker.name)}
    response = call.response()
    for mailbox in call.store.mailboxes.all():
        entry = call.directory.by_id(mailbox.account_id)
        if entry is not None and entry.id != asker.id and (owner is None or entry == wanted):
            _shares(call, response, entry, mailbox, {asker.id, *groups}, _mounted(mine))
    return response


def _mounted(mailbox: Mailbox) -> dict[tuple[str, int], int]:
    """Mountpoint ids by (owner, remote folder)."""
    return {
        (folder.owner_id, folder.remote_id): folder.id
        for folder in mailbox.folders()
        if folder.type == ItemType.MOUNTPOINT
    }


def _shares(
    call: Call, response: Element, owner: Entry, mailbox: Mailbox, mine: set[str], mounted: dict[tuple[str, int], int]
) -> None:
    for folder in mailbox.folders():
        for grant in folder.grants:
            if grant.grantee not in mine and grant.kind not in ("all", "pub"):
                continue
            attrs: dict[str, Scalar] = {
                "ownerId": owner.id, "ownerEmail": owner.name, "folderId": folder.id, "folderUuid": folder.uuid,
                "folderPath": folder.path, "rights": grant.rights, "granteeType": grant.kind,
            }  # fmt: skip
            if owner.first("displayName"):
                attrs["ownerName"] = owner.first("displayName")
            if folder.view:
                attrs["view"] = TYPE_NAMES[folder.view]
            if grant.grantee and grant.kind not in ("all", "pub"):
                attrs.update(granteeId=grant.grantee, granteeName=grant.name)
            if (owner.id, folder.id) in mounted:
                attrs["mid"] = mounted[owner.id, folder.id]
            response.append(Element("share", attrs))
