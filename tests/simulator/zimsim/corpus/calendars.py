#!/usr/bin/python
# Copyright (c) 2026, mailops.zimbra contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Appointments and tasks, from real iCalendar files and made up, as the mailbox keeps them.

The metadata has the keys a real server writes (transcripts 81a and 120a); a component with real iCalendar text also has
a blob, a ``multipart/digest`` with an ``invId:`` header per component.
"""

from __future__ import annotations

import random
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from zimsim.corpus.samples import Sample
from zimsim.model import bencode
from zimsim.model.items import NewItem
from zimsim.model.types import ItemType

_FOLD = re.compile(rb"\r?\n[ \t]")
_COMPONENT = re.compile(rb"BEGIN:(VEVENT|VTODO)\r?\n(.*?)\r?\nEND:\1", re.DOTALL)
_UTC_TIME = re.compile(r"(\d{4})(\d\d)(\d\d)(?:T(\d\d)(\d\d)(\d\d))?")
_SUMMARIES = ("Standup", "Übergabe Schicht", "Arzt", "Review meeting", "Geburtstag Oma", "Wartungsfenster 🛠")


@dataclass(frozen=True)
class Component:
    """One VEVENT or VTODO: ``start`` and ``end`` in the form of the metadata (``TZID=...:20300105T100000``)."""

    summary: str
    start: str
    end: str
    rule: str = ""
    recurrence_id: str = ""
    text: str = ""


@dataclass(frozen=True)
class CalendarItem:
    """A series with its exceptions, or a task; ``raw_ics`` empty means an item without a blob."""

    uid: str
    components: tuple[Component, ...]
    task: bool = False
    raw_ics: bytes = b""
    percent: int = 0
    tags: tuple[str, ...] = field(default=())


def _epoch_ms(value: str) -> int:
    """The moment a value names, read as UTC; 0 for none or an impossible one."""
    found = _UTC_TIME.search(value)
    if not found:
        return 0
    year, month, day, hour, minute, second = (int(part or 0) for part in found.groups())
    try:
        return int(datetime(year, month, day, hour, minute, second, tzinfo=UTC).timestamp()) * 1000
    except ValueError:
        return 0


def _recurrence(component: Component, invite_id: int) -> dict[str, bencode.Value]:
    invite: dict[str, bencode.Value] = {"ci": 0, "ii": invite_id, "mi": 3}
    rule: dict[str, bencode.Value] = {
        "dts": component.start,
        "dur": "PT1H",
        "inv": invite,
        "recur": component.rule,
        "ti": 2,
    }
    return {
        "add": {"nr": 1, "r0": rule},
        "dts": component.start,
        "duration": "PT1H",
        "invid": invite,
        "numEx": 0,
        "t": "4",
    }


def _invite(item: CalendarItem, number: int, invite_id: int, owner: str, modified_ms: int) -> dict[str, bencode.Value]:
    component = item.components[number]
    invite: dict[str, bencode.Value] = {
        "af": 34 if component.rule else 2,
        "byme": "true",
        "clSetByMe": "false",
        "comp": number,
        "dinM": "true",
        "dts": modified_ms,
        "frag": component.text[:100],
        "isOrg": "true",
        "it": ItemType.TASK if item.task else ItemType.APPOINTMENT,
        "l": "Raum 1",
        "lastMod": modified_ms,
        "lfseq": 0,
        "mid": invite_id,
        "mthd": "PUBLISH",
        "n": component.summary,
        "numAt": 0,
        "org": {"a": owner},
        "ptst": "AC",
        "rsvp": "false",
        "seq": 0,
        "status": "CONF",
        "tr": "O",
        "u": item.uid,
    }
    if component.text:
        invite["desc"] = component.text
    if component.start:
        invite["st"] = component.start
    if component.end:
        invite["et"] = component.end
    if component.rule:
        invite["recurrence"] = _recurrence(component, invite_id)
    if component.recurrence_id:
        invite["recurId"] = {"dt": component.recurrence_id}
    if item.task:
        invite["pctcompl"] = str(item.percent)
        invite["prio"] = "5"
        invite["status"] = "COMP" if item.percent == 100 else "INPR" if item.percent else "NEED"
    return invite


def _blob(item: CalendarItem, invite_id: int, owner: str) -> bytes:
    boundary = b"digest_" + str(invite_id).encode()
    parts = []
    for component in item.components:
        subject = component.summary.encode().replace(b"\r", b" ").replace(b"\n", b" ")
        parts.append(
            b"--" + boundary + b"\r\ninvId: " + str(invite_id).encode() + b"\r\nFrom: " + owner.encode()
            + b"\r\nSubject: " + subject + b"\r\nMIME-Version: 1.0\r\nContent-Type: text/calendar; charset=utf-8\r\n"
            b"Content-Transfer-Encoding: 8bit\r\n\r\n" + item.raw_ics + b"\r\n"
        )  # fmt: skip
    return (
        b'Content-Type: multipart/digest; boundary="' + boundary + b'"\r\nMIME-Version: 1.0\r\n\r\n'
        + b"".join(parts) + b"--" + boundary + b"--\r\n"
    )  # fmt: skip


def calendar_item(item: CalendarItem, folder_id: int, invite_id: int, owner: str, date_ms: int) -> NewItem:
    """``invite_id`` is the id the platform gives the invitation: the one before the item's own."""
    first = item.components[0]
    zone: dict[str, bencode.Value] = {}
    if first.start.startswith("TZID="):
        zone = {"#0": {"tzid": first.start[5:].partition(":")[0]}}
    metadata: dict[str, bencode.Value] = {
        "ape": _epoch_ms(first.end or first.start),
        "aps": _epoch_ms(first.start),
        "mdver": 2,
        "nci": len(item.components) + 1,
        "rl": {"n": 0},
        "tzm": zone,
        "u": item.uid,
        "v": 10,
    }
    for number in range(len(item.components)):
        metadata[f"inv{number}"] = _invite(item, number, invite_id, owner, date_ms)
    if first.rule:
        metadata["apptRecur"] = _recurrence(first, invite_id)
    raw = _blob(item, invite_id, owner) if item.raw_ics else None
    return NewItem(
        type=ItemType.TASK if item.task else ItemType.APPOINTMENT,
        folder_id=folder_id,
        raw=raw,
        date=date_ms,
        metadata=bencode.encode(metadata),
        subject=first.summary,
        sender=owner,
        tags=item.tags,
    )


def _value(block: bytes, name: bytes) -> str:
    found = re.search(rb"^" + name + rb"((?:;[^:\r\n]*)?):([^\r\n]*)", block, re.MULTILINE)
    if not found:
        return ""
    zone = re.search(rb"TZID=([^;:]+)", found[1])
    prefix = f"TZID={zone[1].decode('utf-8', 'replace')}:" if zone else ""
    return prefix + found[2].decode("utf-8", "replace")


def parse_calendar(sample: Sample) -> CalendarItem | None:
    """The series in a real file, its exceptions with it; None when it holds neither event nor task."""
    text = _FOLD.sub(b"", sample.data)
    components, task = [], False
    for found in _COMPONENT.finditer(text):
        block = found[2]
        task = found[1] == b"VTODO"
        components.append(
            Component(
                summary=_value(block, b"SUMMARY") or sample.name,
                start=_value(block, b"DTSTART"),
                end=_value(block, b"DTEND") or _value(block, b"DUE"),
                rule=_value(block, b"RRULE"),
                recurrence_id=_value(block, b"RECURRENCE-ID"),
                text=_value(block, b"DESCRIPTION"),
            )
        )
    if not components:
        return None
    return CalendarItem(f"{sample.name}@corpus", tuple(components[:8]), task, sample.data)


def made_up_appointment(rng: random.Random, newest: datetime, owner: str) -> CalendarItem:
    """Single, weekly, or weekly with one moved and one renamed instance."""
    start = newest + timedelta(days=rng.randrange(-400, 200), hours=rng.randrange(7, 18))

    def at(moment: datetime) -> str:
        return f"TZID=Europe/Berlin:{moment:%Y%m%dT%H%M%S}"

    summary = rng.choice(_SUMMARIES)
    uid = f"{rng.getrandbits(96):024x}@{owner.partition('@')[2]}"
    kind = rng.random()
    if kind < 0.5:
        return CalendarItem(uid, (Component(summary, at(start), at(start + timedelta(hours=1)), text="Text"),))
    rule = rng.choice(("FREQ=WEEKLY;COUNT=10", "FREQ=MONTHLY;BYMONTHDAY=1", "FREQ=DAILY;INTERVAL=2"))
    series = Component(summary, at(start), at(start + timedelta(hours=1)), rule)
    if kind < 0.75:
        return CalendarItem(uid, (series,))
    moved = start + timedelta(days=7)
    exceptions = (
        Component(summary, at(moved + timedelta(hours=2)), at(moved + timedelta(hours=3)), recurrence_id=at(moved)),
        Component(f"{summary} (verlegt)", at(moved), at(moved), recurrence_id=at(moved + timedelta(days=7))),
    )
    return CalendarItem(uid, (series, *exceptions))


def made_up_task(rng: random.Random, newest: datetime, owner: str) -> CalendarItem:
    start = newest + timedelta(days=rng.randrange(-100, 100))
    day, due = f"VALUE=DATE:{start:%Y%m%d}", f"VALUE=DATE:{start + timedelta(days=9):%Y%m%d}"
    uid = f"{rng.getrandbits(96):024x}@{owner.partition('@')[2]}"
    name = f"Aufgabe {rng.randrange(1000)}: prüfen"
    return CalendarItem(
        uid, (Component(name, day, due, text="Zeile 1\nZeile 2"),), True, percent=rng.choice((0, 50, 100))
    )


def real_items(samples: Sequence[Sample]) -> list[CalendarItem]:
    """All events and tasks of the corpus, in its order."""
    return [item for item in map(parse_calendar, samples) if item is not None]
