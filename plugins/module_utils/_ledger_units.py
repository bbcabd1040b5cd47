# Copyright (c) 2026, mailops.zimbra contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Migration, units, passes and steps, with the rules about their order.

Functions work on an open connection inside a transaction and return JSON values. ``Context`` carries what they share.
"""

import sqlite3
from typing import Any, Callable, List, NamedTuple, Optional, Sequence

from ansible_collections.mailops.zimbra.plugins.module_utils._ledger_errors import RuleBroken, UnknownRecord
from ansible_collections.mailops.zimbra.plugins.module_utils._ledger_values import (
    OPEN_STATES,
    PHASES,
    Answer,
    from_json,
    to_json,
)


class Context(NamedTuple):
    db: sqlite3.Connection
    at: str
    check_mode: bool
    warn: Callable[[str], None]


def open_migration(
    ctx: Context, name: str, procedure: str, source: Sequence[str], destination: Sequence[str]
) -> Answer:
    """Make the one migration of this ledger, or check that it is the one asked for.

    New Sources may join a migration (a mailstore added later); name, procedure and Destinations never change.
    """
    row = ctx.db.execute("SELECT * FROM migration").fetchone()
    wanted = {
        "name": name,
        "procedure": procedure,
        "source": sorted(set(source)),
        "destination": sorted(set(destination)),
    }
    if row is None:
        ctx.db.execute(
            "INSERT INTO migration VALUES (1, ?, ?, ?, ?, ?)",
            (name, procedure, to_json(wanted["source"]), to_json(wanted["destination"]), ctx.at),
        )
        return dict(wanted, created=ctx.at, changed=True, diff={"before": {}, "after": wanted})
    known = migration_of(row)
    for key, remedy in (
        ("name", "Use another ledger path for another migration"),
        ("procedure", "Procedures cannot be mixed within one migration: use procedure={}".format(known["procedure"])),
        ("destination", "A migration keeps its Destinations: correct the inventory, or use another ledger path"),
    ):
        if wanted[key] != known[key]:
            raise RuleBroken(
                f"This ledger belongs to a migration with {key}={_plain(known[key])}, "
                f"asked for was {key}={_plain(wanted[key])}. {remedy}.",
                rule="one_migration",
                recorded=known[key],
                requested=wanted[key],
            )
    merged = sorted(set(known["source"]) | set(wanted["source"]))
    if merged == known["source"]:
        return dict(known, changed=False)
    ctx.db.execute("UPDATE migration SET source = ?", (to_json(merged),))
    return dict(
        known, source=merged, changed=True, diff={"before": {"source": known["source"]}, "after": {"source": merged}}
    )


def migration_of(row: sqlite3.Row) -> Answer:
    """The row of ``migration`` as it is returned."""
    return {
        "name": row["name"],
        "procedure": row["procedure"],
        "source": from_json(row["source"]),
        "destination": from_json(row["destination"]),
        "created": row["created"],
    }


def declare_unit(ctx: Context, unit: str, method: str) -> Answer:
    """Make a unit known. Its method (export by SmartScan, by domain, ...) never changes (F2: they cannot be mixed)."""
    row = ctx.db.execute("SELECT * FROM unit WHERE name = ?", (unit,)).fetchone()
    if row is None:
        ctx.db.execute("INSERT INTO unit VALUES (?, ?, ?)", (unit, method, ctx.at))
        return {
            "unit": unit,
            "method": method,
            "changed": True,
            "diff": {"before": {}, "after": {"unit": unit, "method": method}},
        }
    if row["method"] != method:
        raise RuleBroken(
            f"Unit {unit} was begun with method={row['method']}, asked for was method={method}. "
            f"Methods cannot be mixed in one migration: go on with method={row['method']}.",
            rule="one_method",
            unit=unit,
            recorded=row["method"],
            requested=method,
        )
    return {"unit": unit, "method": method, "changed": False}


def begin_pass(ctx: Context, unit: str, phase: str) -> Answer:
    """Open the next pass of ``phase``, continue the unfinished one, or return the finished initial or cutover.

    Returns number, phase, state (``open`` or ``finished``), opened (true when this call made it), steps_done, steps and
    after_cutover (an earlier cutover is finished: an import now resets what people changed on the Destination).
    """
    require_unit(ctx, unit)
    passes = ctx.db.execute("SELECT * FROM pass WHERE unit = ? ORDER BY number", (unit,)).fetchall()
    unfinished = [row for row in passes if row["state"] == "open"]
    if unfinished:
        row = unfinished[-1]
        if row["phase"] != phase:
            raise RuleBroken(
                f"Unit {unit} has an unfinished {row['phase']} pass (number {row['number']}, opened {row['opened']}), "
                f"asked for was phase={phase}. Run phase={row['phase']} until it is finished.",
                rule="finish_first",
                unit=unit,
                recorded=row["phase"],
                requested=phase,
            )
        return _pass_answer(ctx, row, passes, opened=False)
    finished = [row for row in passes if row["phase"] == phase]
    if finished and phase != "delta":
        return _pass_answer(ctx, finished[-1], passes, opened=False)
    if phase != "initial" and not any(row["phase"] == "initial" for row in passes):
        _out_of_order(
            ctx,
            f"Unit {unit} has no finished initial pass, asked for was phase={phase}. Run phase=initial first.",
            rule="initial_first",
            unit=unit,
            requested=phase,
        )
    number = (passes[-1]["number"] if passes else 0) + 1
    ctx.db.execute("INSERT INTO pass VALUES (?, ?, ?, 'open', ?, NULL, NULL)", (unit, number, phase, ctx.at))
    return _pass_answer(ctx, _pass_row(ctx, unit, number), passes, opened=True)


def finish_step(ctx: Context, unit: str, number: int, step: str, details: Optional[Any]) -> Answer:
    """Note that a step of an open pass is done. A step done before keeps its first record (recorded is false)."""
    row = require_pass(ctx, unit, number)
    known = ctx.db.execute(
        "SELECT details FROM step WHERE unit = ? AND pass = ? AND name = ?", (unit, number, step)
    ).fetchone()
    if known is None:
        if row["state"] != "open":
            raise RuleBroken(
                f"Pass {number} of unit {unit} is finished, step {step!r} cannot be added to it. "
                "Begin a new pass (phase=delta).",
                rule="open_pass",
                unit=unit,
                step=step,
            )
        ctx.db.execute("INSERT INTO step VALUES (?, ?, ?, ?, ?)", (unit, number, step, ctx.at, to_json(details or {})))
    return {
        "unit": unit,
        "number": number,
        "step": step,
        "details": from_json(known["details"]) if known else details or {},
        "recorded": known is None,
        "changed": False,
    }


def finish_pass(ctx: Context, unit: str, number: int, moved: Optional[Any]) -> Answer:
    """Close a pass. Refused while one of its operations is open, or ended otherwise than finished."""
    row = require_pass(ctx, unit, number)
    if row["state"] == "finished":
        return dict(_pass_answer(ctx, row, [], opened=False), recorded=False)
    unfinished = _unfinished_operation(ctx, unit, number)
    if unfinished is not None:
        because = f" ({unfinished['message']})" if unfinished["message"] else ""
        raise RuleBroken(
            f"Pass {number} of unit {unit} cannot be finished: attempt {unfinished['number']} of {unfinished['name']} "
            f"is {unfinished['state']}{because}. Run phase={row['phase']} again: it attaches to what is running and "
            "starts again what failed.",
            rule="operations_finished",
            unit=unit,
            operation=unfinished["name"],
            operation_id=unfinished["operation_id"],
        )
    ctx.db.execute(
        "UPDATE pass SET state = 'finished', finished = ?, moved = ? WHERE unit = ? AND number = ?",
        (ctx.at, to_json(moved), unit, number),
    )
    return dict(_pass_answer(ctx, _pass_row(ctx, unit, number), [], opened=False), recorded=True)


def _unfinished_operation(ctx: Context, unit: str, number: int) -> Any:
    """The first operation that is open, or failed and was not made good later (with whatever parameters)."""
    rows = ctx.db.execute(
        "SELECT o.name, a.* FROM operation o JOIN attempt a ON a.operation = o.id "
        "WHERE o.unit = ? AND o.pass = ? AND a.number = (SELECT max(number) FROM attempt WHERE operation = o.id) "
        "ORDER BY a.intended",
        (unit, number),
    ).fetchall()
    made_good = {row["name"]: row["intended"] for row in rows if row["state"] == "finished"}
    for row in rows:
        if row["state"] in OPEN_STATES:
            return row
        if row["state"] != "finished" and made_good.get(row["name"], "") <= row["intended"]:
            return row
    return None


def require_unit(ctx: Context, unit: str) -> None:
    """Raise :class:`UnknownRecord` for a unit that was never declared; check mode declares it for the moment."""
    if ctx.db.execute("SELECT 1 FROM unit WHERE name = ?", (unit,)).fetchone():
        return
    if not ctx.check_mode:
        raise UnknownRecord(
            "Unit {} is not in this ledger; known are: {}. Run phase=initial first (it declares the unit), or correct "
            "unit_name of the inventory host.".format(unit, ", ".join(known_units(ctx)) or "none"),
            unit=unit,
        )
    ctx.db.execute("INSERT INTO unit VALUES (?, '', ?)", (unit, ctx.at))


def require_pass(ctx: Context, unit: str, number: int) -> Any:
    """The row of a pass, or :class:`UnknownRecord`; check mode opens it for the moment."""
    require_unit(ctx, unit)
    row = _pass_row(ctx, unit, number)
    if row is None and ctx.check_mode:
        ctx.db.execute("INSERT INTO pass VALUES (?, ?, ?, 'open', ?, NULL, NULL)", (unit, number, PHASES[0], ctx.at))
        row = _pass_row(ctx, unit, number)
    if row is None:
        raise UnknownRecord(
            f"Unit {unit} has no pass {number}. Use the number that begin_pass returned.", unit=unit, number=number
        )
    return row


def known_units(ctx: Context) -> List[str]:
    """Names of the declared units."""
    return [row["name"] for row in ctx.db.execute("SELECT name FROM unit ORDER BY name")]


def _pass_row(ctx: Context, unit: str, number: int) -> Any:
    return ctx.db.execute("SELECT * FROM pass WHERE unit = ? AND number = ?", (unit, number)).fetchone()


def _pass_answer(ctx: Context, row: sqlite3.Row, passes: Sequence[sqlite3.Row], opened: bool) -> Answer:
    steps = ctx.db.execute(
        "SELECT name, details FROM step WHERE unit = ? AND pass = ? ORDER BY finished, name",
        (row["unit"], row["number"]),
    ).fetchall()
    return {
        "unit": row["unit"],
        "number": row["number"],
        "phase": row["phase"],
        "state": row["state"],
        "opened": opened,
        "moved": from_json(row["moved"]),
        "steps_done": [step["name"] for step in steps],
        "steps": {step["name"]: from_json(step["details"]) for step in steps},
        "after_cutover": any(
            other["phase"] == "cutover" and other["state"] == "finished" and other["number"] < row["number"]
            for other in passes
        ),
        "changed": False,
    }


def _out_of_order(ctx: Context, message: str, **details: Any) -> None:
    if not ctx.check_mode:
        raise RuleBroken(message, **details)
    ctx.warn("Check mode goes on, a real run would stop here: " + message)


def _plain(value: Any) -> str:
    return ", ".join(value) if isinstance(value, list) else str(value)
