# Copyright (c) 2026, mailops.zimbra contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The ledger's side of one long operation: whose turn it is, and how the attempt goes."""

from __future__ import annotations

import datetime
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from ansible_collections.mailops.zimbra.plugins.plugin_utils._job import Job, Result, World
from ansible_collections.mailops.zimbra.plugins.plugin_utils._progress import duration

_LONGEST_PAUSE = 60.0
# What of a result the ledger keeps, and gives back when the operation is asked for again.
_KEPT = ("state", "how", "statistics", "provisioning", "unrestored", "notes", "changed")


@dataclass(frozen=True)
class Turn:
    """What the claim came to: ``result`` ends the task, else ``start`` are the arguments of the first step."""

    start: dict[str, Any]
    result: Result | None = None


class Books:
    """Claims one operation and records how its attempt goes. ``note`` shows a line about waiting."""

    def __init__(self, job: Job, world: World, note: Callable[[str], None], deadline: float) -> None:
        self._job = job
        self._world = world
        self._note = note
        self._deadline = deadline
        self._attempt: int | None = None
        self.attempts: list[Any] = []

    def claim(self) -> Turn:
        """Ask until it is our turn, the operation is done already, or the time is over."""
        pause = self._job.poll_interval
        while True:
            answer = self._ask("claim", {"parameters": self._job.parameters, "claimant": self._job.claimant})
            if answer.get("failed"):
                return Turn({}, answer)
            self.attempts = answer.get("attempts") or []
            decision, attempt = answer["decision"], answer.get("attempt") or {}
            if decision == "finished":
                return Turn({}, _recorded(attempt))
            self._attempt = attempt.get("number")
            if decision == "attach":
                return Turn({"operation_id": answer["operation_id"]})
            if decision == "start":
                return Turn(self._start(bool(answer.get("adopt")), attempt))
            text = self._held_by(answer.get("holder") or {})
            if self._job.check_mode:
                return Turn({}, {"changed": True, "state": "absent", "how": "would_wait", "message": text})
            if self._world.monotonic() + pause > self._deadline:
                return Turn({}, self._job.timed_out(f"it waited for its turn: {text}"))
            self._note(f"waiting for its turn, {text}")
            self._world.sleep(pause)

    def record(self, step: Result, state: str) -> Result | None:
        """Write where the attempt stands; a failure of the task when that is not possible, else ``None``."""
        if self._attempt is None:
            return None
        arguments: dict[str, Any] = {"parameters": self._job.parameters, "attempt": self._attempt, "state": state}
        for name in ("operation_id", "started", "ended"):
            if step.get(name):
                arguments[name] = step[name]
        if state != "running":
            arguments["result"] = {name: step[name] for name in _KEPT if name in step}
            arguments["note"] = str(step.get("msg") or step.get("message") or "")
        answer = self._ask("record_attempt", arguments)
        self.attempts = answer.get("attempts") or self.attempts
        if not answer.get("failed"):
            return None
        about = f"operation {step.get('operation_id')} is {state}, but the ledger could not be told"
        return dict(step, failed=True, msg=f"{self._job.title}: {about}: {answer.get('msg')}. Run the same task again.")

    def _start(self, orphan: bool, attempt: dict[str, Any]) -> dict[str, Any]:
        """Arguments of a step that may start: which ids are not this attempt's, and how old an orphan may be."""
        start: dict[str, Any] = {
            "attach": False,
            "known_operations": [one["operation_id"] for one in self.attempts if one.get("operation_id")],
        }
        if orphan:
            # By the clock that wrote the intent, so that clocks that differ do not hide the orphan.
            now = self._world.ledger_clock()
            intended = datetime.datetime.fromisoformat(str(attempt["intended"]).replace("Z", "+00:00"))
            start["adopt_age"] = max(0.0, (self._world.wall() if now is None else now) - intended.timestamp())
        return start

    def _held_by(self, holder: dict[str, Any]) -> str:
        if self._job.key and holder.get("unit") == self._job.key[0] and not holder.get("operation_id"):
            return "an earlier run of it may be starting it just now"
        held = f"{holder.get('operation')} {holder.get('operation_id') or ''}".strip()
        return f"unit {holder.get('unit')} holds {held}"

    def _ask(self, action: str, arguments: dict[str, Any]) -> Result:
        """One call of the ledger; a connection that breaks is tried again for a while."""
        unit, number = self._job.key or ("", 0)
        whole = dict(arguments, unit=unit, operation=self._job.operation, host=self._job.host)
        whole["pass"] = number
        wait = 1.0
        while True:
            answer = self._world.ledger(action, whole)
            lost = answer.get("unreachable") or answer.get("error") == "ConnectionLost"
            if not lost or self._world.monotonic() + wait > self._deadline or wait > _LONGEST_PAUSE:
                return answer
            self._note(f"the ledger's host does not answer, next try in {duration(wait)}")
            self._world.sleep(wait)
            wait *= 2


def _recorded(attempt: dict[str, Any]) -> Result:
    """The result of an operation that was done in this pass before."""
    kept = {"state": "finished", **(attempt.get("result") or {})}
    return dict(
        kept,
        operation_id=attempt.get("operation_id"),
        started=attempt.get("started"),
        ended=attempt.get("ended"),
        message=attempt.get("message") or "",
        how="recorded",
        settled=True,
        changed=False,
    )
