# Copyright (c) 2026, mailops.zimbra contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The RealTime Scanner: what changes in a mailbox reaches the backup path within seconds, without a SmartScan."""

from __future__ import annotations

import threading
from collections.abc import Callable

from zimsim.backup.accounts import excluded_by_cos
from zimsim.backup.errors import BackupError
from zimsim.backup.layout import Layout
from zimsim.backup.progress import ScanProgress
from zimsim.backup.scanner import Scanner, ScanOptions
from zimsim.backup.serverdata import read_backupstat
from zimsim.model import ServiceError, Store

INTERVAL_SECONDS = 1.0


class RealTimeScanner:
    """Looks every second which mailboxes moved on. Does nothing until a SmartScan has initialised the path."""

    def __init__(
        self, store: Store, layout: Callable[[], Layout], enabled: Callable[[], bool], path_lock: threading.RLock
    ) -> None:
        self._store = store
        self._layout = layout
        self._enabled = enabled
        self._path_lock = path_lock
        self._seen: dict[str, int] = {}
        self._stop = threading.Event()
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        self._thread = threading.Thread(target=self._work, name="backup-realtime", daemon=True)
        self._thread.start()

    def request_stop(self) -> None:
        """End after the account that is being scanned."""
        self._stop.set()

    def close(self) -> None:
        """Wait for the end."""
        self._stop.set()
        if self._thread is not None:
            self._thread.join(timeout=30)

    def _work(self) -> None:
        while not self._stop.wait(INTERVAL_SECONDS):
            if not self._enabled():
                self._seen.clear()
                continue
            self.look()

    def look(self) -> int:
        """One round; the number of accounts that were scanned."""
        layout = self._layout()
        stat = read_backupstat(layout)
        if not stat.get("lastScan") or stat.get("serverId") != self._store.directory.server.id:
            return 0
        scanned = 0
        rows = self._store.database.query("SELECT account_id, change_token FROM mailboxes")
        for account_id, token in [(row["account_id"], row["change_token"]) for row in rows]:
            if self._stop.is_set() or self._seen.get(account_id) == token:
                continue
            account = self._store.directory.by_id(account_id)
            if account is None or excluded_by_cos(self._store.directory, account):
                continue
            scanner = Scanner(self._store, layout, ScanProgress(), None, ScanOptions())
            try:
                with self._path_lock:
                    scanner.scan(account)
            except (BackupError, ServiceError, OSError):
                continue  # the next round or the next SmartScan will see it
            self._seen[account_id] = token
            scanned += 1
        return scanned
