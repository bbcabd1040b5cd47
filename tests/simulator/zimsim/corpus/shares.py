#!/usr/bin/python
# Copyright (c) 2026, mailops.zimbra contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Grants of every kind between the accounts of a fill, and the mountpoints that use some of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from zimsim.corpus.provision import Population, Resident
from zimsim.model import Folder, ItemType, Mailbox, Store
from zimsim.model.items import Grant
from zimsim.model.types import CALENDAR, CONTACTS, INBOX, NO_INHERIT

_GONE = "deadbeef-0000-4000-8000-000000000000"


@dataclass
class ShareCounts:
    grants: int = 0
    mountpoints: int = 0


class Sharer:
    def __init__(self, store: Store, population: Population) -> None:
        self._store = store
        self._population = population
        self.counts = ShareCounts()

    def _grant(self, mailbox: Mailbox, folder_id: int, grant: Grant) -> None:
        mailbox.grant(folder_id, grant)
        self.counts.grants += 1

    def _mount(self, mailbox: Mailbox, name: str, owner: Resident, folder: Folder) -> None:
        mailbox.create_folder(
            name,
            kind=ItemType.MOUNTPOINT,
            view=folder.view,
            owner_id=owner.entry.id,
            owner_name=owner.entry.name,
            remote_id=folder.id,
            remote_uuid=folder.uuid,
        )
        self.counts.mountpoints += 1

    def _between(self, owner: Resident, grantee: Resident, rights: str, folder_id: int, name: str) -> None:
        """A grant to one person, who mounts the folder."""
        mailbox = self._store.mailboxes.open(owner.entry.id)
        self._grant(mailbox, folder_id, Grant(grantee.entry.id, "usr", rights, grantee.entry.name))
        self._mount(self._store.mailboxes.open(grantee.entry.id), name, owner, mailbox.folder(folder_id))

    def _to_many(self, owner: Resident, number: int) -> None:
        """One grant of each other kind on one person's folders."""
        mailbox = self._store.mailboxes.open(owner.entry.id)
        folder = mailbox.ensure_folder("/Inbox/Projects", view=ItemType.MESSAGE)
        domain = self._store.directory.get("domain", owner.entry.domain)
        team = next((each for each in self._population.lists if each.domain == owner.entry.domain), None)
        if team is not None:
            self._grant(mailbox, folder.id, Grant(team.id, "grp", "rwidx", team.name))
        self._grant(mailbox, CONTACTS, Grant(domain.id, "dom", "r", domain.name))
        self._grant(mailbox, CALENDAR, Grant("", "pub", "r"))
        self._grant(mailbox, INBOX, Grant("partner@outside.example", "guest", "r", "partner@outside.example", "geheim"))
        if number % 2 == 0:
            self._grant(mailbox, CONTACTS, Grant("", "all", "r"))
            self._grant(mailbox, INBOX, Grant(_GONE, "usr", "rw", ""))
            closed = mailbox.ensure_folder("/Inbox/Vertraulich", view=ItemType.MESSAGE)
            mailbox.update_folder(closed.id, flags=closed.flags | NO_INHERIT)

    def share(self, residents: Sequence[Resident]) -> None:
        """Calendars to the neighbour, every third inbox folder to the next but one, other kinds every fifth."""
        count = len(residents)
        for number, owner in enumerate(residents):
            if count < 3:
                break
            with self._store.database.write():
                neighbour, other = residents[(number + 1) % count], residents[(number + 2) % count]
                rights = "rwidx" if number % 2 else "r"
                self._between(owner, neighbour, rights, CALENDAR, f"Kalender {owner.person.name}")
                if number % 3 == 0:
                    mailbox = self._store.mailboxes.open(owner.entry.id)
                    folder = mailbox.ensure_folder("/Gemeinsam – Ablage", view=ItemType.MESSAGE)
                    self._between(owner, other, "rwidxa", folder.id, f"Ablage {owner.person.name}")
                if number % 5 == 0:
                    self._to_many(owner, number)
