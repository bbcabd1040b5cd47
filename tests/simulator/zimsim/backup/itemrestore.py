# Copyright (c) 2026, mailops.zimbra contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One item of a path becomes one item of a mailbox. Everything that can be wrong with it is a BrokenItem."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from zimsim.backup.errors import BrokenItem
from zimsim.backup.restoreoptions import RestoreOptions
from zimsim.backup.source import SourcePath
from zimsim.model import ItemType, Mailbox, ServiceError
from zimsim.model.items import NewItem
from zimsim.model.mime import header_bytes
from zimsim.model.types import VERSIONED

_THREAD = re.compile(rb"^(message-id|in-reply-to|references):[ \t]*(.*)$", re.IGNORECASE | re.MULTILINE)
_FOLD = re.compile(rb"\r?\n[ \t]+")
_MESSAGES = (ItemType.MESSAGE, ItemType.CHAT)


def thread_of(raw: bytes) -> tuple[str, tuple[str, ...]]:
    """Message-ID and the ids a message refers to: what conversations are made of."""
    found: dict[bytes, str] = {}
    for name, value in _THREAD.findall(_FOLD.sub(b" ", header_bytes(raw)[:65536])):
        found.setdefault(name.lower(), value.strip().decode("latin-1"))
    references = f"{found.get(b'references', '')} {found.get(b'in-reply-to', '')}".split()
    return found.get(b"message-id", ""), tuple(references)


def valid_message(raw: bytes, limit: int) -> bool:
    """The LMTP validator: no line is longer than zimbra_lmtp_max_line_length."""
    if len(raw) <= limit:
        return True
    return max(map(len, raw.replace(b"\r", b"\n").split(b"\n"))) <= limit


class ItemWriter:
    """Adds leaf items (messages, contacts, appointments, tasks, documents, chats) of a Source account to a mailbox."""

    def __init__(self, source: SourcePath, mailbox: Mailbox, options: RestoreOptions) -> None:
        self._source = source
        self._mailbox = mailbox
        self._options = options

    def add(self, kind: int, state: Mapping[str, Any], folder_id: int) -> int:
        """Store the item and return its new id. Raises BrokenItem, OSError (disk full)."""
        try:
            raw = self._content(kind, state)
            if kind == ItemType.DOCUMENT:
                return self._document(state, folder_id, raw)
            thread, references = thread_of(raw) if kind == ItemType.MESSAGE and raw is not None else ("", ())
            new = NewItem(
                type=kind,
                folder_id=folder_id,
                raw=raw,
                date=state["date"],
                metadata=state["metadata"],
                flags=state["flags"],
                tags=tuple(state["tags"]),
                name=state["name"],
                subject=state["subject"],
                sender=state["sender"],
                recipients=state["recipients"],
                size=state["size"],
                thread=thread,
                references=references,
                version=state["version"],
            )
            return self._mailbox.add_item(new).id
        except ServiceError as error:
            raise BrokenItem(str(error)) from error
        except (KeyError, TypeError, AttributeError) as error:
            raise BrokenItem("metadata lacks {cause}", cause=str(error)) from error

    def _content(self, kind: int, state: Mapping[str, Any]) -> bytes | None:
        if state["digest"] is None:
            return None
        raw = self._source.blob(state["digest"])
        limit = self._options.max_file_bytes
        if limit is not None and len(raw) > limit:
            raise BrokenItem("larger than max_file_size")
        validated = kind in _MESSAGES and self._options.validate_messages
        if validated and not valid_message(raw, self._options.max_line_length):
            raise BrokenItem("refused by the LMTP validator")
        return raw

    def _document(self, state: Mapping[str, Any], folder_id: int, raw: bytes | None) -> int:
        if raw is None:
            raise BrokenItem("document without content")
        versions = [
            (revision["version"], revision, self._source.blob(revision["digest"]))
            for revision in state.get("revisions", [])
        ]
        versions.append((state["version"], state, raw))
        number, first, content = versions[0]
        item = self._mailbox.add_document(
            content,
            folder_id,
            self._free_name(folder_id, state["name"]),
            "",
            first["sender"],
            date=first["date"],
            flags=state["flags"] & ~VERSIONED,
            tags=tuple(state["tags"]),
            metadata=first["metadata"],
            version=number,
        )
        for number, revision, content in versions[1:]:
            self._mailbox.add_revision(
                item.id,
                content,
                "",
                revision["sender"],
                date=revision["date"],
                metadata=revision["metadata"],
                version=number,
            )
        return item.id

    def _free_name(self, folder_id: int, name: str) -> str:
        """Documents match by name: one that is in the way gets a numbered sister, not a new version."""
        stem, dot, extension = name.rpartition(".")
        candidate, number = name, 1
        while self._mailbox.document(folder_id, candidate) is not None:
            candidate = f"{stem} ({number}).{extension}" if dot and stem else f"{name} ({number})"
            number += 1
        return candidate
