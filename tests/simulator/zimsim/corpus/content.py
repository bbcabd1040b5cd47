#!/usr/bin/python
# Copyright (c) 2026, mailops.zimbra contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Fills one mailbox: folders, tags, mail, contacts, appointments, tasks, documents."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import islice

from zimsim.corpus.calendars import CalendarItem, calendar_item, made_up_appointment, made_up_task, real_items
from zimsim.corpus.cards import address_book
from zimsim.corpus.documents import add_documents
from zimsim.corpus.mails import NEWEST_MS, Character, Mail, MailWriter
from zimsim.corpus.samples import Corpus, Sample
from zimsim.corpus.words import Person
from zimsim.model import Entry, ItemType, Mailbox, Store
from zimsim.model.types import AUTO_CONTACTS, BRIEFCASE, CALENDAR, CONTACTS, TASKS, flags_to_bits

# So many messages are stored in one transaction: a running server gets its turn in between.
_CHUNK = 200
_NEWEST = datetime.fromtimestamp(NEWEST_MS / 1000, UTC)


@dataclass(frozen=True)
class Share:
    """What is asked of one mailbox: how many messages, which samples must come unchanged."""

    messages: int
    originals: Sequence[Sample]
    calendars: Sequence[CalendarItem]
    rich: bool


def _chunks(mails: Iterator[Mail]) -> Iterator[list[Mail]]:
    while chunk := list(islice(mails, _CHUNK)):
        yield chunk


class MailboxFiller:
    """Fills mailboxes of one server; ``counts`` says how many of what there are in the end."""

    def __init__(self, store: Store, corpus: Corpus, writer: MailWriter, people: Sequence[Person], seed: str) -> None:
        self._store = store
        self._corpus = corpus
        self._writer = writer
        self._people = people
        self._seed = seed
        self.counts: Counter[str] = Counter()

    def fill(self, account: Entry, character: Character, share: Share) -> Mailbox:
        """Everything for one account, the same for the same seed."""
        rng = random.Random(f"{self._seed}:content:{account.name}")
        with self._store.database.write():
            mailbox = self._store.mailboxes.open(account.id)
            self._layout(mailbox, character, share.rich)
            self._contacts(mailbox, rng)
            self._calendar(mailbox, account.name, share, rng)
            if self._store.product == "zimbra":
                self.counts["documents"] += add_documents(
                    mailbox, BRIEFCASE, account.name, 5 if share.rich else rng.randrange(0, 3), NEWEST_MS, rng
                )
        self._mail(mailbox, character, share)
        return mailbox

    def _layout(self, mailbox: Mailbox, character: Character, rich: bool) -> None:
        for path in character.folders:
            mailbox.ensure_folder(path, view=ItemType.MESSAGE)
        for color, name in enumerate(character.tags):
            mailbox.create_tag(name, color=color)
        if rich:
            mailbox.create_folder(
                "Ungelesen", kind=ItemType.SEARCH, query="in:inbox is:unread", query_types="message", sort_by="dateDesc"
            )
            mailbox.ensure_folder("/Geschäftskontakte", view=ItemType.CONTACT)
            mailbox.ensure_folder("/Urlaubsplan", view=ItemType.APPOINTMENT)
        self.counts["folders"] += len(character.folders)

    def _contacts(self, mailbox: Mailbox, rng: random.Random) -> None:
        for folder_id, count in ((CONTACTS, rng.randrange(3, 18)), (AUTO_CONTACTS, rng.randrange(0, 6))):
            for item in address_book(folder_id, self._people, self._corpus.cards, count, NEWEST_MS, rng):
                mailbox.add_item(item)
                self.counts["contacts"] += 1

    def _calendar(self, mailbox: Mailbox, owner: str, share: Share, rng: random.Random) -> None:
        items = list(share.calendars)
        items += [made_up_appointment(rng, _NEWEST, owner) for _ in range(rng.randrange(3, 9))]
        items += [made_up_task(rng, _NEWEST, owner) for _ in range(rng.randrange(0, 4))]
        for item in items:
            if item.task and self._store.product != "zimbra":
                continue
            with mailbox.change() as change:
                date_ms = NEWEST_MS - rng.randrange(1, 300) * 86_400_000
                folder = TASKS if item.task else CALENDAR
                mailbox.add_item(calendar_item(item, folder, change.new_id(), owner, date_ms))
            self.counts["tasks" if item.task else "appointments"] += 1

    def _mail(self, mailbox: Mailbox, character: Character, share: Share) -> None:
        folders = {folder.path: folder.id for folder in mailbox.folders() if not folder.hidden}
        for chunk in _chunks(self._writer.mails(character, share.messages, share.originals)):
            with self._store.database.write():
                for mail in chunk:
                    mailbox.add_message(
                        mail.raw,
                        folders[mail.folder],
                        date=mail.date_ms,
                        flags=flags_to_bits(mail.flags),
                        tags=mail.tags,
                    )
                    self.counts["bytes"] += len(mail.raw)
            self.counts["messages"] += len(chunk)


def spread_calendars(corpus: Corpus, mailboxes: int) -> list[list[CalendarItem]]:
    """Every real event and task to one mailbox, in turn."""
    items = real_items(corpus.calendars)
    return [items[number::mailboxes] for number in range(mailboxes)]


def spread_originals(corpus: Corpus, mailboxes: int, limits: Sequence[int]) -> list[list[Sample]]:
    """Every real message to one mailbox, in turn, as far as the mailboxes' sizes allow."""
    result: list[list[Sample]] = [[] for _ in range(mailboxes)]
    place = 0
    for sample in corpus.mails:
        for _ in range(mailboxes):
            place = (place + 1) % mailboxes
            if len(result[place]) < limits[place]:
                result[place].append(sample)
                break
    return result
