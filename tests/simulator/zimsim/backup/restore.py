# Copyright (c) 2026, mailops.zimbra contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""External Restore: the three phases over all chosen accounts."""

from __future__ import annotations

from dataclasses import dataclass, field

from zimsim.backup.accountrestore import AccountRestore
from zimsim.backup.accounts import is_system
from zimsim.backup.context import OperationContext
from zimsim.backup.errors import InvalidPath
from zimsim.backup.layout import Layout
from zimsim.backup.maps import ServerMap
from zimsim.backup.notifications import Notifier
from zimsim.backup.progress import RestoreProgress
from zimsim.backup.provisioning import Provisioning, Target
from zimsim.backup.restoreoptions import RestoreOptions
from zimsim.backup.sharelinks import remote_folder
from zimsim.backup.source import SourcePath
from zimsim.backup.states import Entry, State
from zimsim.backup.switches import Switches
from zimsim.model import ItemType, Mailbox, ServiceError, Store


@dataclass
class ExternalRestore:
    """One import. `layout` is this server's backup path: the maps live there, never in the source path."""

    store: Store
    source_path: str
    layout: Layout
    options: RestoreOptions
    progress: RestoreProgress
    notifier: Notifier
    switches: Switches = field(default_factory=Switches)

    def run(self, context: OperationContext) -> None:
        """Raises BackupError when it cannot go on; a broken item is a line of the statistics."""
        source = SourcePath(self.source_path)
        if not source.server_id:
            raise InvalidPath("the path {path} does not say which server it is from", path=self.source_path)
        server_map = ServerMap.load(self.layout.map(source.server_id))
        accounts = self._accounts(source)
        self.progress.accounts_total = len(accounts)
        provisioning = Provisioning(
            self.store, source, self.layout, server_map, self.options, self.progress, self.switches
        )
        item_ids: dict[str, list[int]] = {}
        if not self.options.provisioning_only:
            item_ids = {account.id: source.item_ids(account.id) for account in accounts}
            self.progress.items_total = self.progress.unrestored_count + sum(map(len, item_ids.values()))
        context.check()
        targets = provisioning.run(accounts)
        server_map.save()
        self.notifier.feedback(context.operation, self.progress.feedback())
        if self.options.provisioning_only:
            self.progress.accounts_done = len(targets)
            return
        self.progress.phase = 2
        with_mountpoints = []
        for target in targets:
            restored = self._items(source, server_map, target, item_ids.pop(target.source.id), context)
            if restored is not None and restored.mountpoints:
                with_mountpoints.append(restored)
            self.progress.accounts_done += 1
        self.progress.phase = 3
        for restored in with_mountpoints:
            self._mountpoints(restored, server_map, context)
        for target in targets:
            provisioning.put_quota_back(target)

    def _accounts(self, source: SourcePath) -> list[Entry]:
        """The chosen accounts, in the order they were asked for."""
        options, chosen = self.options, []
        for account in source.accounts():
            if account.entry is None:
                self.progress.problems.append(f"account {account.id}: {account.broken}")
                for item_id in source.item_ids(account.id):
                    self.progress.add_unrestored(account.id, item_id)
                continue
            entry = account.entry
            if entry.deleted and options.filter_deleted:
                continue
            if options.skip_system_accounts and is_system(entry.name, entry.attrs):
                continue
            if options.domains and entry.domain not in options.domains:
                continue
            if options.accounts and not {entry.name, entry.id} & set(options.accounts):
                continue
            chosen.append(entry)
        if not options.accounts:
            return sorted(chosen, key=lambda entry: entry.name)
        order = {name: position for position, name in enumerate(options.accounts)}
        return sorted(chosen, key=lambda entry: order.get(entry.name, order.get(entry.id, len(order))))

    def _items(
        self, source: SourcePath, server_map: ServerMap, target: Target, item_ids: list[int], context: OperationContext
    ) -> AccountRestore | None:
        if target.local_id is None:
            for item_id in item_ids:
                self.progress.add_unrestored(target.source.name, item_id)
            context.step(len(item_ids))
            return None
        if not item_ids:
            return None
        restore = AccountRestore(
            self.store, source, self.layout, server_map, target, self.options, self.progress, context, self.switches
        )
        restore.run(item_ids)
        return restore

    def _mountpoints(self, restore: AccountRestore, server_map: ServerMap, context: OperationContext) -> None:
        """Phase 3: owners and folders are translated where the maps know them."""
        for item_id, state in sorted(restore.mountpoints.items()):
            try:
                self._mountpoint(restore, item_id, state, server_map)
                self.progress.restored += 1
            except (ServiceError, KeyError, OSError):
                self.progress.add_unrestored(restore.account_name, item_id)
            context.step()

    def _mountpoint(self, restore: AccountRestore, item_id: int, state: State, server_map: ServerMap) -> None:
        mailbox: Mailbox = restore.mailbox
        parent = restore.local_folder(int(state["folder"]))
        if parent is None:
            raise KeyError(state["folder"])
        owner = server_map.local(state["owner_id"])
        remote = (
            remote_folder(self.store, self.layout, state["owner_id"], owner, int(state["remote_id"])) if owner else None
        )
        details = {"owner_id": state["owner_id"], "remote_id": int(state["remote_id"])}
        if state.get("remote_uuid"):
            details["remote_uuid"] = state["remote_uuid"]
        if owner is not None and remote is not None:
            details = {"owner_id": owner, "remote_id": remote[0], "remote_uuid": remote[1]}
        if state.get("owner_name"):
            details["owner_name"] = state["owner_name"]
        with mailbox.change() as change:
            existing = mailbox.child(parent, state["name"])
            local = existing or mailbox.create_folder(
                state["name"],
                parent,
                kind=ItemType.MOUNTPOINT,
                view=state["view"],
                flags=state["flags"],
                color=state["color"],
                date=state["date"],
                **details,
            )
            restore.pending.put(change.connection, [(item_id, local.id)])
        restore.item_map.append([(item_id, local.id)])
        restore.pending.clear()
