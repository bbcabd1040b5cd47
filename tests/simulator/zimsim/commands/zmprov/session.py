#!/usr/bin/python
# Copyright (c) 2026, mailops.zimbra contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the commands of one run of ``zmprov`` share."""

from __future__ import annotations

from dataclasses import dataclass

from zimsim.commands.context import CommandContext
from zimsim.commands.zmprov.dump import Dumper
from zimsim.model import Directory, Entry, Store, attributes, errors
from zimsim.model.entries import Attributes
from zimsim.model.errors import ServiceError


class ClientError(ServiceError):
    """A failure on the client's own side: its cause is printed with it."""

    def __init__(self, code: str, text: str, cause: str) -> None:
        super().__init__(code, text)
        self.cause = cause


def connection_failed(reason: str, host: str, cause: str) -> ClientError:
    return ClientError("zclient.IO_ERROR", f"invoke {reason}, server: {host}", cause)


class UsageError(Exception):
    """Wrong arguments: the command's usage line on standard output, exit status 1."""


class Refused(Exception):
    """A refusal of the program itself: the text on standard error, exit status 2 at once."""


@dataclass
class Session:
    """``replace`` is the option ``-r``; ``safeguarded`` the attributes it is needed for."""

    context: CommandContext
    ldap: bool
    replace: bool
    safeguarded: frozenset[str]

    @property
    def store(self) -> Store:
        return self.context.server.store

    @property
    def directory(self) -> Directory:
        return self.context.server.store.directory

    @property
    def dump(self) -> Dumper:
        return Dumper(self.directory, ldap=self.ldap)

    def out(self, text: str) -> None:
        self.context.out(text)

    def journal(self, action: str, target: str) -> None:
        self.context.journal(action, target)

    def address(self, key: str) -> str:
        """A name without domain is one of the default domain."""
        if "@" in key or self.directory.by_id(key.lower()) is not None:
            return key
        return f"{key}@{self.directory.config.first('zimbraDefaultDomainName')}"

    def account(self, key: str) -> Entry:
        """NO_SUCH_ACCOUNT with the key as it was given."""
        found = self.directory.find("account", self.address(key))
        if found is None:
            raise errors.no_such("account", key)
        return found

    def pairs(self, words: list[str]) -> dict[str, str | list[str]]:
        """``attr value attr value`` to one mapping; names keep their sign. UsageError for an odd number."""
        if len(words) % 2:
            raise UsageError
        found: dict[str, list[str]] = {}
        for name, value in zip(words[::2], words[1::2], strict=True):
            if not name.strip("+-"):
                raise UsageError
            found.setdefault(name, []).append(value)
        for name, values in found.items():
            if attributes.spelled(name) in self.safeguarded and len(values) == 1 and not self.replace:
                raise Refused("error: cannot replace multi-valued attr value unless -r is specified")
        return {name: values[0] if len(values) == 1 else values for name, values in found.items()}

    def new_attributes(self, words: list[str]) -> Attributes:
        """As ``pairs``, for a new entry: names in their own spelling, signs without meaning."""
        given: Attributes = {}
        for name, value in self.pairs(words).items():
            values = [value] if isinstance(value, str) else value
            given.setdefault(attributes.spelled(name.lstrip("+-")), []).extend(values)
        return given

    def modify(self, entry: Entry, words: list[str]) -> None:
        changes = self.pairs(words)
        if not changes:
            raise UsageError
        self.directory.modify(entry.id, changes)
        self.journal(f"modify {entry.kind}", entry.name)


def take_flags(words: list[str], *allowed: str) -> tuple[set[str], dict[str, str], list[str]]:
    """``-v -e -s server`` before the other words; ``allowed`` with a trailing colon take a value."""
    flags: set[str] = set()
    values: dict[str, str] = {}
    rest = list(words)
    while rest and rest[0].startswith("-") and rest[0] in {each.rstrip(":") for each in allowed}:
        word = rest.pop(0)
        if f"{word}:" in allowed:
            if not rest:
                raise UsageError
            values[word] = rest.pop(0)
        else:
            flags.add(word)
    return flags, values, rest
