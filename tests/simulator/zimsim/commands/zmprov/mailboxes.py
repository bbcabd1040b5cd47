#!/usr/bin/python
# Copyright (c) 2026, mailops.zimbra contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Commands that ask the mailbox server: they exist in SOAP mode only."""

from __future__ import annotations

from zimsim.commands.zmprov.session import Session, UsageError, connection_failed, take_flags
from zimsim.model.entries import ACCOUNT_KINDS
from zimsim.model.errors import ServiceError, invalid_request


def _only_soap(session: Session) -> None:
    if session.ldap:
        raise invalid_request("can only be used with SOAP")


def mailbox_info(session: Session, words: list[str]) -> None:
    """Makes the mailbox when it is not there (R32)."""
    _only_soap(session)
    entry = session.account(words[0])
    host = entry.first("zimbraMailHost")
    if host and host != session.directory.server.name:
        reason = f"{host}: Name or service not known"
        raise connection_failed(reason, host, f"java.net.UnknownHostException {reason}")
    made = session.store.mailboxes.find(entry.id) is None
    mailbox = session.store.mailboxes.open(entry.id)
    if made:
        session.journal("create mailbox", entry.name)
    session.out(f"mailboxId: {mailbox.id}\nquotaUsed: {mailbox.size}\n")


def quota_usage(session: Session, words: list[str]) -> None:
    """Every account of the server, its quota and what it uses; makes no mailbox (R32)."""
    _only_soap(session)
    server = session.directory.get("server", words[0])
    for entry in list(session.directory.all(*ACCOUNT_KINDS)):
        if entry.first("zimbraMailHost") != server.name:
            continue
        mailbox = session.store.mailboxes.find(entry.id)
        quota = session.directory.effective_value(entry, "zimbraMailQuota", "0")
        session.out(f"{entry.name} {quota} {mailbox.size if mailbox is not None else 0}\n")


def recalculate(session: Session, words: list[str]) -> None:
    _only_soap(session)
    entry = session.account(words[0])
    session.out(f"account: {entry.name}\nquotaUsed: {session.store.mailboxes.open(entry.id).size}\n")


def reindex(session: Session, words: list[str]) -> None:
    """The index is always there: start says started, status says idle."""
    _only_soap(session)
    session.account(words[0])
    states = {"start": "started", "status": "idle", "cancel": "cancelled"}
    if words[1] not in states:
        raise invalid_request(f"invalid action: {words[1]}")
    session.out(f"status: {states[words[1]]}\n\n")


def flush_cache(session: Session, words: list[str]) -> None:
    """Nothing is cached here."""
    _only_soap(session)
    _, _, rest = take_flags(words, "-a")
    if not rest:
        raise UsageError


def select_mailbox(session: Session, words: list[str]) -> None:
    """Passes the rest on to ``zmmailbox`` for that account."""
    from zimsim.commands.zmmailbox.program import run_for

    _only_soap(session)
    entry = session.account(words[0])
    if len(words) == 1:
        raise ServiceError("zclient.CLIENT_ERROR", "command only valid in interactive mode or with arguments")
    run_for(session.context, entry, words[1:])
