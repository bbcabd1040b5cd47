#!/usr/bin/python
# Copyright (c) 2026, mailops.zimbra contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Make one message: fresh identity (ids, dates, people, subject) round a generated or a borrowed body.

A borrowed body keeps every byte of a real message's body and of its content headers; only what says who wrote what when
is new, so that each message is one of its own.
"""

from __future__ import annotations

import base64
import random
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from email.header import Header
from email.utils import format_datetime

from zimsim.corpus.samples import Sample
from zimsim.corpus.words import Person, make_paragraphs

_FIELD = re.compile(rb"[!-9;-~]+[ \t]*:(?:[^\n]*)(?:\n[ \t][^\n]*)*\n?")
_HEADER_END = re.compile(rb"\r?\n\r?\n")
_CONTENT = (b"content-", b"mime-version")
_ZONES = (0, 60, 120, -300, -480, 330, 540)
_FILES = ("report.pdf", "Übersicht.xlsx", "photo_0042.jpg", "scan.tif", "notes.txt")


@dataclass(frozen=True)
class Envelope:
    """Who wrote what when; ``references`` are the Message-IDs of the thread so far, oldest first."""

    message_id: str
    sender: Person
    recipients: tuple[Person, ...]
    subject: str
    date: datetime
    references: tuple[str, ...]


def split_content(raw: bytes) -> tuple[bytes, bytes]:
    """``(content headers, body)`` of a message, bytes as they are; no header end means no body."""
    end = _HEADER_END.search(raw)
    head, body = (raw[: end.start()] + b"\n", raw[end.end() :]) if end else (raw, b"")
    fields = [match.group(0) for match in _FIELD.finditer(head) if match.group(0).lower().startswith(_CONTENT)]
    return b"".join(field.rstrip(b"\r\n") + b"\r\n" for field in fields), body


def _encoded(text: str) -> str:
    return text if text.isascii() else Header(text, "utf-8", maxlinelen=400).encode()


def _mailbox(person: Person) -> str:
    return f"{_encoded(person.name)} <{person.address}>"


class Composer:
    """Builds messages; all randomness comes from the generator handed to each call."""

    def __init__(self, samples: Sequence[Sample], rng: random.Random) -> None:
        self._paragraphs = [text.encode() for text in make_paragraphs(rng)]
        # Large real messages are rare, as they are in real mailboxes.
        self._borrowed = [split_content(sample.data) for sample in samples]
        self._weights = [1 / (2_000 + len(sample.data)) ** 0.8 for sample in samples]

    def _header(self, envelope: Envelope, rng: random.Random) -> bytes:
        host = envelope.sender.address.partition("@")[2]
        when = format_datetime(envelope.date)
        lines = [f"Return-Path: <{envelope.sender.address}>"]
        for hop in range(rng.randrange(1, 4)):
            lines.append(
                f"Received: from relay{hop}.{host} (relay{hop}.{host} [192.0.2.{rng.randrange(1, 255)}])\r\n"
                f"\tby mx{rng.randrange(1, 4)}.example.test (Postfix) with ESMTPS id {rng.getrandbits(40):010X};\r\n"
                f"\t{when}"
            )
        lines += [
            f"Date: {when}",
            f"From: {_mailbox(envelope.sender)}",
            "To: " + ",\r\n ".join(_mailbox(person) for person in envelope.recipients),
            f"Message-ID: {envelope.message_id}",
            f"Subject: {_encoded(envelope.subject)}",
        ]
        if envelope.references:
            lines.append(f"In-Reply-To: {envelope.references[-1]}")
            lines.append("References: " + "\r\n ".join(envelope.references[-12:]))
        return "\r\n".join(lines).encode("ascii", "replace") + b"\r\n"

    def _text(self, rng: random.Random, median: float) -> bytes:
        wanted = min(int(rng.lognormvariate(0, 1.1) * median), 200_000)
        parts: list[bytes] = []
        size = 0
        while size <= wanted:
            part = rng.choice(self._paragraphs)
            parts.append(part)
            size += len(part) + 4
        return b"\r\n\r\n".join(parts) + b"\r\n"

    def _plain(self, rng: random.Random) -> bytes:
        return (
            b"MIME-Version: 1.0\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: 8bit\r\n\r\n"
            + self._text(rng, 1_500)
        )

    def _alternative(self, rng: random.Random) -> bytes:
        text = self._text(rng, 1_200)
        boundary = f"=_{rng.getrandbits(64):016x}".encode()
        html = b"<html><body><p>" + text.replace(b"\r\n\r\n", b"</p>\r\n<p>") + b"</p></body></html>\r\n"
        return b"".join(
            (
                b'MIME-Version: 1.0\r\nContent-Type: multipart/alternative; boundary="', boundary, b'"\r\n\r\n',
                b"--", boundary, b"\r\nContent-Type: text/plain; charset=utf-8\r\n",
                b"Content-Transfer-Encoding: 8bit\r\n\r\n", text,
                b"\r\n--", boundary, b"\r\nContent-Type: text/html; charset=utf-8\r\n",
                b"Content-Transfer-Encoding: 8bit\r\n\r\n", html, b"\r\n--", boundary, b"--\r\n",
            )
        )  # fmt: skip

    def _attachment(self, rng: random.Random) -> bytes:
        boundary = f"----=_Part_{rng.getrandbits(48)}".encode()
        name = _encoded(rng.choice(_FILES)).encode("ascii")
        size = min(int(rng.lognormvariate(0, 1.2) * 25_000), 2_000_000)
        return b"".join(
            (
                b'MIME-Version: 1.0\r\nContent-Type: multipart/mixed;\r\n boundary="', boundary, b'"\r\n\r\n',
                b"--", boundary, b"\r\nContent-Type: text/plain; charset=utf-8\r\n",
                b"Content-Transfer-Encoding: 8bit\r\n\r\n", self._text(rng, 400),
                b"\r\n--", boundary, b'\r\nContent-Type: application/octet-stream; name="', name,
                b'"\r\nContent-Transfer-Encoding: base64\r\nContent-Disposition: attachment; filename="', name,
                b'"\r\n\r\n', base64.encodebytes(rng.randbytes(size)).replace(b"\n", b"\r\n"),
                b"--", boundary, b"--\r\n",
            )
        )  # fmt: skip

    def compose(self, envelope: Envelope, rng: random.Random) -> bytes:
        """The whole message: 55 % plain, 22 % alternative, 15 % borrowed, 8 % with an attachment."""
        header = self._header(envelope, rng)
        kind = rng.random()
        if kind < 0.55:
            return header + self._plain(rng)
        if kind < 0.77:
            return header + self._alternative(rng)
        if kind < 0.92:
            content, body = rng.choices(self._borrowed, self._weights)[0]
            return header + content + b"\r\n" + body
        return header + self._attachment(rng)


def local_time(moment_ms: int, rng: random.Random) -> datetime:
    """The moment in one of a few time zones, as different senders write it."""
    zone = timezone(timedelta(minutes=rng.choice(_ZONES)))
    return datetime.fromtimestamp(moment_ms // 1000, zone)
