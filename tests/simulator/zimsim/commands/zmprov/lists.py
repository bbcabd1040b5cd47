#!/usr/bin/python
# Copyright (c) 2026, mailops.zimbra contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Commands about distribution lists."""

from __future__ import annotations

from zimsim.commands.zmprov.session import Session, UsageError, take_flags
from zimsim.model import Entry
from zimsim.model.errors import no_such


def _list(session: Session, key: str) -> Entry:
    found = session.directory.find("dl", session.address(key))
    if found is None:
        raise no_such("dl", key)
    return found


def get_list(session: Session, words: list[str]) -> None:
    session.out(session.dump.distribution_list(_list(session, words[0]), words[1:]))


def get_list_membership(session: Session, words: list[str]) -> None:
    entry = _list(session, words[0])
    members = session.directory.members(entry.id)
    session.out(f"# distributionList {session.dump.name(entry)} memberCount={len(members)}\n\nmembers\n")
    session.out("".join(f"{member}\n" for member in members))


def get_all_lists(session: Session, words: list[str]) -> None:
    flags, _, rest = take_flags(words, "-v")
    if len(rest) > 1:
        raise UsageError
    if rest and session.directory.find("domain", rest[0]) is None:
        raise no_such("domain", rest[0])
    for entry in session.directory.all("dl", domain=rest[0] if rest else ""):
        if "-v" in flags:
            session.out(session.dump.distribution_list(entry, counted=session.ldap))
        else:
            session.out(f"{session.dump.name(entry)}\n")


def create_list(session: Session, words: list[str]) -> None:
    """A given zimbraId is passed over in silence (R23)."""
    given = session.new_attributes(words[1:])
    given.pop("zimbraId", None)
    entry = session.directory.create("dl", words[0], given)
    session.journal("create dl", entry.name)
    session.out(f"{entry.id}\n")


def modify_list(session: Session, words: list[str]) -> None:
    session.modify(_list(session, words[0]), words[1:])


def delete_list(session: Session, words: list[str]) -> None:
    entry = _list(session, words[0])
    session.directory.delete(entry.id)
    session.journal("delete dl", entry.name)


def rename_list(session: Session, words: list[str]) -> None:
    entry = _list(session, words[0])
    session.directory.rename(entry.id, words[1])
    session.journal("rename dl", f"{entry.name} {words[1]}")


def add_members(session: Session, words: list[str]) -> None:
    entry = _list(session, words[0])
    session.directory.add_members(entry.id, words[1:])
    session.journal("add members", entry.name)


def remove_members(session: Session, words: list[str]) -> None:
    entry = _list(session, words[0])
    session.directory.remove_members(entry.id, words[1:])
    session.journal("remove members", entry.name)


def add_alias(session: Session, words: list[str]) -> None:
    entry = _list(session, words[0])
    session.directory.add_alias(entry.id, words[1])
    session.journal("add alias", f"{entry.name} {words[1]}")


def remove_alias(session: Session, words: list[str]) -> None:
    entry = _list(session, words[0])
    session.directory.remove_alias(entry.id, words[1])
    session.journal("remove alias", f"{entry.name} {words[1]}")
