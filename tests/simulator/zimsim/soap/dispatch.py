#!/usr/bin/python
# Copyright (c) 2026, mailops.zimbra contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""From an envelope to the answer: who asks, which handler answers, what the header says; batches (R9 to R12)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from zimsim.model import ServiceError, errors
from zimsim.soap import account, admin, mail
from zimsim.soap.call import Call, Session
from zimsim.soap.element import ACCOUNT, ADMIN, MAIL, ZIMBRA, Element
from zimsim.soap.envelope import Envelope, Protocol, fault
from zimsim.soap.mail.folder_elements import folder_tree
from zimsim.soap.registry import Registry
from zimsim.soap.tokens import Tokens

if TYPE_CHECKING:
    from zimsim.server import Server

_USER: dict[str, Registry] = {ACCOUNT: account.REGISTRY, MAIL: mail.REGISTRY}
_ADMIN: dict[str, Registry] = {**_USER, ADMIN: admin.REGISTRY}


class Dispatcher:
    def __init__(self, server: Server) -> None:
        self._server = server
        self._sessions = 0

    def open_session(self, envelope: Envelope, *, admin_port: bool, cookie: str, peer: str) -> Session:
        """Reads the context. A bad token is kept as the session's problem: a batch tells it per request (R10)."""
        session = Session(self._server, admin_port, peer=peer)
        context = envelope.context
        text = context.value("authToken") or cookie
        tokens = Tokens(self._server.config.token_key, self._server.store.directory)
        if text:
            self._authenticate(session, tokens, text)
        wanted = context.find("account")
        if wanted is not None and wanted.string and session.account is not None:
            kind = "account"
            found = self._server.store.directory.find(kind, wanted.string)
            if found is None:
                session.headerless = True
                session.problem = errors.no_such(kind, wanted.string)
            elif found.id != session.account.id:
                session.requested = found
        if context.find("session") is not None and context.find("nosession") is None:
            self._sessions += 1
            given = context.find("session")
            known = given is not None and bool(given.get("id") or given.string)
            session.has_session = True
            session.session_id = (given.get("id") or given.string) if known and given else str(self._sessions + 10)
        return session

    def _authenticate(self, session: Session, tokens: Tokens, text: str) -> None:
        try:
            token = tokens.read(text)
        except ServiceError as problem:
            session.problem = problem
            return
        if token.lifetime <= 0:
            session.problem = errors.auth_expired()
            session.headerless = True
            return
        session.token = token
        try:
            session.account = tokens.account_of(token)
        except ServiceError as problem:
            session.account = self._server.store.directory.by_id(token.account_id)
            session.problem = problem

    def answer(self, session: Session, envelope: Envelope) -> tuple[Element, bool]:
        """The body's element and whether it is a fault."""
        request = envelope.body
        if request.name == "BatchRequest" and request.ns == ZIMBRA:
            return self._batch(session, request, envelope.protocol), False
        try:
            return self._one(session, request), False
        except ServiceError as problem:
            return fault(envelope.protocol, problem), True

    def _batch(self, session: Session, request: Element, protocol: Protocol) -> Element:
        response = Element("BatchResponse", ns=ZIMBRA)
        for answer in self._batch_answers(session, request, protocol):
            response.append(answer)
        return response

    def _batch_answers(self, session: Session, request: Element, protocol: Protocol) -> Iterator[Element]:
        for child in request.children:
            if child.name in request.attrs:
                continue  # a bare JSON value, readable as attribute and as child
            try:
                if child.name == "BatchRequest":
                    raise errors.unknown_document(child.name)
                answer = self._one(session, child)
                failed = False
            except ServiceError as problem:
                if session.headerless and problem.code == "service.AUTH_EXPIRED":
                    problem = errors.auth_required()
                answer = fault(protocol, problem, inner=True)
                failed = True
            if "requestId" in child.attrs:
                answer.attrs["requestId"] = child.get("requestId")
            yield answer
            if failed and request.get("onerror") == "stop":
                return

    def _one(self, session: Session, request: Element) -> Element:
        registries = _ADMIN if session.admin_port else _USER
        registry = registries.get(request.ns)
        found = registry.find(request.name) if registry is not None else None
        if found is None or registry is None:
            raise errors.unknown_document(request.name)
        if not found.open:
            self._admit(session, registry.ns)
        return found.handler(Call(session, request))

    def _admit(self, session: Session, ns: str) -> None:
        if session.problem is not None:
            raise session.problem
        if session.token is None or session.account is None:
            raise errors.auth_required()
        if ns == ADMIN and not session.token.admin:
            raise errors.permission_denied("need adequate admin token")
        if ns in (MAIL, ACCOUNT) and session.requested is not None:
            if session.requested.first("zimbraAccountStatus") == "maintenance":
                raise errors.account_inactive(session.requested.name)
            if not session.token.admin and ns == ACCOUNT:
                raise errors.permission_denied("can not access account " + session.requested.name)

    def context(self, session: Session) -> Element | None:
        """The answer's header; None when it has none."""
        if session.headerless:
            return None
        context = Element("context", ns=ZIMBRA)
        if session.account is None:
            return context
        if session.has_session and session.problem is None:
            context.unique("session", session.session_id, id=session.session_id)
        subject = session.requested or session.account
        mailbox = self._server.store.mailboxes.find(subject.id)
        if mailbox is not None:
            context.unique("change", acct=subject.id if session.requested else None, token=mailbox.change_token)
            if session.has_session and session.problem is None:
                refresh = context.unique("refresh")
                refresh.unique("mbx", s=mailbox.size)
                refresh.append(folder_tree(mailbox, lambda number: str(number)))
        return context
