# Copyright (c) 2026, mailops.zimbra contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Writes accounts of this server below a root: what SmartScan, account scan, export and RealTime Scanner share."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from zimsim.backup.accounts import entry_state
from zimsim.backup.context import OperationContext
from zimsim.backup.errors import BackupError, BrokenItem, ReadErrors
from zimsim.backup.files import read_json, usable_names, write_blob, write_json
from zimsim.backup.layout import Layout
from zimsim.backup.progress import ScanProgress
from zimsim.backup.records import now_ms
from zimsim.backup.states import (
    NEW,
    SAME,
    UPDATED,
    State,
    append_state,
    folder_state,
    item_state,
    mark_deleted,
    revision_state,
    tag_state,
)
from zimsim.model import Entry, Item, ItemType, Mailbox, Store
from zimsim.model.blobs import digest_of


class UnreadableBlob(BackupError):
    """The blob of an item is not in the store, or not what the database says."""

    code = "IO_READ_ERROR"


@dataclass
class ScanOptions:
    """`deep` looks at every item again; `create_fake_blob` stores an empty blob where one is missing."""

    deep: bool = False
    create_fake_blob: bool = False
    read_error_threshold: int | None = None


@dataclass
class AccountStat:
    """`account_stat`: up to where a mailbox was scanned, and what could not be read then."""

    mailbox: int = 0
    created: int = 0
    token: int = 0
    retry: list[int] = field(default_factory=list)

    @classmethod
    def load(cls, path: str) -> AccountStat:
        try:
            return cls(**read_json(path))
        except (FileNotFoundError, BrokenItem, TypeError):
            return cls()


class Scanner:
    """Scans accounts into one root. `context` is None for the RealTime Scanner, which is no operation."""

    def __init__(
        self,
        store: Store,
        layout: Layout,
        progress: ScanProgress,
        context: OperationContext | None,
        options: ScanOptions,
    ) -> None:
        self._store = store
        self._layout = layout
        self._progress = progress
        self._context = context
        self._options = options

    def pending(self, account: Entry) -> int:
        """Items a scan of this account will look at."""
        mailbox = self._store.mailboxes.find(account.id)
        if mailbox is None:
            return 0
        stat = self._stat(mailbox)
        row = self._store.database.one(
            "SELECT (SELECT count(*) FROM items WHERE mailbox = ?1 AND mod_metadata > ?2)"
            " + (SELECT count(*) FROM folders WHERE mailbox = ?1 AND mod_metadata > ?2)"
            " + (SELECT count(*) FROM tags WHERE mailbox = ?1 AND mod_metadata > ?2) AS n",
            (mailbox.id, stat.token),
        )
        return (int(row["n"]) if row else 0) + len(stat.retry)

    def scan(self, account: Entry) -> None:
        """Bring one account up to date below the root."""
        at_ms = now_ms()
        outcome = append_state(self._layout.account_info(account.id), entry_state(account), at_ms)
        before = (self._progress.items_updated, self._progress.new_metadata, self._progress.items_deleted)
        mailbox = self._store.mailboxes.find(account.id)
        if mailbox is not None:
            self._scan_mailbox(account, mailbox, at_ms)
        after = (self._progress.items_updated, self._progress.new_metadata, self._progress.items_deleted)
        if outcome == NEW:
            self._progress.accounts_new += 1
        elif outcome == UPDATED or before != after:
            self._progress.accounts_updated += 1
        self._progress.accounts_scanned += 1
        if self._context is not None:
            self._progress.seconds = self._context.seconds

    def _stat(self, mailbox: Mailbox) -> AccountStat:
        stat = AccountStat.load(self._layout.account_stat(mailbox.account_id))
        if self._options.deep or (stat.mailbox, stat.created) != (mailbox.id, mailbox.created):
            return AccountStat()
        return stat

    def _scan_mailbox(self, account: Entry, mailbox: Mailbox, at_ms: int) -> None:
        token = mailbox.change_token  # read first: what changes from now on is left to the next scan
        stat = self._stat(mailbox)
        if token == stat.token and not stat.retry:
            return
        failed: list[int] = []
        for folder in mailbox.folders():
            if folder.mod_metadata > stat.token:
                self._count(append_state(self._layout.item(account.id, folder.id), folder_state(folder), at_ms))
        for tag in mailbox.tags(unlisted=True):
            if tag.mod_metadata > stat.token:
                self._count(append_state(self._layout.item(account.id, tag.id), tag_state(tag), at_ms))
        for item_id in stat.retry:
            item = mailbox.find(item_id)
            if item is not None and item.mod_metadata <= stat.token:
                self._scan_item(account, mailbox, item, at_ms, failed)
        for item in mailbox.items(since=stat.token):
            self._scan_item(account, mailbox, item, at_ms, failed)
        gone = {stone.item_id for stone in mailbox.tombstones(stat.token)}
        if stat.token == 0:
            gone |= self._absent(account, mailbox)
        for item_id in sorted(gone):
            if mark_deleted(self._layout.item(account.id, item_id), at_ms):
                self._progress.items_deleted += 1
        write_json(
            self._layout.account_stat(account.id),
            {"mailbox": mailbox.id, "created": mailbox.created, "token": token, "retry": failed},
        )
        self._account_backupstat(account, at_ms)

    def _account_backupstat(self, account: Entry, at_ms: int) -> None:
        path = self._layout.account_backupstat(account.id)
        try:
            first = read_json(path)["firstScan"]
        except (FileNotFoundError, BrokenItem, KeyError, TypeError):
            first = at_ms
        write_json(path, {"firstScan": first, "lastScan": at_ms})

    def _absent(self, account: Entry, mailbox: Mailbox) -> set[int]:
        """Ids the path has and the mailbox has not: found by a full look only."""
        present = {folder.id for folder in mailbox.folders()} | {tag.id for tag in mailbox.tags(unlisted=True)}
        present.update(item.id for item in mailbox.items())
        root = self._layout.items(account.id)
        known = {int(name) for part in usable_names(root) for name in usable_names(f"{root}/{part}") if name.isdigit()}
        return known - present

    def _scan_item(self, account: Entry, mailbox: Mailbox, item: Item, at_ms: int, failed: list[int]) -> None:
        try:
            state = item_state(item, self._layout)
            self._store_blob(mailbox, account, item, state)
            if item.type == ItemType.DOCUMENT and item.version > 1:
                state["revisions"] = self._revisions(mailbox, item)
        except UnreadableBlob:
            if mailbox.find(item.id) is None:
                return  # deleted while the scan ran; its tombstone is seen next time
            failed.append(item.id)
            self._read_error()
            self._count(SAME)
            return
        self._count(append_state(self._layout.item(account.id, item.id), state, at_ms))

    def _store_blob(self, mailbox: Mailbox, account: Entry, item: Item, state: State) -> None:
        if item.digest is None:
            return
        raw = None if self._missing(account, item) else mailbox.blob(item)
        if raw is None and self._options.create_fake_blob:
            raw = b""
            state["digest"] = digest_of(raw)
            state["blob path"] = self._layout.relative_blob(state["digest"])
        if raw is None or digest_of(raw) != state["digest"]:
            raise UnreadableBlob("unable to read the blob of item {item}", item=str(item.id))
        self._write_blob(state["digest"], raw)

    def _revisions(self, mailbox: Mailbox, item: Item) -> list[dict[str, Any]]:
        states = []
        for revision in mailbox.revisions(item.id):
            raw = mailbox.revision_blob(revision)
            if raw is None or revision.digest is None or digest_of(raw) != revision.digest:
                raise UnreadableBlob("unable to read version {version}", version=str(revision.version))
            self._write_blob(revision.digest, raw)
            states.append(revision_state(revision))
        return states

    def _write_blob(self, digest: str, raw: bytes) -> None:
        if self._context is not None:
            self._context.require_space()
        if write_blob(self._layout.blob(digest), raw):
            self._progress.new_files += 1

    def _missing(self, account: Entry, item: Item) -> bool:
        """The fault `missing_blob`: account (name or id) and item."""
        settings = self._context.fault("missing_blob") if self._context is not None else None
        if settings is None:
            return False
        wanted = str(settings.get("account", "")).lower()
        return wanted in ("", account.id, account.name) and str(settings.get("item", item.id)) == str(item.id)

    def _read_error(self) -> None:
        self._progress.read_errors += 1
        self._progress.skipped_items += 1
        threshold = self._options.read_error_threshold
        if threshold is not None and self._progress.read_errors > threshold:
            raise ReadErrors("more than {threshold} read errors", threshold=str(threshold))

    def _count(self, outcome: str) -> None:
        if outcome == NEW:
            self._progress.new_metadata += 1
        elif outcome == UPDATED:
            self._progress.items_updated += 1
        self._progress.items_scanned += 1
        if self._context is not None:
            self._context.step()
