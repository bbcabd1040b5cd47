#!/usr/bin/python
# Copyright (c) 2026, mailops.zimbra contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""``zimsim fill``: people, lists, mailboxes with real mail, calendars, contacts, files, shares.

The writing goes straight to the server's database, in short transactions: SQLite's own lock orders it with a running
server, so it works on a stopped and on a running one.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from zimsim.config import Config
from zimsim.corpus.cards import contact_item, person_attributes
from zimsim.corpus.compose import Composer
from zimsim.corpus.content import MailboxFiller, Share, spread_calendars, spread_originals
from zimsim.corpus.mails import NEWEST_MS, MailWriter, make_character
from zimsim.corpus.provision import Population, Provisioner, Resident
from zimsim.corpus.samples import Corpus, default_corpus, load_corpus
from zimsim.corpus.shares import Sharer
from zimsim.journal import Journal
from zimsim.model import ItemType, ServiceError, Store
from zimsim.model.store import STATE
from zimsim.server import become

PASSWORDS_FILE = "fill.json"


@dataclass(frozen=True)
class FillPlan:
    """``messages`` is the number over all accounts; the same seed and corpus give the same bytes."""

    accounts: int
    domains: Sequence[str]
    messages: int
    seed: str
    corpus: Corpus


@dataclass
class FillSummary:
    """``counts``: messages, bytes, folders, contacts, appointments, tasks, documents, grants, mountpoints, lists."""

    accounts: int
    counts: dict[str, int]
    seconds: float
    real: bool
    passwords: dict[str, str] = field(default_factory=dict, repr=False)

    def line(self) -> str:
        parts = ", ".join(f"{number} {name}" for name, number in self.counts.items() if name != "bytes")
        size = self.counts["bytes"] / 1e6
        return f"{self.accounts} accounts, {parts}; {size:.1f} MB of mail in {self.seconds:.1f} s"


def mailbox_sizes(rng: random.Random, mailboxes: int, messages: int) -> list[int]:
    """Message counts that sum up to ``messages``: a few large mailboxes, many small ones, none empty if possible."""
    weights = [rng.lognormvariate(0, 0.9) for _ in range(mailboxes)]
    total = sum(weights)
    sizes = [int(messages * weight / total) for weight in weights]
    for place in range(messages - sum(sizes)):
        sizes[place % mailboxes] += 1
    return sizes


def _gal_contacts(store: Store, population: Population, rng: random.Random) -> None:
    """The GalSync account's copy of the address list."""
    if population.gal_sync is None:
        return
    mailbox = store.mailboxes.open(population.gal_sync.id)
    with store.database.write():
        folder = mailbox.ensure_folder("/_InternalGAL", view=ItemType.CONTACT)
        for resident in population.residents:
            mailbox.add_item(contact_item(folder.id, person_attributes(resident.person, rng), NEWEST_MS))


def _save_passwords(home: Path, residents: Sequence[Resident]) -> None:
    """For tests that log in: ``{address: password}`` in a file for the server's owner alone."""
    path = home / STATE / PASSWORDS_FILE
    known: dict[str, Any] = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
    known.update({each.person.address: each.password for each in residents})
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as handle:
        json.dump(known, handle, indent=1)


def fill(store: Store, plan: FillPlan, say: Callable[[str], None] = lambda _: None) -> FillSummary:
    """Adds the plan's people and their things to the server; ServiceError when an address is taken already."""
    started = time.monotonic()
    rng = random.Random(f"{plan.seed}:fill")
    with store.database.write():
        population = Provisioner(store.directory, plan.seed).provision(plan.domains, plan.accounts)
    owners = [each for each in population.residents if each.has_mailbox]
    people = [each.person for each in population.residents]
    sizes = mailbox_sizes(rng, len(owners), plan.messages) if owners else []
    originals = spread_originals(plan.corpus, len(owners), sizes) if owners else []
    calendars = spread_calendars(plan.corpus, len(owners)) if owners else []
    writer = MailWriter(Composer(plan.corpus.mails, rng), plan.corpus.mails, people, plan.seed)
    filler = MailboxFiller(store, plan.corpus, writer, people, plan.seed)
    for number, owner in enumerate(owners):
        rich = number % 10 == 0
        character = make_character(owner.person, random.Random(f"{plan.seed}:{owner.person.address}"), rich=rich)
        filler.fill(owner.entry, character, Share(sizes[number], originals[number], calendars[number], rich))
        if number % 20 == 19:
            say(f"{number + 1} of {len(owners)} mailboxes, {filler.counts['messages']} messages")
    sharer = Sharer(store, population)
    sharer.share(owners)
    _gal_contacts(store, population, rng)
    _save_passwords(store.home, population.residents)
    names = ("messages", "bytes", "folders", "contacts", "appointments", "tasks", "documents")
    counts = {name: filler.counts[name] for name in names}
    counts |= {
        "grants": sharer.counts.grants,
        "mountpoints": sharer.counts.mountpoints,
        "lists": len(population.lists),
    }
    passwords = {each.person.address: each.password for each in population.residents}
    return FillSummary(plan.accounts, counts, time.monotonic() - started, plan.corpus.real, passwords)


def configure(parser: argparse.ArgumentParser) -> None:
    """The arguments of ``zimsim fill``."""
    parser.add_argument("directory", type=Path)
    parser.add_argument("--accounts", type=int, default=20, metavar="N")
    parser.add_argument("--domains", default="a.test,b.test", metavar="NAME,...", help="made when missing")
    parser.add_argument("--messages", type=int, default=1000, metavar="N", help="over all accounts")
    parser.add_argument("--seed", default="1", help="the same seed gives the same bytes")
    parser.add_argument("--corpus", type=Path, help="what 'python -m zimsim.corpus.fetch' made; default: .build/corpus")
    parser.add_argument("--json", action="store_true", help="print the summary as JSON, passwords included")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Fill the server in ``directory``; exit status 1 when the directory refuses an entry."""
    config = Config.load(arguments.directory)
    corpus = load_corpus(arguments.corpus or default_corpus())
    if not corpus.real:
        sys.stderr.write("zimsim fill: no fetched corpus, only the project's own samples are used\n")
    plan = FillPlan(arguments.accounts, arguments.domains.split(","), arguments.messages, arguments.seed, corpus)
    # What root writes must belong to the server's user.
    become(config.service_user)
    store = Store(config.home)
    try:
        summary = fill(store, plan, say=lambda text: print(text, file=sys.stderr))
    except ServiceError as error:
        sys.stderr.write(f"zimsim fill: {error}\n")
        return 1
    finally:
        store.close()
    Journal(config.state / "journal.jsonl").record(
        "fill", "zimsim", "fill", ",".join(plan.domains), seed=plan.seed, accounts=plan.accounts, **summary.counts
    )
    if arguments.json:
        print(json.dumps({"accounts": summary.accounts, **summary.counts, "passwords": summary.passwords}))
    else:
        print(summary.line())
    return 0
