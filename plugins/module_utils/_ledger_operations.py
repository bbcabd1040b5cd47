# Copyright (c) 2026, mailops.zimbra contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Who may start which operation, and how it ended. The idempotency key is (unit, pass, operation, parameters)."""

import sqlite3
from typing import Any, Dict, List, Optional

from ansible_collections.mailops.zimbra.plugins.module_utils._ledger_errors import RuleBroken, UnknownRecord
from ansible_collections.mailops.zimbra.plugins.module_utils._ledger_units import Context, require_pass
from ansible_collections.mailops.zimbra.plugins.module_utils._ledger_values import (
    END_STATES,
    IMPORTS,
    OPEN_STATES,
    Answer,
    attempt_of,
    fingerprint,
    seconds_between,
    to_json,
)

# Seconds in which an intent belongs to the controller that wrote it: from the intent to the id takes one module call.
LEASE = 20.0


def claim(
    ctx: Context,
    unit: str,
    number: int,
    operation: str,
    parameters: Dict[str, Any],
    host: str = "",
    claimant: str = "",
    lease: float = LEASE,
) -> Answer:
    """Say what to do about an operation, and write the intent down before it is started.

    ``parameters``: those that change the result. ``host``: where it runs; imports exclude each other per host.
    ``claimant``: a name for this run of the controller; another one waits ``lease`` seconds before it takes over.

    Returns ``decision``:

    - ``finished``: it was done in this pass; ``attempt.result`` is what was recorded.
    - ``attach``: attempt is running under ``operation_id``.
    - ``start``: start it as ``attempt.number``. With ``adopt`` true the attempt was begun by a run that died before it
      noted an id: look first for such an operation started after ``attempt.intended`` and go on with that one.
    - ``busy``: somebody else holds it or is importing on this host; ``holder`` says who. Ask again later.
    """
    pass_row = require_pass(ctx, unit, number)
    mark = fingerprint(parameters)
    row = _operation_row(ctx, unit, number, operation, mark)
    last = _last_attempt(ctx, row["id"]) if row else None
    if last is not None and last["state"] == "finished":
        return _decision(ctx, "finished", row["id"], last, mark)
    if last is not None and last["state"] == "running":
        return _decision(ctx, "attach", row["id"], last, mark)
    if pass_row["state"] != "open":
        raise RuleBroken(
            f"Pass {number} of unit {unit} is finished, {operation} with these parameters did not run in it. "
            "Begin a new pass (phase=delta).",
            rule="open_pass",
            unit=unit,
            operation=operation,
        )
    holder = _holder(ctx, row["id"] if row else None, operation, host)
    if holder is None and last is not None and last["state"] == "intent" and _leased(ctx, last, claimant, lease):
        holder = dict(_described(last), unit=unit, number=number, operation=operation)
    if holder is not None:
        answer = _decision(ctx, "busy", row["id"] if row else None, last, mark)
        return dict(answer, holder=holder)
    if last is not None and last["state"] == "intent":
        ctx.db.execute(
            "UPDATE attempt SET claimant = ?, claimed = ? WHERE operation = ? AND number = ?",
            (claimant, ctx.at, row["id"], last["number"]),
        )
        return dict(_decision(ctx, "start", row["id"], _last_attempt(ctx, row["id"]), mark), adopt=True)
    if row is None:
        ctx.db.execute(
            "INSERT INTO operation (unit, pass, name, fingerprint, parameters, host) VALUES (?, ?, ?, ?, ?, ?)",
            (unit, number, operation, mark, to_json(parameters), host),
        )
        row = _operation_row(ctx, unit, number, operation, mark)
    ctx.db.execute(
        "INSERT INTO attempt (operation, number, state, claimant, intended, claimed) VALUES (?, ?, 'intent', ?, ?, ?)",
        (row["id"], (last["number"] if last is not None else 0) + 1, claimant, ctx.at, ctx.at),
    )
    return dict(_decision(ctx, "start", row["id"], _last_attempt(ctx, row["id"]), mark), adopt=False)


def record_attempt(
    ctx: Context,
    unit: str,
    number: int,
    operation: str,
    parameters: Dict[str, Any],
    attempt: int,
    state: str,
    operation_id: Optional[str] = None,
    started: Optional[str] = None,
    ended: Optional[str] = None,
    result: Optional[Any] = None,
    message: Optional[str] = None,
) -> Answer:
    """Note where an attempt stands. What is not given stays as it is; an end that was recorded is never overwritten."""
    require_pass(ctx, unit, number)
    mark = fingerprint(parameters)
    row = _operation_row(ctx, unit, number, operation, mark)
    known = (
        row
        and ctx.db.execute("SELECT * FROM attempt WHERE operation = ? AND number = ?", (row["id"], attempt)).fetchone()
    )
    if known is None and ctx.check_mode:
        return {"decision": "recorded", "recorded": True, "changed": False}
    if known is None:
        raise UnknownRecord(
            f"Pass {number} of unit {unit} has no attempt {attempt} of {operation} with these parameters. "
            "Record with the parameters and the attempt number that claim answered.",
            unit=unit,
            operation=operation,
            attempt=attempt,
        )
    if state == "running" and known["state"] in END_STATES and operation_id in (None, known["operation_id"]):
        # Two controllers may follow one operation, and one that looked before the end may speak after it.
        state = known["state"]
    if known["state"] in END_STATES and state != known["state"]:
        raise RuleBroken(
            "Attempt {} of {} in pass {} of unit {} is recorded as {}, asked for was state={}. "
            "An end is kept as it was recorded; claim a new attempt.".format(
                attempt, operation, number, unit, known["state"], state
            ),
            rule="end_is_kept",
            recorded=known["state"],
            requested=state,
        )
    if known["operation_id"] and operation_id and known["operation_id"] != operation_id:
        raise RuleBroken(
            "Attempt {} of {} in pass {} of unit {} runs as {}, asked for was operation_id={}. "
            "One attempt is one operation: stop the second one.".format(
                attempt, operation, number, unit, known["operation_id"], operation_id
            ),
            rule="one_operation",
            recorded=known["operation_id"],
            requested=operation_id,
        )
    new = {
        "state": state,
        "operation_id": operation_id if operation_id is not None else known["operation_id"],
        "started": started if started is not None else known["started"],
        "ended": ended if ended is not None else known["ended"],
        "result": to_json(result) if result is not None else known["result"],
        "message": message if message is not None else known["message"],
    }
    recorded = known["state"] not in END_STATES and any(new[key] != known[key] for key in new)
    if recorded:
        ctx.db.execute(
            "UPDATE attempt SET state = ?, operation_id = ?, started = ?, ended = ?, result = ?, message = ? "
            "WHERE operation = ? AND number = ?",
            (
                new["state"], new["operation_id"], new["started"], new["ended"], new["result"], new["message"],
                row["id"], attempt,
            ),
        )  # fmt: skip
    answer = _decision(ctx, "recorded", row["id"], _attempt_row(ctx, row["id"], attempt), mark)
    return dict(answer, recorded=recorded)


def attempts_of(ctx: Context, operation: int) -> List[Answer]:
    """All attempts of one operation, oldest first."""
    rows = ctx.db.execute("SELECT * FROM attempt WHERE operation = ? ORDER BY number", (operation,))
    return [attempt_of(row) for row in rows]


def _holder(ctx: Context, own: Optional[int], operation: str, host: str) -> Optional[Answer]:
    """The open import of another key on this host, if this is an import too."""
    if operation not in IMPORTS:
        return None
    marks = ", ".join("?" for _name in IMPORTS)
    states = ", ".join("?" for _name in OPEN_STATES)
    row = ctx.db.execute(
        "SELECT o.unit, o.pass, o.name, a.* FROM operation o JOIN attempt a ON a.operation = o.id "
        f"WHERE o.name IN ({marks}) AND a.state IN ({states}) AND o.host = ? AND o.id <> ? ORDER BY a.intended",
        IMPORTS + OPEN_STATES + (host, own if own is not None else -1),
    ).fetchone()
    if row is None:
        return None
    return dict(_described(row), unit=row["unit"], number=row["pass"], operation=row["name"])


def _described(row: sqlite3.Row) -> Answer:
    return {
        "attempt": row["number"],
        "state": row["state"],
        "operation_id": row["operation_id"],
        "intended": row["intended"],
        "claimant": row["claimant"],
    }


def _leased(ctx: Context, last: sqlite3.Row, claimant: str, lease: float) -> bool:
    return last["claimant"] != claimant and seconds_between(last["claimed"], ctx.at) < lease


def _decision(ctx: Context, decision: str, operation: Optional[int], last: Optional[sqlite3.Row], mark: str) -> Answer:
    return {
        "decision": decision,
        "fingerprint": mark,
        "operation_id": last["operation_id"] if last is not None else None,
        "attempt": attempt_of(last) if last is not None else None,
        "attempts": attempts_of(ctx, operation) if operation is not None else [],
        "adopt": False,
        "recorded": decision == "start",
        "changed": False,
    }


def _operation_row(ctx: Context, unit: str, number: int, operation: str, mark: str) -> Any:
    return ctx.db.execute(
        "SELECT * FROM operation WHERE unit = ? AND pass = ? AND name = ? AND fingerprint = ?",
        (unit, number, operation, mark),
    ).fetchone()


def _attempt_row(ctx: Context, operation: int, number: int) -> Any:
    return ctx.db.execute("SELECT * FROM attempt WHERE operation = ? AND number = ?", (operation, number)).fetchone()


def _last_attempt(ctx: Context, operation: int) -> Any:
    return ctx.db.execute(
        "SELECT * FROM attempt WHERE operation = ? ORDER BY number DESC LIMIT 1", (operation,)
    ).fetchone()
