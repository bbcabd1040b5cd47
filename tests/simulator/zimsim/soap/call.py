#!/usr/bin/python
# Copyright (c) 2026, mailops.zimbra contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a handler sees of one request."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from zimsim.model import Directory, Entry, Mailbox, Store, errors
from zimsim.soap.element import Element
from zimsim.soap.tokens import Token

if TYPE_CHECKING:
    from zimsim.server import Server

Handler = Callable[["Call"], Element]


@dataclass(slots=True)
class Session:
    """Who asks, over what: shared by all requests of a batch.

    ``requested`` is the account named in the header's context, when it is another than the token's (R41).
    ``cookies`` are set with the answer: name, value, seconds they live (None: as long as the browser).
    """

    server: Server
    admin_port: bool
    token: Token | None = None
    account: Entry | None = None
    requested: Entry | None = None
    has_session: bool = False
    session_id: str = ""
    problem: errors.ServiceError | None = None
    headerless: bool = False
    peer: str = ""
    cookies: list[tuple[str, str, int | None]] = field(default_factory=list)


@dataclass(slots=True)
class Call:
    """One request with its session."""

    session: Session
    request: Element

    @property
    def server(self) -> Server:
        return self.session.server

    @property
    def store(self) -> Store:
        return self.session.server.store

    @property
    def directory(self) -> Directory:
        return self.session.server.store.directory

    def response(self) -> Element:
        """An empty answer: ``XRequest`` becomes ``XResponse`` in the same namespace."""
        return Element(self.request.name.removesuffix("Request") + "Response", ns=self.request.ns)

    def journal(self, target: str, **details: object) -> None:
        caller = self.session.account.name if self.session.account else self.session.peer
        self.server.journal.record("soap", caller, self.request.name.removesuffix("Request"), target, **details)

    # -- arguments -------------------------------------------------------------------------------------------

    def required(self, name: str) -> str:
        """A child's text; INVALID_REQUEST where it is missing (R7)."""
        value = self.request.value(name)
        if value is None:
            raise errors.invalid_request(f"missing required attribute: {name}")
        return value

    def selector(self, name: str) -> tuple[str, str]:
        """``<account by="name">x</account>`` as (by, key)."""
        child = self.request.find(name)
        if child is None:
            raise errors.invalid_request(f"missing <{name}>")
        return child.get("by", "name"), child.string

    def attributes(self) -> dict[str, str | list[str]]:
        """``<a n="x">v</a>``: one value as text, several as a list; an empty one stays empty."""
        found: dict[str, list[str]] = {}
        for child in self.request.all("a"):
            found.setdefault(child.get("n"), []).append(child.string)
        return {name: values[0] if len(values) == 1 else values for name, values in found.items()}

    # -- mail ------------------------------------------------------------------------------------------------

    @property
    def target(self) -> Entry:
        """The account whose mailbox the request is about."""
        account = self.session.requested or self.session.account
        if account is None:
            raise errors.auth_required()
        return account

    @property
    def foreign(self) -> bool:
        """Whether ids go out as ``accountId:id`` (R41)."""
        return self.session.requested is not None

    def item_id(self, number: int | str) -> str:
        return f"{self.target.id}:{number}" if self.foreign else str(number)

    def mailbox(self) -> Mailbox:
        """The target's mailbox, made when missing; PROXY_ERROR when another server has it (R25)."""
        account = self.target
        host = account.first("zimbraMailHost")
        if host and host != self.directory.server.name:
            raise errors.proxy_error(host)
        return self.store.mailboxes.open(account.id)
