#!/usr/bin/python
# Copyright (c) 2026, mailops.zimbra contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""POST of an archive (R47 to R52, R77 to R81, section 10): what is new is added, what is known by ``resolve``.

Messages are recognised by digest in their folder, appointments and tasks by UID, documents by path.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any, BinaryIO

from zimsim.model import Folder, Item, ItemType, Mailbox, ServiceError, bencode, errors
from zimsim.model.blobs import digest_of
from zimsim.model.items import NewItem
from zimsim.model.types import LEAF_TYPES, TYPE_NAMES, flags_to_bits
from zimsim.rest import pages, reading
from zimsim.rest.export import Answer
from zimsim.rest.import_folders import FolderImport, decoded
from zimsim.rest.request import RestRequest
from zimsim.soap.element import Element
from zimsim.soap.envelope import fault

_RESOLVE = ("skip", "modify", "replace", "reset")
_PAGE = """<html>
<head>
</head>
<body onload='onLoad()'>
<script>
function onLoad() {{
    window.parent.{callback}('{result}'{faults});
}}
</script>
</body>
</html>
"""


def run(request: RestRequest, fmt: str, stream: BinaryIO) -> Answer:
    """Without ``callback`` no error of an item is ever told (R47); with it always 200 and a page that tells them."""
    callback = request.params.get("callback")
    resolve = request.params.get("resolve", "skip").lower()
    try:
        mailbox = request.mailbox()
        try:
            top = request.folder(mailbox, rights="i")
        except pages.RestError:
            raise pages.must_authenticate() from None
        if resolve not in _RESOLVE:
            raise errors.invalid_request(f"invalid resolve value: {resolve}")
        importer = _Importer(request, mailbox, top, resolve)
        problems = importer.run(fmt, stream)
    except ServiceError as problem:
        if callback is None:
            raise pages.formatter_failure(fmt) from None
        return _told(callback, "fail", [problem])
    request.server.journal.record(
        "rest", request.caller, "import", f"{request.owner.name}:{top.path}", resolve=resolve, added=importer.added,
        changed=importer.changed, refused=len(problems),
    )  # fmt: skip
    if callback is None:
        return Answer(200)
    return _told(callback, "warn" if problems else "success", problems)


def _told(callback: str, result: str, problems: list[ServiceError]) -> Answer:
    faults = ""
    for problem in problems:
        element: Element = fault("json", problem)
        element.ns = "urn:zimbraSoap"
        faults += ",\n\t" + json.dumps(element.json(), ensure_ascii=False, separators=(",", ":"))
    text = _PAGE.format(callback=callback, result=result, faults=faults)
    return Answer(200, {"Content-Type": "text/html;charset=utf-8"}, iter((text.encode(),)))


class _Importer(FolderImport):
    def __init__(self, request: RestRequest, mailbox: Mailbox, top: Folder, resolve: str) -> None:
        super().__init__(request, mailbox, top, resolve)
        self._types = {each for each in request.params.get("types", "").split(",") if each}
        self._digests: dict[tuple[int, str], int] = {}
        self._uids: dict[str, int] = {}
        self._contacts: dict[tuple[int, str], list[int]] = {}

    def run(self, fmt: str, stream: BinaryIO) -> list[ServiceError]:
        problems: list[ServiceError] = []
        entries = reading.units(fmt, stream)
        first = next(entries, None)
        if first is None:
            raise reading.invalid_format()
        if self._resolve == "reset":
            self._empty()
        self._learn()
        while first is not None:
            try:
                if isinstance(first, ServiceError):
                    raise first
                self._unit(first)
            except ServiceError as problem:
                problems.append(problem)
                if problem.code == "mail.QUOTA_EXCEEDED":
                    break
            first = next(entries, None)
        return problems

    def _empty(self) -> None:
        """Everything under the target goes, whatever the archive holds (R79)."""
        folders = self._mailbox.subtree(self._mailbox.folder_by_path(self._base or "/").id)
        with self._mailbox.change():
            for folder in folders:
                self._mailbox.delete(self._mailbox.item_ids(folder.id))

    def _learn(self) -> None:
        for item in self._mailbox.items(types=LEAF_TYPES):
            self._remember(item)

    def _remember(self, item: Item) -> None:
        if item.type in (ItemType.MESSAGE, ItemType.CHAT) and item.digest is not None:
            self._digests.setdefault((item.folder_id, item.digest), item.id)
        elif item.type in (ItemType.APPOINTMENT, ItemType.TASK):
            uid = _text(item.metadata, "u")
            if uid:
                self._uids.setdefault(uid, item.id)
        elif item.type == ItemType.CONTACT:
            self._contacts.setdefault((item.folder_id, _contact_key(item.metadata)), []).append(item.id)

    def _unit(self, unit: reading.Unit) -> None:
        if unit.meta is None:
            self._without_meta(unit)
            return
        kind = int(unit.meta.get("type", 0))
        if self._types and TYPE_NAMES.get(kind) not in self._types:
            return
        handlers: dict[int, Callable[[reading.Unit, dict[str, Any]], None]] = {
            ItemType.FOLDER: self._folder,
            ItemType.SEARCH: self._folder,
            ItemType.MOUNTPOINT: self._folder,
            ItemType.TAG: self._tag,
            ItemType.MESSAGE: self._message,
            ItemType.CHAT: self._message,
            ItemType.CONTACT: self._contact,
            ItemType.APPOINTMENT: self._calendar_item,
            ItemType.TASK: self._calendar_item,
            ItemType.DOCUMENT: self._document,
        }
        if self._carbonio and kind in (ItemType.TASK, ItemType.DOCUMENT):
            raise self._unknown(unit, unit.meta, kind)
        if kind in handlers:
            handlers[kind](unit, unit.meta)

    @staticmethod
    def _unknown(unit: reading.Unit, meta: dict[str, Any], kind: int) -> ServiceError:
        path = str(meta.get("Path", "")) if kind == ItemType.TASK else unit.name
        return ServiceError(
            "formatter.UNKNOWN_ERROR",
            'Cannot invoke "com.zimbra.cs.mailbox.MailItem.getType()" because "mi" is null',
            sender=False,
            arguments=(("STR", "path", path),),
        )

    def _without_meta(self, unit: reading.Unit) -> None:
        """Archives without ``.meta`` are never deduplicated (R50)."""
        directory, _, name = unit.name.rpartition("/")
        raw = unit.raw or b""
        if not name.endswith(".eml"):
            raise errors.failure("Unable to identify file extension")
        folder = self._target(directory, ItemType.MESSAGE)
        self._room(len(raw))
        self._mailbox.add_message(raw, folder.id)
        self.added += 1

    def _room(self, size: int) -> None:
        self._request.server.store.mailboxes.check_quota(self._request.owner, self._mailbox, size)

    # -- items -------------------------------------------------------------------------------------------------

    def _flags(self, meta: dict[str, Any]) -> int:
        return int(meta.get("flags", 0)) | flags_to_bits(str(meta.get("FlagStr", "")))

    @staticmethod
    def _tags(meta: dict[str, Any]) -> tuple[str, ...]:
        return tuple(name for name in str(meta.get("TagNames", "")).split(",") if name)

    def _known(self, item: Item, meta: dict[str, Any], folder: Folder | None = None) -> bool:
        """Deals with an item that is there already; False when it was removed to be added anew."""
        if self._resolve == "skip":
            return True
        if self._resolve == "replace" and item.type in (ItemType.APPOINTMENT, ItemType.TASK):
            self._mailbox.delete([item.id])
            return False
        flags, tags = self._flags(meta), self._tags(meta)
        if (item.flags, item.tags) != (flags, tags):
            self._mailbox.update(item.id, flags=flags, tags=tags)
            self.changed += 1
        if item.type != ItemType.MESSAGE and item.metadata != meta.get("metadata"):
            fields: dict[str, Any] = {"metadata": str(meta["metadata"]), "date": _date(meta)}
            fields["subject"] = meta.get("subject")
            if folder is not None:
                fields["folder_id"] = folder.id
            self._mailbox.update(item.id, **fields)
            self.changed += 1
        return True

    def _add(self, new: NewItem) -> Item:
        self._room(len(new.raw or b""))
        item = self._mailbox.add_item(new)
        self._remember(item)
        self.added += 1
        return item

    def _message(self, unit: reading.Unit, meta: dict[str, Any]) -> None:
        folder = self._target(str(meta["Path"]), ItemType.MESSAGE)
        raw = unit.raw
        if raw is None:
            raise errors.failure("Error reading file")
        known = self._digests.get((folder.id, digest_of(raw)))
        existing = self._mailbox.find(known) if known is not None else None
        if existing is not None and self._known(existing, meta):
            return
        self._room(len(raw))
        item = self._mailbox.add_message(
            raw, folder.id, date=_date(meta), flags=self._flags(meta), tags=self._tags(meta), kind=int(meta["type"])
        )
        self._remember(item)
        self.added += 1

    def _contact(self, unit: reading.Unit, meta: dict[str, Any]) -> None:
        """Equal contacts of an archive each find a partner of their own; on Carbonio groups never do (R52)."""
        folder = self._target(str(meta["Path"]), ItemType.CONTACT)
        metadata = str(meta.get("metadata", ""))
        partners = self._contacts.get((folder.id, _contact_key(metadata)), [])
        if partners and not (self._carbonio and "4:type5:group" in metadata):
            existing = self._mailbox.find(partners.pop(0))
            if existing is not None and self._known(existing, meta):
                return
        item = self._mailbox.add_item(
            NewItem(
                type=ItemType.CONTACT,
                folder_id=folder.id,
                raw=unit.raw,
                date=_date(meta),
                metadata=metadata,
                flags=self._flags(meta),
                tags=self._tags(meta),
                sender=str(meta.get("sender", "")),
                size=int(meta.get("size", 0)),
            )
        )
        self.added += 1
        self._room(item.size)

    def _calendar_item(self, unit: reading.Unit, meta: dict[str, Any]) -> None:
        kind = int(meta["type"])
        folder = self._target(str(meta["Path"]), kind)
        metadata = str(meta.get("metadata", ""))
        known = self._uids.get(_text(metadata, "u"))
        existing = self._mailbox.find(known) if known is not None else None
        if existing is not None and self._known(existing, meta, folder):
            return
        self._uids.pop(_text(metadata, "u"), None)
        self._add(
            NewItem(
                type=kind,
                folder_id=folder.id,
                raw=unit.raw,
                date=_date(meta),
                metadata=metadata,
                flags=self._flags(meta),
                tags=self._tags(meta),
                subject=str(meta.get("subject", "")),
                sender=str(meta.get("sender", "")),
            )
        )

    def _document(self, unit: reading.Unit, meta: dict[str, Any]) -> None:
        """By path; a version is added only when its number is higher than the target's."""
        directory, _, name = str(meta["Path"]).rpartition("/")
        folder = self._target(directory, ItemType.DOCUMENT)
        if folder.view not in (0, ItemType.DOCUMENT):
            raise ServiceError(
                "formatter.INVALID_TYPE",
                "folder cannot contain item type document",
                arguments=(("STR", "view", "document"), ("STR", "path", folder.path)),
            )
        values = decoded(str(meta.get("metadata", "")))
        version = int(str(values.get("ver", 1)))
        content_type = str(values.get("ct", "application/octet-stream"))
        creator, raw = str(values.get("cr", meta.get("sender", ""))), unit.raw or b""
        existing = self._mailbox.document(folder.id, name)
        if existing is not None and version <= existing.version:
            if version == existing.version:
                self._known_document(existing, meta)
            return
        self._room(len(raw))
        metadata, date = str(meta["metadata"]), _date(meta)
        if existing is None:
            self._mailbox.add_document(
                raw, folder.id, name, content_type, creator, date=date, flags=self._flags(meta) & ~(1 << 30),
                tags=self._tags(meta), metadata=metadata, version=version,
            )  # fmt: skip
        else:
            self._mailbox.add_revision(
                existing.id, raw, content_type, creator, date=date, metadata=metadata, version=version
            )
        self.added += 1

    def _known_document(self, item: Item, meta: dict[str, Any]) -> None:
        """Modify with an equal number changes flags, tags and date, not the content."""
        if self._resolve == "skip":
            return
        flags, tags = self._flags(meta) & ~(1 << 30), self._tags(meta)
        if (item.flags, item.tags, item.date) != (flags, tags, _date(meta)):
            self._mailbox.update(item.id, flags=flags, tags=tags, date=_date(meta))
            self.changed += 1


def _date(meta: dict[str, Any]) -> int:
    return int(meta.get("date", 0)) * 1000


def _text(metadata: str, name: str) -> str:
    try:
        return str(bencode.decode(metadata).get(name, ""))
    except ValueError:
        return ""


def _contact_key(metadata: str) -> str:
    """What makes two contacts the same: all of their fields."""
    try:
        fields = bencode.decode(metadata).get("fld", {})
    except ValueError:
        return metadata
    return bencode.encode(fields)
