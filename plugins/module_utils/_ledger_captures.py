# Copyright (c) 2026, mailops.zimbra contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Settings changed for the migration: what they were, who still needs the change, what has to go back."""

from typing import Any, List, Optional

from ansible_collections.mailops.zimbra.plugins.module_utils._ledger_errors import UnknownRecord
from ansible_collections.mailops.zimbra.plugins.module_utils._ledger_units import Context
from ansible_collections.mailops.zimbra.plugins.module_utils._ledger_values import Answer, capture_of, to_json


def capture(ctx: Context, host: str, kind: str, name: str, before: Any, set_to: Any, unit: str = "") -> Answer:
    """Note a setting's value before it is changed. ``unit`` becomes one of its holders.

    A setting that is already captured keeps its first ``before``: what is there now is what the migration set.
    """
    row = _open_capture(ctx, host, kind, name)
    fresh = row is None
    if row is None:
        ctx.db.execute(
            "INSERT INTO capture (host, kind, name, before, set_to, captured) VALUES (?, ?, ?, ?, ?, ?)",
            (host, kind, name, to_json(before), to_json(set_to), ctx.at),
        )
        row = _open_capture(ctx, host, kind, name)
    joined = unit not in _holders(ctx, row["id"])
    if joined:
        ctx.db.execute("INSERT INTO capture_holder VALUES (?, ?)", (row["id"], unit))
    answer = {
        "capture": dict(capture_of(row), holders=_holders(ctx, row["id"])),
        "captured": fresh,
        "recorded": fresh or joined,
        "changed": fresh,
    }
    if fresh:
        answer["diff"] = {"before": {}, "after": {"host": host, "kind": kind, "name": name, "before": before}}
    return answer


def release(ctx: Context, host: str, kind: str, name: str, unit: str = "") -> Answer:
    """Note that a setting is as it was before (the caller has put it back and looked).

    While other units hold it, only this one's hold ends and ``still_held_by`` names the others. Twice is fine.
    """
    row = _open_capture(ctx, host, kind, name)
    if row is None:
        known = ctx.db.execute(
            "SELECT 1 FROM capture WHERE host = ? AND kind = ? AND name = ?", (host, kind, name)
        ).fetchone()
        if known is None and not ctx.check_mode:
            raise UnknownRecord(
                f"{kind} {name} of {host} was never captured in this ledger, so it cannot be released. "
                "Correct host, kind or name.",
                host=host,
                kind=kind,
                name=name,
            )
        return {"released": False, "still_held_by": [], "changed": False}
    ctx.db.execute("DELETE FROM capture_holder WHERE capture = ? AND unit = ?", (row["id"], unit))
    others = _holders(ctx, row["id"])
    if others:
        return {"released": False, "still_held_by": others, "changed": False}
    ctx.db.execute("UPDATE capture SET released = ? WHERE id = ?", (ctx.at, row["id"]))
    held = capture_of(row)
    return {
        "capture": dict(held, released=ctx.at, holders=[]),
        "released": True,
        "still_held_by": [],
        "changed": True,
        "diff": {"before": {key: held[key] for key in ("host", "kind", "name", "before")}, "after": {}},
    }


def leave(ctx: Context, unit: str, host: Optional[str] = None) -> Answer:
    """End this unit's hold on what others still need, and return what it has to put back itself (then release).

    Atomic: of several units that end at the same time exactly one is told to put a setting back.
    """
    mine: List[Answer] = []
    left: List[Answer] = []
    for item in _outstanding(ctx, unit, host):
        others = [holder for holder in item["holders"] if holder != unit]
        if others:
            row = _open_capture(ctx, item["host"], item["kind"], item["name"])
            ctx.db.execute("DELETE FROM capture_holder WHERE capture = ? AND unit = ?", (row["id"], unit))
            left.append(dict(item, holders=others))
        else:
            mine.append(item)
    return {"put_back": mine, "left": left, "recorded": bool(left), "changed": False}


def outstanding(ctx: Context, unit: Optional[str] = None, host: Optional[str] = None) -> Answer:
    """Settings that are captured and not released, of one holder or of all."""
    return {"outstanding": _outstanding(ctx, unit, host), "changed": False}


def _outstanding(ctx: Context, unit: Optional[str], host: Optional[str]) -> List[Answer]:
    found = []
    for row in ctx.db.execute("SELECT * FROM capture WHERE released IS NULL ORDER BY id").fetchall():
        holders = _holders(ctx, row["id"])
        if (unit is None or unit in holders) and host in (None, row["host"]):
            found.append(dict(capture_of(row), holders=holders))
    return found


def _open_capture(ctx: Context, host: str, kind: str, name: str) -> Any:
    return ctx.db.execute(
        "SELECT * FROM capture WHERE host = ? AND kind = ? AND name = ? AND released IS NULL", (host, kind, name)
    ).fetchone()


def _holders(ctx: Context, capture_id: int) -> List[str]:
    rows = ctx.db.execute("SELECT unit FROM capture_holder WHERE capture = ? ORDER BY unit", (capture_id,))
    return [row["unit"] for row in rows]
