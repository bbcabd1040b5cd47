# Copyright (c) 2026, mailops.zimbra contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""doExport: a snapshot of the server, or of some domains, in a directory laid out as a backup path."""

from __future__ import annotations

import os
import shutil
from dataclasses import dataclass, field
from pathlib import Path

from zimsim.backup.accounts import entry_state, excluded_by_cos, local_accounts
from zimsim.backup.context import OperationContext
from zimsim.backup.errors import BackupError, InvalidPath
from zimsim.backup.layout import Layout, inside
from zimsim.backup.progress import ScanProgress
from zimsim.backup.records import now_ms
from zimsim.backup.scanner import Scanner, ScanOptions
from zimsim.backup.serverdata import claim_path, write_backupstat, write_server_data
from zimsim.backup.states import append_state
from zimsim.model import Entry, Store

MEGABYTE = 1024 * 1024


def check_destination(path: str, backup_path: str, non_empty_allowed: bool) -> None:
    """The directory exists, is writable, is empty (the console demands it; for the command line that is a guess).

    Raises InvalidPath.
    """
    if not os.path.isabs(path):
        raise InvalidPath("the path {path} is not absolute", path=path)
    if not os.path.isdir(path):
        raise InvalidPath("the path {path} does not exist or is not a directory", path=path)
    if not os.access(path, os.R_OK | os.W_OK | os.X_OK):
        raise InvalidPath("the path {path} is not readable and writable", path=path)
    if inside(path, backup_path):
        raise InvalidPath("the path {path} is in the backup path of this server", path=path)
    if not non_empty_allowed and os.listdir(path):
        raise InvalidPath("the path {path} is not empty", path=path)


@dataclass
class Export:
    """One export. `domains` and `coses` are names, empty for all; `threshold_mb` stops it when less space is free."""

    store: Store
    destination: Path
    progress: ScanProgress
    mail_version: str
    domains: list[str] = field(default_factory=list)
    coses: list[str] = field(default_factory=list)
    threshold_mb: int | None = None
    read_error_threshold: int | None = None
    skip_items: bool = False

    def run(self, context: OperationContext) -> None:
        """Raises BackupError, OSError; the directory is of no use then."""
        layout = Layout(self.destination)
        claim_path(self.store, layout, self.mail_version)
        options = ScanOptions(read_error_threshold=self.read_error_threshold)
        scanner = Scanner(self.store, layout, self.progress, context, options)
        accounts = self._accounts()
        self.progress.accounts_total = len(accounts)
        if not self.skip_items:
            self.progress.items_total = sum(scanner.pending(account) for account in accounts)
        write_server_data(self.store, layout, set(self.domains) or None)
        context.check()
        for account in accounts:
            self._check_space()
            if self.skip_items:
                append_state(layout.account_info(account.id), entry_state(account), now_ms())
                self.progress.accounts_new += 1
                self.progress.accounts_scanned += 1
            else:
                scanner.scan(account)
            context.check()
        write_backupstat(self.store, layout, len(accounts), len(accounts), self.mail_version)
        self.progress.seconds = context.seconds

    def _accounts(self) -> list[Entry]:
        directory, chosen = self.store.directory, []
        for account in local_accounts(directory):
            if self.domains and account.domain not in self.domains:
                continue
            cos = directory.cos_of(account)
            if self.coses and (cos is None or cos.name not in self.coses):
                continue
            if excluded_by_cos(directory, account):
                self.progress.accounts_skipped += 1
                continue
            chosen.append(account)
        return chosen

    def _check_space(self) -> None:
        if self.threshold_mb is None:
            return
        free = shutil.disk_usage(self.destination).free // MEGABYTE
        if free < self.threshold_mb:
            raise BackupError(
                "less than {threshold} MB free in {path}", threshold=str(self.threshold_mb), path=str(self.destination)
            )
