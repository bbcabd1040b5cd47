# Copyright (c) 2026, mailops.zimbra contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Progress of a running operation, from a few seconds of ``MODULE monitor ID`` (reference: zextras-cli 2.1, 4.3).

The monitor prints one block of ``label: value`` lines per tick. Only SmartScan's labels are documented, so labels are
read by what they name: accounts, items, and whether the value is ``done/total``.
"""

import re
from typing import Any, Dict, List, Optional

from ansible_collections.mailops.zimbra.plugins.module_utils._zxsuite_report import statistic_name

_TICK = re.compile(r"^\s*--\s*$", re.MULTILINE)
_NOTIFICATIONS = re.compile(r"^\s*==\s*Notifications\s*==", re.MULTILINE)
_LINE = re.compile(r"^\s*([A-Za-z][^:\n]*?)\s*:\s+(\d+(?:\s*/\s*\d+)*)\s*$", re.MULTILINE)
# Counters of work done, in order of preference, when several lines name items.
_DONE_WORDS = ("scanned", "restored", "imported", "exported", "checked", "processed")

Progress = Dict[str, Any]


def read_progress(text: str) -> Optional[Progress]:
    """The newest complete tick of a monitor's output, ``None`` when there is none.

    ``{"accounts_done", "accounts_total", "items_done", "items_total", "counters"}``: the first four are numbers or
    ``None``; ``counters`` has every number by its label in snake case. A cut last tick (the monitor is ended by a
    signal) is left out when an earlier one has more lines.
    """
    shown = _NOTIFICATIONS.split(text)[0]
    ticks = [found for found in (_LINE.findall(part) for part in _TICK.split(shown)) if found]
    if not ticks:
        return None
    last = ticks[-1]
    if len(ticks) > 1 and len(last) < len(ticks[-2]):
        last = ticks[-2]
    progress: Progress = {
        "accounts_done": None,
        "accounts_total": None,
        "items_done": None,
        "items_total": None,
        "counters": {},
    }
    ranks: Dict[str, int] = {}
    for label, value in last:
        numbers = [int(one) for one in re.findall(r"\d+", value)]
        _count(progress["counters"], label, numbers)
        subject = label.lower().split()[0].rstrip("s")
        if subject in ("account", "mailboxe", "mailbox"):
            _take(progress, ranks, "accounts", label, numbers)
        elif subject in ("item", "restored", "imported"):
            _take(progress, ranks, "items", label, numbers)
    if progress["items_total"] is not None:
        # An import names what it restores; what it knew already or could not restore is behind it, too.
        for name, value in progress["counters"].items():
            if re.match(r"items?_(skipped|unrestored)$|(skipped|unrestored)_items?$", name):
                progress["items_done"] += value
    return progress


def _count(counters: Dict[str, int], label: str, numbers: List[int]) -> None:
    """``Item updated/new/unique: 0/198/134`` names three counters; ``Account scanned: 4/60`` one and its total."""
    parts = [part.strip() for part in label.split("/")]
    if len(parts) == len(numbers) and len(parts) > 1:
        subject, _blank, first = parts[0].rpartition(" ")
        for part, value in zip([first] + parts[1:], numbers):
            counters[statistic_name(f"{subject} {part}")] = value
        return
    counters[statistic_name(label)] = numbers[0]
    if len(numbers) == 2:
        counters[statistic_name(label) + "_total"] = numbers[1]


def _take(progress: Progress, ranks: Dict[str, int], what: str, label: str, numbers: List[int]) -> None:
    """Keep the line that says best how far it is: a plain label, with a known verb, with a total."""
    if "/" in label:
        return
    known = any(word in label.lower() for word in _DONE_WORDS)
    rank = 1 + (2 if known else 0) + (1 if len(numbers) == 2 else 0)
    if rank <= ranks.get(what, 0):
        return
    ranks[what] = rank
    progress[what + "_done"] = numbers[0]
    progress[what + "_total"] = numbers[1] if len(numbers) == 2 else None
