#!/usr/bin/python
# Copyright (c) 2026, mailops.zimbra contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The directory: accounts, resources, domains, classes of service, lists, servers, global configuration."""

from __future__ import annotations

import json
import re
import secrets
import time
import uuid
from collections.abc import Iterable, Iterator, Mapping

from zimsim.model import attributes, errors, passwords
from zimsim.model.database import Database, Row
from zimsim.model.entries import (
    ACCOUNT_KINDS,
    ADDRESS_KINDS,
    DEFAULT_COS_ID,
    Attributes,
    Entry,
    GivenAttributes,
    normalised,
)

_ADDRESS = re.compile(r"[^@\s]+@[^@\s]+\Z")
_DOMAIN = re.compile(r"[a-z0-9_]([a-z0-9_-]*[a-z0-9_])?(\.[a-z0-9_]([a-z0-9_-]*[a-z0-9_])?)*\Z")
_UUID = re.compile(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}\Z")
_EXISTS = {"domain": errors.domain_exists, "cos": errors.cos_exists, "server": errors.server_exists}
CONFIG = "config"


def to_ascii(name: str) -> str:
    """A domain or address with its domain in punycode, lower case (R29)."""
    local, at, domain = name.rpartition("@")
    try:
        domain = domain.encode("idna").decode("ascii") if not domain.isascii() else domain
    except UnicodeError:
        raise errors.invalid_request(f"invalid domain name {domain}") from None
    return f"{local}{at}{domain}".lower()


def to_unicode(name: str) -> str:
    """The form answers show (R29)."""
    if "xn--" not in name:
        return name
    local, at, domain = name.rpartition("@")
    return f"{local}{at}{domain.encode('ascii').decode('idna')}"


def _entry(row: Row) -> Entry:
    return Entry(row["id"], row["kind"], row["name"], json.loads(row["attrs"]))


class Directory:
    """Entries by kind: account, resource, domain, cos, dl, server, config. Names are lower case ASCII."""

    def __init__(self, database: Database, product: str) -> None:
        self._db = database
        self.product = product

    # -- reading ---------------------------------------------------------------------------------------------

    def find(self, kind: str, key: str) -> Entry | None:
        """By id or name. Accounts and lists also by alias, ``account`` finds resources too."""
        row = self._db.one("SELECT * FROM entries WHERE id = ?", (key.lower(),))
        if row is None and kind in ADDRESS_KINDS:
            found = self.resolve(key) if "@" in key else None
            return found if found is not None and self._is(found, kind) else None
        if row is None:
            row = self._db.one("SELECT * FROM entries WHERE kind = ? AND name = ?", (kind, to_ascii(key)))
        if row is None:
            return None
        entry = _entry(row)
        return entry if self._is(entry, kind) else None

    @staticmethod
    def _is(entry: Entry, kind: str) -> bool:
        return entry.kind == kind or (kind == "account" and entry.kind == "resource")

    def get(self, kind: str, key: str) -> Entry:
        """As ``find``; the platform's NO_SUCH_... where there is none."""
        found = self.find(kind, key)
        if found is None:
            raise errors.no_such(kind, key)
        return found

    def by_id(self, entry_id: str) -> Entry | None:
        row = self._db.one("SELECT * FROM entries WHERE id = ?", (entry_id,))
        return _entry(row) if row else None

    def resolve(self, address: str) -> Entry | None:
        """The account, resource or list an address belongs to: its name, an alias, or through an alias domain."""
        try:
            wanted = to_ascii(address)
        except errors.ServiceError:
            return None
        row = self._db.one(
            "SELECT e.* FROM addresses a JOIN entries e ON e.id = a.entry_id WHERE a.address = ?", (wanted,)
        )
        if row is None:
            local, _, domain_name = wanted.partition("@")
            target = self._alias_target(domain_name)
            if target is not None:
                return self.resolve(f"{local}@{target.name}")
        return _entry(row) if row else None

    def _alias_target(self, domain_name: str) -> Entry | None:
        domain = self.find("domain", domain_name) if domain_name else None
        if domain is None or domain.first("zimbraDomainType") != "alias":
            return None
        return self.by_id(domain.first("zimbraDomainAliasTargetId"))

    def all(self, *kinds: str, domain: str = "") -> Iterator[Entry]:
        """Streams entries by name; ``domain`` keeps those whose address is in it."""
        sql, values = f"SELECT * FROM entries WHERE kind IN ({','.join('?' * len(kinds))})", list(kinds)
        if domain:
            sql += " AND domain = ?"
            values.append(to_ascii(domain))
        for row in self._db.stream(sql + " ORDER BY name", values):
            yield _entry(row)

    def count(self, kind: str, domain: str = "") -> int:
        sql, values = "SELECT count(*) AS n FROM entries WHERE kind = ?", [kind]
        if domain:
            sql += " AND domain = ?"
            values.append(to_ascii(domain))
        row = self._db.one(sql, values)
        return int(row["n"]) if row else 0

    @property
    def config(self) -> Entry:
        return self.get(CONFIG, CONFIG)

    @property
    def server(self) -> Entry:
        """The server this directory's own mailbox process is: the first one that was made."""
        row = self._db.one("SELECT value FROM meta WHERE key = 'server'")
        return self.get("server", row["value"] if row else "")

    def cos_of(self, account: Entry) -> Entry | None:
        """The account's own COS, its domain's default, or the default COS."""
        cos_id = account.first("zimbraCOSId")
        if not cos_id:
            domain = self.find("domain", account.domain)
            cos_id = domain.first("zimbraDomainDefaultCOSId") if domain else ""
        return self.by_id(cos_id or DEFAULT_COS_ID) or self.by_id(DEFAULT_COS_ID)

    def effective(self, entry: Entry) -> Attributes:
        """With what is inherited: COS and domain for accounts, global configuration for domains and servers."""
        if entry.kind in ACCOUNT_KINDS:
            cos = self.cos_of(entry)
            inherited = {k: v for k, v in cos.attrs.items() if attributes.is_inherited("cos", k)} if cos else {}
            return {**inherited, **entry.attrs}
        if entry.kind in ("domain", "server"):
            lent = {k: v for k, v in self.config.attrs.items() if attributes.is_inherited(entry.kind, k)}
            return {**lent, **entry.attrs}
        return dict(entry.attrs)

    def effective_value(self, entry: Entry, name: str, default: str = "") -> str:
        values = self.effective(entry).get(name)
        return values[0] if values else default

    # -- writing ---------------------------------------------------------------------------------------------

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
        if entry_id and not _UUID.match(entry_id):
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
            if not _ADDRESS.match(name):
                raise errors.invalid_request(f"must be valid email address: {name}")
            if not name.isascii():
                raise errors.invalid_request("invalid email address")
            domain = self.find("domain", name.partition("@")[2])
            if domain is None:
                raise errors.no_such("domain", name.partition("@")[2])
            if domain.first("zimbraDomainStatus") == "suspended":
                raise errors.permission_denied(f"domain is suspended: {domain.name}")
            self._refuse_taken(kind, name)
        elif kind == "domain" and not _DOMAIN.match(name):
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

    def _server_name(self) -> str:
        row = self._db.one("SELECT value FROM meta WHERE key = 'server'")
        return str(row["value"]) if row else ""

    def transport(self, host: str) -> str:
        """``lmtp:HOST:PORT`` of a mailbox server."""
        server = self.find("server", host)
        return f"lmtp:{host}:{server.first('zimbraLmtpBindPort', '7025') if server else '7025'}"

    def _add_addresses(self, entry_id: str, rows: Iterable[tuple[str, int]]) -> None:
        with self._db.write() as connection:
            for address, alias in rows:
                if connection.execute("SELECT 1 FROM addresses WHERE address = ?", (address,)).fetchone():
                    raise errors.non_unique(address)
                connection.execute(
                    "INSERT INTO addresses (address, entry_id, alias) VALUES (?,?,?)", (address, entry_id, alias)
                )

    def modify(self, entry_id: str, changes: Mapping[str, str | list[str]]) -> Entry:
        """``name`` replaces, ``+name`` adds, ``-name`` removes, an empty value deletes (R16). All or nothing."""
        with self._db.write():
            entry = self._existing(entry_id)
            attributes.check_changes(entry.kind, changes)
            values = attributes.apply(entry, changes, self.transport)
            if entry.kind in ACCOUNT_KINDS:
                self._check_account(
                    {k: values[k] for k in ("zimbraCOSId", "zimbraMailHost") if values.get(k, []) != entry.attrs.get(k, [])
                     and k in values}
                )  # fmt: skip
            return self._store(entry, values)

    def set_password(self, entry_id: str, password: str) -> None:
        """Ends every token of the account (R4)."""
        entry = self._existing(entry_id)
        values = dict(entry.attrs)
        values["userPassword"] = [passwords.hashed(password)]
        values["zimbraPasswordModifiedTime"] = [attributes.timestamp()]
        self._store(entry, values)
        self.end_tokens(entry_id)

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

    def _existing(self, entry_id: str) -> Entry:
        entry = self.by_id(entry_id)
        if entry is None:
            raise errors.no_such("account", entry_id)
        return entry

    def _store(self, entry: Entry, values: Attributes) -> Entry:
        values = {name: each for name, each in values.items() if each}
        with self._db.write() as connection:
            connection.execute("UPDATE entries SET attrs = ? WHERE id = ?", (self._text(values), entry.id))
        return Entry(entry.id, entry.kind, entry.name, values)

    @staticmethod
    def _text(values: Attributes) -> str:
        return json.dumps(values, ensure_ascii=False)

    # -- aliases and members ---------------------------------------------------------------------------------

    def aliases(self, entry: Entry) -> list[str]:
        return [each for each in entry.values("zimbraMailAlias") if each != entry.name]

    def add_alias(self, entry_id: str, alias: str) -> None:
        """ACCOUNT_EXISTS when anybody has the address, the entry itself included (R24)."""
        with self._db.write():
            entry = self._existing(entry_id)
            address = to_ascii(alias)
            if not _ADDRESS.match(address):
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
                if not _ADDRESS.match(address):
                    raise errors.invalid_request(f"must be valid email address: {member}")
                connection.execute(
                    "INSERT OR IGNORE INTO members (list_id, member) VALUES (?,?)", (list_id, address)
                )

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
                connection.execute(
                    "DELETE FROM members WHERE list_id = ? AND member = ?", (list_id, to_ascii(member))
                )

    def lists_of(self, address: str) -> list[Entry]:
        """The lists an address is a direct member of."""
        rows = self._db.query(
            "SELECT e.* FROM members m JOIN entries e ON e.id = m.list_id WHERE m.member = ? ORDER BY e.name",
            (to_ascii(address),),
        )
        return [_entry(row) for row in rows]

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

    # -- status and tokens -----------------------------------------------------------------------------------

    def status(self, account: Entry) -> str:
        """The account's status as its domain's status lets it be; admins are exempt."""
        own = account.first("zimbraAccountStatus", "active")
        domain = self.find("domain", account.domain)
        above = domain.first("zimbraDomainStatus", "active") if domain is not None else "active"
        if above == "active" or account.is_admin:
            return own
        if above == "closed":
            return "closed"
        if above == "locked":
            return own if own in ("maintenance", "pending", "closed") else "locked"
        return own if own in ("pending", "closed") else "maintenance"

    def ldap_admin(self) -> Entry:
        """Whom the directory's own login (``zimbra`` with the localconfig password) acts as: the first admin."""
        for account in self.all("account"):
            if account.is_admin and account.first("zimbraAccountStatus") == "active":
                return account
        raise errors.auth_failed("zimbra")

    def note_login(self, account_id: str, expires: int, version: str) -> None:
        """Every login leaves a value (R21); those that have expired go."""
        entry = self._existing(account_id)
        now = int(time.time() * 1000)
        values = dict(entry.attrs)
        kept = [each for each in values.get("zimbraAuthTokens", ()) if int(each.split("|")[1]) > now]
        values["zimbraAuthTokens"] = [*kept[-20:], f"{secrets.randbelow(1 << 31)}|{expires}|{version}"]
        values["zimbraLastLogonTimestamp"] = [attributes.timestamp()]
        self._store(entry, values)

    def end_tokens(self, account_id: str) -> None:
        """Every token of the account ends, delegated ones too (R4)."""
        entry = self._existing(account_id)
        values = dict(entry.attrs)
        values["zimbraAuthTokenValidityValue"] = [str(int(entry.first("zimbraAuthTokenValidityValue", "0")) + 1)]
        values.pop("zimbraAuthTokens", None)
        self._store(entry, values)

    # -- passwords -------------------------------------------------------------------------------------------

    def password_matches(self, account: Entry, password: str) -> bool:
        return any(passwords.matches(stored, password) for stored in account.values("userPassword"))
