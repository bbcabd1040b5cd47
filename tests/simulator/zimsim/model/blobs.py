#!/usr/bin/python
# Copyright (c) 2026, mailops.zimbra contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Blobs on disk, laid out as the platform does: ``store/0/<mailbox>/msg/<id >> 12>/<id>-<rev>.msg``.

``rev`` is the item's ``mod_content``; every byte is kept as it came.
"""

from __future__ import annotations

import base64
import hashlib
import os
import shutil
from pathlib import Path


def digest_of(raw: bytes) -> str:
    """Base64 of the SHA-256, ``/`` written as ``,``: the platform's blob_digest."""
    return base64.b64encode(hashlib.sha256(raw).digest(), b"+,").decode("ascii")


class Blobs:
    def __init__(self, root: Path) -> None:
        self.root = root

    def directory(self, mailbox_id: int) -> Path:
        return self.root / str(mailbox_id >> 12) / str(mailbox_id) / "msg"

    def path(self, mailbox_id: int, item_id: int, revision: int) -> Path:
        return self.directory(mailbox_id) / str(item_id >> 12) / f"{item_id}-{revision}.msg"

    def write(self, mailbox_id: int, item_id: int, revision: int, raw: bytes) -> None:
        name = os.fspath(self.path(mailbox_id, item_id, revision))
        flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC
        try:
            handle = os.open(name, flags, 0o640)
        except FileNotFoundError:
            os.makedirs(os.path.dirname(name), mode=0o750, exist_ok=True)
            handle = os.open(name, flags, 0o640)
        try:
            view = memoryview(raw)
            while view:
                view = view[os.write(handle, view) :]
        finally:
            os.close(handle)

    def read(self, mailbox_id: int, item_id: int, revision: int) -> bytes | None:
        """The bytes, or None where the file is missing (R45)."""
        try:
            return self.path(mailbox_id, item_id, revision).read_bytes()
        except FileNotFoundError:
            return None

    def exists(self, mailbox_id: int, item_id: int, revision: int) -> bool:
        return self.path(mailbox_id, item_id, revision).exists()

    def remove(self, mailbox_id: int, item_id: int, revision: int) -> None:
        self.path(mailbox_id, item_id, revision).unlink(missing_ok=True)

    def remove_mailbox(self, mailbox_id: int) -> None:
        shutil.rmtree(self.directory(mailbox_id).parent, ignore_errors=True)
