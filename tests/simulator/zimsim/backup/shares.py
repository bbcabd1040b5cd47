# Copyright (c) 2026, mailops.zimbra contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""doCheckShares and doFixShares: all shares of the accounts local to this server."""

from __future__ import annotations

import os
from dataclasses import dataclass

from zimsim.backup.accounts import local_accounts
from zimsim.backup.context import OperationContext
from zimsim.backup.layout import Layout
from zimsim.backup.maps import ServerMap
from zimsim.backup.progress import SharesProgress
from zimsim.backup.sharelinks import Shares
from zimsim.model import Store


def find_map(layout: Layout, name: str) -> str:
    """A map is named by its bare name, taken from the backup path, or by an absolute path."""
    return name if os.path.isabs(name) else os.path.join(layout.root, name)


@dataclass
class ShareRun:
    """Checks every share; with a map it fixes what the map knows."""

    store: Store
    layout: Layout
    progress: SharesProgress
    map_path: str | None = None

    def run(self, context: OperationContext) -> None:
        """Raises InvalidPath or BrokenItem for a map that cannot be read."""
        server_map = ServerMap.load(self.map_path, missing_ok=False) if self.map_path is not None else None
        shares, accounts = Shares(self.store), local_accounts(self.store.directory)
        self.progress.accounts_total = len(accounts)
        self.progress.fixing = server_map is not None
        for account in accounts:
            mailbox = self.store.mailboxes.find(account.id)
            for folder, grant in list(shares.of(mailbox)) if mailbox is not None else ():
                self.progress.checked += 1
                problem = shares.problem(folder, grant)
                if not problem or mailbox is None:
                    continue
                if server_map is not None and shares.fix(mailbox, folder, grant, server_map, self.layout):
                    self.progress.fixed += 1
                else:
                    self.progress.broken.append(f"{account.name} {problem}")
            self.progress.accounts_done += 1
            context.step()
