# Copyright (c) 2026, mailops.zimbra contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""SmartScan and the scan of one account: the backup path is brought up to date with the server."""

from __future__ import annotations

import threading
from dataclasses import dataclass
from pathlib import Path

from zimsim.backup.accounts import excluded_by_cos, known_accounts, local_accounts
from zimsim.backup.context import OperationContext
from zimsim.backup.errors import NoSuchAccount
from zimsim.backup.files import usable_names
from zimsim.backup.layout import Layout
from zimsim.backup.progress import ScanProgress
from zimsim.backup.records import now_ms
from zimsim.backup.scanner import Scanner, ScanOptions
from zimsim.backup.serverdata import claim_path, write_backupstat, write_customizations, write_server_data
from zimsim.backup.states import mark_deleted
from zimsim.model import Store


@dataclass
class SmartScan:
    """One run over all local accounts; `path_lock` keeps the RealTime Scanner out while an account is written."""

    store: Store
    layout: Layout
    progress: ScanProgress
    options: ScanOptions
    path_lock: threading.RLock
    mail_version: str
    home: Path

    def run(self, context: OperationContext) -> None:
        """Raises BackupError, OSError; what was written until then stays."""
        claim_path(self.store, self.layout, self.mail_version)
        directory, progress = self.store.directory, self.progress
        scanner = Scanner(self.store, self.layout, progress, context, self.options)
        accounts = []
        for account in local_accounts(directory):
            if excluded_by_cos(directory, account):
                progress.accounts_skipped += 1
            else:
                accounts.append(account)
        progress.accounts_total = len(accounts)
        progress.items_total = sum(scanner.pending(account) for account in accounts)
        context.check()
        for account in accounts:
            with self.path_lock:
                scanner.scan(account)
            context.check()
        self._forget_others({account.id for account in accounts})
        write_server_data(self.store, self.layout)
        write_customizations(self.home, self.layout)
        write_backupstat(self.store, self.layout, len(accounts), len(accounts), self.mail_version)
        progress.seconds = context.seconds

    def _forget_others(self, present: set[str]) -> None:
        """Accounts that are gone, or whose COS excludes them now, count as deleted."""
        at_ms = now_ms()
        for name in known_accounts(self.layout, usable_names(self.layout.accounts)):
            if name not in present and mark_deleted(self.layout.account_info(name), at_ms):
                self.progress.accounts_deleted += 1


@dataclass
class AccountScan:
    """doAccountScan: one account, by name or id."""

    store: Store
    layout: Layout
    progress: ScanProgress
    options: ScanOptions
    path_lock: threading.RLock
    mail_version: str
    account: str

    def run(self, context: OperationContext) -> None:
        """Raises NoSuchAccount, BackupError, OSError."""
        claim_path(self.store, self.layout, self.mail_version)
        account = self.store.directory.find("account", self.account)
        if account is None:
            raise NoSuchAccount("no such account: {account}", account=self.account)
        scanner = Scanner(self.store, self.layout, self.progress, context, self.options)
        self.progress.accounts_total = 1
        self.progress.items_total = scanner.pending(account)
        with self.path_lock:
            scanner.scan(account)
