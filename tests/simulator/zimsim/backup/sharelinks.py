# Copyright (c) 2026, mailops.zimbra contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Shares between accounts: grants on folders and mountpoints, and ids of another server in either."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from zimsim.backup.layout import Layout
from zimsim.backup.maps import ItemMap, ServerMap
from zimsim.model import Folder, ItemType, Mailbox, Store
from zimsim.model.items import Grant

ID_GRANTS = ("usr", "grp", "cos", "dom")


class Shares:
    """Looks at the shares of local mailboxes and, with a map, translates what it knows."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def of(self, mailbox: Mailbox) -> Iterator[tuple[Folder, Grant | None]]:
        """Every grant with its folder, and every mountpoint (with None)."""
        for folder in mailbox.folders():
            if folder.type == ItemType.MOUNTPOINT:
                yield folder, None
            for grant in folder.grants:
                if grant.kind in ID_GRANTS:
                    yield folder, grant

    def problem(self, folder: Folder, grant: Grant | None) -> str:
        """What is wrong with a share, empty when nothing is."""
        if grant is not None:
            known = self._store.directory.by_id(grant.grantee) is not None
            return "" if known else f"{folder.path}: grantee {grant.grantee} does not exist"
        if self._store.directory.by_id(folder.owner_id) is None:
            return f"{folder.path}: owner {folder.owner_id} does not exist"
        mailbox = self._store.mailboxes.find(folder.owner_id)
        if mailbox is None or not mailbox.has_folder(folder.remote_id):
            return f"{folder.path}: folder {folder.remote_id} of {folder.owner_id} does not exist"
        return ""

    def fix(self, mailbox: Mailbox, folder: Folder, grant: Grant | None, server_map: ServerMap, layout: Layout) -> bool:
        """Translate one share; False when the map does not help."""
        if grant is not None:
            local = server_map.local(grant.grantee)
            if local is None or local == grant.grantee:
                return False
            current = mailbox.folder(folder.id)
            grants = tuple(replace(each, grantee=local) if each == grant else each for each in current.grants)
            mailbox.update_folder(folder.id, grants=grants)
            return True
        owner = server_map.local(folder.owner_id)
        if owner is None:
            return False
        remote = remote_folder(self._store, layout, folder.owner_id, owner, folder.remote_id)
        if remote is None:
            return False
        mailbox.update_folder(folder.id, owner_id=owner, remote_id=remote[0], remote_uuid=remote[1])
        return True


def remote_folder(
    store: Store, layout: Layout, source_owner: str, owner: str, source_folder: int
) -> tuple[int, str] | None:
    """Id and uuid here of a folder of an imported account, None where it was not imported."""
    local = ItemMap(layout, owner, source_owner).local(source_folder)
    mailbox = store.mailboxes.find(owner)
    if local is None or mailbox is None or not mailbox.has_folder(local):
        return None
    return local, mailbox.folder(local).uuid
