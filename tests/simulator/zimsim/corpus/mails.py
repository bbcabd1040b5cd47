#!/usr/bin/python
# Copyright (c) 2026, mailops.zimbra contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The mail of one person: which messages, in which folders, with which flags, tags and dates, in which threads."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from zimsim.corpus.compose import Composer, Envelope, local_time
from zimsim.corpus.samples import Sample
from zimsim.corpus.words import Person, make_subject

# 2026-11-01T00:00:00Z: the newest generated message; a fixed day, so that the same seed gives the same bytes.
NEWEST_MS = 1_793_491_200_000
_DAY_MS = 86_400_000
_SPREAD_DAYS = 3 * 365
_SMALL = 16_384

OWN_FOLDERS = (
    "/Inbox/Projects",
    "/Inbox/Projects/Büro Süd",
    "/Archiv 2024",
    "/Archiv 2024/Ä Ö Ü ß",
    "/Договоры",
    "/日本語フォルダ",
    "/R&D <lab> 'x'",
    "/100% sicher; wirklich",
    "/🎉 Feier",
    "/Sent/Kunden",
)
TAG_NAMES = ("Wichtig", "to do", "Büro", "später…", "A&B")


@dataclass(frozen=True)
class Mail:
    """One message to be stored; ``flags`` are the platform's letters, ``date_ms`` UTC milliseconds, whole seconds."""

    raw: bytes
    folder: str
    date_ms: int
    flags: str
    tags: tuple[str, ...]


@dataclass(frozen=True)
class Character:
    """What a person's mailbox looks like: the same person with the same seed has always the same one."""

    owner: Person
    folders: tuple[str, ...]
    tags: tuple[str, ...]


def with_parents(paths: Sequence[str]) -> tuple[str, ...]:
    """The paths and all folders above them, parents first, without the system folders at the top."""
    wanted: list[str] = []
    for path in paths:
        parts = path.split("/")[1:]
        for depth in range(1, len(parts) + 1):
            prefix = "/" + "/".join(parts[:depth])
            if prefix not in wanted and prefix not in ("/Inbox", "/Sent"):
                wanted.append(prefix)
    return tuple(wanted)


def make_character(owner: Person, rng: random.Random, *, rich: bool) -> Character:
    """``rich`` gives every folder and tag there is; others get a handful."""
    folders = OWN_FOLDERS if rich else tuple(rng.sample(OWN_FOLDERS, rng.randrange(2, 7)))
    tags = TAG_NAMES if rich else tuple(rng.sample(TAG_NAMES, rng.randrange(0, 4)))
    return Character(owner, with_parents(folders), tags)


class MailWriter:
    """Writes the mailboxes of a fill; ``people`` are all the owners, who mail each other and the outside."""

    def __init__(self, composer: Composer, samples: Sequence[Sample], people: Sequence[Person], seed: str) -> None:
        self._composer = composer
        self._small = [sample for sample in samples if len(sample.data) <= _SMALL]
        self._people = people
        self._seed = seed

    def _date(self, rng: random.Random) -> int:
        age = min(rng.expovariate(4 / _SPREAD_DAYS), _SPREAD_DAYS)
        return (NEWEST_MS - int(age * _DAY_MS)) // 1000 * 1000

    def _placed(self, raw: bytes, character: Character, date_ms: int, rng: random.Random) -> Mail:
        place = rng.random()
        flags = ""
        if place < 0.48:
            folder = "/Inbox"
            flags = "u" if rng.random() < 0.22 else ""
        elif place < 0.62:
            folder, flags = "/Sent", "s"
        elif place < 0.66:
            folder = "/Trash"
        elif place < 0.70:
            folder, flags = "/Junk", "u"
        elif place < 0.72:
            folder, flags = "/Drafts", "sd"
        else:
            folder = rng.choice(character.folders)
        if rng.random() < 0.15 and "d" not in flags:
            flags += "r"
        if rng.random() < 0.04:
            flags += "f"
        tags: tuple[str, ...] = ()
        if character.tags and rng.random() < 0.08:
            tags = tuple(rng.sample(character.tags, rng.randrange(1, min(3, len(character.tags) + 1))))
        return Mail(raw, folder, date_ms, flags, tags)

    def _envelope(self, character: Character, number: int, threads: list[Envelope], rng: random.Random) -> Envelope:
        owner = character.owner
        partner = rng.choice(self._people) if rng.random() < 0.6 else Person("Kontakt", f"k{number}@outside.example")
        sender, recipient = (owner, partner) if rng.random() < 0.25 else (partner, owner)
        date_ms = self._date(rng)
        subject = make_subject(rng)
        references: tuple[str, ...] = ()
        if threads and rng.random() < 0.4:
            first = rng.choice(threads)
            references = (*first.references, first.message_id)
            subject = first.subject if first.subject.startswith("Re: ") else f"Re: {first.subject}"
        host = sender.address.partition("@")[2]
        token = f"{rng.getrandbits(64):016x}.{number}"
        return Envelope(f"<{token}@{host}>", sender, (recipient,), subject, local_time(date_ms, rng), references)

    def mails(self, character: Character, count: int, originals: Sequence[Sample]) -> Iterator[Mail]:
        """``count`` messages; the ``originals`` come first and unchanged, other small samples turn up in between."""
        rng = random.Random(f"{self._seed}:mail:{character.owner.address}")
        threads: list[Envelope] = []
        last: Mail | None = None
        for number in range(count):
            if number < len(originals):
                mail = self._placed(originals[number].data, character, self._date(rng), rng)
            elif rng.random() < 0.04:
                mail = self._placed(rng.choice(self._small).data, character, self._date(rng), rng)
            elif last is not None and rng.random() < 0.003:
                # The same message twice in one folder: rules that count digests once would lose one.
                mail = last
            else:
                envelope = self._envelope(character, number, threads, rng)
                threads = [*threads[-19:], envelope]
                raw = self._composer.compose(envelope, rng)
                mail = self._placed(raw, character, int(envelope.date.timestamp()) * 1000, rng)
            last = mail
            yield mail
