#!/usr/bin/python
# Copyright (c) 2026, mailops.zimbra contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Reading an archive that is imported: every ``.meta`` with the body that follows it."""

from __future__ import annotations

import io
import json
import tarfile
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, BinaryIO, cast

from zimsim.model import ServiceError, errors


def invalid_format() -> ServiceError:
    return ServiceError("formatter.INVALID_FORMAT", "invalid file format", arguments=(("STR", "filename", "unknown"),))


def missing_meta(path: str) -> ServiceError:
    return ServiceError(
        "formatter.MISSING_META", "item content missing meta information", arguments=(("STR", "path", path),)
    )


_PIECE = 64 * 1024


@dataclass(slots=True)
class Unit:
    """One thing of the archive: ``meta`` None without a .meta entry, ``raw`` None without a body."""

    name: str
    meta: dict[str, Any] | None
    raw: bytes | None


def units(fmt: str, stream: BinaryIO) -> Iterator[Unit | ServiceError]:
    """The units in order; an error in place of what cannot be read. INVALID_FORMAT is raised for no archive at all."""
    pending: Unit | None = None
    seen_meta = False
    for entry in _members(fmt, stream):
        if isinstance(entry, ServiceError):
            yield entry
            break
        name, data = entry
        if name.endswith(".meta"):
            if pending is not None:
                yield pending
            seen_meta = True
            try:
                pending = Unit(name.removesuffix(".meta"), json.loads(data), None)
            except ValueError:
                pending = None
                yield errors.failure("Error reading file")
        elif pending is not None and pending.name == name:
            pending.raw = data
            yield pending
            pending = None
        elif seen_meta:
            if pending is not None:
                yield pending
                pending = None
            yield missing_meta(name)  # once a .meta was seen, entries without one are refused (R50)
        else:
            yield Unit(name, None, data)
    if pending is not None:
        yield pending


def _members(fmt: str, stream: BinaryIO) -> Iterator[tuple[str, bytes] | ServiceError]:
    if fmt == "zip":
        yield from _zip_members(stream)
    else:
        source = _Gunzip(stream) if fmt == "tgz" else stream
        yield from _tar_members(source)
        if isinstance(source, _Gunzip) and source.truncated:
            yield errors.failure("Error reading file")


class _Gunzip(io.RawIOBase):
    """Unpacks while it is read and gives all there is, also of a stream that was cut off: then it is ``truncated``."""

    def __init__(self, packed: BinaryIO) -> None:
        super().__init__()
        self._packed = packed
        self._unpacker = zlib.decompressobj(31)
        self._ready = b""
        self.truncated = False

    def read(self, size: int = -1) -> bytes:
        while (size < 0 or len(self._ready) < size) and not self._unpacker.eof and not self.truncated:
            piece = self._packed.read(_PIECE)
            if piece:
                self._ready += self._unpacker.decompress(piece)
            else:
                self.truncated = True
        end = len(self._ready) if size < 0 else size
        taken, self._ready = self._ready[:end], self._ready[end:]
        return taken


def _zip_members(stream: BinaryIO) -> Iterator[tuple[str, bytes] | ServiceError]:
    try:
        archive = zipfile.ZipFile(stream)
    except zipfile.BadZipFile:
        raise invalid_format() from None
    with archive:
        for info in archive.infolist():
            yield info.filename, archive.read(info)


def _tar_members(stream: BinaryIO | io.RawIOBase) -> Iterator[tuple[str, bytes] | ServiceError]:
    """A truncated archive gives what it holds, then "Error reading file"."""
    try:
        archive = tarfile.TarFile.open(fileobj=cast(BinaryIO, stream), mode="r|")
    except (tarfile.TarError, EOFError, zlib.error, OSError):
        raise invalid_format() from None
    with archive:
        while True:
            try:
                info = archive.next()
                if info is None:
                    return
                body = archive.extractfile(info) if info.isfile() else None
                data = body.read() if body is not None else b""
                if len(data) != info.size:
                    raise tarfile.ReadError("short entry")
            except (tarfile.TarError, EOFError, zlib.error, OSError):
                yield errors.failure("Error reading file")
                return
            if info.isfile():
                yield info.name, data
