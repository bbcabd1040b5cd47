#!/usr/bin/python
# Copyright (c) 2026, mailops.zimbra contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What an archive holds, in the platform's order: folders, search folders and mountpoints, tags, items by id.

The entries are made one after another while the client reads.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from zimsim import query
from zimsim.model import Folder, Item, ItemType, Mailbox, mime
from zimsim.model.types import LEAF_TYPES, MAILBOX_ROOT, TAGS_FOLDER, TYPE_NAMES, USER_ROOT
from zimsim.rest.meta import MetaWriter

_FORBIDDEN = re.compile(r'[\\/:*?"<>|\x00-\x1f\x7f]')
_LONGEST = 120
_PLAIN, _READ_ONLY = 0o644, 0o444
# A mistake of the platform: every flag but "sent by me" and "forwarded" makes the first entry read-only.
_READ_ONLY_FLAGS = ~9 & ~512
_GROUPS = {int(ItemType.SEARCH): "searchfolder"}
_ENDINGS = {
    int(ItemType.MESSAGE): ".eml",
    int(ItemType.CHAT): ".eml",
    int(ItemType.APPOINTMENT): ".appt",
    int(ItemType.TASK): ".task",
}


@dataclass(slots=True)
class ArchiveEntry:
    """``group`` is the tar group name, ``mtime`` seconds since 1970."""

    name: str
    group: str
    mtime: int
    data: bytes
    mode: int = _PLAIN


@dataclass(slots=True)
class Selection:
    """What is asked for. ``ids``: ``list=`` or ``id=``; ``types`` empty for all; times in ms."""

    meta: bool = True
    body: bool = True
    ids: list[int] | None = None
    types: list[int] = field(default_factory=list)
    query: query.Query | None = None
    start: int | None = None
    end: int | None = None

    @property
    def whole(self) -> bool:
        """Folders and tags go along only with an export that leaves nothing out by choice."""
        return self.ids is None and not self.types and self.query is None and self.start is None and self.end is None


class Archive:
    """The entries of one export; Zimbra puts ids before names and counts up equal ones, Carbonio does not.

    ``left_out``: folders that searches leave out; ``lost``: an item whose blob a fault has taken away.
    """

    def __init__(
        self, mailbox: Mailbox, *, carbonio: bool, selection: Selection, left_out: set[int], lost: int | None = None
    ) -> None:
        self._mailbox = mailbox
        self._carbonio = carbonio
        self._selection = selection
        self._left_out = left_out
        self._lost = lost
        tags = mailbox.tags(unlisted=True)
        self._meta = MetaWriter(carbonio=carbonio, tag_ids={tag.name: tag.id for tag in tags})
        self._folders = {folder.id: folder for folder in mailbox.folders()}
        self._seen: dict[str, int] = {}

    def entries(self, top: Folder) -> Iterator[ArchiveEntry]:
        below = [folder.id for folder in self._mailbox.subtree(top.id)]
        root = top.id == USER_ROOT
        if self._selection.whole and self._selection.meta:
            items = self._items(top, set(below))
            first = next(items, None)
            # A folder without anything in it gives nothing at all, a whole mailbox its folders at least.
            if first is None and not root:
                return
            shown = self._shown(root, set(below))
            for folder in shown:
                yield self._folder_entry(folder)
            for folder in shown:
                if folder.type != ItemType.FOLDER:
                    yield self._folder_entry(folder)
            if root:
                yield from self._tag_entries()
            for item in (first, *items) if first is not None else ():
                yield from self._item_entries(item)
            return
        for item in self._items(top, set(below)):
            yield from self._item_entries(item)

    def _shown(self, root: bool, below: set[int]) -> list[Folder]:
        """By path, upper case before lower; the hidden folders only with the whole mailbox."""
        shown = [folder for folder in self._folders.values() if root or folder.id in below]
        return sorted(shown, key=lambda each: (each.path, each.id != MAILBOX_ROOT))

    def _items(self, top: Folder, below: set[int]) -> Iterator[Item]:
        selection = self._selection
        if selection.ids is not None:
            yield from self._listed(selection.ids)
            return
        everywhere = top.id == USER_ROOT
        for item in self._mailbox.items(types=selection.types or LEAF_TYPES):
            if not everywhere and item.folder_id not in below:
                continue
            if everywhere and selection.query is None and item.folder_id in self._left_out:
                continue
            if selection.query is not None and not selection.query.test(item):
                continue
            if selection.start is not None and item.date < selection.start:
                continue
            if selection.end is not None and item.date >= selection.end:
                continue
            yield item

    def _listed(self, ids: Iterable[int]) -> Iterator[Item]:
        """Carbonio stops at the first id that is not there (R44), Zimbra leaves it out (Z11)."""
        for number in ids:
            item = self._mailbox.find(number)
            if item is not None:
                yield item
            elif self._carbonio:
                return

    # -- entries -----------------------------------------------------------------------------------------------

    def _prefix(self, number: int) -> str:
        return "" if self._carbonio else f"{number:010d}-"

    def _unique(self, name: str) -> str:
        """Zimbra counts up equal names: ``x-01``."""
        if self._carbonio:
            return name
        number = self._seen.get(name.lower(), -1) + 1
        self._seen[name.lower()] = number
        return f"{name}-{number:02d}" if number else name

    def _folder_entry(self, folder: Folder) -> ArchiveEntry:
        directory = folder.path.rpartition("/")[0].strip("/")
        name = folder.name if folder.id in (USER_ROOT, MAILBOX_ROOT) else cleaned(folder.name)
        path = f"{directory}/" if directory else ""
        group = _GROUPS.get(folder.type, TYPE_NAMES[folder.type])
        data = self._meta.folder(folder)
        return ArchiveEntry(f"{path}{self._prefix(folder.id)}{name}.meta", group, folder.date // 1000, data)

    def _tag_entries(self) -> Iterator[ArchiveEntry]:
        for tag in self._mailbox.tags():
            name = f"{self._folders[TAGS_FOLDER].name}/{self._prefix(tag.id)}{cleaned(tag.name)}.meta"
            yield ArchiveEntry(name, "tag", tag.date // 1000, self._meta.tag(tag))

    def _item_entries(self, item: Item) -> Iterator[ArchiveEntry]:
        folder = self._folders[item.folder_id]
        if item.type == ItemType.DOCUMENT:
            yield from self._document_entries(item, folder)
            return
        raw = self._mailbox.blob(item) if item.digest is not None and item.id != self._lost else None
        if item.digest is not None and raw is None:
            return  # a message whose blob is missing is left out without a word (R45)
        name = self._name(item, folder)
        group, mtime = TYPE_NAMES[item.type], item.date // 1000
        mode = _READ_ONLY if item.type == ItemType.MESSAGE and item.flags & _READ_ONLY_FLAGS else _PLAIN
        if self._selection.meta:
            yield ArchiveEntry(f"{name}.meta", group, mtime, self._meta.item(item, folder.path), mode)
            mode = _PLAIN
        if raw is not None:
            if not self._selection.body and item.type in (ItemType.MESSAGE, ItemType.CHAT):
                raw = mime.header_bytes(raw)
            yield ArchiveEntry(name, group, mtime, raw, mode)

    def _name(self, item: Item, folder: Folder) -> str:
        directory = folder.path.strip("/")
        directory = f"{directory}/" if directory else ""
        ending = _ENDINGS.get(item.type, "")
        if item.type == ItemType.CONTACT:
            return directory + self._unique(cleaned(item.sender))
        if not (item.subject or "").strip():
            return f"{directory}{TYPE_NAMES[item.type]}-{item.id}{ending}"
        return self._unique(f"{directory}{self._prefix(item.id)}{cleaned(item.subject or '')}{ending}")

    def _document_entries(self, item: Item, folder: Folder) -> Iterator[ArchiveEntry]:
        """Every version, oldest first; those above 1 carry their number."""
        directory = folder.path.strip("/")
        directory = f"{directory}/" if directory else ""
        for revision in self._mailbox.revisions(item.id):
            raw = self._mailbox.revision_blob(revision)
            if raw is None:
                continue
            name = directory + numbered(cleaned(item.name or ""), revision.version)
            mtime = revision.date // 1000
            if self._selection.meta:
                yield ArchiveEntry(f"{name}.meta", "document", mtime, self._meta.revision(item, revision, folder.path))
                yield ArchiveEntry(name, "document", mtime, raw)
        raw = self._mailbox.blob(item)
        if raw is None:
            return
        name = cleaned(item.name or "")
        name = directory + (numbered(name, item.version) if self._selection.meta else name)
        if self._selection.meta:
            yield ArchiveEntry(f"{name}.meta", "document", item.date // 1000, self._meta.item(item, folder.path))
        yield ArchiveEntry(name, "document", item.date // 1000, raw)


def cleaned(name: str) -> str:
    """A name as archives write it: forbidden characters become ``_``, trailing blanks and dots go, 120 at most."""
    return _FORBIDDEN.sub("_", name)[:_LONGEST].rstrip(". ")


def numbered(name: str, version: int) -> str:
    """``x-00002.txt``; the number stands at the end when the extension is longer than four characters."""
    if version == 1:
        return name
    stem, dot, extension = name.rpartition(".")
    if dot and stem and len(extension) <= 4:
        return f"{stem}-{version:05d}.{extension}"
    return f"{name}-{version:05d}"
