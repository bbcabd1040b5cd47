#!/usr/bin/python
# Copyright (c) 2026, mailops.zimbra contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Aliases of accounts and lists, members of lists."""

from __future__ import annotations

from collections.abc import Iterable

from zimsim.model import errors
from zimsim.model.directory_reading import DirectoryReading, entry_from
from zimsim.model.entries import Attributes, Entry
from zimsim.model.names import is_address, to_ascii


class DirectoryMembers(DirectoryReading):
    def _store(self, entry: Entry, values: Attributes) -> Entry:
        raise NotImplementedError

    def _add_addresses(self, entry_id: str, rows: Iterable[tuple[str, int]]) -> None:
        with self._db.write() as connection:
            for address, alias in rows:
                if connection.execute("SELECT 1 FROM addresses WHERE address = ?", (address,)).fetchone():
                    raise errors.non_unique(address)
                connection.execute(
                    "INSERT INTO addresses (address, entry_id, alias) VALUES (?,?,?)", (address, entry_id, alias)
                )

    def aliases(self, entry: Entry) -> list[str]:
        return [each for each in entry.values("zimbraMailAlias") if each != entry.name]

    def add_alias(self, entry_id: str, alias: str) -> None:
        """ACCOUNT_EXISTS when anybody has the address, the entry itself included (R24)."""
        with self._db.write():
            entry = self._existing(entry_id)
            address = to_ascii(alias)
            if not is_address(address):
                raise errors.invalid_request(f"must be valid email address: {alias}")
            if self.find("domain", address.partition("@")[2]) is None:
                raise errors.no_such("domain", address.partition("@")[2])
            if self._db.one("SELECT 1 FROM addresses WHERE address = ?", (address,)) is not None:
                raise errors.account_exists(address)
            self._add_addresses(entry_id, [(address, 1)])
            values = dict(entry.attrs)
            for name in ("zimbraMailAlias", "mail"):
                values[name] = [*values.get(name, ()), address]
            self._store(entry, values)

    def remove_alias(self, entry_id: str, alias: str) -> None:
        with self._db.write() as connection:
            entry = self._existing(entry_id)
            address = to_ascii(alias)
            if address not in self.aliases(entry):
                raise errors.no_such("alias", alias)
            connection.execute("DELETE FROM addresses WHERE address = ? AND alias = 1", (address,))
            values = dict(entry.attrs)
            for name in ("zimbraMailAlias", "mail"):
                values[name] = [each for each in values.get(name, ()) if each != address]
            self._store(entry, values)

    def members(self, list_id: str) -> list[str]:
        rows = self._db.query("SELECT member FROM members WHERE list_id = ? ORDER BY member", (list_id,))
        return [row["member"] for row in rows]

    def add_members(self, list_id: str, members: Iterable[str]) -> None:
        """One bad member adds none (R71); members that are there already are fine (R30)."""
        with self._db.write() as connection:
            entry = self._existing(list_id)
            own = {entry.name, *self.aliases(entry)}
            for member in members:
                address = to_ascii(member)
                if address in own:
                    raise errors.invalid_request(f"Cannot add self as a member: {address}")
                if not is_address(address):
                    raise errors.invalid_request(f"must be valid email address: {member}")
                connection.execute("INSERT OR IGNORE INTO members (list_id, member) VALUES (?,?)", (list_id, address))

    def remove_members(self, list_id: str, members: Iterable[str]) -> None:
        with self._db.write() as connection:
            entry = self._existing(list_id)
            present = set(self.members(list_id))
            absent = [member for member in map(to_ascii, members) if member not in present]
            if absent:
                raise errors.ServiceError(
                    "account.NO_SUCH_MEMBER",
                    f"non-existent members: {','.join(absent)} in distribution list: {entry.name}",
                )
            for member in members:
                connection.execute("DELETE FROM members WHERE list_id = ? AND member = ?", (list_id, to_ascii(member)))

    def lists_of(self, address: str) -> list[Entry]:
        """The lists an address is a direct member of."""
        rows = self._db.query(
            "SELECT e.* FROM members m JOIN entries e ON e.id = m.list_id WHERE m.member = ? ORDER BY e.name",
            (to_ascii(address),),
        )
        return [entry_from(row) for row in rows]

    def expand(self, entry: Entry) -> list[str]:
        """All addresses a list delivers to, nested lists opened, cycles harmless."""
        seen: set[str] = {entry.name}
        todo, result = [entry], []
        while todo:
            for member in self.members(todo.pop().id):
                if member in seen:
                    continue
                seen.add(member)
                found = self.resolve(member)
                if found is not None and found.kind == "dl":
                    todo.append(found)
                else:
                    result.append(member)
        return sorted(result)
