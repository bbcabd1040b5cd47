#!/usr/bin/python
# Copyright (c) 2026, mailops.zimbra contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the mailbox keeps of a message besides its bytes: subject, sender, recipients, thread, fragment, flags.

Works on any bytes: broken MIME, 8-bit headers, no header at all.
"""

from __future__ import annotations

import binascii
import re
from dataclasses import dataclass
from email.header import decode_header
from email.utils import parsedate_to_datetime

_HEADER_END = re.compile(rb"\r?\n\r?\n")
_FOLD = re.compile(rb"\r?\n[ \t]+")
_SUBJECT_PREFIX = re.compile(r"^\s*(?:(?:re|fwd?|aw|wg)\s*:\s*|\[fwd:\s*)+", re.IGNORECASE)
_WANTED = frozenset(
    (
        b"subject", b"from", b"sender", b"to", b"message-id", b"in-reply-to", b"references", b"date",
        b"content-type", b"content-transfer-encoding", b"x-priority", b"importance",
    )
)  # fmt: skip
_MAX_HEADER = 256 * 1024
_MAX_FRAGMENT = 150


@dataclass(frozen=True, slots=True)
class MessageFacts:
    """``date`` in milliseconds or None; ``references`` the ids a reply points at, newest last."""

    subject: str
    sender: str
    recipients: str
    message_id: str
    references: tuple[str, ...]
    date: int | None
    fragment: str
    has_attachment: bool
    priority: str


def header_bytes(raw: bytes) -> bytes:
    """The header block with the empty line that ends it (what ``body=0`` exports)."""
    end = _HEADER_END.search(raw)
    return raw[: end.end()] if end else raw


def header_fields(raw: bytes) -> list[tuple[str, str]]:
    """All header fields in order, unfolded, names as written, values decoded as well as they can be."""
    fields = []
    for line in _FOLD.sub(b" ", header_bytes(raw)[:_MAX_HEADER]).splitlines():
        name, colon, value = line.partition(b":")
        if colon and name and b" " not in name:
            fields.append((name.decode("latin-1"), _text(value.strip())))
    return fields


def facts(raw: bytes) -> MessageFacts:
    fields: dict[bytes, bytes] = {}
    head = header_bytes(raw)
    for line in _FOLD.sub(b" ", head[:_MAX_HEADER]).splitlines():
        name, colon, value = line.partition(b":")
        key = name.lower()
        if colon and key in _WANTED and key not in fields:
            fields[key] = value.strip()
    content_type = fields.get(b"content-type", b"text/plain").lower()
    references = tuple(
        token.decode("latin-1")
        for token in (fields.get(b"references", b"") + b" " + fields.get(b"in-reply-to", b"")).split()
    )
    return MessageFacts(
        subject=decoded(fields.get(b"subject", b"")),
        sender=decoded(fields.get(b"from") or fields.get(b"sender", b"")),
        recipients=decoded(fields.get(b"to", b"")),
        message_id=_text(fields.get(b"message-id", b"")),
        references=references,
        date=_date(fields.get(b"date")),
        fragment=_fragment(raw[len(head) :], content_type, fields.get(b"content-transfer-encoding", b"").lower()),
        has_attachment=content_type.startswith(b"multipart/mixed"),
        priority=_priority(fields),
    )


def normalised_subject(subject: str) -> str:
    """The subject without reply prefixes, as threads compare it."""
    return _SUBJECT_PREFIX.sub("", subject).strip()


def _text(value: bytes) -> str:
    try:
        return value.decode("utf-8")
    except UnicodeDecodeError:
        return value.decode("latin-1")


def decoded(value: bytes) -> str:
    """A header value with its encoded words; what cannot be decoded stays as it is written."""
    text = _text(value)
    if "=?" not in text:
        return text
    try:
        parts = decode_header(text)
        return "".join(
            part if isinstance(part, str) else part.decode(charset or "latin-1", "replace") for part, charset in parts
        )
    except (LookupError, ValueError, binascii.Error):
        return text


def _date(value: bytes | None) -> int | None:
    if not value:
        return None
    try:
        return int(parsedate_to_datetime(_text(value)).timestamp()) * 1000
    except (ValueError, OverflowError, TypeError, IndexError, OSError):
        return None


def _priority(fields: dict[bytes, bytes]) -> str:
    """``!`` for high, ``?`` for low importance, else nothing."""
    importance = fields.get(b"importance", b"").lower()
    priority = fields.get(b"x-priority", b"")[:1]
    if importance == b"high" or priority in (b"1", b"2"):
        return "!"
    if importance == b"low" or priority in (b"4", b"5"):
        return "?"
    return ""


def _fragment(body: bytes, content_type: bytes, encoding: bytes) -> str:
    """The first words of a plain text body."""
    if encoding in (b"base64", b"quoted-printable") or not content_type.startswith(b"text/plain"):
        return ""
    return " ".join(_text(body[: _MAX_FRAGMENT * 2]).split())[:_MAX_FRAGMENT]
