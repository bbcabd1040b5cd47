# Copyright (c) 2026, mailops.zimbra contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What was found and what happened: evidence and events; and the whole record as one structure."""

from typing import Any, Dict, List, Optional

from ansible_collections.mailops.zimbra.plugins.module_utils._ledger_captures import outstanding
from ansible_collections.mailops.zimbra.plugins.module_utils._ledger_operations import attempts_of
from ansible_collections.mailops.zimbra.plugins.module_utils._ledger_units import Context, migration_of, require_unit
from ansible_collections.mailops.zimbra.plugins.module_utils._ledger_values import Answer, from_json, to_json


def record_evidence(
    ctx: Context, unit: str, number: int, verdict: str, counts: Optional[Any], findings: Optional[List[Any]]
) -> Answer:
    """Keep what a comparison of both sides found. The same finding as the last one is not written again."""
    require_unit(ctx, unit)
    last = ctx.db.execute("SELECT * FROM evidence WHERE unit = ? ORDER BY id DESC LIMIT 1", (unit,)).fetchone()
    new = (number, verdict, to_json(counts or {}), to_json(findings or []))
    recorded = last is None or new != (last["pass"], last["verdict"], last["counts"], last["findings"])
    if recorded:
        ctx.db.execute(
            "INSERT INTO evidence (unit, pass, verdict, counts, findings, recorded) VALUES (?, ?, ?, ?, ?, ?)",
            (unit,) + new + (ctx.at,),
        )
    previous = last["verdict"] if last is not None else None
    answer: Answer = {
        "verdict": verdict,
        "previous_verdict": previous,
        "recorded": recorded,
        "changed": previous != verdict,
    }
    if answer["changed"]:
        answer["diff"] = {"before": {"verdict": previous}, "after": {"verdict": verdict}}
    return answer


def record_event(
    ctx: Context, unit: str, phase: str, name: str, details: Optional[Any], number: int = 0, again: bool = False
) -> Answer:
    """Note that something happened (``window_opened``, ...). The first record stands, unless ``again``."""
    require_unit(ctx, unit)
    known = None
    if not again:
        known = ctx.db.execute(
            "SELECT * FROM event WHERE unit = ? AND phase = ? AND pass = ? AND name = ? ORDER BY id LIMIT 1",
            (unit, phase, number, name),
        ).fetchone()
    if known is None:
        ctx.db.execute(
            "INSERT INTO event (unit, phase, pass, name, details, at) VALUES (?, ?, ?, ?, ?, ?)",
            (unit, phase, number, name, to_json(details or {}), ctx.at),
        )
    event = {
        "unit": unit,
        "phase": phase,
        "pass": number,
        "name": name,
        "details": from_json(known["details"]) if known is not None else details or {},
        "at": known["at"] if known is not None else ctx.at,
    }
    return {"event": event, "recorded": known is None, "changed": False}


def read(ctx: Context, unit: Optional[str] = None) -> Answer:
    """The whole ledger, or what it holds about one unit: migration, units, outstanding, maps, evidence, events."""
    row = ctx.db.execute("SELECT * FROM migration").fetchone()
    maps = ctx.db.execute("SELECT * FROM map_file ORDER BY host, path")
    return {
        "migration": migration_of(row) if row is not None else None,
        "units": _units(ctx, unit),
        "outstanding": outstanding(ctx, unit)["outstanding"],
        "maps": [dict(item) for item in maps if unit in (None, item["unit"])],
        "evidence": _evidence(ctx, unit),
        "events": _events(ctx, unit),
        "changed": False,
    }


def _units(ctx: Context, unit: Optional[str]) -> List[Answer]:
    rows = ctx.db.execute("SELECT * FROM unit ORDER BY created, name").fetchall()
    return [
        {"name": row["name"], "method": row["method"], "created": row["created"], "passes": _passes(ctx, row["name"])}
        for row in rows
        if unit in (None, row["name"])
    ]


def _passes(ctx: Context, unit: str) -> List[Answer]:
    steps: Dict[int, List[Answer]] = {}
    for row in ctx.db.execute("SELECT * FROM step WHERE unit = ? ORDER BY pass, finished, name", (unit,)):
        steps.setdefault(row["pass"], []).append(
            {"name": row["name"], "finished": row["finished"], "details": from_json(row["details"])}
        )
    operations: Dict[int, List[Answer]] = {}
    for row in ctx.db.execute("SELECT * FROM operation WHERE unit = ? ORDER BY id", (unit,)).fetchall():
        attempts = attempts_of(ctx, row["id"])
        operations.setdefault(row["pass"], []).append(
            {
                "operation": row["name"],
                "parameters": from_json(row["parameters"]),
                "host": row["host"],
                "state": attempts[-1]["state"],
                "attempts": attempts,
            }
        )
    return [
        {
            "number": row["number"],
            "phase": row["phase"],
            "state": row["state"],
            "opened": row["opened"],
            "finished": row["finished"],
            "moved": from_json(row["moved"]),
            "steps": steps.get(row["number"], []),
            "operations": operations.get(row["number"], []),
        }
        for row in ctx.db.execute("SELECT * FROM pass WHERE unit = ? ORDER BY number", (unit,))
    ]


def _evidence(ctx: Context, unit: Optional[str]) -> List[Answer]:
    """The newest evidence of each unit; older ones stay in the file."""
    rows = ctx.db.execute(
        "SELECT * FROM evidence WHERE id IN (SELECT max(id) FROM evidence GROUP BY unit) ORDER BY unit"
    )
    return [
        {
            "unit": row["unit"],
            "pass": row["pass"],
            "verdict": row["verdict"],
            "counts": from_json(row["counts"]),
            "findings": from_json(row["findings"]),
            "recorded": row["recorded"],
        }
        for row in rows
        if unit in (None, row["unit"])
    ]


def _events(ctx: Context, unit: Optional[str]) -> List[Answer]:
    return [
        {
            "unit": row["unit"],
            "phase": row["phase"],
            "pass": row["pass"],
            "name": row["name"],
            "details": from_json(row["details"]),
            "at": row["at"],
        }
        for row in ctx.db.execute("SELECT * FROM event ORDER BY id")
        if unit in (None, row["unit"])
    ]
