#!/usr/bin/python
# Copyright (c) 2026, mailops.zimbra contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""SaveDocument (content in the request), ListDocumentRevisions, PurgeRevision."""

from __future__ import annotations

import re

from zimsim.model import Item, ItemType, Mailbox, ServiceError, errors
from zimsim.model.items import Revision
from zimsim.soap.call import Call
from zimsim.soap.element import Element
from zimsim.soap.mail import access
from zimsim.soap.mail.ids import folder_id, local_id
from zimsim.soap.mail.item_elements import document
from zimsim.soap.registry import Registry

_INVALID = re.compile(r'[:/"\t\r\n]')


def register(registry: Registry) -> None:
    registry.add(save, "SaveDocument")
    registry.add(list_revisions, "ListDocumentRevisions")
    registry.add(purge_revision, "PurgeRevision")


def _spec(call: Call, name: str) -> Element:
    spec = call.request.find(name)
    if spec is None:
        raise errors.invalid_request(f"missing required element: {name}")
    return spec


def _document(call: Call, mailbox: Mailbox, text: str, rights: str) -> Item:
    item = mailbox.find(local_id(text))
    if item is None or item.type != ItemType.DOCUMENT:
        raise errors.no_such_item(local_id(text))
    access.require(call, mailbox, mailbox.folder(item.folder_id), rights)
    return item


def save(call: Call) -> Element:
    """A new document, or with ``id`` the next version: MODIFY_CONFLICT unless ``ver`` is the current one."""
    spec = _spec(call, "doc")
    content = spec.find("content")
    if content is None:
        raise errors.invalid_request("missing required element: content")
    mailbox = call.mailbox()
    raw, kind, description = content.string.encode(), spec.get("ct", "text/plain"), spec.get("desc")
    creator = call.session.account.name if call.session.account else call.target.name
    if spec.get("id"):
        item = _document(call, mailbox, spec.get("id"), "w")
        if spec.get("ver") != str(item.version):
            raise ServiceError(
                "mail.MODIFY_CONFLICT",
                "modify conflict",
                arguments=(
                    ("STR", "name", item.name or ""),
                    ("IID", "id", str(item.id)),
                    ("NUM", "ver", str(item.version)),
                ),
            )
        call.store.mailboxes.check_quota(call.target, mailbox, len(raw))
        item = mailbox.add_revision(item.id, raw, kind, creator, description=description)
    else:
        name, target = spec.get("name").rpartition("/")[2], folder_id(mailbox, spec.get("l", "16"))
        if not name or _INVALID.search(name):
            raise errors.invalid_name(name)
        access.require(call, mailbox, mailbox.folder(target), "i")
        taken = mailbox.child(target, name)
        if taken is not None:
            raise errors.document_exists(name, target, taken.id, None)
        call.store.mailboxes.check_quota(call.target, mailbox, len(raw))
        item = mailbox.add_document(raw, target, name, kind, creator, description=description)
    call.journal(f"{call.target.name}:{item.name}", item=item.id, version=item.version)
    response = call.response()
    response.unique("doc", None, ver=item.version, name=item.name or "", id=call.item_id(item.id))
    return response


def list_revisions(call: Call) -> Element:
    """Newest first, then who made them."""
    spec = _spec(call, "doc")
    mailbox = call.mailbox()
    item = _document(call, mailbox, spec.get("id"), "r")
    count, newest = int(spec.get("count", "1")), int(spec.get("ver", "-1"))
    versions: list[Item | Revision] = [item, *reversed(mailbox.revisions(item.id))]
    shown = [each for each in versions if newest < 0 or each.version <= newest][:count]
    response = call.response()
    for each in shown:
        response.append(document(mailbox, item, call.item_id, version=each))
    for address in dict.fromkeys(each.sender for each in shown):
        user = call.directory.find("account", address)
        if user is not None:
            element = response.add("user", None, id=user.id, email=address)
            if user.first("displayName"):
                element.attrs["name"] = user.first("displayName")
    return response


def purge_revision(call: Call) -> Element:
    spec = _spec(call, "revision")
    mailbox = call.mailbox()
    item = _document(call, mailbox, spec.get("id"), "w")
    version, older = int(spec.get("ver", "0")), spec.get("includeOlderRevisions") in ("1", "true")
    for each in mailbox.revisions(item.id):
        if each.version == version or (older and each.version < version):
            mailbox.purge_revision(item.id, each.version)
    call.journal(f"{call.target.name}:{item.id}", version=version)
    return call.response()
