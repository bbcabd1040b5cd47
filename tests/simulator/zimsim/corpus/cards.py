#!/usr/bin/python
# Copyright (c) 2026, mailops.zimbra contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Contacts and contact groups, from real vCards and from made-up people, as the mailbox keeps them."""

from __future__ import annotations

import random
import re
from collections.abc import Mapping, Sequence

from zimsim.corpus.samples import Sample
from zimsim.corpus.words import Person
from zimsim.model import bencode
from zimsim.model.items import NewItem
from zimsim.model.types import ItemType

_FOLD = re.compile(r"\r?\n[ \t]")
_ESCAPED = re.compile(r"\\(.)", re.DOTALL)
# vCard property (and part of it) to the platform's contact attribute.
_NAME_PARTS = ("lastName", "firstName", "middleName", "namePrefix", "nameSuffix")
_ADDRESS_PARTS = ("", "", "workStreet", "workCity", "workState", "workPostalCode", "workCountry")
_SIMPLE = {"FN": "fullName", "TITLE": "jobTitle", "NOTE": "notes", "BDAY": "birthday", "NICKNAME": "nickname"}


def _plain(value: str) -> str:
    return _ESCAPED.sub(lambda match: "\n" if match[1] in "nN" else match[1], value).strip()


def parse_card(data: bytes) -> dict[str, str]:
    """The contact attributes of the first card in ``data``; values that have no place here are left out."""
    found: dict[str, str] = {}
    mails = phones = 0
    for line in _FOLD.sub("", data.decode("utf-8", "replace")).splitlines():
        head, colon, value = line.partition(":")
        name = head.split(";")[0].rpartition(".")[2].upper()
        if not colon:
            continue
        if name == "END":
            break
        if name in ("N", "ADR"):
            parts = [_plain(part) for part in re.split(r"(?<!\\);", value)]
            keys = _NAME_PARTS if name == "N" else _ADDRESS_PARTS
            found.update({key: part for key, part in zip(keys, parts, strict=False) if key and part})
        elif name == "EMAIL":
            mails += 1
            found["email" if mails == 1 else f"email{mails}"] = _plain(value)
        elif name == "TEL":
            phones += 1
            found["workPhone" if phones == 1 else f"workPhone{phones}"] = _plain(value)
        elif name == "ORG":
            found["company"] = _plain(value.split(";")[0])
        elif name in _SIMPLE and _plain(value):
            found[_SIMPLE[name]] = _plain(value)
    return found


def contact_item(folder_id: int, attributes: Mapping[str, str], date_ms: int, tags: tuple[str, ...] = ()) -> NewItem:
    """A contact without attachment: all of it is in the metadata (R46)."""
    metadata = bencode.encode({"fld": dict(attributes), "v": 10})
    last, first = attributes.get("lastName", ""), attributes.get("firstName", "")
    sender = ", ".join(part for part in (last, first) if part) or attributes.get("fullName", "")
    return NewItem(
        type=ItemType.CONTACT, folder_id=folder_id, raw=None, date=date_ms, metadata=metadata, sender=sender, tags=tags
    )


def group_item(folder_id: int, name: str, addresses: Sequence[str], date_ms: int) -> NewItem:
    """A contact group whose members are inline addresses."""
    members = bencode.encode({"m": [{"t": "I", "v": address} for address in addresses], "v": 10})
    fields = {"fileAs": f"8:{name}", "groupMember": members, "nickname": name, "type": "group"}
    metadata = bencode.encode({"fld": fields, "v": 10})
    return NewItem(type=ItemType.CONTACT, folder_id=folder_id, raw=None, date=date_ms, metadata=metadata, sender=name)


def person_attributes(person: Person, rng: random.Random) -> dict[str, str]:
    first, _, last = person.name.partition(" ")
    attributes = {"firstName": first, "lastName": last, "email": person.address}
    if rng.random() < 0.6:
        attributes["workPhone"] = f"+49 221 {rng.randrange(10_000, 999_999)}"
    if rng.random() < 0.2:
        attributes["notes"] = "getroffen in Köln\nruft zurück 📞"
    return attributes


def address_book(
    folder_id: int, people: Sequence[Person], cards: Sequence[Sample], count: int, newest_ms: int, rng: random.Random
) -> list[NewItem]:
    """``count`` contacts, a tenth of them from real cards, and two equal groups: copies must stay two."""
    items: list[NewItem] = []
    for _ in range(count):
        date_ms = newest_ms - rng.randrange(1, 900) * 86_400_000
        if cards and rng.random() < 0.1:
            attributes = parse_card(rng.choice(cards).data)
        else:
            attributes = person_attributes(rng.choice(people), rng)
        items.append(contact_item(folder_id, attributes, date_ms))
    if count >= 3:
        addresses = [person.address for person in rng.sample(people, min(4, len(people)))] + ["extern@outside.example"]
        items += [group_item(folder_id, "Stammtisch", addresses, newest_ms)] * 2
    return items
