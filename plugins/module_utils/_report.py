# Copyright (c) 2026, mailops.zimbra contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a report says, worked out from the ledger and the evidence: JSON values, no layout.

Everything comes from the ledger, nothing from the clock: the same ledger gives the same report.
"""

import json
from typing import Any, Dict, Iterable, List, Optional

from ansible_collections.mailops.zimbra.plugins.module_utils._evidence_rules import AFTERWARDS
from ansible_collections.mailops.zimbra.plugins.module_utils._evidence_run import seconds
from ansible_collections.mailops.zimbra.plugins.module_utils._ledger_store import LedgerStore
from ansible_collections.mailops.zimbra.plugins.module_utils._ledger_values import IMPORTS, Answer, capture_of

OPEN_VERDICT = "open"
# The worst verdict of a unit is that of the migration.
_ORDER = ("complete", "explained", OPEN_VERDICT, "incomplete")
_SENTENCES = {
    "complete": "Everything the Source holds is on the Destination, once and unchanged.",
    "explained": "Everything the Source holds is on the Destination. What is not equal is explained below.",
    "incomplete": "Something is missing, doubled or different, or a mailbox could not be read. It is named below.",
    OPEN_VERDICT: "Not every unit has evidence yet. Run phase=postcheck.",
}
# Kinds of settings that a migration changes for good.
_KEPT = ("transport",)
# Where a prediction of the window may stand in the details of the event that opened it, in seconds.
_PREDICTIONS = ("predicted_seconds", "predicted")


def all_captures(path: str) -> List[Answer]:
    """Every setting that was ever captured, put back or not, oldest first."""
    with LedgerStore(path, check_mode=True).transaction(absent_is_empty=True) as db:
        return [capture_of(row) for row in db.execute("SELECT * FROM capture ORDER BY id").fetchall()]


def _span(earlier: Optional[str], later: Optional[str]) -> Optional[int]:
    """Whole seconds between two times of the ledger; None while one of them is not there."""
    start, end = seconds(earlier, "time"), seconds(later, "time")
    return None if start is None or end is None else end - start


def _number(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def _operation(record: Answer) -> Answer:
    last = record["attempts"][-1]
    result = last.get("result") or {}
    statistics = result.get("statistics") if isinstance(result.get("statistics"), dict) else {}
    return {
        "operation": record["operation"],
        "host": record["host"],
        "state": record["state"],
        "attempts": len(record["attempts"]),
        "id": last.get("operation_id") or "",
        "started": last.get("started") or "",
        "ended": last.get("ended") or "",
        "seconds": _span(last.get("started"), last.get("ended")),
        "statistics": {name: value for name, value in sorted((statistics or {}).items()) if _number(value)},
        "message": last.get("message") or "",
    }


def _moved_by(record: Answer) -> Answer:
    """What a pass moved, with the items of every attempt: a failed import has brought in what it had until then."""
    moved = dict(record["moved"] or {})
    counts = [
        ((attempt.get("result") or {}).get("statistics") or {}).get("restored_items", 0)
        for operation in record["operations"]
        if operation["operation"] in IMPORTS
        for attempt in operation["attempts"]
    ]
    if counts and moved:
        moved["items"] = sum(count for count in counts if _number(count))
    return moved


def _pass(record: Answer) -> Answer:
    return {
        "number": record["number"],
        "phase": record["phase"],
        "state": record["state"],
        "opened": record["opened"],
        "finished": record["finished"] or "",
        "seconds": _span(record["opened"], record["finished"]),
        "moved": _moved_by(record),
        "operations": [_operation(operation) for operation in record["operations"]],
    }


def _window(events: Iterable[Answer], passes: List[Answer]) -> Answer:
    """When the window was open, and how long that had been expected to take."""
    opened = closed = switched = ""
    predicted: Optional[float] = None
    basis = ""
    for event in events:
        if event["name"] == "window_opened" and not opened:
            opened = event["at"]
            given = [event["details"].get(name) for name in _PREDICTIONS if _number(event["details"].get(name))]
            if given:
                predicted, basis = given[0], "predicted before it was opened"
        elif event["name"] == "window_closed":
            closed = event["at"]
        elif event["name"] == "mail_switched" and not switched:
            switched = event["at"]
    if opened and predicted is None:
        deltas = [one["seconds"] for one in passes if one["phase"] == "delta" and one["seconds"] is not None]
        if deltas:
            predicted, basis = deltas[-1], "the last delta pass took as long"
    return {
        "opened": opened,
        "mail_switched": switched,
        "closed": closed,
        "seconds": _span(opened, closed),
        "predicted_seconds": predicted,
        "prediction": basis,
    }


def _unit(record: Answer, ledger: Answer, evidence: Optional[Answer]) -> Answer:
    passes = [_pass(one) for one in record["passes"]]
    events = [event for event in ledger["events"] if event["unit"] == record["name"]]
    counts = (evidence or {}).get("counts") or {}
    return {
        "name": record["name"],
        "method": record["method"],
        "verdict": (evidence or {}).get("verdict") or OPEN_VERDICT,
        "evidence_recorded": (evidence or {}).get("recorded") or "",
        "counts": counts,
        # What arrived since the switch is a number here: hundreds of such lines would bury what has to be read.
        "findings": [one for one in (evidence or {}).get("findings") or [] if one["rule"] not in AFTERWARDS],
        "findings_total": counts.get("explained", 0) + counts.get("open", 0),
        "afterwards": counts.get("afterwards", 0),
        "passes": passes,
        "window": _window(events, passes),
    }


def _moved(units: Iterable[Answer]) -> Answer:
    """Sum of what the passes say they moved, name by name."""
    total: Dict[str, Any] = {}
    for unit in units:
        for one in unit["passes"]:
            for name, value in one["moved"].items():
                if _number(value):
                    total[name] = total.get(name, 0) + value
    return total


def _say(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, sort_keys=True)


def remedy(capture: Answer) -> str:
    """What somebody has to do about a setting that is not as it was."""
    before = capture["before"]
    if before in (None, "", []):
        return "Remove {kind} {name} on {host}: it was not set before.".format(**capture)
    return "Set {kind} {name} on {host} back to {before}.".format(**dict(capture, before=_say(before)))


def kept(capture: Answer) -> Answer:
    """A change that outlives the migration on purpose: the Source goes on handing its mail to the Destination."""
    before = capture["before"]
    return {
        "host": capture["host"],
        "kind": capture["kind"],
        "captured": capture["captured"],
        "objects": len(before) if isinstance(before, list) else 1,
        "remedy": "Leave it so that late mail arrives. To take it back run the playbook mailops.zimbra.mailflow_undo.",
    }


def _times(value: Any) -> Iterable[str]:
    """Every text in the ledger that is a time."""
    if isinstance(value, dict):
        for inner in value.values():
            yield from _times(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _times(inner)
    elif isinstance(value, str) and len(value) == 24 and value[10] == "T" and value.endswith("Z"):
        yield value


def build(ledger: Answer, captures: List[Answer]) -> Answer:
    """The report as JSON values.

    ``ledger``: what ``Ledger.read`` returns. ``captures``: what :func:`all_captures` returns. Returns ``migration``,
    ``verdict`` (``complete``, ``explained``, ``incomplete``, ``open``), ``sentence``, ``as_of``, ``counts``, ``moved``,
    ``units`` (with passes, operations, window, findings), ``outstanding`` (with ``remedy``), ``kept`` (changes that
    stay on purpose) and ``put_back``.
    """
    unreleased = [one for one in captures if not one["released"]]
    evidence = {one["unit"]: one for one in ledger["evidence"]}
    units = [_unit(one, ledger, evidence.get(one["name"])) for one in ledger["units"]]
    verdicts = [unit["verdict"] for unit in units] or [OPEN_VERDICT]
    verdict = max(verdicts, key=_ORDER.index)
    counts: Dict[str, int] = {}
    for unit in units:
        for name, value in unit["counts"].items():
            if _number(value):
                counts[name] = counts.get(name, 0) + value
    return {
        "migration": ledger["migration"] or {},
        "verdict": verdict,
        "sentence": _SENTENCES[verdict],
        "as_of": max(_times([ledger["migration"], units, captures]), default=""),
        "counts": counts,
        "moved": _moved(units),
        "units": units,
        "outstanding": [dict(one, remedy=remedy(one)) for one in unreleased if one["kind"] not in _KEPT],
        "kept": [kept(one) for one in unreleased if one["kind"] in _KEPT],
        "put_back": [one for one in captures if one["released"]],
    }


def verdict_in(path: str) -> str:
    """The verdict of a report that was written before; empty where there is none."""
    try:
        with open(path, encoding="utf-8") as old:
            return str(json.load(old)["verdict"])
    except (OSError, ValueError, KeyError, TypeError):
        return ""
