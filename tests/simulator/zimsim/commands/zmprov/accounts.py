#!/usr/bin/python
# Copyright (c) 2026, mailops.zimbra contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Commands about accounts and calendar resources."""

from __future__ import annotations

from collections.abc import Iterable

from zimsim.commands.zmprov.session import Session, UsageError, take_flags
from zimsim.model import Entry
from zimsim.model.entries import ACCOUNT_KINDS
from zimsim.model.errors import ServiceError, invalid_request, no_such

_MINIMUM = "zimbraPasswordMinLength"


def _check_password(session: Session, password: str, cos: Entry | None) -> None:
    minimum = int(cos.first(_MINIMUM, "6") if cos is not None else "6")
    if len(password) < minimum:
        raise ServiceError("account.INVALID_PASSWORD", "invalid password: too short")


def get_account(session: Session, words: list[str]) -> None:
    flags, _, rest = take_flags(words, "-e")
    if not rest:
        raise UsageError
    session.out(session.dump.entry(session.account(rest[0]), rest[1:], own="-e" in flags))


def get_resource(session: Session, words: list[str]) -> None:
    entry = session.directory.find("account", session.address(words[0]))
    if entry is None or entry.kind != "resource":
        raise no_such("resource", words[0])
    session.out(session.dump.entry(entry, words[1:]))


def _print_all(session: Session, entries: Iterable[Entry], flags: set[str], wanted: list[str]) -> None:
    for entry in entries:
        if "-v" in flags:
            session.out(session.dump.entry(entry, wanted, own="-e" in flags))
        else:
            session.out(f"{session.dump.name(entry)}\n")


def _of_kind(session: Session, kind: str, words: list[str]) -> None:
    flags, values, rest = take_flags(words, "-v", "-e", "-s:")
    if "-e" in flags and "-v" not in flags:
        session.out("arg -e is invalid unless -v is also specified\n")
        raise UsageError
    if len(rest) > 1:
        raise UsageError
    if rest and session.directory.find("domain", rest[0]) is None:
        raise no_such("domain", rest[0])
    server = values.get("-s")
    entries = list(session.directory.all(kind, domain=rest[0] if rest else ""))
    _print_all(session, [each for each in entries if server in (None, each.first("zimbraMailHost"))], flags, [])


def get_all_accounts(session: Session, words: list[str]) -> None:
    """Leaves out calendar resources (R60)."""
    _of_kind(session, "account", words)


def get_all_resources(session: Session, words: list[str]) -> None:
    _of_kind(session, "resource", words)


def get_all_admins(session: Session, words: list[str]) -> None:
    flags, _, rest = take_flags(words, "-v", "-e")
    _print_all(session, [each for each in session.directory.all("account") if each.is_admin], flags, rest)


def _create(session: Session, kind: str, words: list[str]) -> None:
    name, password = words[0], words[1]
    given = session.new_attributes(words[2:])
    identifier = (given.pop("zimbraId", None) or [""])[0]
    if password:
        _check_password(session, password, session.directory.find("cos", "default"))
    entry = session.directory.create(kind, name, given, entry_id=identifier, password=password or None)
    session.journal(f"create {kind}", entry.name)
    session.out(f"{entry.id}\n")


def create_account(session: Session, words: list[str]) -> None:
    _create(session, "account", words)


def create_resource(session: Session, words: list[str]) -> None:
    _create(session, "resource", words)


def modify_account(session: Session, words: list[str]) -> None:
    session.modify(session.account(words[0]), words[1:])


def delete_account(session: Session, words: list[str]) -> None:
    entry = session.account(words[0])
    if "@" in words[0] and words[0].lower() != entry.name:
        raise invalid_request("argument to deleteAccount must be an account id or the account's primary name")
    session.directory.delete(entry.id)
    session.store.mailboxes.delete(entry.id)
    session.journal(f"delete {entry.kind}", entry.name)


def rename_account(session: Session, words: list[str]) -> None:
    entry = session.account(words[0])
    session.directory.rename(entry.id, words[1])
    session.journal(f"rename {entry.kind}", f"{entry.name} {words[1]}")


def set_password(session: Session, words: list[str]) -> None:
    """A password the policy would refuse is set all the same, and that is said (R26, R65)."""
    entry = session.account(words[0])
    session.directory.set_password(entry.id, words[1])
    session.journal("set password", entry.name)
    try:
        _check_password(session, words[1], session.directory.cos_of(entry))
    except ServiceError as error:
        session.out(
            f"Password violation: account={entry.name}, violation={error.text}.  Password is set successfully.\n"
        )


def set_cos(session: Session, words: list[str]) -> None:
    entry, cos = session.account(words[0]), session.directory.get("cos", words[1])
    session.directory.modify(entry.id, {"zimbraCOSId": cos.id})
    session.journal("set cos", entry.name)


def add_alias(session: Session, words: list[str]) -> None:
    entry = session.account(words[0])
    session.directory.add_alias(entry.id, words[1])
    session.journal("add alias", f"{entry.name} {words[1]}")


def remove_alias(session: Session, words: list[str]) -> None:
    """An unknown account with an alias of nobody: the alias is what is missing."""
    entry = session.account(words[0])
    session.directory.remove_alias(entry.id, words[1])
    session.journal("remove alias", f"{entry.name} {words[1]}")


def change_primary(session: Session, words: list[str]) -> None:
    """As a rename, and the old address stays as an alias."""
    entry = session.account(words[0])
    session.directory.rename(entry.id, words[1])
    session.directory.add_alias(entry.id, entry.name)
    session.journal("change primary email", f"{entry.name} {words[1]}")


def membership(session: Session, words: list[str]) -> None:
    """Direct lists by name, those above them with ``(via ...)``."""
    flags, _, rest = take_flags(words, "-i")
    if len(rest) != 1:
        raise UsageError
    entry = session.account(rest[0])
    addresses = [entry.name, *session.directory.aliases(entry)]
    found: dict[str, tuple[Entry, str]] = {}
    todo = [(address, "") for address in addresses]
    while todo:
        address, via = todo.pop(0)
        for each in session.directory.lists_of(address):
            if each.id not in found:
                found[each.id] = (each, via)
                todo.append((each.name, each.name))
    for each, via in found.values():
        text = each.id if "-i" in flags else each.name
        session.out(f"{text} (via {via})\n" if via else f"{text}\n")


def signatures(session: Session, words: list[str]) -> None:
    """The first signature lies on the account itself."""
    entry = session.account(words[0])
    names = ("zimbraPrefMailSignature", "zimbraPrefMailSignatureHTML", "zimbraSignatureId", "zimbraSignatureName")
    values = {name: entry.values(name) for name in names}
    if not values["zimbraSignatureId"]:
        return
    title = entry.first("zimbraSignatureName", entry.name)
    session.out(f"# name {title}\n{session.dump.lines(values, words[1:])}\n")


def nothing(session: Session, words: list[str]) -> None:
    """Data sources of accounts are not kept: none is ever listed."""
    session.account(words[0])


def count_accounts(session: Session, words: list[str]) -> None:
    domain = session.directory.get("domain", words[0])
    counted: dict[str, int] = {}
    for entry in session.directory.all(*ACCOUNT_KINDS, domain=domain.name):
        cos = session.directory.cos_of(entry)
        if cos is not None and not entry.is_system:
            counted[cos.id] = counted.get(cos.id, 0) + 1
    row = "{:<20} {:<40} {}\n"
    session.out(row.format("cos name", "cos id", "# of accounts"))
    session.out(row.format("-" * 20, "-" * 40, "-" * 20))
    for cos_id, number in counted.items():
        session.out(row.format(session.directory.get("cos", cos_id).name, cos_id, number))
    session.out("\n")
