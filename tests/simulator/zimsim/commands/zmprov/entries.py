#!/usr/bin/python
# Copyright (c) 2026, mailops.zimbra contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Commands about domains, classes of service, servers and the global configuration."""

from __future__ import annotations

from zimsim.commands.zmprov.session import Session, UsageError, take_flags
from zimsim.model.entries import DEFAULT_COS_ID
from zimsim.model.errors import ServiceError


def _get(session: Session, kind: str, words: list[str]) -> None:
    flags, _, rest = take_flags(words, "-e")
    if not rest:
        raise UsageError
    session.out(session.dump.entry(session.directory.get(kind, rest[0]), rest[1:], own="-e" in flags))


def _list(session: Session, kind: str, words: list[str]) -> None:
    flags, _, wanted = take_flags(words, "-v", "-e")
    for entry in session.directory.all(kind):
        if "-v" in flags:
            session.out(session.dump.entry(entry, wanted, own="-e" in flags))
        else:
            session.out(f"{session.dump.name(entry)}\n")


def get_domain(session: Session, words: list[str]) -> None:
    _get(session, "domain", words)


def get_all_domains(session: Session, words: list[str]) -> None:
    _list(session, "domain", words)


def create_domain(session: Session, words: list[str]) -> None:
    entry = session.directory.create("domain", words[0], session.new_attributes(words[1:]))
    session.journal("create domain", entry.name)
    session.out(f"{entry.id}\n")


def create_alias_domain(session: Session, words: list[str]) -> None:
    target = session.directory.get("domain", words[1])
    given = session.new_attributes(words[2:])
    given.setdefault("zimbraMailCatchAllAddress", [f"@{words[0]}"])
    given |= {"zimbraDomainType": ["alias"], "zimbraDomainAliasTargetId": [target.id]}
    entry = session.directory.create("domain", words[0], given)
    session.journal("create domain", entry.name)
    session.out(f"{entry.id}\n")


def modify_domain(session: Session, words: list[str]) -> None:
    session.modify(session.directory.get("domain", words[0]), words[1:])


def delete_domain(session: Session, words: list[str]) -> None:
    entry = session.directory.get("domain", words[0])
    session.directory.delete(entry.id)
    session.journal("delete domain", entry.name)


def get_cos(session: Session, words: list[str]) -> None:
    _get(session, "cos", words)


def get_all_cos(session: Session, words: list[str]) -> None:
    _list(session, "cos", words)


def create_cos(session: Session, words: list[str]) -> None:
    entry = session.directory.create("cos", words[0], session.new_attributes(words[1:]))
    session.journal("create cos", entry.name)
    session.out(f"{entry.id}\n")


def modify_cos(session: Session, words: list[str]) -> None:
    session.modify(session.directory.get("cos", words[0]), words[1:])


def rename_cos(session: Session, words: list[str]) -> None:
    entry = session.directory.get("cos", words[0])
    session.directory.rename(entry.id, words[1])
    session.journal("rename cos", f"{entry.name} {words[1]}")


def delete_cos(session: Session, words: list[str]) -> None:
    entry = session.directory.get("cos", words[0])
    if entry.id == DEFAULT_COS_ID:
        raise ServiceError("service.INVALID_REQUEST", "invalid request: unable to delete default cos")
    session.directory.delete(entry.id)
    session.journal("delete cos", entry.name)


def get_server(session: Session, words: list[str]) -> None:
    _get(session, "server", words)


def get_all_servers(session: Session, words: list[str]) -> None:
    """A trailing word is a service the server must have enabled."""
    flags, _, rest = take_flags(words, "-v", "-e")
    for entry in session.directory.all("server"):
        if rest and rest[0] not in entry.values("zimbraServiceEnabled"):
            continue
        if "-v" in flags:
            session.out(session.dump.entry(entry, own="-e" in flags))
        else:
            session.out(f"{entry.name}\n")


def modify_server(session: Session, words: list[str]) -> None:
    session.modify(session.directory.get("server", words[0]), words[1:])


def get_config(session: Session, words: list[str]) -> None:
    """One name; an unknown one prints nothing (R60)."""
    session.out(session.dump.lines(session.directory.config.attrs, words[:1]))


def get_all_config(session: Session, words: list[str]) -> None:
    session.out(session.dump.lines(session.directory.config.attrs, words))


def modify_config(session: Session, words: list[str]) -> None:
    session.modify(session.directory.config, words)
