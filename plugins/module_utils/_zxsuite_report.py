# Copyright (c) 2026, mailops.zimbra contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Notifications: what an operation itself says about its end, its statistics and what it could not restore.

Text shapes: reference zextras-cli 2.1 (SmartScan) and 2.4 (External Restore). How ``core getNotification`` wraps them
is not documented, so a notification is recognised by the line ``Operation Id: <uuid>`` wherever it stands.
"""

import datetime
import re
import time
from typing import Dict, Iterator, List, NamedTuple, Optional, Union

from ansible_collections.mailops.zimbra.plugins.module_utils._zxsuite_answer import Answer
from ansible_collections.mailops.zimbra.plugins.module_utils._zxsuite_text import number, plain_key, walk

Statistic = Union[int, str]

_OPERATION_ID = re.compile(r"^\s*Operation Id:\s*(\S+)", re.MULTILINE | re.IGNORECASE)
_SUBJECT = re.compile(r"^[ \t]*Subject:[ \t]*(.*)$", re.MULTILINE)
_LEVEL = re.compile(r"^\s*Level:\s*(\S+)", re.MULTILINE)
_EVENT = re.compile(r"^\s*Operation\s+.*?\b(\w+)\.?\s*$", re.MULTILINE)
_START = re.compile(r"^\s*Operation Start Time:\s*(\d\d/\d\d/\d{4} \d\d:\d\d:\d\d)", re.MULTILINE)
_DURATION = re.compile(r"^\s*Operation Duration:\s*(.+)$", re.MULTILINE)
_STATISTICS = re.compile(r"^\s*-\s*stats\s*-\s*$", re.MULTILINE | re.IGNORECASE)
_BLOCK = re.compile(r"^\s*-\s+\S.*\s-\s*$", re.MULTILINE)
_UNRESTORED = re.compile(r"^\s*-\s*unrestored items\s*-\s*$", re.MULTILINE | re.IGNORECASE)
_PAIR = re.compile(r"^\s*([^:]+?)\s*:\s*(.*?)\s*$")
_ACCOUNT = re.compile(r"^\s*account:\s*(\S+)\s*$", re.IGNORECASE)
_ITEMS = re.compile(r"^\s*unrestored items:\s*(.+?)\s*$", re.IGNORECASE)
_TIME_PART = re.compile(r"(\d+)\s*(day|hour|minute|second|millisecond)s?", re.IGNORECASE)
_UNITS = {"day": 86400.0, "hour": 3600.0, "minute": 60.0, "second": 1.0, "millisecond": 0.001}

STARTED = "started"
PHASE = "phase"
COMPLETED = "completed"
INTERRUPTED = "interrupted"
STOPPED = "stopped"
FAILED = "failed"
OTHER = "other"
_EVENTS = (
    ("phase 1", PHASE),
    ("interrupt", INTERRUPTED),
    ("stopped", STOPPED),
    ("removed", STOPPED),
    ("fail", FAILED),
    ("error", FAILED),
    ("exception", FAILED),
    ("completed", COMPLETED),
    ("ended", COMPLETED),
    ("finished", COMPLETED),
    ("started", STARTED),
)
_ENDS = (COMPLETED, INTERRUPTED, STOPPED, FAILED)


class Report(NamedTuple):
    """One notification about one operation.

    ``started``: seconds since the epoch (the text has the server's local time). ``duration``: seconds.
    ``statistics``: labels in snake case; numbers as integers. ``unrestored``: account address to item ids.
    """

    operation_id: str
    event: str
    subject: str
    level: str
    started: Optional[float]
    duration: Optional[float]
    statistics: Dict[str, Statistic]
    unrestored: Dict[str, List[str]]
    text: str


def reports_in_text(text: str) -> List[Report]:
    """All notifications in what ``monitor`` or the text form of ``getNotification`` printed, in order."""
    starts = [match.start() for match in _SUBJECT.finditer(text)]
    if not starts:
        starts = [match.start() for match in _OPERATION_ID.finditer(text)]
    ends = starts[1:] + [len(text)]
    return list(_reports([text[start:end] for start, end in zip(starts, ends)], ""))


def reports_in(answer: Answer) -> List[Report]:
    """All notifications of a ``getNotification`` answer, whatever wraps them."""
    if not answer.is_json:
        return reports_in_text(answer.text)
    found: List[Report] = []
    for server in answer.servers:
        for dictionary in walk(server.response):
            texts = [value for value in dictionary.values() if isinstance(value, str) and _OPERATION_ID.search(value)]
            subject = next((str(v) for k, v in dictionary.items() if plain_key(str(k)) in ("subject", "title")), "")
            found.extend(_reports(texts, subject))
    return found


def final_report(reports: List[Report], operation_id: str) -> Optional[Report]:
    """The last word of an operation: its notification about its end, ``None`` while there is none.

    One in words this file does not know counts only with statistics: warnings come on the way, too.
    """
    own = [one for one in reports if one.operation_id == operation_id.lower()]
    ends = [one for one in own if one.event in _ENDS] or [one for one in own if one.event == OTHER and one.statistics]
    return ends[-1] if ends else None


def phase_report(reports: List[Report], operation_id: str) -> Optional[Report]:
    """An External Restore's feedback on what it provisioned."""
    own = [one for one in reports if one.operation_id == operation_id.lower() and one.event == PHASE]
    return own[-1] if own else None


def statistic_name(label: str) -> str:
    """``skipped accounts(by COS)`` becomes ``skipped_accounts_by_cos``, ``items/sec`` becomes ``items_per_sec``."""
    words = label.strip().lower().replace("i/o", "io").replace("/sec", " per sec")
    return re.sub(r"[^a-z0-9]+", "_", words).strip("_")


def read_statistics(text: str) -> Dict[str, Statistic]:
    """The pairs after ``- stats -``; empty when there is no such block."""
    start = _STATISTICS.search(text)
    if start is None:
        return {}
    end = _BLOCK.search(text, start.end())
    statistics: Dict[str, Statistic] = {}
    for line in text[start.end() : end.start() if end else len(text)].splitlines():
        pair = _PAIR.match(line)
        if pair is None:
            continue
        value = number(pair.group(2))
        statistics[statistic_name(pair.group(1))] = pair.group(2) if value is None else value
    return statistics


def read_unrestored(text: str) -> Dict[str, List[str]]:
    """Item ids per account of the block ``- unrestored items -``."""
    start = _UNRESTORED.search(text)
    unrestored: Dict[str, List[str]] = {}
    account = None
    for line in text[start.end() :].splitlines() if start else []:
        named = _ACCOUNT.match(line)
        items = _ITEMS.match(line)
        if named:
            account = named.group(1)
        elif items and account:
            ids = [one.strip() for one in items.group(1).split(",") if one.strip()]
            unrestored.setdefault(account, []).extend(ids)
    return unrestored


def read_duration(text: str) -> Optional[float]:
    """Seconds of ``1 minute, 3 seconds``."""
    parts = _TIME_PART.findall(text)
    return sum(int(count) * _UNITS[unit.lower()] for count, unit in parts) if parts else None


def _reports(texts: List[str], subject: str) -> Iterator[Report]:
    for text in texts:
        identity = _OPERATION_ID.search(text)
        if identity is None:
            continue
        own_subject = _SUBJECT.search(text)
        heading = own_subject.group(1).strip() if own_subject else subject
        level = _LEVEL.search(text)
        start = _START.search(text)
        duration = _DURATION.search(text)
        yield Report(
            operation_id=identity.group(1).lower(),
            event=_event(heading, text),
            subject=heading,
            level=level.group(1) if level else "",
            started=_local_time(start.group(1)) if start else None,
            duration=read_duration(duration.group(1)) if duration else None,
            statistics=read_statistics(text),
            unrestored=read_unrestored(text),
            text=text.strip(),
        )


def _event(subject: str, text: str) -> str:
    # The sentence `Operation Smart Scan Completed.` stands before the id; the name of the operation may hold any word.
    sentence = _EVENT.search(text)
    for said in (subject.lower(), sentence.group(0).lower() if sentence else ""):
        for word, event in _EVENTS:
            if word in said:
                return event
    return OTHER


def _local_time(text: str) -> float:
    return time.mktime(datetime.datetime.strptime(text, "%d/%m/%Y %H:%M:%S").timetuple())
