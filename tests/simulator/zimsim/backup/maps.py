# Copyright (c) 2026, mailops.zimbra contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The two kinds of map an External Restore leaves in the Destination's backup path.

`map_<server id>` is binary and holds account ids (and ids of lists, COSes and domains, so that grants to them can be
translated); `accounts/<new id>/id_mapper.log` is text and holds item ids. Both formats are this simulator's own:
the real ones are not public.
"""

from __future__ import annotations

import os
import struct
from dataclasses import dataclass

from zimsim.backup.errors import BrokenItem, InvalidPath
from zimsim.backup.files import write_atomic
from zimsim.backup.layout import Layout

MAGIC = b"ZXMAP\x02"
KINDS = {"account": 1, "dl": 2, "cos": 3, "domain": 4}
KIND_NAMES = {number: name for name, number in KINDS.items()}


@dataclass(frozen=True)
class MapEntry:
    """One line of getMap."""

    kind: str
    name: str
    source_id: str
    local_id: str


class ServerMap:
    """`map_<server id>`: ids of a Source's entries to the ids they have on this server."""

    def __init__(self, path: str) -> None:
        self.path = path
        self._entries: dict[str, MapEntry] = {}
        self._dirty = False

    @classmethod
    def load(cls, path: str, missing_ok: bool = True) -> ServerMap:
        """Read a map; a missing one is empty unless `missing_ok` is False. Raises InvalidPath, BrokenItem."""
        result = cls(path)
        try:
            with open(path, "rb") as stream:
                data = stream.read()
        except FileNotFoundError:
            if missing_ok:
                return result
            raise InvalidPath("map file {path} does not exist", path=path) from None
        except OSError as error:
            raise InvalidPath("unable to read map file {path}: {cause}", path=path, cause=str(error)) from error
        if not data.startswith(MAGIC):
            raise BrokenItem("{path} is not a map file", path=path)
        position = len(MAGIC)
        try:
            while position < len(data):
                kind, *lengths = struct.unpack_from(">BHHH", data, position)
                position += 7
                texts = []
                for length in lengths:
                    texts.append(data[position : position + length].decode())
                    position += length
                if len(data) < position:
                    raise BrokenItem("map file {path} is cut off", path=path)
                entry = MapEntry(KIND_NAMES[kind], texts[0], texts[1], texts[2])
                result._entries[entry.source_id] = entry
        except (struct.error, KeyError, UnicodeDecodeError) as error:
            raise BrokenItem("map file {path} is corrupt", path=path) from error
        return result

    def save(self) -> None:
        """Write the map if it changed."""
        if not self._dirty and os.path.exists(self.path):
            return
        parts = [MAGIC]
        for entry in self._entries.values():
            texts = [text.encode() for text in (entry.name, entry.source_id, entry.local_id)]
            parts.append(struct.pack(">BHHH", KINDS[entry.kind], *(len(text) for text in texts)))
            parts.extend(texts)
        write_atomic(self.path, b"".join(parts))
        self._dirty = False

    def put(self, kind: str, name: str, source_id: str, local_id: str) -> None:
        """Note an id; the same again is no change."""
        entry = MapEntry(kind, name, source_id, local_id)
        if self._entries.get(source_id) != entry:
            self._entries[source_id] = entry
            self._dirty = True

    def local(self, source_id: str) -> str | None:
        """The id an entry of the Source has here."""
        entry = self._entries.get(source_id)
        return entry.local_id if entry else None

    @property
    def entries(self) -> list[MapEntry]:
        return list(self._entries.values())


class ItemMap:
    """`id_mapper.log` of one imported account: one line `source account, old id, new id` per item, only ever appended.

    An unfinished last line (the server was killed while it wrote) is ignored and cut off at the next append.
    """

    def __init__(self, layout: Layout, local_account_id: str, source_account_id: str) -> None:
        self.path = layout.id_mapper(local_account_id)
        self._source = source_account_id
        self._known: dict[int, int] = {}
        self._size = 0
        self._load()

    def _load(self) -> None:
        try:
            with open(self.path, "rb") as stream:
                data = stream.read()
        except FileNotFoundError:
            return
        self._size = data.rfind(b"\n") + 1
        for line in data[: self._size].decode("ascii", "replace").splitlines():
            fields = line.split("\t")
            if len(fields) == 3 and fields[0] == self._source and fields[1].isdigit() and fields[2].isdigit():
                self._known[int(fields[1])] = int(fields[2])

    def __contains__(self, source_item_id: object) -> bool:
        return source_item_id in self._known

    def __len__(self) -> int:
        return len(self._known)

    def local(self, source_item_id: int) -> int | None:
        """The id an item of the Source has here."""
        return self._known.get(source_item_id)

    def append(self, pairs: list[tuple[int, int]]) -> None:
        """Note `(old, new)` ids, those already noted left out."""
        fresh = [(old, new) for old, new in pairs if self._known.get(old) != new]
        if not fresh:
            return
        text = "".join(f"{self._source}\t{old}\t{new}\n" for old, new in fresh).encode()
        os.makedirs(os.path.dirname(self.path), exist_ok=True)
        with open(self.path, "ab") as stream:
            stream.truncate(self._size)
            stream.write(text)
        self._size += len(text)
        self._known.update(fresh)

    def forget(self) -> None:
        """Drop this Source account's lines; those of other Sources that were imported into the account stay."""
        if not self._known:
            return
        with open(self.path, "rb") as stream:
            lines = stream.read().splitlines(keepends=True)
        kept = b"".join(line for line in lines if not line.startswith(self._source.encode() + b"\t"))
        write_atomic(self.path, kept)
        self._known.clear()
        self._size = len(kept)
