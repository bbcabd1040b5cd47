#!/usr/bin/python
# Copyright (c) 2026, mailops.zimbra contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""GET: archives, single items, JSON listings."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import chain
from typing import Any

from zimsim import query
from zimsim.faults import Faults, lost_item
from zimsim.model import Folder, Item, ItemType, Mailbox, ServiceError
from zimsim.model.types import JUNK, LEAF_TYPES, TRASH, TYPES_BY_NAME, USER_ROOT
from zimsim.rest import pages
from zimsim.rest.archive import Archive, ArchiveEntry, Selection
from zimsim.rest.pack import CONTENT_TYPES, PACKERS
from zimsim.rest.request import RestRequest
from zimsim.soap.mail.item_elements import fields_of, summary

_ITEM_FORMATS = ("", "native", "eml")
_NOT_ON_CARBONIO = ("task", "document", "note", "wiki")


@dataclass(slots=True)
class Answer:
    """``pieces`` is the body; 204 has none."""

    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    pieces: Iterator[bytes] = field(default_factory=lambda: iter(()))


def get(request: RestRequest) -> Answer:
    fmt = request.params.get("fmt", "")
    mailbox = request.mailbox()
    if fmt in PACKERS:
        return _archive(request, mailbox, fmt)
    if "id" in request.params:
        return _single(request, mailbox)
    document = request.document(mailbox)
    if document is not None and fmt in _ITEM_FORMATS:
        return _document(request, mailbox, document)
    folder = request.folder(mailbox)
    if fmt == "json":
        return _json(request, mailbox, folder)
    if fmt == "":
        raise pages.RestError(500, "java.lang.NullPointerException")
    raise pages.RestError(501, "can only handle messages/appointments/tasks/documents")


# -- archives ----------------------------------------------------------------------------------------------------


def _archive(request: RestRequest, mailbox: Mailbox, fmt: str) -> Answer:
    selection = _selection(request, mailbox, fmt)
    if request.mountpoint(mailbox) is not None:
        raise pages.RestError(
            500,
            'java.lang.NullPointerException: Cannot invoke "org.apache.http.HttpEntity.getContent()" because the return'
            ' value of "org.apache.http.HttpResponse.getEntity()" is null',
        )
    if selection.ids is None:
        top = request.folder(mailbox)
    else:
        top = mailbox.folder(USER_ROOT)
        selection.ids = [number for number in selection.ids if _may_read(request, mailbox, number)]
    if not request.own and selection.ids is None:
        return Answer(204)  # a grantee gets nothing of a shared folder this way (Z5)
    archive = Archive(
        mailbox,
        carbonio=request.server.config.is_carbonio,
        selection=selection,
        left_out=_left_out(request, mailbox),
        lost=lost_item(request.server.faults, request.owner.id, request.owner.name),
    )
    entries = _with_faults(request.server.faults, archive.entries(top))
    first = next(entries, None)
    name = f"{request.owner.id}.{time.strftime('%m-%d-%y.%H-%M-%S', time.gmtime())}"
    empty_name = request.params.get("emptyname")
    if first is None:
        if empty_name is None:
            return Answer(204)
        name, first = empty_name, ArchiveEntry(empty_name, "", int(time.time()), b"")
    headers = {"Content-Type": CONTENT_TYPES[fmt], "Content-Disposition": f'attachment; filename="{name}.{fmt}"'}
    pieces = PACKERS[fmt](chain([first], entries))
    if request.server.faults.consume("truncated_export") is not None:
        pieces = _cut(pieces)
    return Answer(200, headers, pieces)


def _with_faults(faults: Faults, entries: Iterator[ArchiveEntry]) -> Iterator[ArchiveEntry]:
    """``empty_export``: nothing at all; ``export_ends_early`` (after=N entries): a whole archive that lacks some."""
    if faults.consume("empty_export") is not None:
        return
    early = faults.consume("export_ends_early")
    left = int(early.get("after", 10)) if early is not None else -1
    for entry in entries:
        if left == 0:
            return
        left -= 1
        yield entry


def _cut(pieces: Iterator[bytes]) -> Iterator[bytes]:
    """The first half of the first pieces, then nothing: a stream that was cut off, with status 200."""
    first = next(pieces, b"")
    yield first[: len(first) // 2]


def _selection(request: RestRequest, mailbox: Mailbox, fmt: str) -> Selection:
    params = request.params
    selection = Selection(
        meta=params.get("meta", "1") not in ("0", "false"),
        body=params.get("body", "1") not in ("0", "false"),
    )
    if "list" in params or "id" in params:
        selection.ids = _ids(params.get("list", params.get("id", "")), fmt)
    if params.get("types"):
        selection.types = _types(request, params["types"], fmt)
    if "query" in params:
        trash, spam = _searched(request)
        try:
            selection.query = query.parse(params["query"], mailbox, trash=trash, spam=spam)
        except ServiceError:
            raise pages.formatter_failure(fmt) from None
    for name in ("start", "end"):
        if params.get(name):
            try:
                setattr(selection, name, int(params[name]))
            except ValueError:
                raise pages.RestError(400, f"bad {name} time") from None
    return selection


def _ids(text: str, fmt: str) -> list[int]:
    """A blank in the list is a failure (R82)."""
    numbers = []
    for part in text.split(","):
        number = part.rpartition(":")[2]
        if not number.isdigit():
            raise pages.formatter_failure(fmt)
        numbers.append(int(number))
    return numbers


def _types(request: RestRequest, names: str, fmt: str) -> list[int]:
    found = []
    for name in names.split(","):
        number = TYPES_BY_NAME.get(name.strip())
        if number is None or (request.server.config.is_carbonio and name in _NOT_ON_CARBONIO):
            raise pages.formatter_failure(fmt)
        found.append(number)
    return found


def _searched(request: RestRequest) -> tuple[bool, bool]:
    """Whether the account's preferences search Trash and Junk (Z3)."""
    effective = request.server.store.directory.effective(request.owner)
    return (
        effective.get("zimbraPrefIncludeTrashInSearch") == ["TRUE"],
        effective.get("zimbraPrefIncludeSpamInSearch") == ["TRUE"],
    )


def _left_out(request: RestRequest, mailbox: Mailbox) -> set[int]:
    trash, spam = _searched(request)
    ids: set[int] = set()
    for wanted, top in ((trash, TRASH), (spam, JUNK)):
        if not wanted:
            ids |= {folder.id for folder in mailbox.subtree(top)}
    return ids


def _may_read(request: RestRequest, mailbox: Mailbox, number: int) -> bool:
    if request.own:
        return True
    item = mailbox.find(number)
    return item is not None and "r" in request.rights(mailbox, mailbox.folder(item.folder_id))


# -- single items ------------------------------------------------------------------------------------------------


def _single(request: RestRequest, mailbox: Mailbox) -> Answer:
    number = request.params["id"].rpartition(":")[2]
    item = mailbox.find(int(number)) if number.isdigit() else None
    if item is None or not _may_read(request, mailbox, item.id):
        raise pages.no_such_item()
    if item.type == ItemType.DOCUMENT:
        return _document(request, mailbox, item)
    raw = mailbox.blob(item)
    if raw is None:
        raise pages.RestError(500, f"IOException while retrieving content for item {item.id}")
    return Answer(200, _item_headers(item, "text/plain"), iter((raw,)))


def _item_headers(item: Item, content_type: str) -> dict[str, str]:
    modified = time.strftime("%a, %d %b %Y %H:%M:%S GMT", time.gmtime(item.date // 1000))
    return {"Content-Type": content_type, "Last-Modified": modified, "ETag": str(item.mod_content)}


def _document(request: RestRequest, mailbox: Mailbox, item: Item) -> Answer:
    """``ver=`` reads an older version."""
    headers = _item_headers(item, str(fields_of(item).get("ct", "application/octet-stream")))
    headers["Content-Disposition"] = f'inline; filename="{item.name}"'
    wanted = request.params.get("ver", "")
    if wanted.isdigit() and int(wanted) != item.version:
        for revision in mailbox.revisions(item.id):
            if revision.version == int(wanted):
                return Answer(200, headers, iter((mailbox.revision_blob(revision) or b"",)))
        raise pages.no_such_item()
    raw = mailbox.blob(item)
    if raw is None:
        raise pages.RestError(500, f"IOException while retrieving content for item {item.id}")
    return Answer(200, headers, iter((raw,)))


# -- json --------------------------------------------------------------------------------------------------------


def _json(request: RestRequest, mailbox: Mailbox, folder: Folder) -> Answer:
    """The items of a folder, newest first, by their SOAP elements."""
    types = _types(request, request.params["types"], "json") if request.params.get("types") else LEAF_TYPES
    items = [item for item in mailbox.items(types=types) if folder.id in (USER_ROOT, item.folder_id)]
    items.sort(key=lambda each: (each.date, each.id), reverse=True)
    result: dict[str, list[Any]] = {}
    prefix = "" if request.own else f"{request.owner.id}:"
    for item in items:
        element = summary(mailbox, item, lambda number: f"{prefix}{number}")
        result.setdefault(element.name, []).append(element.json())
    text = json.dumps(result, ensure_ascii=False, separators=(",", ":"))
    return Answer(200, {"Content-Type": "application/json"}, iter((text.encode(),)))
