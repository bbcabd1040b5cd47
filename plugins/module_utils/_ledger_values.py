# Copyright (c) 2026, mailops.zimbra contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How values are written into the ledger and read from it: JSON text, times, fingerprints."""

import datetime
import hashlib
import json
import sqlite3
from typing import Any, Dict, Optional

PHASES = ("initial", "delta", "cutover")
# Phases that belong to a unit's record (events, evidence) without being a pass.
EVENT_PHASES = PHASES + ("precheck", "postcheck", "rollback", "report")
# How an attempt can stand. The first two are open: the operation may be running on the server.
OPEN_STATES = ("intent", "running")
END_STATES = ("finished", "failed", "interrupted", "stopped", "unknown", "vanished")
ATTEMPT_STATES = OPEN_STATES + END_STATES
VERDICTS = ("complete", "explained", "incomplete")
# Operations that write into the Destination: one at a time (F22 of the reference: two imports double items).
IMPORTS = ("external_restore",)

Answer = Dict[str, Any]


def utc_now() -> str:
    """Now, as ``2026-11-24T13:18:00.123Z``."""
    return datetime.datetime.now(tz=datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3] + "Z"


def seconds_between(earlier: str, later: str) -> float:
    """Seconds from one time of the ledger to another."""
    return (_parsed(later) - _parsed(earlier)).total_seconds()


def _parsed(text: str) -> datetime.datetime:
    return datetime.datetime.strptime(text, "%Y-%m-%dT%H:%M:%S.%fZ")


def to_json(value: Any) -> str:
    """Canonical JSON: equal values give equal text."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"))


def from_json(text: Optional[str]) -> Any:
    """The value of a JSON column; None for SQL NULL."""
    return None if text is None else json.loads(text)


def fingerprint(parameters: Dict[str, Any]) -> str:
    """SHA-256 of the parameters; None and absent are the same, the order does not matter."""
    given = {name: value for name, value in parameters.items() if value is not None}
    return hashlib.sha256(to_json(given).encode("utf-8")).hexdigest()


def attempt_of(row: sqlite3.Row) -> Answer:
    """One row of ``attempt`` as it is returned."""
    return {
        "number": row["number"],
        "state": row["state"],
        "operation_id": row["operation_id"],
        "claimant": row["claimant"],
        "intended": row["intended"],
        "started": row["started"],
        "ended": row["ended"],
        "result": from_json(row["result"]),
        "message": row["message"],
    }


def capture_of(row: sqlite3.Row) -> Answer:
    """One row of ``capture`` as it is returned."""
    return {
        "host": row["host"],
        "kind": row["kind"],
        "name": row["name"],
        "before": from_json(row["before"]),
        "set_to": from_json(row["set_to"]),
        "captured": row["captured"],
        "released": row["released"],
    }
