#!/usr/bin/python
# Copyright (c) 2026, mailops.zimbra contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Names and running text: small pools, combined at random into people, subjects and paragraphs."""

from __future__ import annotations

import random
import unicodedata
from dataclasses import dataclass

_GIVEN = [
    "Ada",
    "Ben",
    "Carla",
    "Dario",
    "Elif",
    "Frieda",
    "Gero",
    "Hanna",
    "Ivo",
    "Jörg",
    "Katja",
    "Luis",
    "Mira",
    "Noé",
    "Olga",
    "Pavel",
    "Quirin",
    "Rosa",
    "Søren",
    "Tomáš",
    "Uta",
    "Viktor",
    "Wanda",
    "Xenia",
    "Yann",
    "Zoë",
    "Åsa",
    "Bożena",
    "Çiğdem",
    "Dmitri",
    "Émile",
    "Fatma",
]
_FAMILY = [
    "Albrecht",
    "Berg",
    "Čapek",
    "Dupont",
    "Ebert",
    "Faßbender",
    "Großmann",
    "Haas",
    "Ibsen",
    "Jansen",
    "Krüger",
    "Lindström",
    "Müller",
    "Núñez",
    "Öztürk",
    "Petrov",
    "Quast",
    "Roth",
    "Schäfer",
    "Şahin",
    "Thomsen",
    "Ullrich",
    "Vogt",
    "Weiß",
    "Yılmaz",
    "Zieliński",
]
_SENTENCES = (
    "The delivery will arrive on Thursday before noon.",
    "Could you have a look at the attached figures and tell me what you think?",
    "Wir treffen uns um halb zehn im großen Besprechungsraum, bitte pünktlich.",
    "Für die Abrechnung fehlen noch zwei Belege vom März.",
    "Le compte rendu de la réunion est en pièce jointe.",
    "The second server answers again; the first one needs a new disk.",
    "Пожалуйста, проверьте адрес получателя и номер договора.",
    "Das Angebot gilt bis Ende des Monats und enthält die Montage.",
    "I have moved the appointment; everybody should have received the update.",
    "Proszę o potwierdzenie odbioru dokumentów.",
    "As discussed on the phone, we start with the small branch and do the rest in May.",
    "来週の会議は火曜日に変更になりました。",
    "The contract was signed yesterday; a copy is in the shared folder.",
    "Bitte den Entwurf nicht weitergeben, die Zahlen sind noch nicht geprüft.",
    "No answer is needed if Friday suits you.",
    "Se adjunta la factura número 4711 con fecha de hoy.",
)
_SUBJECTS = (
    "Quarterly figures",
    "Angebot Umzug",
    "Besprechung am Dienstag",
    "New disk for the mail server",
    "Rechnung 2026-{n}",
    "Réunion de service",
    "Договор {n}",
    "Urlaubsantrag",
    "Order {n} has been shipped",
    "Protokoll der Sitzung Nr. {n}",
    "打ち合わせの件",
    "Zählerstände Werk Süd",
    "Lunch?",
    "Ticket #{n}: printer on the second floor",
)
PARAGRAPHS = 256


@dataclass(frozen=True)
class Person:
    """``address`` is plain ASCII, ``name`` may hold any letter."""

    name: str
    address: str


def ascii_local_part(name: str) -> str:
    """``Jörg Faßbender`` to ``joerg.fassbender``-like text: letters without marks, words joined by dots."""
    special = str.maketrans({"ß": "ss", "ø": "o", "ł": "l", "ı": "i", "Ł": "L", "Ø": "O"})
    plain = unicodedata.normalize("NFKD", name.translate(special)).encode("ascii", "ignore").decode("ascii")
    return ".".join(plain.lower().split())


def make_people(rng: random.Random, domains: list[str], count: int) -> list[Person]:
    """``count`` people with distinct addresses, spread over the domains in turn."""
    people: list[Person] = []
    taken: set[str] = set()
    for index in range(count):
        name = f"{rng.choice(_GIVEN)} {rng.choice(_FAMILY)}"
        domain = domains[index % len(domains)]
        local = ascii_local_part(name)
        address, number = f"{local}@{domain}", 1
        while address in taken:
            number += 1
            address = f"{local}{number}@{domain}"
        taken.add(address)
        people.append(Person(name, address))
    return people


def make_subject(rng: random.Random) -> str:
    return rng.choice(_SUBJECTS).format(n=rng.randrange(100, 10_000))


def make_paragraphs(rng: random.Random) -> list[str]:
    """The pool bodies are cut from: PARAGRAPHS paragraphs of 2 to 9 sentences."""
    return [" ".join(rng.choice(_SENTENCES) for _ in range(rng.randrange(2, 10))) for _ in range(PARAGRAPHS)]
