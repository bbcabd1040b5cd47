# Copyright (c) 2026, mailops.zimbra contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Reading and writing files of a backup path: whole or not at all, blobs as gzip."""

from __future__ import annotations

import gzip
import json
import os
import threading
import zlib
from pathlib import Path
from typing import Any

from zimsim.backup.errors import BrokenItem
from zimsim.model.blobs import digest_of

TEMPORARY_PREFIX = ".zxtmp-"


def write_atomic(path: str, content: bytes) -> None:
    """Write a file so that a reader, or a server killed meanwhile, sees the old or the new content, never a part."""
    folder, name = os.path.split(path)
    temporary = os.path.join(folder, f"{TEMPORARY_PREFIX}{threading.get_ident():x}-{name[:40]}")
    try:
        handle = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o640)
    except FileNotFoundError:
        os.makedirs(folder, exist_ok=True)
        handle = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o640)
    try:
        view = memoryview(content)
        while view:
            view = view[os.write(handle, view) :]
    except BaseException:
        os.close(handle)
        os.unlink(temporary)
        raise
    os.close(handle)
    os.replace(temporary, path)


def write_blob(path: str, content: bytes) -> bool:
    """Store a blob under its digest unless it is there; True when it was new."""
    if os.path.exists(path):
        return False
    write_atomic(path, gzip.compress(content, compresslevel=1, mtime=0))
    return True


def read_blob(path: str, digest: str) -> bytes:
    """The content of a blob.

    Raises BrokenItem when it is missing, unreadable, cut off, or not what its name says.
    """
    try:
        with open(path, "rb") as stream:
            content = gzip.decompress(stream.read())
    except (OSError, EOFError, zlib.error) as error:
        raise BrokenItem("unable to read blob {path}: {cause}", path=path, cause=str(error)) from error
    if digest_of(content) != digest:
        raise BrokenItem("blob {path} does not have the digest {digest}", path=path, digest=digest)
    return content


def write_json(path: str, value: Any) -> None:
    """Write a metadata file (plain text that grep can read)."""
    write_atomic(path, json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode())


def read_json(path: str) -> Any:
    """The value of a metadata file. Raises BrokenItem, or FileNotFoundError when it is not there."""
    try:
        with open(path, "rb") as stream:
            return json.loads(stream.read())
    except FileNotFoundError:
        raise
    except (OSError, ValueError) as error:
        raise BrokenItem("unable to read metadata {path}: {cause}", path=path, cause=str(error)) from error


def usable_names(folder: Path | str) -> list[str]:
    """Names in a directory without unfinished files; an absent directory has none."""
    try:
        return [name for name in os.listdir(folder) if not name.startswith(TEMPORARY_PREFIX)]
    except FileNotFoundError:
        return []
