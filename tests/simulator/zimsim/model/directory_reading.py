#!/usr/bin/python
# Copyright (c) 2026, mailops.zimbra contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Reading the directory: by id, name, alias, alias domain; what entries inherit."""

from __future__ import annotations

import json
from collections.abc import Iterator

from zimsim.model import attribute_schema, errors
from zimsim.model.database import Database, Row
from zimsim.model.entries import ACCOUNT_KINDS, ADDRESS_KINDS, DEFAULT_COS_ID, Attributes, Entry
from zimsim.model.names import to_ascii

CONFIG = "config"


def entry_from(row: Row) -> Entry:
    return Entry(row["id"], row["kind"], row["name"], json.loads(row["attrs"]))


class DirectoryReading:
    """``product`` is ``zimbra`` or ``carbonio``."""

    def __init__(self, database: Database, product: str) -> None:
        self._db = database
        self.product = product

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
        entry = entry_from(row)
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
        return entry_from(row) if row else None

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
        return entry_from(row) if row else None

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
            yield entry_from(row)

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
            inherited = {k: v for k, v in cos.attrs.items() if attribute_schema.is_inherited("cos", k)} if cos else {}
            return {**inherited, **entry.attrs}
        if entry.kind in ("domain", "server"):
            lent = {k: v for k, v in self.config.attrs.items() if attribute_schema.is_inherited(entry.kind, k)}
            return {**lent, **entry.attrs}
        return dict(entry.attrs)

    def effective_value(self, entry: Entry, name: str, default: str = "") -> str:
        values = self.effective(entry).get(name)
        return values[0] if values else default

    def _server_name(self) -> str:
        row = self._db.one("SELECT value FROM meta WHERE key = 'server'")
        return str(row["value"]) if row else ""

    def transport(self, host: str) -> str:
        """``lmtp:HOST:PORT`` of a mailbox server."""
        server = self.find("server", host)
        return f"lmtp:{host}:{server.first('zimbraLmtpBindPort', '7025') if server else '7025'}"

    def _existing(self, entry_id: str) -> Entry:
        entry = self.by_id(entry_id)
        if entry is None:
            raise errors.no_such("account", entry_id)
        return entry
