#!/usr/bin/python
# Copyright (c) 2026, mailops.zimbra contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""POST and PUT of single items: messages and, on Zimbra, documents (Z4, section 10 of the facts)."""

from __future__ import annotations

import time
from dataclasses import replace

from zimsim.model import Item, ServiceError, mime
from zimsim.rest import pages
from zimsim.rest.export import Answer
from zimsim.rest.request import RestRequest


def post_message(request: RestRequest, raw: bytes) -> Answer:
    """Every byte is kept; flags, tags and date given with it are ignored (R76)."""
    mailbox = request.mailbox()
    try:
        folder = request.folder(mailbox, rights="i")
    except pages.RestError:
        raise pages.must_authenticate() from None  # a missing folder looks so (R42)
    if request.params.get("name") and not request.server.config.is_carbonio:
        return put_document(request, raw, "message/rfc822", path=f"{folder.path}/{request.params['name']}")
    try:
        request.server.store.mailboxes.check_quota(request.owner, mailbox, len(raw))
    except ServiceError as problem:
        raise pages.RestError(400, problem.text) from None
    item = mailbox.add_message(raw, folder.id)
    request.server.journal.record(
        "rest", request.caller, "POST", f"{request.owner.name}:{folder.path}", item=item.id,
        message_id=mime.facts(raw).message_id,
    )  # fmt: skip
    return Answer(200)


def put_document(request: RestRequest, raw: bytes, content_type: str, *, path: str = "") -> Answer:
    """A new document, or the next version of the one of that name."""
    if request.server.config.is_carbonio:
        raise pages.must_authenticate()
    mailbox = request.mailbox()
    parent, _, name = (path or request.path).rstrip("/").rpartition("/")
    above = replace(request, path=parent)
    try:
        folder = above.folder(mailbox, rights="i")
    except pages.RestError:
        raise pages.must_authenticate() from None
    try:
        request.server.store.mailboxes.check_quota(request.owner, mailbox, len(raw))
    except ServiceError:
        raise pages.RestError(500, "") from None
    existing = mailbox.document(folder.id, name)
    creator = request.caller
    if existing is None:
        item = mailbox.add_document(raw, folder.id, name, content_type, creator)
    else:
        item = mailbox.add_revision(existing.id, raw, content_type, creator)
    target = f"{request.owner.name}:{folder.path.rstrip('/')}/{name}"
    request.server.journal.record("rest", request.caller, "PUT", target, item=item.id, version=item.version)
    return Answer(200, _headers(item, folder.path))


def _headers(item: Item, folder_path: str) -> dict[str, str]:
    return {
        "Last-Modified": time.strftime("%a, %d %b %Y %H:%M:%S GMT", time.gmtime(item.date // 1000)),
        "ETag": str(item.mod_content),
        "X-Zimbra-ItemId": str(item.id),
        "X-Zimbra-Version": str(item.version),
        "X-Zimbra-ItemPath": f"{folder_path.rstrip('/')}/{item.name}",
    }
