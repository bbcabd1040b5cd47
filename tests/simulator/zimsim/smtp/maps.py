#!/usr/bin/python
# Copyright (c) 2026, mailops.zimbra contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The MTA's lookup tables, answered from the directory as its LDAP maps are (zimbra-provisioning.md section 7)."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterator

from zimsim.model import Directory, Entry
from zimsim.model.errors import ServiceError
from zimsim.model.names import to_ascii
from zimsim.smtp import replies
from zimsim.smtp.replies import Reply

_MAX_EXPANSIONS = 1000
_LOOPBACK = ("127.0.0.0/8", "[::1]/128")


def _enabled(entry: Entry) -> bool:
    return entry.first("zimbraMailStatus") == "enabled"


def domain_of(address: str) -> str:
    return address.rpartition("@")[2]


class Maps:
    """Nothing is cached: a change of the directory counts from the next lookup on."""

    def __init__(self, directory: Directory) -> None:
        self._directory = directory

    def domain(self, name: str) -> Entry | None:
        """A hosted domain (virtual_mailbox_domains, virtual_alias_domains): there and enabled."""
        entry = self._directory.find("domain", name) if name else None
        return entry if entry is not None and _enabled(entry) else None

    def _holder(self, address: str) -> Entry | None:
        """The enabled account or list that has the address as its own or as an alias."""
        domain = self._directory.find("domain", domain_of(address))
        if domain is None or domain.first("zimbraDomainType") == "alias":
            return None
        entry = self._directory.resolve(address)
        return entry if entry is not None and _enabled(entry) else None

    def _catch_all(self, domain: str) -> list[Entry]:
        """Entries whose zimbraMailCatchAllAddress is the whole domain."""
        wanted = f"@{domain}".lower()
        found: list[Entry] = []
        owner = self._directory.find("domain", domain)
        candidates: Iterator[Entry] = self._directory.all("account", "resource", "dl", domain=domain)
        for entry in (*([owner] if owner is not None else []), *candidates):
            values = [value.lower() for value in entry.values("zimbraMailCatchAllAddress")]
            if wanted in values and _enabled(entry):
                found.append(entry)
        return found

    def _results(self, entry: Entry) -> list[str]:
        """The result attributes of virtual_alias_maps for one entry."""
        if entry.kind == "dl":
            return self._directory.members(entry.id)
        found = [] if entry.kind == "domain" else [entry.name]
        found += entry.values("zimbraMailForwardingAddress")
        for value in entry.values("zimbraPrefMailForwardingAddress"):
            found += [part.strip() for part in value.split(",") if part.strip()]
        return found + entry.values("zimbraMailCatchAllForwardingAddress")

    def _virtual(self, address: str) -> list[str] | None:
        """One lookup in virtual_alias_maps: the full address, then ``@domain``; None without a match."""
        holder = self._holder(address)
        if holder is not None:
            return self._results(holder)
        entries = self._catch_all(domain_of(address))
        if not entries:
            return None
        local = address.rpartition("@")[0]
        targets = [value for entry in entries for value in self._results(entry)]
        return [f"{local}{value}" if value.startswith("@") else value for value in targets]

    def expand(self, address: str) -> list[str]:
        """Every address the message goes to in the end, each once; the address itself where no map knows it."""
        todo, seen, final = [_ascii(address)], set[str](), list[str]()
        while todo and len(seen) < _MAX_EXPANSIONS:
            current = todo.pop(0)
            if current in seen:
                continue
            seen.add(current)
            results = self._virtual(current)
            if results is None:
                final.append(current)
                continue
            for result in map(_ascii, results):
                if result == current:
                    final.append(result)
                else:
                    todo.append(result)
        return list(dict.fromkeys(final))

    def refusal(self, address: str, *, trusted: bool) -> Reply | None:
        """The answer to RCPT TO, None to accept. ``trusted`` clients are not asked whom they write to."""
        local, at, domain = address.rpartition("@")
        if not at or not local or not domain:
            return replies.bad_address(address)
        if trusted:
            return None
        hosted = self.domain(domain)
        if hosted is None:
            return replies.relay_denied(address)
        if self._virtual(_ascii(address)) is None:
            table = "alias" if hosted.first("zimbraDomainType") == "alias" else "mailbox"
            return replies.unknown_user(address, table)
        return None

    def transport(self, address: str) -> str:
        """transport_maps: the account's value, then the domain's; ``error`` for hosted ones without, else empty."""
        holder = self._holder(address)
        if holder is not None and holder.name == address and holder.kind != "dl":
            transport = holder.first("zimbraMailTransport")
            if transport:
                return transport
        domain = self.domain(domain_of(address))
        if domain is None:
            return ""
        return domain.first("zimbraMailTransport") or "error"

    def relay_host(self) -> str:
        """zimbraMtaRelayHost of the server, then of the configuration; empty for delivery by DNS."""
        server, config = self._directory.server, self._directory.config
        return server.first("zimbraMtaRelayHost") or config.first("zimbraMtaRelayHost")

    def max_size(self) -> int:
        """zimbraMtaMaxMessageSize in bytes; the platform's default is 10,240,000."""
        return int(self._directory.config.first("zimbraMtaMaxMessageSize") or 10_240_000)

    def is_trusted(self, client: str) -> bool:
        """Whether an address is in zimbraMtaMyNetworks.

        All the hosts of a simulation lie in the loopback range, so the range as a whole says nothing: only narrower
        entries count (``127.0.0.5/32``).
        """
        server, config = self._directory.server, self._directory.config
        listed = server.values("zimbraMtaMyNetworks") or config.values("zimbraMtaMyNetworks")
        for network in " ".join(listed).replace(",", " ").split():
            if network in _LOOPBACK:
                continue
            try:
                if ipaddress.ip_address(client) in ipaddress.ip_network(
                    network.replace("[", "").replace("]", ""), False
                ):
                    return True
            except ValueError:
                continue
        return False


def _ascii(address: str) -> str:
    """As the directory writes addresses; what is none stays as it is."""
    try:
        return to_ascii(address)
    except ServiceError:
        return address.lower()
