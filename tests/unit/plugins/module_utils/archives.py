# Copyright (c) 2026, mailops.zimbra contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Archives as a REST export sends them, made from what a real server sent (fixtures/meta.json) or from a few words."""

from __future__ import annotations

import base64
import gzip
import hashlib
import io
import json
import pathlib
import tarfile
from collections.abc import Iterable
from typing import Any

RECORDED: dict[str, dict[str, Any]] = json.loads(
    (pathlib.Path(__file__).parent / "fixtures" / "meta.json").read_text(encoding="utf-8")
)


def recorded_meta(name: str) -> bytes:
    """One ``.meta`` entry exactly as it was recorded."""
    return str(RECORDED[name]["meta"]).encode()


def digest(body: bytes) -> str:
    return base64.b64encode(hashlib.sha256(body).digest(), b"+,").decode()


def message(item_id: int, body: bytes, folder: str = "/Inbox", **changes: Any) -> tuple[str, bytes, bytes]:
    """(entry name, .meta, body) of a message; ``changes`` go into its ``.meta``."""
    record = json.loads(RECORDED["message"]["meta"])
    record.update(
        id=item_id,
        imap_id=item_id,
        Path=folder + "/",
        FlagStr="",
        flags=0,
        size=len(body),
        blob_digest=digest(body),
        subject=f"mail {item_id}",
        **{},
    )
    record.update(changes)
    return f"{folder.strip('/')}/{item_id:010d}-{record['subject']}.eml", json.dumps(record).encode(), body


def mail(number: int, text: str = "Hallo") -> bytes:
    """Bytes of a small message with a Message-ID of its own."""
    return f"From: a@x.test\r\nMessage-ID: <m{number}@x.test>\r\nSubject: s{number}\r\n\r\n{text}\r\n".encode()


def tar(entries: Iterable[tuple[str, bytes]], fmt: int = tarfile.GNU_FORMAT) -> bytes:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w", format=fmt) as archive:
        for name, data in entries:
            info = tarfile.TarInfo(name)
            info.size = len(data)
            archive.addfile(info, io.BytesIO(data))
    return out.getvalue()


def tgz(items: Iterable[tuple[str, bytes, bytes | None]], fmt: int = tarfile.GNU_FORMAT) -> bytes:
    """The packed archive of ``items``: name, .meta and body (None: a ``.meta`` alone)."""
    entries: list[tuple[str, bytes]] = []
    for name, meta, body in items:
        entries.append((name + ".meta", meta))
        if body is not None:
            entries.append((name, body))
    return gzip.compress(tar(entries, fmt))
