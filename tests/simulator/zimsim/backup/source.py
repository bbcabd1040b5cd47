# Copyright (c) 2026, mailops.zimbra contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A backup path or export of another server, read by External Restore and by the information commands."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass

from zimsim.backup.accounts import known_accounts
from zimsim.backup.errors import BrokenItem, InvalidPath
from zimsim.backup.files import read_blob, usable_names
from zimsim.backup.layout import Layout, inside
from zimsim.backup.serverdata import read_backupstat, read_entries
from zimsim.backup.states import Entry, State, last_state


def check_source(path: str, backup_path: str, parent_allowed: bool) -> None:
    """The directory can be read and has nothing to do with the server's own backup path. Raises InvalidPath."""
    if not os.path.isabs(path):
        raise InvalidPath("the path {path} is not absolute", path=path)
    if not os.path.isdir(path):
        raise InvalidPath("the path {path} does not exist or is not a directory", path=path)
    if os.path.realpath(path) == os.path.realpath(backup_path):
        raise InvalidPath("the source path {path} is the backup path of this server", path=path)
    if not parent_allowed and (inside(path, backup_path) or inside(backup_path, path)):
        raise InvalidPath("the source path {path} overlaps the backup path of this server", path=path)
    if not os.access(path, os.R_OK | os.X_OK):
        raise InvalidPath("the path {path} is not readable", path=path)
    if not os.path.isdir(os.path.join(path, "accounts")):
        raise InvalidPath("the path {path} is no backup path: it has no accounts directory", path=path)


@dataclass(frozen=True)
class SourceAccount:
    """An account of the path; `broken` says why its account_info cannot be used."""

    id: str
    entry: Entry | None
    broken: str = ""


class SourcePath:
    """Reads a path; nothing in it is written."""

    def __init__(self, root: str) -> None:
        self.layout = Layout(root)
        stat = read_backupstat(self.layout)
        self.server_id = str(stat.get("serverId", ""))
        self.initialized = bool(stat.get("lastScan"))

    def entries(self, kind: str) -> list[Entry]:
        """Domains, COSes, lists that were not deleted, by name."""
        return [entry for entry in read_entries(self.layout, kind) if not entry.deleted]

    def accounts(self) -> Iterator[SourceAccount]:
        """All accounts, deleted ones too, by id."""
        for name in sorted(known_accounts(self.layout, usable_names(self.layout.accounts))):
            try:
                yield SourceAccount(name, Entry.from_state(last_state(self.layout.account_info(name))))
            except (BrokenItem, FileNotFoundError) as error:
                yield SourceAccount(name, None, str(error))

    def item_ids(self, account_id: str) -> list[int]:
        """Ids of everything the path has of an account, in ascending order."""
        root = self.layout.items(account_id)
        return sorted(
            int(name)
            for part in usable_names(root)
            for name in usable_names(os.path.join(root, part))
            if name.isdigit()
        )

    def state(self, account_id: str, item_id: int) -> State:
        """The newest state of an item. Raises BrokenItem."""
        try:
            return last_state(self.layout.item(account_id, item_id))
        except FileNotFoundError as error:
            raise BrokenItem("no metadata of item {item}", item=str(item_id)) from error

    def blob(self, digest: str) -> bytes:
        """Raises BrokenItem."""
        return read_blob(self.layout.blob(digest), digest)
