#!/usr/bin/python
# Copyright (c) 2026, mailops.zimbra contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The mail queue over SOAP: what the MTA's own tools say, asked of the smtp part."""

from __future__ import annotations

import time

from zimsim.model import errors
from zimsim.smtp.envelope import QueueEntry
from zimsim.smtp.queue import MailQueue
from zimsim.soap.call import Call
from zimsim.soap.element import Element
from zimsim.soap.registry import Registry

QUEUES = ("incoming", "active", "deferred", "hold", "corrupt")


def register(registry: Registry) -> None:
    registry.add(info, "GetMailQueueInfo")
    registry.add(get_queue, "GetMailQueue")
    registry.add(action, "MailQueueAction")
    registry.add(flush, "MailQueueFlush")


def _queue(call: Call) -> MailQueue:
    queue: MailQueue = call.server.part("smtp").queue
    return queue


def _server(call: Call) -> Element:
    """``<server name=>`` must be this server: its queue is the only one at hand."""
    server = call.request.find("server")
    if server is None:
        raise errors.invalid_request("missing required element: server")
    entry = call.directory.get("server", server.get("name"))
    if entry.name != call.directory.server.name:
        raise errors.failure(f"exception executing command on {entry.name}: no route to host")
    return server


def info(call: Call) -> Element:
    _server(call)
    counts = _queue(call).counts()
    response = call.response()
    server = response.add("server", None, name=call.directory.server.name)
    for name in QUEUES:
        server.add("queue", None, name=name, n=counts.get(name, 0))
    return response


def get_queue(call: Call) -> Element:
    """One queue's messages with summaries by address, domain and reason."""
    spec = _server(call).find("queue")
    if spec is None or spec.get("name") not in QUEUES:
        raise errors.invalid_request("unknown queue")
    entries = _queue(call).entries(spec.get("name"))
    query = spec.find("query")
    offset = int(query.get("offset", "0")) if query is not None else 0
    limit = int(query.get("limit", "30")) if query is not None else 30
    response = call.response()
    server = response.add("server", None, name=call.directory.server.name)
    queue = server.add(
        "queue", None, name=spec.get("name"), time=int(time.time() * 1000), scan=False, total=len(entries),
        more=offset + limit < len(entries),
    )  # fmt: skip
    rows = [_row(entry) for entry in entries]
    for key in ("fromdomain", "todomain", "from", "to", "reason"):
        counts: dict[str, int] = {}
        for row in rows:
            for value in row.get(key, "").split(","):
                if value:
                    counts[value] = counts.get(value, 0) + 1
        summary = queue.add("qs", None, type=key)
        for value, number in sorted(counts.items()):
            summary.add("qsi", None, t=value, n=number)
    for row in rows[offset : offset + limit]:
        queue.append(Element("qi", {**row}))
    return response


def _row(entry: QueueEntry) -> dict[str, str]:
    """The attributes of ``<qi>``."""
    recipients = [each.address for each in entry.recipients]
    return {
        "id": entry.id,
        "time": str(int(entry.arrived * 1000)),
        "size": str(entry.size),
        "from": entry.sender,
        "fromdomain": entry.sender.partition("@")[2],
        "to": ",".join(recipients),
        "todomain": ",".join(sorted({each.partition("@")[2] for each in recipients})),
        "addr": entry.client_address,
        "reason": entry.reason.replace(",", ";"),
    }


def action(call: Call) -> Element:
    spec = _server(call).find("queue")
    wanted = spec.find("action") if spec is not None else None
    if spec is None or wanted is None:
        raise errors.invalid_request("missing required element: action")
    operation = wanted.get("op")
    queue = _queue(call)
    known = {"hold": queue.hold, "release": queue.release, "delete": queue.delete, "requeue": queue.requeue}
    if operation not in known:
        raise errors.invalid_request(f"unknown operation: {operation}")
    listed = [each.strip() for each in wanted.string.split(",") if each.strip()]
    ids = None if listed == ["ALL"] else listed
    known[operation](ids)
    call.journal(f"queue {spec.get('name')}", op=operation, ids=wanted.string)
    response = call.response()
    response.add("server", None, name=call.directory.server.name)
    return response


def flush(call: Call) -> Element:
    _server(call)
    _queue(call).flush()
    call.journal("queue")
    return call.response()
