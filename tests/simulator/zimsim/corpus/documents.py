#!/usr/bin/python
# Copyright (c) 2026, mailops.zimbra contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Files in the Briefcase, some with several versions (Zimbra only: the other product keeps none in mailboxes)."""

from __future__ import annotations

import random

from zimsim.model import Mailbox

_NAMES = (
    ("Notiz Ä.txt", "text/plain"),
    ("Angebot 2026.pdf", "application/pdf"),
    ("Zählerstände.csv", "text/csv"),
    ("ohne Endung", "application/octet-stream"),
    ("a very long name that goes on and on until it is past what an archive entry may have, and then a little more.odt",
     "application/vnd.oasis.opendocument.text"),
)  # fmt: skip


def add_documents(mailbox: Mailbox, folder_id: int, owner: str, count: int, newest_ms: int, rng: random.Random) -> int:
    """``count`` documents, every second one with up to four versions; how many blobs were written."""
    written = 0
    for number in range(count):
        name, content_type = _NAMES[number % len(_NAMES)]
        if number >= len(_NAMES):
            name = f"{number:03d} {name}"
        date = newest_ms - rng.randrange(30, 600) * 86_400_000
        item = mailbox.add_document(_content(rng, content_type, 1), folder_id, name, content_type, owner, date=date)
        written += 1
        for version in range(2, 2 + (rng.randrange(1, 4) if number % 2 == 0 else 0)):
            date += 86_400_000
            mailbox.add_revision(item.id, _content(rng, content_type, version), content_type, owner, date=date)
            written += 1
    return written


def _content(rng: random.Random, content_type: str, version: int) -> bytes:
    if content_type.startswith("text/"):
        return f"Version {version}\n{rng.getrandbits(64):016x}\nÄÖÜ\n".encode()
    return rng.randbytes(rng.randrange(200, 20_000))
