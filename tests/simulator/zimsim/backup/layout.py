# Copyright (c) 2026, mailops.zimbra contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Where things lie in a backup path or an export directory (zextras-cli.md, section 3.1)."""

from __future__ import annotations

import os
from pathlib import Path

ACCOUNTS, ITEMS, SERVER = "accounts", "items", "server"


class Layout:
    """Paths below one root, as strings for speed; nothing here touches the disk."""

    def __init__(self, root: str | os.PathLike[str]) -> None:
        self.root = os.path.abspath(root)
        self._items = os.path.join(self.root, ITEMS)
        self._accounts = os.path.join(self.root, ACCOUNTS)

    @property
    def accounts(self) -> str:
        return self._accounts

    @property
    def blobs(self) -> str:
        return self._items

    @property
    def backupstat(self) -> str:
        """First and last scan of the path, and whose path it is."""
        return os.path.join(self.root, "backupstat")

    def account(self, account_id: str) -> str:
        return os.path.join(self._accounts, account_id)

    def account_info(self, account_id: str) -> str:
        return os.path.join(self._accounts, account_id, "account_info")

    def account_stat(self, account_id: str) -> str:
        return os.path.join(self._accounts, account_id, "account_stat")

    def account_backupstat(self, account_id: str) -> str:
        return os.path.join(self._accounts, account_id, "backupstat")

    def id_mapper(self, account_id: str) -> str:
        """Old item ids to new ones of an account that was imported here."""
        return os.path.join(self._accounts, account_id, "id_mapper.log")

    def items(self, account_id: str) -> str:
        return os.path.join(self._accounts, account_id, ITEMS)

    def item(self, account_id: str, item_id: int) -> str:
        """Item 2057 is items/57/2057."""
        return os.path.join(self._accounts, account_id, ITEMS, f"{item_id % 100:02d}", str(item_id))

    def blob(self, digest: str) -> str:
        """Blobs lie below the first two characters of their digest; case matters."""
        return os.path.join(self._items, digest[:2], digest)

    def relative_blob(self, digest: str) -> str:
        return os.path.join(ITEMS, digest[:2], digest)

    def server(self, *names: str) -> str:
        return os.path.join(self.root, SERVER, *names)

    def map(self, server_id: str) -> str:
        """Account ids of an imported server to the ids they have here."""
        return os.path.join(self.root, f"map_{server_id}")


def inside(path: str | Path, other: str | Path) -> bool:
    """True when `path` is `other` or lies below it, links resolved."""
    left, right = os.path.realpath(path), os.path.realpath(other)
    return left == right or left.startswith(right.rstrip(os.sep) + os.sep)
