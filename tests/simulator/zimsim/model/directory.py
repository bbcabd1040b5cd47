#!/usr/bin/python
# Copyright (c) 2026, mailops.zimbra contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The directory: accounts, resources, domains, classes of service, lists, servers, global configuration."""

from __future__ import annotations

import json
import uuid
from collections.abc import Mapping

from zimsim.model import attributes, errors, passwords
from zimsim.model.directory_logins import DirectoryLogins
from zimsim.model.directory_members import DirectoryMembers
from zimsim.model.entries import ACCOUNT_KINDS, ADDRESS_KINDS, Attributes, Entry, GivenAttributes, normalised
from zimsim.model.names import is_address, is_domain, is_uuid, to_ascii, to_unicode

__all__ = ["Directory", "to_ascii", "to_unicode"]

_EXISTS = {"domain": errors.domain_exists, "cos": errors.cos_exists, "server": errors.server_exists}


class Directory(DirectoryMembers, DirectoryLogins):
    """Entries by kind: account, resource, domain, cos, dl, server, config. Names are lower case ASCII."""

    def create(
        self,
        kind: str,
        name: str,
        attrs: GivenAttributes | None = None,
        *,
        entry_id: str = "",
        password: str | None = None,
        defaults: Attributes | None = None,
    ) -> Entry:
        """A new entry with the attributes the platform adds; ``defaults`` more of these.

        ``password``: clear text, None for none.
        """
        given = normalised(attrs or {})
        name = self._new_name(kind, name)
        attributes.check_creation(kind, given)
        if kind in ACCOUNT_KINDS:
            self._check_account(given)
        if entry_id and not is_uuid(entry_id):
            raise errors.invalid_request(f"{entry_id} is not a valid UUID")
        identifier = (entry_id or str(uuid.uuid4())).lower()
        if password is not None:
            given["userPassword"] = [passwords.hashed(password)]
        added = attributes.on_creation(kind, name, identifier, self._server_name(), self.transport, given)
        values = {**(defaults or {}), **added, **given}
        values["zimbraId"] = [identifier]
        with self._db.write() as connection:
            if connection.execute("SELECT 1 FROM entries WHERE id = ?", (identifier,)).fetchone():
                raise errors.ldap_invalid_attr_value(
                    "unable to create entry: ldap host=localhost:389: non-unique attributes found with"
                    f" (|(zimbraId={identifier}))"
                )
            entry = Entry(identifier, kind, name, values)
            connection.execute(
                "INSERT INTO entries (id, kind, name, domain, attrs) VALUES (?,?,?,?,?)",
                (identifier, kind, name, entry.domain, self._text(values)),
            )
            if kind in ADDRESS_KINDS:
                aliases = [to_ascii(alias) for alias in values.get("zimbraMailAlias", ()) if to_ascii(alias) != name]
                self._add_addresses(identifier, [(name, 0)] + [(alias, 1) for alias in aliases])
        return entry

    def seed(self, kind: str, name: str, attrs: Attributes, entry_id: str = "") -> Entry:
        """An entry as an installation brings it: no check of the attributes, an id of its own choice."""
        identifier = entry_id or str(uuid.uuid4())
        added = attributes.on_creation(kind, name, identifier, self._server_name(), self.transport, attrs)
        values = {**added, **attrs}
        with self._db.write() as connection:
            connection.execute(
                "INSERT INTO entries (id, kind, name, domain, attrs) VALUES (?,?,?,?,?)",
                (identifier, kind, name, "", self._text(values)),
            )
        return Entry(identifier, kind, name, values)

    def _new_name(self, kind: str, name: str) -> str:
        name = to_ascii(name)
        if kind in ADDRESS_KINDS:
            if not is_address(name):
                raise errors.invalid_request(f"must be valid email address: {name}")
            if not name.isascii():
                raise errors.invalid_request("invalid email address")
            domain = self.find("domain", name.partition("@")[2])
            if domain is None:
                raise errors.no_such("domain", name.partition("@")[2])
            if domain.first("zimbraDomainStatus") == "suspended":
                raise errors.permission_denied(f"domain is suspended: {domain.name}")
            self._refuse_taken(kind, name)
        elif kind == "domain" and not is_domain(name):
            raise errors.invalid_request(f"invalid domain name {name}")
        if kind in _EXISTS and self.find(kind, name) is not None:
            raise _EXISTS[kind](to_unicode(name))
        return name

    def _refuse_taken(self, kind: str, name: str) -> None:
        row = self._db.one("SELECT alias FROM addresses WHERE address = ?", (name,))
        if row is None:
            return
        if row["alias"]:
            raise errors.non_unique(name)
        raise errors.list_exists(name) if kind == "dl" else errors.account_exists(name)

    def _check_account(self, given: Attributes) -> None:
        for cos in given.get("zimbraCOSId", ()):
            entry = self.by_id(cos)
            if entry is None or entry.kind != "cos":
                raise errors.no_such("cos", cos)
        for host in given.get("zimbraMailHost", ()):
            if self.find("server", host) is None:
                raise errors.invalid_request(
                    f"specified zimbraMailHost does not correspond to a valid server service hostname: {host}"
                )

    def modify(self, entry_id: str, changes: Mapping[str, str | list[str]]) -> Entry:
        """``name`` replaces, ``+name`` adds, ``-name`` removes, an empty value deletes (R16). All or nothing."""
        with self._db.write():
            entry = self._existing(entry_id)
            attributes.check_changes(entry.kind, changes)
            values = attributes.apply(entry, changes, self.transport)
            if entry.kind in ACCOUNT_KINDS:
                routed = ("zimbraCOSId", "zimbraMailHost")
                self._check_account({k: values[k] for k in routed if k in values and values[k] != entry.attrs.get(k)})
            return self._store(entry, values)

    def rename(self, entry_id: str, new_name: str) -> Entry:
        with self._db.write() as connection:
            entry = self._existing(entry_id)
            name = to_ascii(new_name)
            if entry.kind in ADDRESS_KINDS:
                taken = self._db.one("SELECT 1 FROM addresses WHERE address = ?", (name,))
                if taken is not None:
                    raise errors.list_exists(name) if entry.kind == "dl" else errors.address_exists(name)
                if self.find("domain", name.partition("@")[2]) is None:
                    raise errors.no_such("domain", name.partition("@")[2])
                connection.execute("UPDATE addresses SET address = ? WHERE address = ?", (name, entry.name))
            else:
                name = self._new_name(entry.kind, new_name)
            values = attributes.on_rename(entry, name)
            connection.execute(
                "UPDATE entries SET name = ?, domain = ? WHERE id = ?", (name, name.partition("@")[2], entry_id)
            )
            return self._store(Entry(entry.id, entry.kind, name, entry.attrs), values)

    def delete(self, entry_id: str) -> None:
        """A domain with entries is DOMAIN_NOT_EMPTY, its empty alias domains are gone by then (R28)."""
        entry = self._existing(entry_id)
        if entry.kind == "domain":
            for alias in [each for each in self.all("domain") if each.first("zimbraDomainAliasTargetId") == entry.id]:
                if not self._in_domain(alias.name):
                    self._remove(alias)
            remaining = self._in_domain(entry.name)
            if remaining:
                raise errors.domain_not_empty(entry.name, remaining)
        self._remove(entry)

    def _in_domain(self, domain: str) -> list[str]:
        return [each.name for each in self.all(*ADDRESS_KINDS, domain=domain)]

    def _remove(self, entry: Entry) -> None:
        with self._db.write() as connection:
            connection.execute("DELETE FROM entries WHERE id = ?", (entry.id,))

    def _store(self, entry: Entry, values: Attributes) -> Entry:
        values = {name: each for name, each in values.items() if each}
        with self._db.write() as connection:
            connection.execute("UPDATE entries SET attrs = ? WHERE id = ?", (self._text(values), entry.id))
        return Entry(entry.id, entry.kind, entry.name, values)

    @staticmethod
    def _text(values: Attributes) -> str:
        return json.dumps(values, ensure_ascii=False)
