#!/usr/bin/python
# Copyright (c) 2026, mailops.zimbra contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""POST of an archive (R47 to R52, R77 to R81, section 10): what is new is added, what is known by ``resolve``.

Folders are recognised by path, messages by digest in their folder, appointments and tasks by UID, documents by path.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any, BinaryIO

from zimsim.model import Folder, Item, ItemType, Mailbox, ServiceError, bencode, errors
from zimsim.model.blobs import digest_of
from zimsim.model.items import Grant, NewItem
from zimsim.model.types import LEAF_TYPES, MAILBOX_ROOT, RIGHT_BITS, TYPE_NAMES, USER_ROOT, flags_to_bits
from zimsim.rest import pages, reading
from zimsim.rest.export import Answer
from zimsim.rest.meta import GRANTEE_TYPES
from zimsim.rest.request import RestRequest
from zimsim.soap.element import Element
from zimsim.soap.envelope import fault

_RESOLVE = ("skip", "modify", "replace", "reset")
_KINDS = {number: kind for kind, number in GRANTEE_TYPES.items()}
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


class _Importer:
    """One import into one mailbox. ``added`` and ``changed`` count items."""

    def __init__(self, request: RestRequest, mailbox: Mailbox, top: Folder, resolve: str) -> None:
        self._request = request
        self._mailbox = mailbox
        self._resolve = resolve
        self._carbonio = request.server.config.is_carbonio
        self._base = top.path.rstrip("/")
        if request.params.get("subfolder"):
            self._base += "/" + request.params["subfolder"].strip("/")
        self._types = {each for each in request.params.get("types", "").split(",") if each}
        self._with_grants = request.params.get("acl") != "0"
        self._folders: dict[str, Folder] = {}
        self._digests: dict[tuple[int, str], int] = {}
        self._uids: dict[str, int] = {}
        self._contacts: dict[tuple[int, str], list[int]] = {}
        self.added = 0
        self.changed = 0

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

    # -- where -------------------------------------------------------------------------------------------------

    def _target(self, path: str, view: int = 0) -> Folder:
        """The folder of the mailbox that an archive's path means, made with its parents."""
        whole = f"{self._base}/{path.strip('/')}".rstrip("/") or "/"
        found = self._folders.get(whole.casefold())
        if found is None:
            try:
                found = self._mailbox.folder_by_path(whole)
            except ServiceError:
                found = self._mailbox.ensure_folder(whole, view)
            self._folders[whole.casefold()] = found
        return found

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

    # -- containers --------------------------------------------------------------------------------------------

    def _folder(self, unit: reading.Unit, meta: dict[str, Any]) -> None:
        if meta.get("id") in (USER_ROOT, MAILBOX_ROOT) or int(meta.get("parent_id", 0)) == MAILBOX_ROOT:
            return
        values = _decoded(str(meta.get("metadata", "")))
        whole = f"{self._base}/{str(meta['Path']).strip('/')}"
        try:
            existing: Folder | None = self._mailbox.folder_by_path(whole)
        except ServiceError:
            existing = None
        kind = int(meta["type"])
        if existing is None:
            existing = self._new_folder(whole, kind, meta, values)
        elif existing.deletable and self._resolve in ("modify", "replace", "reset"):
            color, flags = int(str(values.get("c", 0))), int(meta.get("flags", 0))
            if (existing.color, existing.flags) != (color, flags):
                existing = self._mailbox.update_folder(existing.id, color=color, flags=flags)
                self.changed += 1
        grants = _grants(values, self._request) if kind == ItemType.FOLDER and self._with_grants else ()
        if grants and not existing.grants:
            flags = int(meta.get("flags", 0))
            existing = self._mailbox.update_folder(existing.id, grants=grants, flags=existing.flags | flags)
        self._folders[whole.casefold()] = existing

    def _new_folder(self, whole: str, kind: int, meta: dict[str, Any], values: dict[str, bencode.Value]) -> Folder:
        above, _, name = whole.rpartition("/")
        parent = self._mailbox.ensure_folder(above)
        view = int(str(values.get("vt", 0)))
        if self._carbonio and view in (ItemType.TASK, ItemType.DOCUMENT):
            view = 0
        self.added += 1
        return self._mailbox.create_folder(
            str(meta.get("name", name)),
            parent.id,
            kind=kind,
            view=view,
            flags=int(meta.get("flags", 0)),
            color=int(str(values.get("c", 0))),
            url=str(values.get("url", "")),
            query=str(values.get("q", "")),
            query_types=str(values.get("t", "")),
            owner_id=str(values.get("aid", "")),
            owner_name=self._owner_name(str(values.get("aid", ""))),
            remote_id=int(str(values.get("id", 0))),
            remote_uuid=str(values.get("ruuid", "")),
        )

    def _owner_name(self, account_id: str) -> str:
        entry = self._request.server.store.directory.by_id(account_id) if account_id else None
        return entry.name if entry is not None else ""

    def _tag(self, unit: reading.Unit, meta: dict[str, Any]) -> None:
        name = str(meta.get("name") or unit.name.rpartition("/")[2])
        existing = self._mailbox.tag(name)
        if existing is None or not existing.listed:
            color = int(str(_decoded(str(meta.get("metadata", ""))).get("c", 0)))
            self._mailbox.create_tag(name, color)
            self.added += 1

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
        values = _decoded(str(meta.get("metadata", "")))
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


def _decoded(metadata: str) -> dict[str, bencode.Value]:
    try:
        return bencode.decode(metadata)
    except ValueError:
        raise errors.failure("Error reading file") from None


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


def _grants(values: dict[str, bencode.Value], request: RestRequest) -> tuple[Grant, ...]:
    """The Source's ids as they stand (R49)."""
    acl = values.get("aclm")
    listed = acl.get("g") if isinstance(acl, dict) else None
    grants = []
    for each in reversed(listed) if isinstance(listed, list) else ():
        if not isinstance(each, dict):
            continue
        kind = _KINDS.get(int(str(each.get("t", 1))), "usr")
        bits = int(str(each.get("r", 0)))
        rights = "".join(letter for letter, bit in RIGHT_BITS.items() if bits & bit)
        grantee = str(each.get("g", ""))
        entry = request.server.store.directory.by_id(grantee) if grantee else None
        grants.append(Grant(grantee, kind, rights, entry.name if entry else "", str(each.get("a", ""))))
    return tuple(grants)
