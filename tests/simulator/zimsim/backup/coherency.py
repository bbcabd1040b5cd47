# Copyright (c) 2026, mailops.zimbra contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""doCoherencyCheck: are all metadata files readable and all their blobs there and whole?"""

from __future__ import annotations

import gzip
import os
from dataclasses import dataclass, field

from zimsim.backup.context import OperationContext
from zimsim.backup.errors import BrokenItem, InvalidPath
from zimsim.backup.files import read_blob, usable_names
from zimsim.backup.layout import Layout
from zimsim.backup.progress import CoherencyProgress
from zimsim.backup.source import SourcePath
from zimsim.backup.states import State, read_states
from zimsim.model import Store

LOST = "lost+found"


def check_path(path: str) -> None:
    """Raises InvalidPath for a directory that is no backup path."""
    if not os.path.isdir(os.path.join(path, "accounts")):
        raise InvalidPath("the path {path} is no backup path", path=path)


@dataclass
class CoherencyCheck:
    """`fix` moves what is corrupted or unreferenced out of the way; `check_server` asks whether items are missing."""

    store: Store
    path: str
    progress: CoherencyProgress
    accounts: list[str] = field(default_factory=list)
    fix: bool = False
    check_server: bool = False
    double_gzip: str = "skip"

    def run(self, context: OperationContext) -> None:
        source = SourcePath(self.path)
        accounts = [
            account
            for account in source.accounts()
            if not self.accounts
            or account.id in self.accounts
            or (account.entry and account.entry.name in self.accounts)
        ]
        items = {account.id: source.item_ids(account.id) for account in accounts}
        self.progress.accounts_total = len(accounts)
        self.progress.items_total = sum(map(len, items.values()))
        referenced: set[str] = set()
        for account in accounts:
            if account.entry is None:
                self._corrupted(source.layout, source.layout.account_info(account.id))
            for item_id in items[account.id]:
                self._item(source.layout, source.layout.item(account.id, item_id), referenced)
                self.progress.items_checked += 1
                context.step()
            if self.check_server:
                self._server(account.id, set(items[account.id]))
            self.progress.accounts_done += 1
        if not self.accounts:
            self._unreferenced(source.layout, referenced)

    def _item(self, layout: Layout, path: str, referenced: set[str]) -> None:
        try:
            states = read_states(path)
        except (BrokenItem, FileNotFoundError):
            self._corrupted(layout, path)
            return
        for digest in {digest for state in states for digest in self._digests(state)}:
            if digest in referenced:
                continue
            referenced.add(digest)
            self._blob(layout, digest)

    @staticmethod
    def _digests(state: State) -> list[str]:
        found = [state.get("digest"), *(revision.get("digest") for revision in state.get("revisions", []))]
        return [digest for digest in found if digest]

    def _blob(self, layout: Layout, digest: str) -> None:
        path = layout.blob(digest)
        if not os.path.exists(path):
            self.progress.missing += 1
            return
        try:
            read_blob(path, digest)
        except BrokenItem:
            if self.double_gzip != "skip" and self._twice(path, digest):
                return
            self._corrupted(layout, path)

    def _twice(self, path: str, digest: str) -> bool:
        """A blob compressed twice by mistake; `fix` writes it as it should be."""
        try:
            with open(path, "rb") as stream:
                inner = gzip.decompress(stream.read())
            temporary = f"{path}.once"
            with open(temporary, "wb") as output:
                output.write(inner)
            read_blob(temporary, digest)
        except (OSError, EOFError, BrokenItem):
            return False
        if self.double_gzip == "fix":
            os.replace(temporary, path)
        else:
            os.unlink(temporary)
        return True

    def _corrupted(self, layout: Layout, path: str) -> None:
        self.progress.corrupted.append(os.path.relpath(path, layout.root))
        self._move(layout, path)

    def _move(self, layout: Layout, path: str) -> None:
        if not self.fix:
            return
        target = os.path.join(layout.root, LOST, os.path.relpath(path, layout.root))
        os.makedirs(os.path.dirname(target), exist_ok=True)
        os.replace(path, target)
        self.progress.moved += 1

    def _unreferenced(self, layout: Layout, referenced: set[str]) -> None:
        for part in usable_names(layout.blobs):
            for name in usable_names(os.path.join(layout.blobs, part)):
                if name not in referenced:
                    self.progress.unreferenced += 1
                    self._move(layout, layout.blob(name))

    def _server(self, account_id: str, known: set[int]) -> None:
        mailbox = self.store.mailboxes.find(account_id)
        if mailbox is not None:
            self.progress.missing_in_zimbra += sum(item.id not in known for item in mailbox.items())
