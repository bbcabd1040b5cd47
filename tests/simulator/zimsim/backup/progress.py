# Copyright (c) 2026, mailops.zimbra contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Counters of running operations and the blocks of text that show them."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from typing import Protocol


class Progress(Protocol):
    """What the queue, monitor and the faults ask of a running operation."""

    def block(self) -> str:
        """The text of one tick, without the leading ` --` line."""
        ...

    def statistics(self) -> str:
        """The statistics block of the notification at the end."""
        ...

    @property
    def percent(self) -> float:
        """How far it is, 0 to 100."""
        ...


def _ratio(done: int, total: int) -> float:
    return 100.0 * min(done, total) / total if total else 0.0


def _line(label: str, value: object) -> str:
    return f" {label + ':':<33}{value}"


@dataclass
class ScanProgress:
    """SmartScan, account scan, export and the checks: accounts and items looked at, what was new."""

    backup_path: str = ""
    recipients: str = ""
    accounts_total: int = 0
    accounts_scanned: int = 0
    accounts_new: int = 0
    accounts_updated: int = 0
    accounts_deleted: int = 0
    accounts_skipped: int = 0
    items_total: int = 0
    items_scanned: int = 0
    items_updated: int = 0
    items_deleted: int = 0
    new_metadata: int = 0
    new_files: int = 0
    skipped_items: int = 0
    read_errors: int = 0
    seconds: float = 0.0

    def block(self) -> str:
        return "\n".join(
            (
                _line("Account scanned", f"{self.accounts_scanned}/{self.accounts_total}"),
                _line("Account updated/new", f"{self.accounts_updated}/{self.accounts_new}"),
                _line("Item scanned", self.items_scanned),
                _line("Item updated/new/unique", f"{self.items_updated}/{self.new_metadata}/{self.new_files}"),
            )
        )

    def statistics(self) -> str:
        values = (
            ("new accounts", self.accounts_new),
            ("accounts updated", self.accounts_updated),
            ("accounts deleted", self.accounts_deleted),
            ("skipped accounts(by COS)", self.accounts_skipped),
            ("item updated", self.items_updated),
            ("item deleted", self.items_deleted),
            ("new metadata", self.new_metadata),
            ("new files", self.new_files),
            ("checked items", self.items_scanned),
            ("backup path", self.backup_path),
            ("skipped items", self.skipped_items),
            ("I/O read exception", self.read_errors),
            ("num skipped files", 0),
            ("items/sec", int(self.items_scanned / self.seconds) if self.seconds > 0 else self.items_scanned),
            ("additional notification mails", self.recipients),
        )
        return "- stats -\n" + "\n".join(f" {label}: {value}" for label, value in values)

    @property
    def percent(self) -> float:
        return _ratio(self.items_scanned, self.items_total)


@dataclass
class RestoreProgress:
    """External Restore: provisioning first, items next, shares last."""

    phase: int = 1
    accounts_total: int = 0
    accounts_done: int = 0
    items_total: int = 0
    restored: int = 0
    skipped: int = 0
    unrestored: dict[str, list[int]] = field(default_factory=dict)
    created: dict[str, int] = field(default_factory=dict)
    updated: dict[str, int] = field(default_factory=dict)
    problems: list[str] = field(default_factory=list)
    lock: threading.Lock = field(default_factory=threading.Lock)

    @property
    def unrestored_count(self) -> int:
        with self.lock:
            return sum(len(ids) for ids in self.unrestored.values())

    def add_unrestored(self, account: str, item_id: int) -> None:
        with self.lock:
            self.unrestored.setdefault(account, []).append(item_id)

    def block(self) -> str:
        return "\n".join(
            (
                _line("Phase", f"{self.phase}/3"),
                _line("Accounts restored", f"{self.accounts_done}/{self.accounts_total}"),
                _line("Items restored", f"{self.restored}/{self.items_total}"),
                _line("Items skipped", self.skipped),
                _line("Items unrestored", self.unrestored_count),
            )
        )

    def feedback(self) -> str:
        """Statistics of phase 1."""
        lines = ["- stats -"]
        for kind, label in (
            ("domain", "domains"),
            ("cos", "COSes"),
            ("dl", "distribution lists"),
            ("account", "accounts"),
            ("alias", "aliases"),
        ):
            lines.append(f"Created {label}: {self.created.get(kind, 0)}")
            if kind != "alias":
                lines.append(f"Updated {label}: {self.updated.get(kind, 0)}")
        if self.problems:
            lines += ["", "- problems -", *self.problems]
        return "\n".join(lines)

    def statistics(self) -> str:
        lines = [
            "- stats -",
            f"Restored Items: {self.restored}",
            f"Skipped Items:  {self.skipped}",
            f"Unrestored Items: {self.unrestored_count}",
        ]
        with self.lock:
            if self.unrestored:
                lines += ["", "- unrestored items -"]
                lists = [
                    f"account: {account}\nunrestored items: {','.join(map(str, sorted(ids)))}"
                    for account, ids in self.unrestored.items()
                ]
                lines.append("\n\n".join(lists))
        return "\n".join(lines)

    @property
    def percent(self) -> float:
        return _ratio(self.restored + self.skipped + self.unrestored_count, self.items_total)


@dataclass
class SharesProgress:
    """doCheckShares and doFixShares."""

    accounts_total: int = 0
    accounts_done: int = 0
    checked: int = 0
    broken: list[str] = field(default_factory=list)
    fixed: int = 0
    fixing: bool = False

    def block(self) -> str:
        lines = [
            _line("Account checked", f"{self.accounts_done}/{self.accounts_total}"),
            _line("Shares checked", self.checked),
            _line("Shares broken", len(self.broken)),
        ]
        if self.fixing:
            lines.append(_line("Shares fixed", self.fixed))
        return "\n".join(lines)

    def statistics(self) -> str:
        lines = [
            "- stats -",
            f" checked accounts: {self.accounts_done}",
            f" checked shares: {self.checked}",
            f" broken shares: {len(self.broken)}",
        ]
        if self.fixing:
            lines.append(f" fixed shares: {self.fixed}")
        if self.broken:
            lines += ["", "- broken shares -", *self.broken]
        return "\n".join(lines)

    @property
    def percent(self) -> float:
        return _ratio(self.accounts_done, self.accounts_total)


@dataclass
class CoherencyProgress:
    """doCoherencyCheck."""

    accounts_total: int = 0
    accounts_done: int = 0
    items_total: int = 0
    items_checked: int = 0
    corrupted: list[str] = field(default_factory=list)
    unreferenced: int = 0
    missing: int = 0
    missing_in_zimbra: int = 0
    moved: int = 0

    def block(self) -> str:
        return "\n".join(
            (
                _line("Account checked", f"{self.accounts_done}/{self.accounts_total}"),
                _line("Item checked", self.items_checked),
                _line("Corrupted/missing files", f"{len(self.corrupted)}/{self.missing}"),
            )
        )

    def statistics(self) -> str:
        lines = [
            "- stats -",
            f" checked accounts: {self.accounts_done}",
            f" checked items: {self.items_checked}",
            f" corrupted files: {len(self.corrupted)}",
            f" missing blobs: {self.missing}",
            f" unreferenced blobs: {self.unreferenced}",
            f" items not in the backup: {self.missing_in_zimbra}",
            f" moved files: {self.moved}",
        ]
        if self.corrupted:
            lines += ["", "- corrupted files -", *self.corrupted]
        return "\n".join(lines)

    @property
    def percent(self) -> float:
        return _ratio(self.items_checked, self.items_total)
