#!/usr/bin/python
# Copyright (c) 2026, mailops.zimbra contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Reading an archive that is imported: every ``.meta`` with the body that follows it."""

from __future__ import annotations

import json
import tarfile
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, BinaryIO

from zimsim.model import ServiceError, errors


def invalid_format() -> ServiceError:
    return ServiceError("formatter.INVALID_FORMAT", "invalid file format", arguments=(("STR", "filename", "unknown"),))


def missing_meta(path: str) -> ServiceError:
    return ServiceError(
        "formatter.MISSING_META", "item content missing meta information", arguments=(("STR", "path", path),)
    )


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
        yield from _tar_members(stream)


def _zip_members(stream: BinaryIO) -> Iterator[tuple[str, bytes] | ServiceError]:
    try:
        archive = zipfile.ZipFile(stream)
    except zipfile.BadZipFile:
        raise invalid_format() from None
    with archive:
        for info in archive.infolist():
            yield info.filename, archive.read(info)


def _tar_members(stream: BinaryIO) -> Iterator[tuple[str, bytes] | ServiceError]:
    """A truncated archive gives what it holds, then "Error reading file"."""
    try:
        archive = tarfile.TarFile.open(fileobj=stream, mode="r|*")
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
