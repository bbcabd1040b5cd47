# Copyright (c) 2026, mailops.zimbra contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Phase 2 of an External Restore for one account: folders and tags first, then everything in them, in batches."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from sqlite3 import Connection
from typing import Any

from zimsim.backup import groups
from zimsim.backup.context import OperationContext
from zimsim.backup.errors import BrokenItem
from zimsim.backup.itemrestore import ItemWriter
from zimsim.backup.layout import Layout
from zimsim.backup.maps import ItemMap, ServerMap
from zimsim.backup.pending import PendingIds
from zimsim.backup.progress import RestoreProgress
from zimsim.backup.provisioning import Target
from zimsim.backup.restoreoptions import RestoreOptions
from zimsim.backup.source import SourcePath
from zimsim.backup.states import State, grant_of, type_number
from zimsim.backup.switches import Switches
from zimsim.model import ItemType, ServiceError, Store
from zimsim.model.items import Grant
from zimsim.model.types import FIRST_USER_ID, LEAF_TYPES

FOLDER_TYPES = (ItemType.FOLDER, ItemType.SEARCH)
MAX_BATCH = 100


class AccountRestore:
    """Brings the items of one Source account into one mailbox; mountpoints are left for phase 3."""

    def __init__(
        self,
        store: Store,
        source: SourcePath,
        layout: Layout,
        server_map: ServerMap,
        target: Target,
        options: RestoreOptions,
        progress: RestoreProgress,
        context: OperationContext,
        switches: Switches,
    ) -> None:
        if target.local_id is None:
            raise ValueError("an account that was not made cannot be restored into")
        self._store = store
        self._source = source
        self._layout = layout
        self._server_map = server_map
        self._account = target.source
        self.account_name = target.source.name
        self._progress = progress
        self._context = context
        self._switches = switches
        self.mailbox = store.mailboxes.open(target.local_id)
        self.item_map = ItemMap(layout, target.local_id, target.source.id)
        self.pending = PendingIds(store, self.mailbox.id, target.source.id, self.item_map)
        self._writer = ItemWriter(source, self.mailbox, options)
        self._filter_deleted = options.filter_deleted
        self._containers: dict[int, State] = {}
        self.mountpoints: dict[int, State] = {}

    def run(self, item_ids: list[int]) -> None:
        """Raises what the context raises; everything else becomes an unrestored item."""
        self.pending.recover()
        leaves = self._sort(item_ids)
        self._restore_containers()
        self._restore_leaves(leaves)
        self.pending.clear()

    def local_folder(self, source_folder: int) -> int | None:
        """The id a folder of the Source has here, None where it was not restored."""
        return self.item_map.local(source_folder) or self._system_folder(source_folder)

    def _sort(self, item_ids: list[int]) -> list[int]:
        """Look at every item that is not known: containers are kept, the ids of leaves are returned."""
        leaves, groups_of_contacts = [], []
        for item_id in item_ids:
            if item_id in self.item_map:
                self._progress.skipped += 1
                if self._switches.restore_known_changes:
                    self._update_known(item_id)
                self._context.step()
                continue
            try:
                state = self._source.state(self._account.id, item_id)
                kind = type_number(state)
            except BrokenItem:
                self._unrestored(item_id)
                continue
            if state.get("deleted") and self._filter_deleted:
                self._progress.items_total -= 1
            elif kind in FOLDER_TYPES or kind == ItemType.TAG:
                self._containers[item_id] = state
            elif kind == ItemType.MOUNTPOINT:
                self.mountpoints[item_id] = state
            elif kind == ItemType.CONTACT and groups.is_group(state):
                groups_of_contacts.append(item_id)
            else:
                leaves.append(item_id)
        return leaves + groups_of_contacts  # groups name contacts, which have to be there

    def _unrestored(self, item_id: int) -> None:
        self._progress.add_unrestored(self._account.name, item_id)
        self._context.step()

    def _update_known(self, item_id: int) -> None:
        """The switch `restore_known_changes`: flags, tags and grants follow the Source."""
        local = self.item_map.local(item_id)
        try:
            state = self._source.state(self._account.id, item_id)
            kind = type_number(state)
            if local is None or state.get("deleted"):
                return
            if kind in FOLDER_TYPES and self.mailbox.has_folder(local):
                self._grants(local, state)
            elif kind in LEAF_TYPES and self.mailbox.find(local) is not None:
                self.mailbox.update(local, flags=state["flags"], tags=state["tags"])
        except (BrokenItem, ServiceError, KeyError):
            return

    # folders, search folders, tags

    def _restore_containers(self) -> None:
        for item_id in sorted(self._containers):
            if item_id not in self.item_map:
                self._container(item_id, ())
        self._context.check()

    def _container(self, item_id: int, below: tuple[int, ...]) -> int | None:
        """Restore a folder after its parent; the new id, None when it could not be restored."""
        known = self.item_map.local(item_id)
        if known is not None:
            return known
        state = self._containers.get(item_id)
        if state is None:
            return self._system_folder(item_id)
        if item_id in below:
            return None
        parent_id = None
        if state["type"] != "tag" and item_id >= FIRST_USER_ID:
            parent_id = self._container(int(state.get("folder", 0)), (*below, item_id))
        try:
            with self.mailbox.change() as change:
                local = self._place(item_id, state, parent_id)
                self.pending.put(change.connection, [(item_id, local)])
        except (BrokenItem, ServiceError, KeyError, OSError):
            del self._containers[item_id]
            self._unrestored(item_id)
            return None
        self.item_map.append([(item_id, local)])
        self._progress.restored += 1
        self._context.step()
        return local

    def _system_folder(self, item_id: int) -> int | None:
        """System folders have the same id everywhere, also when the Source's metadata of one is unreadable."""
        return item_id if item_id < FIRST_USER_ID and self.mailbox.has_folder(item_id) else None

    def _place(self, item_id: int, state: State, parent_id: int | None) -> int:
        if state["type"] == "tag":
            existing = self.mailbox.tag(state["name"])
            if existing is not None and existing.listed >= state["listed"]:
                return existing.id
            return self.mailbox.create_tag(state["name"], state["color"], listed=state["listed"], date=state["date"]).id
        if item_id < FIRST_USER_ID:
            if not self.mailbox.has_folder(item_id):
                raise BrokenItem("no such folder id: {id}", id=str(item_id))
            self._grants(item_id, state)
            return item_id
        if parent_id is None:
            raise BrokenItem("the folder above {id} was not restored", id=str(item_id))
        existing_folder = self.mailbox.child(parent_id, state["name"])
        if existing_folder is not None:
            self._grants(existing_folder.id, state)
            return existing_folder.id
        details = {name: state[name] for name in ("url", "query", "query_types", "sort_by") if state.get(name)}
        return self.mailbox.create_folder(
            state["name"],
            parent_id,
            kind=type_number(state),
            view=state["view"],
            flags=state["flags"],
            color=state["color"],
            date=state["date"],
            grants=self._translated(state),
            **details,
        ).id

    def _translated(self, state: Mapping[str, Any]) -> tuple[Grant, ...]:
        """Grants with the ids people, lists, COSes and domains have here; unknown ids stay as they are (F18)."""
        grants = map(grant_of, state.get("grants", []))
        return tuple(replace(grant, grantee=self._server_map.local(grant.grantee) or grant.grantee) for grant in grants)

    def _grants(self, folder_id: int, state: Mapping[str, Any]) -> None:
        """Add the Source's grants to those a folder has."""
        wanted = self._translated(state)
        if not wanted:
            return
        folder = self.mailbox.folder(folder_id)
        given = {(grant.grantee, grant.kind) for grant in wanted}
        kept = tuple(grant for grant in folder.grants if (grant.grantee, grant.kind) not in given)
        if {*kept, *wanted} != set(folder.grants):
            self.mailbox.update_folder(folder_id, grants=(*kept, *wanted))

    # leaves

    def _batch_size(self) -> int:
        size = max(1, min(MAX_BATCH, self._progress.items_total // 50))
        return max(1, min(size, int(self._context.rate / 4))) if self._context.rate else size

    def _restore_leaves(self, leaves: list[int]) -> None:
        unlucky = self._unlucky(leaves)
        position = 0
        while position < len(leaves):
            batch = leaves[position : position + self._batch_size()]
            position += len(batch)
            pairs: list[tuple[int, int]] = []
            failed: list[int] = []
            # One transaction, but a change of the mailbox for each item, as each has its own place in a sync.
            with self._store.database.write() as connection:
                for item_id in batch:
                    if item_id in unlucky:
                        failed.append(item_id)
                        continue
                    self._leaf(connection, item_id, pairs, failed)
                self.pending.put(connection, pairs)
            self.item_map.append(pairs)
            self._progress.restored += len(pairs)
            for item_id in failed:
                self._progress.add_unrestored(self._account.name, item_id)
            self._context.step(len(batch))

    def _leaf(self, connection: Connection, item_id: int, pairs: list[tuple[int, int]], failed: list[int]) -> None:
        connection.execute("SAVEPOINT item")
        try:
            self._context.require_space()
            state = self._source.state(self._account.id, item_id)
            source_folder = int(state.get("folder", 0))
            folder = self.local_folder(source_folder)
            if folder is None:
                raise BrokenItem("no such folder id: {id}", id=str(source_folder))
            kind = type_number(state)
            if kind == ItemType.CONTACT and groups.is_group(state):
                state["metadata"] = groups.translated(state["metadata"], self._reference(dict(pairs)))
            pairs.append((item_id, self._writer.add(kind, state, folder)))
        except (BrokenItem, OSError):
            connection.execute("ROLLBACK TO item")
            failed.append(item_id)
        connection.execute("RELEASE item")

    def _reference(self, batch: Mapping[int, int]) -> groups.Lookup:
        """Looks a group's member up: in this mailbox, or in that of another imported account."""

        def lookup(source_account: str, source_item: int) -> str | None:
            if source_account in ("", self._account.id):
                local = batch.get(source_item) or self.item_map.local(source_item)
                prefix = f"{self.mailbox.account_id}:" if source_account else ""
                return None if local is None else f"{prefix}{local}"
            owner = self._server_map.local(source_account)
            local = ItemMap(self._layout, owner, source_account).local(source_item) if owner else None
            return None if local is None else f"{owner}:{local}"

        return lookup

    def _unlucky(self, leaves: list[int]) -> set[int]:
        """The fault `unrestored`: the first `count` items of an account (of every account when none is named)."""
        settings = self._context.fault("unrestored")
        if settings is None:
            return set()
        wanted = str(settings.get("account", "")).lower()
        if wanted not in ("", self._account.name, self._account.id):
            return set()
        allowed = int(settings.get("count", 1)) - (0 if wanted else self._progress.unrestored_count)
        return set(leaves[: max(0, allowed)])
