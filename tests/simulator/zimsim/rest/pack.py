#!/usr/bin/python
# Copyright (c) 2026, mailops.zimbra contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Entries to the bytes of a tar, tgz or zip archive, as a stream."""

from __future__ import annotations

import io
import tarfile
import time
import zipfile
import zlib
from collections.abc import Iterable, Iterator

from zimsim.rest.archive import ArchiveEntry

CONTENT_TYPES = {
    "tgz": "application/x-compressed-tar",
    "tar": "application/x-tar",
    "zip": "application/zip",
}
_BLOCK = 512
_RECORD = 10240


def tar(entries: Iterable[ArchiveEntry]) -> Iterator[bytes]:
    size = 0
    for entry in entries:
        info = tarfile.TarInfo(entry.name)
        info.size, info.mtime, info.mode, info.gname = len(entry.data), entry.mtime, entry.mode, entry.group
        head = info.tobuf(tarfile.GNU_FORMAT, "utf-8", "surrogateescape")
        padding = -len(entry.data) % _BLOCK
        size += len(head) + len(entry.data) + padding
        yield head
        yield entry.data + b"\0" * padding
    yield b"\0" * (2 * _BLOCK + -(size + 2 * _BLOCK) % _RECORD)


def tgz(entries: Iterable[ArchiveEntry]) -> Iterator[bytes]:
    packer = zlib.compressobj(1, zlib.DEFLATED, 31)
    for piece in tar(entries):
        packed = packer.compress(piece)
        if packed:
            yield packed
    yield packer.flush()


class _Pipe(io.RawIOBase):
    """Collects what is written; cannot seek, so the zip is written as a stream."""

    def __init__(self) -> None:
        super().__init__()
        self._parts: list[bytes] = []

    def writable(self) -> bool:
        return True

    def write(self, data: object) -> int:
        piece = bytes(data)  # type: ignore[call-overload]  # any buffer, as io asks
        self._parts.append(piece)
        return len(piece)

    def take(self) -> bytes:
        parts, self._parts = self._parts, []
        return b"".join(parts)


def zipped(entries: Iterable[ArchiveEntry]) -> Iterator[bytes]:
    pipe = _Pipe()
    with zipfile.ZipFile(pipe, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        for entry in entries:
            moment = time.gmtime(max(entry.mtime, 315_532_800))
            info = zipfile.ZipInfo(entry.name, moment[:6])
            info.external_attr = entry.mode << 16
            info.comment = entry.group.encode()
            archive.writestr(info, entry.data, zipfile.ZIP_DEFLATED)
            yield pipe.take()
    yield pipe.take()


PACKERS = {"tgz": tgz, "tar": tar, "zip": zipped}
