#!/usr/bin/python
# Copyright (c) 2026, mailops.zimbra contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""GetMailbox, GetAllMailboxes, GetQuotaUsage, GetMailboxStats, ReIndex, DeleteMailbox, PurgeMessages."""

from __future__ import annotations

import time

from zimsim.model import Entry, errors
from zimsim.model.names import to_ascii
from zimsim.soap.call import Call
from zimsim.soap.element import Element
from zimsim.soap.registry import Registry

_INDEXED_PER_SECOND = 500


def register(registry: Registry) -> None:
    registry.add(get_mailbox, "GetMailbox")
    registry.add(get_all_mailboxes, "GetAllMailboxes")
    registry.add(get_quota_usage, "GetQuotaUsage")
    registry.add(get_stats, "GetMailboxStats")
    registry.add(reindex, "ReIndex")
    registry.add(delete_mailbox, "DeleteMailbox")
    registry.add(get_index_stats, "GetIndexStats")
    registry.add(purge_messages, "PurgeMessages")


def _account(call: Call) -> Entry:
    """Whose mailbox it is; WRONG_HOST when another server has it (R25)."""
    wanted = call.request.find("mbox")
    if wanted is None:
        raise errors.invalid_request("missing required element: mbox")
    key = wanted.get("id")
    entry = call.directory.by_id(key)
    if entry is None or entry.kind not in ("account", "resource"):
        raise errors.no_such("account", key)
    host = entry.first("zimbraMailHost")
    if host and host != call.directory.server.name:
        raise errors.wrong_host(host)
    return entry


def get_mailbox(call: Call) -> Element:
    """Makes the mailbox where there is none: a read that changes something (R32)."""
    entry = _account(call)
    if call.store.mailboxes.find(entry.id) is None:
        call.journal(entry.name, created=True)
    mailbox = call.store.mailboxes.open(entry.id)
    response = call.response()
    response.add("mbox", None, mbxid=mailbox.id, s=mailbox.size)
    return response


def get_all_mailboxes(call: Call) -> Element:
    response = call.response()
    mailboxes = list(call.store.mailboxes.all())
    response.attrs.update(more=False, searchTotal=len(mailboxes))
    for mailbox in mailboxes:
        response.add(
            "mbox", None, id=mailbox.id, groupId=mailbox.id, accountId=mailbox.account_id, indexVolumeId=2,
            itemIdCheckPoint=mailbox.change_token, contactCount=mailbox.count(6), sizeCheckPoint=mailbox.size,
            changeCheckPoint=mailbox.change_token, trackingSync=0, trackingImap=0, lastBackupAt=0,
            lastSoapAccess=mailbox.last_change // 1000, newMessages=0,
        )  # fmt: skip
    return response


def get_quota_usage(call: Call) -> Element:
    """Creates no mailbox; ``limit`` 0 and none are all (R32)."""
    domain = call.request.get("domain")
    if domain and call.directory.find("domain", domain) is None:
        raise errors.no_such("domain", domain)
    rows = []
    for entry in call.directory.all("account", domain=domain):
        if entry.is_system and not domain:
            continue
        mailbox = call.store.mailboxes.find(entry.id)
        limit = int(call.directory.effective_value(entry, "zimbraMailQuota", "0"))
        rows.append((entry, mailbox.size if mailbox else 0, limit))
    order = call.request.get("sortBy")
    if order in ("totalUsed", "percentUsed", "quotaLimit"):
        keys = {
            "totalUsed": lambda row: row[1],
            "percentUsed": lambda row: row[1] / row[2] if row[2] else 0,
            "quotaLimit": lambda row: row[2],
        }
        rows.sort(key=keys[order], reverse=call.request.get("sortAscending") != "1")
    offset, limit = int(call.request.get("offset", "0")), int(call.request.get("limit", "0"))
    page = rows[offset : offset + limit] if limit else rows[offset:]
    response = call.response()
    response.attrs.update(searchTotal=len(rows), more=offset + len(page) < len(rows))
    for entry, used, quota in page:
        response.add("account", None, name=to_ascii(entry.name), id=entry.id, used=used, limit=quota)
    return response


def get_stats(call: Call) -> Element:
    mailboxes = list(call.store.mailboxes.all())
    response = call.response()
    response.unique(
        "stats", None, numMboxes=len(mailboxes), totalCount=sum(each.count() for each in mailboxes),
        totalSize=sum(each.size for each in mailboxes),
    )  # fmt: skip
    return response


def reindex(call: Call) -> Element:
    """There is no index; it pretends to build one, as many items a second as a small server."""
    entry = _account(call)
    running, action = call.server.reindexing, call.request.get("action", "status")
    begun, items = running.get(entry.id, (0.0, 0))
    done = min(int((time.monotonic() - begun) * _INDEXED_PER_SECOND), items)
    if action == "cancel" or done >= items:
        running.pop(entry.id, None)
    response = call.response()
    if action == "start" and entry.id not in running:
        running[entry.id] = (time.monotonic(), call.store.mailboxes.open(entry.id).count())
        call.journal(entry.name)
        response.attrs["status"] = "started"
        return response
    response.attrs["status"] = "running" if entry.id in running else "idle"
    if entry.id in running and action == "status":
        response.add("progress", None, numFailed=0, numRemaining=items - done, numSucceeded=done)
    return response


def delete_mailbox(call: Call) -> Element:
    entry = _account(call)
    mailbox = call.store.mailboxes.find(entry.id)
    response = call.response()
    if mailbox is not None:
        response.add("mbox", None, mbxid=mailbox.id)
        call.store.mailboxes.delete(entry.id)
        call.journal(entry.name)
    return response


def get_index_stats(call: Call) -> Element:
    _account(call)
    response = call.response()
    response.unique("stats", None, maxDocs=0, deletedDocs=0)
    return response


def purge_messages(call: Call) -> Element:
    """Nothing is ever old enough here to be purged; the sizes are answered."""
    if call.request.find("mbox") is None:
        mailboxes = list(call.store.mailboxes.all())
    else:
        mailboxes = [call.store.mailboxes.open(_account(call).id)]
    response = call.response()
    for mailbox in mailboxes:
        response.add("mbox", None, mbxid=mailbox.id, s=mailbox.size, id=mailbox.account_id)
    return response
