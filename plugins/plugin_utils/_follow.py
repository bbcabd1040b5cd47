# Copyright (c) 2026, mailops.zimbra contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The loop round one long operation: claim it in the ledger, step the module until the end, record the end.

Knows no Ansible: what it needs of the world comes in as :class:`World`. Kill it anywhere and run it again: what the
server does goes on, and the claim says how to continue.
"""

from __future__ import annotations

import datetime
from dataclasses import dataclass
from typing import Any, Protocol

from ansible_collections.mailops.zimbra.plugins.plugin_utils._progress import Progress, duration

Result = dict[str, Any]

# Failures of one look that say nothing about the operation: asked again, more slowly each time.
TRANSIENT = ("Unreachable", "CommandTimeout", "ConnectionLost")
# How often an end that is not written down yet is looked for before it counts as unknown.
UNSETTLED_LOOKS = 4
_ALIVE = ("queued", "running", "stopping")
_LONGEST_PAUSE = 60.0
# What of a result the ledger keeps, and gives back when the operation is asked for again.
_KEPT = ("state", "how", "statistics", "provisioning", "unrestored", "notes", "changed")
_LEDGER_STATES = ("finished", "failed", "interrupted", "stopped", "unknown", "vanished")


class World(Protocol):
    """What the loop needs: one module call each way, a clock, and somebody to talk to."""

    def step(self, arguments: dict[str, Any]) -> Result:
        """Run ``zxsuite_backup`` once with these on top of the task's arguments; its result, failed or not."""

    def ledger(self, action: str, arguments: dict[str, Any]) -> Result:
        """Run ``migration_ledger`` once; its result, failed or not."""

    def say(self, line: str) -> None:
        """Show a line to whoever watches."""

    def monotonic(self) -> float:
        """A steady clock in seconds."""

    def wall(self) -> float:
        """The wall clock, seconds since the epoch."""

    def sleep(self, seconds: float) -> None:
        """Wait."""


@dataclass(frozen=True)
class Job:
    """What is to be done. ``key`` is None without a ledger; then ``parameters`` and ``claimant`` are not used."""

    operation: str
    title: str
    prefix: str
    timeout: float
    poll_interval: float
    key: tuple[str, int] | None
    parameters: dict[str, Any]
    host: str
    claimant: str
    check_mode: bool
    operation_id: str | None = None


class Follower:
    """Runs one job to its end."""

    def __init__(self, job: Job, world: World) -> None:
        self._job = job
        self._world = world
        number = f" pass {job.key[1]}" if job.key else ""
        self._progress = Progress(job.prefix, f"{job.title}{number}")
        self._begun = world.monotonic()
        self._deadline = self._begun + job.timeout
        self._last_line = ""
        self._said_at: float | None = None
        self._attempt: int | None = None
        self._attempts: list[Any] = []

    def run(self) -> Result:
        """The task's result."""
        start: dict[str, Any] = {}
        if self._job.operation_id:
            start["operation_id"] = self._job.operation_id
        elif self._job.key:
            claim = self._claim()
            if "result" in claim:
                return self._with_attempts(claim["result"])
            start = claim["start"]
        result = self._follow(start)
        return self._with_attempts(result)

    def _claim(self) -> dict[str, Any]:
        """Ask the ledger until it is our turn: ``{"start": arguments for the step}`` or ``{"result": ...}``."""
        pause = self._job.poll_interval
        while True:
            answer = self._ask("claim", {"parameters": self._job.parameters, "claimant": self._job.claimant})
            if answer.get("failed"):
                return {"result": answer}
            self._attempts = answer.get("attempts") or []
            decision, attempt = answer["decision"], answer.get("attempt") or {}
            if decision == "finished":
                return {"result": self._recorded(attempt)}
            self._attempt = attempt.get("number")
            if decision == "attach":
                return {"start": {"operation_id": answer["operation_id"]}}
            if decision == "start":
                return {"start": self._start(answer, attempt)}
            text = self._held_by(answer.get("holder") or {})
            if self._job.check_mode:
                return {"result": {"changed": True, "state": "absent", "how": "would_wait", "message": text}}
            if self._world.monotonic() + pause > self._deadline:
                return {"result": self._timed_out(f"it waited for its turn: {text}")}
            self._say(self._progress.note(f"waiting for its turn, {text}"))
            self._world.sleep(pause)

    def _held_by(self, holder: dict[str, Any]) -> str:
        held = f"{holder.get('operation')} {holder.get('operation_id') or ''}".strip()
        if self._job.key and holder.get("unit") == self._job.key[0] and not holder.get("operation_id"):
            return "an earlier run of it may be starting it just now"
        return f"unit {holder.get('unit')} holds {held}"

    def _start(self, answer: Result, attempt: dict[str, Any]) -> dict[str, Any]:
        """Arguments for a step that may start: which ids are not this attempt's, and how old an orphan may be."""
        start: dict[str, Any] = {
            "attach": False,
            "known_operations": [one["operation_id"] for one in self._attempts if one.get("operation_id")],
        }
        if answer.get("adopt"):
            start["adopt_age"] = self._age(answer, attempt)
        return start

    def _age(self, answer: Result, attempt: dict[str, Any]) -> float:
        """Seconds since the intent: by the ledger's own clock where it tells, else by the controller's."""
        if answer.get("age") is not None:
            return float(answer["age"])
        intended = datetime.datetime.fromisoformat(str(attempt["intended"]).replace("Z", "+00:00"))
        return max(0.0, self._world.wall() - intended.timestamp())

    def _follow(self, start: dict[str, Any]) -> Result:
        """Step until there is an end, the time is over, or something says that it cannot work."""
        arguments = dict(start)
        first = self._world.monotonic()
        orphan = start.get("adopt_age")
        tried = False
        recorded: str | None = None
        how = "attached" if self._attempt is not None and start.get("operation_id") else ""
        unsettled = 0
        failures = 0
        while True:
            looked = self._world.monotonic()
            if not arguments.get("operation_id") and (tried or orphan is not None):
                # A start whose answer was lost may have worked: look for it before starting again.
                arguments["adopt_age"] = (orphan or 0.0) + (looked - first)
            tried = True
            result = self._world.step(arguments)
            if self._job.check_mode:
                return result
            wait = self._wait_for_failure(result, failures)
            if wait is not None:
                failures += 1
                if self._world.monotonic() + wait > self._deadline:
                    return self._timed_out(str(result.get("msg")), arguments.get("operation_id"))
                self._world.sleep(wait)
                continue
            failures = 0
            # Right after the start there is nothing to wait for: the first look watches it.
            begun = result.get("how") == "started"
            operation_id = result.get("operation_id") or (result.get("details") or {}).get("operation_id")
            if operation_id and operation_id != recorded:
                arguments = {"operation_id": operation_id}
                failed = self._record(result if not result.get("failed") else result["details"], "running")
                if failed is not None:
                    return failed
                recorded = operation_id
                how = how or str(result.get("how") or (result.get("details") or {}).get("how") or "")
                self._announce(how, operation_id)
            if result.get("failed"):
                return self._end(result, how)
            # How this run came to the operation; later looks only follow it.
            result["how"] = how
            if result["state"] in _ALIVE:
                unsettled = 0
                if not begun:
                    self._say_progress(result)
            elif result.get("settled"):
                return self._end(result, how)
            else:
                unsettled += 1
                if unsettled >= UNSETTLED_LOOKS:
                    failure = dict(result, failed=True, msg=result["message"], error="OperationUnknown")
                    return self._end(failure, how)
            now = self._world.monotonic()
            if now > self._deadline:
                return self._timed_out("it is still running on the server", operation_id)
            if not begun:
                self._world.sleep(max(0.0, self._job.poll_interval - (now - looked)))

    def _wait_for_failure(self, result: Result, failures: int) -> float | None:
        """Seconds to wait when a failure is worth another try, ``None`` when the result stands."""
        if not result.get("failed") and not result.get("unreachable"):
            return None
        cause = result.get("error")
        if cause == "OperationBusy":
            self._say(self._progress.note(f"waiting, {result.get('msg')}"))
            return self._job.poll_interval
        if cause not in TRANSIENT and not result.get("unreachable"):
            return None
        wait = min(_LONGEST_PAUSE, self._job.poll_interval * float(2**failures))
        self._say(self._progress.note(f"no answer, next try in {duration(wait)} ({result.get('msg')})"))
        return wait

    def _announce(self, how: str, operation_id: str) -> None:
        words = {"started": "started as", "adopted": "found again as", "attached": "attached to"}
        self._say(self._progress.note(f"{words.get(how, 'following')} {operation_id}"))

    def _end(self, result: Result, how: str) -> Result:
        """Record how it ended and make the task's result of it."""
        if result.get("failed") and "details" in result:
            # The module's own failure: its details are the step, when there was one.
            result = dict(result["details"], failed=True, msg=result["msg"], error=result.get("error"))
            result.pop("message", None)
        result = dict(result, how=how)
        if result.get("state") not in _LEDGER_STATES:
            result["state"] = "failed"
        if not result.get("failed"):
            self._say(self._progress.note(_summary(result)))
        failed = self._record(result, result["state"])
        return failed or result

    def _record(self, step: Result, state: str) -> Result | None:
        """Write where the attempt stands into the ledger; the failure when that is not possible."""
        if not self._job.key or self._attempt is None:
            return None
        arguments: dict[str, Any] = {"parameters": self._job.parameters, "attempt": self._attempt, "state": state}
        for name in ("operation_id", "started", "ended"):
            if step.get(name):
                arguments[name] = step[name]
        if state != "running":
            arguments["result"] = {name: step[name] for name in _KEPT if name in step}
            arguments["note"] = str(step.get("msg") or step.get("message") or "")
        answer = self._ask("record_attempt", arguments)
        self._attempts = answer.get("attempts") or self._attempts
        if not answer.get("failed"):
            return None
        about = f"operation {step.get('operation_id')} is {state}, but the ledger could not be told"
        return dict(step, failed=True, msg=f"{self._job.title}: {about}: {answer.get('msg')}. Run the same task again.")

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
            self._say(self._progress.note(f"the ledger's host does not answer, next try in {duration(wait)}"))
            self._world.sleep(wait)
            wait *= 2

    def _recorded(self, attempt: dict[str, Any]) -> Result:
        kept = dict(attempt.get("result") or {})
        kept.update(
            operation_id=attempt.get("operation_id"),
            started=attempt.get("started"),
            ended=attempt.get("ended"),
            how="recorded",
            settled=True,
            changed=False,
        )
        kept.setdefault("state", "finished")
        kept["message"] = attempt.get("message") or ""
        return kept

    def _timed_out(self, text: str, operation_id: str | None = None) -> Result:
        name = f"{self._job.title} {operation_id}" if operation_id else self._job.title
        return {
            "failed": True,
            "error": "OperationTimeout",
            "operation_id": operation_id,
            "msg": f"{name} did not end within timeout={self._job.timeout:g} s: {text}. "
            "Run the same task again to go on waiting, with a larger 'timeout' if that is normal here.",
        }

    def _with_attempts(self, result: Result) -> Result:
        if self._job.key:
            result = dict(result, attempts=self._attempts)
        return result

    def _say_progress(self, result: Result) -> None:
        """At most one line of progress every poll interval."""
        now = self._world.monotonic()
        line = self._progress.line(result["state"], result.get("progress"), now)
        if self._said_at is None or now - self._said_at >= self._job.poll_interval:
            self._said_at = now
            self._say(line)

    def _say(self, line: str) -> None:
        """No line twice in a row."""
        if line != self._last_line:
            self._last_line = line
            self._world.say(line)


def _summary(result: Result) -> str:
    """``finished: 15,233 restored, 125 skipped``: the numbers one asks for first, those that are not zero."""
    statistics = result.get("statistics") or {}
    names = (
        ("restored_items", "restored"),
        ("checked_items", "checked"),
        ("skipped_items", "skipped"),
        ("new_metadata", "new"),
        ("item_updated", "updated"),
        ("item_deleted", "deleted"),
    )
    counts = [(statistics.get(name), word) for name, word in names]
    parts = [f"{count:,} {word}" for count, word in counts if isinstance(count, int) and count]
    return f"{result['state']}: {', '.join(parts)}" if parts else str(result["state"])
