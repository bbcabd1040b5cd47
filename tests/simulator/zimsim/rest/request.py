#!/usr/bin/python
# Copyright (c) 2026, mailops.zimbra contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Who asks for what: authentication, the mailbox, the folder or item (R42)."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from zimsim.model import Entry, Folder, Item, ItemType, Mailbox, ServiceError
from zimsim.model.types import USER_ROOT
from zimsim.rest import pages
from zimsim.soap import logins
from zimsim.soap.mail import access
from zimsim.soap.tokens import Tokens

if TYPE_CHECKING:
    from zimsim.server import Server


@dataclass(slots=True)
class Credentials:
    """What the HTTP request brought: the port's cookie, ``zauthtoken=``, basic authentication."""

    admin_port: bool
    cookie: str = ""
    query_token: str = ""
    basic: str = ""
    method: str = ""  # auth=: co, qp, basic


@dataclass(slots=True)
class RestRequest:
    """``asker`` None is an anonymous one; ``owner`` may do everything, ``admin`` on the admin port too."""

    server: Server
    asker: Entry | None
    admin: bool
    owner: Entry
    path: str
    params: Mapping[str, str]
    peer: str

    @property
    def own(self) -> bool:
        return self.admin or (self.asker is not None and self.asker.id == self.owner.id)

    @property
    def caller(self) -> str:
        return self.asker.name if self.asker is not None else self.peer

    def mailbox(self) -> Mailbox:
        return self.server.store.mailboxes.open(self.owner.id)

    def rights(self, mailbox: Mailbox, folder: Folder) -> str:
        if self.own:
            return access.ALL_RIGHTS
        asker = self.asker or Entry("", "account", "", {})
        return access.granted(self.server.store.directory, mailbox, folder, asker)

    def folder(self, mailbox: Mailbox, *, rights: str = "r") -> Folder:
        """The folder the path names; what is missing and what is forbidden look the same."""
        path = self.path.strip("/")
        try:
            folder = mailbox.folder_by_path(path) if path else mailbox.folder(USER_ROOT)
        except ServiceError:
            raise pages.no_such_item() from None
        have = self.rights(mailbox, folder)
        if any(right not in have for right in rights):
            raise pages.no_such_item()
        return folder

    def document(self, mailbox: Mailbox) -> Item | None:
        """The document the path names, if its last part is one."""
        parent, _, name = self.path.strip("/").rpartition("/")
        try:
            folder = mailbox.folder_by_path(parent) if parent else mailbox.folder(USER_ROOT)
        except ServiceError:
            return None
        return mailbox.document(folder.id, name) if "r" in self.rights(mailbox, folder) else None

    def mountpoint(self, mailbox: Mailbox) -> Folder | None:
        """The mountpoint the path names."""
        try:
            folder = mailbox.folder_by_path(self.path)
        except ServiceError:
            return None
        return folder if folder.type == ItemType.MOUNTPOINT else None


def resolve(
    server: Server, credentials: Credentials, user: str, path: str, params: Mapping[str, str], peer: str
) -> RestRequest:
    """Checks who asks and whose mailbox it is about."""
    directory = server.store.directory
    asker, admin = _asker(server, credentials)
    if user == "~":
        if asker is None:
            raise pages.must_authenticate(challenge=True)
        owner: Entry | None = asker
    else:
        owner = directory.find("account", user if "@" in user else f"{user}@{server.config.admin.partition('@')[2]}")
    if owner is None:
        if asker is None:
            raise pages.must_authenticate(challenge=True)
        raise pages.no_such_item()
    host = owner.first("zimbraMailHost")
    if host and host != directory.server.name:
        raise pages.RestError(500, f"java.net.UnknownHostException: {host}: Name or service not known")
    if directory.status(owner) == "maintenance":
        raise pages.must_authenticate(challenge=not credentials.admin_port)
    request = RestRequest(server, asker, admin, owner, path, params, peer)
    if asker is None:
        _admit_anonymous(request, credentials)
    return request


def _asker(server: Server, credentials: Credentials) -> tuple[Entry | None, bool]:
    directory = server.store.directory
    tokens = Tokens(server.config.token_key, directory)
    text = credentials.query_token if credentials.method == "qp" else credentials.cookie
    if text:
        try:
            token = tokens.read(text)
            if token.lifetime <= 0:
                raise pages.must_authenticate()
            return tokens.account_of(token), token.admin and credentials.admin_port
        except ServiceError:
            raise pages.must_authenticate() from None
    if credentials.basic:
        name, password = _basic(credentials.basic)
        try:
            account = logins.check(directory, name, password)
        except ServiceError:
            raise pages.must_authenticate(challenge=True) from None
        return account, account.is_admin and credentials.admin_port
    return None, False


def _basic(header: str) -> tuple[str, str]:
    try:
        text = base64.b64decode(header.partition(" ")[2], validate=True).decode("utf-8")
    except (binascii.Error, UnicodeDecodeError, ValueError):
        raise pages.must_authenticate(challenge=True) from None
    name, _, password = text.partition(":")
    return name, password


def _admit_anonymous(request: RestRequest, credentials: Credentials) -> None:
    """A public folder is open to all; ``auth=co`` without a cookie is not even asked for a password."""
    mailbox = request.server.store.mailboxes.find(request.owner.id)
    if mailbox is not None:
        try:
            request.folder(mailbox)
            return
        except pages.RestError:
            pass
    if credentials.method == "co":
        raise pages.no_such_item()
    raise pages.must_authenticate(challenge=True)
