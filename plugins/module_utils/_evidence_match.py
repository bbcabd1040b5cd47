# Copyright (c) 2026, mailops.zimbra contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which item of the Destination is which item of the Source.

Items with one key (the same bytes, the same UID) are a multiset: three copies here and two there are one that is
missing, not none. Copies are paired in their folder first, then across folders (moved); what is left over is missing or
too many.
"""

from typing import Any, Dict, List, NamedTuple, Sequence, Tuple

Record = Dict[str, Any]
Pair = Tuple[Record, Record]

# What is compared in a pair, by type. The date of contacts, appointments and tasks is the time of their import.
_ALWAYS = ("folder", "flags", "tags", "digest")
_COMPARED = {
    "message": _ALWAYS + ("date", "size"),
    "chat": _ALWAYS + ("date", "size"),
    "document": _ALWAYS + ("name", "revision", "size"),
}


class Matched(NamedTuple):
    """The pairs of one group of items, and what has no partner."""

    pairs: List[Pair]
    missing: List[Record]
    surplus: List[Record]


def _looks(record: Record) -> Tuple[Any, ...]:
    return (record["flags"], record["tags"], record["date"], record.get("revision", 1), record["digest"])


def _take_equal(source: List[Record], destination: List[Record], pairs: List[Pair]) -> None:
    """Pair what looks the same, so that a difference is shown for as few copies as there are."""
    waiting: Dict[str, List[Record]] = {}
    for record in destination:
        waiting.setdefault(repr(_looks(record)), []).append(record)
    left: List[Record] = []
    for record in source:
        equal = waiting.get(repr(_looks(record)))
        if equal:
            pairs.append((record, equal.pop(0)))
        else:
            left.append(record)
    source[:] = left
    destination[:] = [record for records in waiting.values() for record in records]


def match(source: Sequence[Record], destination: Sequence[Record]) -> Matched:
    """Pair the records of one group: same account, type and key."""
    pairs: List[Pair] = []
    here: Dict[str, List[Record]] = {}
    there: Dict[str, List[Record]] = {}
    for records, folders in ((source, here), (destination, there)):
        for record in records:
            folders.setdefault(record["folder"], []).append(record)
    missing: List[Record] = []
    surplus: List[Record] = []
    for folder in sorted(set(here) | set(there)):
        wanted, found = here.get(folder, []), there.get(folder, [])
        _take_equal(wanted, found, pairs)
        count = min(len(wanted), len(found))
        pairs.extend(zip(wanted[:count], found[:count]))
        missing.extend(wanted[count:])
        surplus.extend(found[count:])
    moved = min(len(missing), len(surplus))
    pairs.extend(zip(missing[:moved], surplus[:moved]))
    return Matched(pairs, missing[moved:], surplus[moved:])


def differences(source: Record, destination: Record) -> Dict[str, Any]:
    """{field: [value on the Source, value on the Destination]} of what is not equal in a pair."""
    fields = {
        name: [source.get(name), destination.get(name)]
        for name in _COMPARED.get(source["type"], _ALWAYS)
        if source.get(name) != destination.get(name)
    }
    if destination.get("damage"):
        fields["damage"] = [source.get("damage", ""), destination["damage"]]
        if not source.get("damage"):
            # The bytes are what differs; their digest says no more than that.
            fields.pop("digest", None)
    elif source.get("damage"):
        # The Destination has it whole: the digest that was measured on the Source is the wrong one.
        fields.pop("digest", None)
    return fields


def handle(record: Record) -> Tuple[str, str, str]:
    """What two versions of one item have in common when their content differs: empty third part for none."""
    name = record.get("message_id") or (record["name"] if record["type"] in ("document", "contact") else "")
    return record["type"], record["folder"], name


def pair_versions(missing: Sequence[Record], surplus: Sequence[Record]) -> Matched:
    """Among what has no partner, find the items that are there with another content (edited, converted, cut)."""
    waiting: Dict[Tuple[str, str, str], List[Record]] = {}
    for record in surplus:
        waiting.setdefault(handle(record), []).append(record)
    pairs: List[Pair] = []
    left: List[Record] = []
    for record in missing:
        name = handle(record)
        others = waiting.get(name) if name[2] else None
        if others:
            pairs.append((record, others.pop(0)))
        else:
            left.append(record)
    return Matched(pairs, left, [record for records in waiting.values() for record in records])
