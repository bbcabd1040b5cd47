#!/usr/bin/python
# Copyright (c) 2026, mailops.zimbra contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The directory of a filled server: classes of service, domains, people with aliases, lists, GalSync, rooms.

Everything has the same ids and attributes for the same seed, passwords included; only the stored hashes differ.
"""

from __future__ import annotations

import random
import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field

from zimsim.corpus.words import Person, ascii_local_part, make_people
from zimsim.model import Directory, Entry
from zimsim.model.entries import Attributes

_SIEVE = (
    'require ["fileinto", "reject", "tag", "flag"];\n\n# Projekte\nif anyof (header :contains ["subject"] "Ticket") {\n'
    '    fileinto "/Inbox/Projects";\n    stop;\n}\n'
)
# The middle lines look like lines of a directory dump: a reader that goes by lines is led astray (R59).
_SIGNATURE = (
    "{name}\nzimbraId: 00000000-0000-0000-0000-000000000000\n\n# name nobody@example.test\nTel. +49 221 1234 · Köln"
)


@dataclass(frozen=True)
class Resident:
    """One account of the fill and its clear-text password."""

    person: Person
    entry: Entry
    password: str
    aliases: tuple[str, ...]
    has_mailbox: bool


@dataclass
class Population:
    """Whom a fill has made; ``gal_sync`` is the GalSync account."""

    residents: list[Resident] = field(default_factory=list)
    lists: list[Entry] = field(default_factory=list)
    rooms: list[Entry] = field(default_factory=list)
    gal_sync: Entry | None = None


class Provisioner:
    """Makes the entries of one fill; what exists already is left as it is."""

    def __init__(self, directory: Directory, seed: str) -> None:
        self._directory = directory
        self._rng = random.Random(f"{seed}:directory")
        self._seed = seed

    def _id(self, name: str) -> str:
        return str(uuid.UUID(int=random.Random(f"{self._seed}:id:{name}").getrandbits(128), version=4))

    def _account(self, name: str, attrs: Attributes, password: str | None = None, kind: str = "account") -> Entry:
        return self._directory.create(kind, name, attrs, entry_id=self._id(name), password=password)

    def _cos(self, name: str, attrs: Attributes) -> Entry:
        return self._directory.find("cos", name) or self._directory.create("cos", name, attrs)

    def _domains(self, names: Sequence[str], default_cos: Entry) -> None:
        for number, name in enumerate(names):
            if self._directory.find("domain", name) is None:
                attrs: Attributes = {
                    "description": [f"Domain {number + 1} – Zweigstelle"],
                    "zimbraPublicServiceHostname": [f"webmail.{name}"],
                    "zimbraNotes": ["first line\nsecond line"],
                }
                if number % 2:
                    attrs["zimbraDomainDefaultCOSId"] = [default_cos.id]
                self._directory.create("domain", name, attrs)

    def _attributes(self, person: Person, number: int, cos: Sequence[Entry], people: Sequence[Person]) -> Attributes:
        rng = self._rng
        first, _, last = person.name.partition(" ")
        attrs: Attributes = {
            "displayName": [person.name],
            "cn": [person.name],
            "givenName": [first],
            "sn": [last],
            "zimbraPrefLocale": [rng.choice(("de", "en_US", "fr"))],
        }
        if number % 3 == 0:
            attrs["description"] = ["Büro Süd", "line two"]
            attrs["zimbraCOSId"] = [cos[number // 3 % len(cos)].id]
        if number % 4 == 0:
            signature = self._id(f"signature:{person.address}")
            attrs["zimbraPrefMailSignature"] = [_SIGNATURE.format(name=person.name)]
            attrs["zimbraSignatureId"] = [signature]
            attrs["zimbraSignatureName"] = ["Geschäftlich"]
            attrs["zimbraPrefDefaultSignatureId"] = [signature]
        if number % 5 == 0:
            attrs["zimbraMailSieveScript"] = [_SIEVE]
        if number % 7 == 0:
            attrs["zimbraPrefOutOfOfficeReply"] = ["Ich bin weg.\n\n-- \n" + first]
        if number % 25 == 24:
            attrs["zimbraPrefMailForwardingAddress"] = [people[0].address]
        return attrs

    def _aliases(self, person: Person, taken: set[str]) -> tuple[str, ...]:
        local, _, domain = person.address.partition("@")
        first = ascii_local_part(person.name.split()[0])
        wanted = [f"{first[:1]}.{local.partition('.')[2]}@{domain}", f"{first}@{domain}"]
        found = tuple(alias for alias in wanted if alias not in taken and self._rng.random() < 0.35)
        taken.update(found)
        return found

    def _people(self, people: Sequence[Person], cos: Sequence[Entry]) -> list[Resident]:
        taken = {person.address for person in people}
        without = max(1, len(people) // 30) if len(people) >= 10 else 0
        residents = []
        for number, person in enumerate(people):
            password = f"pw-{self._rng.getrandbits(48):012x}"
            entry = self._account(person.address, self._attributes(person, number, cos, people), password)
            aliases = self._aliases(person, taken)
            for alias in aliases:
                self._directory.add_alias(entry.id, alias)
            entry = self._directory.get("account", entry.id)
            residents.append(Resident(person, entry, password, aliases, number < len(people) - without))
        return residents

    def _lists(self, domains: Sequence[str], residents: Sequence[Resident]) -> list[Entry]:
        """In each domain ``alle`` with everybody, ``team`` with a few and someone outside, nested in ``alle``."""
        made = []
        for domain in domains:
            own = [each for each in residents if each.person.address.endswith(f"@{domain}")]
            if not own:
                continue
            team = self._directory.create("dl", f"team@{domain}", {"displayName": "Team Süd", "description": "nested"})
            members = [each.person.address for each in own[:4]] + ["partner@outside.example"]
            # A member may be named by an alias.
            members += [each.aliases[0] for each in own[4:8] if each.aliases]
            self._directory.add_members(team.id, members)
            everyone = self._directory.create(
                "dl", f"alle@{domain}", {"displayName": "Alle", "zimbraHideInGal": "TRUE"}
            )
            self._directory.add_members(everyone.id, [each.person.address for each in own] + [team.name])
            self._directory.add_alias(everyone.id, f"everyone@{domain}")
            made += [team, everyone]
        return made

    def _gal_sync(self, domain: str) -> Entry:
        """The account the installer of a real server makes for the address list."""
        address = f"galsync.{self._rng.getrandbits(40):08x}@{domain}"
        attrs: Attributes = {
            "displayName": ["GalSync"],
            "zimbraHideInGal": ["TRUE"],
            "zimbraIsSystemResource": ["TRUE"],
        }
        gal = self._account(address, attrs)
        owner = self._directory.get("domain", domain)
        self._directory.modify(owner.id, {"+zimbraGalAccountId": gal.id, "zimbraGalMode": "zimbra"})
        return gal

    def _rooms(self, domain: str) -> list[Entry]:
        attrs: Attributes = {"displayName": ["Raum 1 – Köln"], "zimbraCalResType": ["Location"]}
        return [self._account(f"raum1@{domain}", attrs, kind="resource")]

    def provision(self, domains: Sequence[str], accounts: int) -> Population:
        """All entries of a fill; ServiceError when an address is taken already."""
        staff = self._cos("staff", {"description": ["Mitarbeiter"], "zimbraMailQuota": ["5368709120"]})
        limited = self._cos("Büro klein", {"zimbraMailQuota": ["2147483648"], "zimbraNotes": ["zwei\nZeilen"]})
        self._domains(domains, staff)
        people = make_people(self._rng, list(domains), accounts)
        population = Population(residents=self._people(people, (staff, limited)))
        population.lists = self._lists(domains, population.residents)
        population.gal_sync = self._gal_sync(domains[0])
        population.rooms = self._rooms(domains[0])
        return population
