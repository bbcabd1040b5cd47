#!/usr/bin/python
# Copyright (c) 2026, mailops.zimbra contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Who may do what in a mailbox: the owner and admins everything, others what folders grant them."""

from __future__ import annotations

from zimsim.model import Directory, Entry, Folder, Mailbox, errors
from zimsim.model.types import NO_INHERIT
from zimsim.soap.call import Call

ALL_RIGHTS = "rwidxapfc"
_ORDER = "rwidxapfc"
_DENIED = "you do not have sufficient permissions"


def granted(directory: Directory, mailbox: Mailbox, folder: Folder, account: Entry) -> str:
    """The rights an account has on a folder through its grants or those it inherits."""
    by_id = {each.id: each for each in mailbox.folders()}
    while not folder.grants and not folder.flags & NO_INHERIT and folder.parent_id != folder.id:
        folder = by_id[folder.parent_id]
    groups = {entry.id for entry in directory.lists_of(account.name)}
    domain = directory.find("domain", account.domain)
    rights: set[str] = set()
    for grant in folder.grants:
        matches = (
            grant.kind in ("pub", "all")
            or grant.grantee == account.id
            or (grant.kind == "grp" and grant.grantee in groups)
            or (grant.kind == "dom" and domain is not None and grant.grantee == domain.id)
            or (grant.kind == "cos" and grant.grantee == account.first("zimbraCOSId"))
        )
        if matches:
            rights |= set(grant.rights)
    if "i" in rights:
        rights.add("c")
    return "".join(letter for letter in _ORDER if letter in rights)


def rights_on(call: Call, mailbox: Mailbox, folder: Folder) -> str:
    """Of the asker, on a folder of the target's mailbox."""
    session = call.session
    if session.requested is None or session.account is None or (session.token is not None and session.token.admin):
        return ALL_RIGHTS
    return granted(call.directory, mailbox, folder, session.account)


def require(call: Call, mailbox: Mailbox, folder: Folder, rights: str) -> None:
    """PERM_DENIED unless the asker has all of ``rights`` on the folder."""
    have = rights_on(call, mailbox, folder)
    if any(letter not in have for letter in rights):
        raise errors.permission_denied(_DENIED)


def denied() -> errors.ServiceError:
    return errors.permission_denied(_DENIED)
