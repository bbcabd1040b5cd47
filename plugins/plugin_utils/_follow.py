# Copyright (c) 2026, mailops.zimbra contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The loop round one long operation: claim it in the ledger, step the module until the end, record the end.

Kill it anywhere and run it again: what the server does goes on, and the claim says how to continue. An attempt is only
closed in the ledger when it is known how it ended, or that nothing was started.
"""

from __future__ import annotations

from typing import Any

from ansible_collections.mailops.zimbra.plugins.plugin_utils._books import Books
from ansible_collections.mailops.zimbra.plugins.plugin_utils._job import ALIVE, Job, Result, World
from ansible_collections.mailops.zimbra.plugins.plugin_utils._progress import Progress, duration

# How often an end that is not written down yet is looked for before it counts as unknown.
UNSETTLED_LOOKS = 4
# How often a failure that says nothing about the operation may come in a row.
UNCLEAR_FAILURES = 3
_LONGEST_PAUSE = 60.0
# Failures of one look that pass by themselves: asked again, more slowly each time, until the timeout.
_TRANSIENT = ("Unreachable", "CommandTimeout", "ConnectionLost")
# What the operation itself came to.
_VERDICTS = ("OperationFailed", "OperationInterrupted", "OperationUnknown")
# Failures after which something may have been started although no id is known.
_MAYBE_STARTED = ("ParseError", "OperationUnknown")


class Follower:
    """Runs one job to its end."""

    def __init__(self, job: Job, world: World) -> None:
        self._job = job
        self._world = world
        number = f" pass {job.key[1]}" if job.key else ""
        self._progress = Progress(job.prefix, f"{job.title}{number}")
        self._deadline = world.monotonic() + job.timeout
        self._books = Books(job, world, self._note, self._deadline)
        self._last_line = ""
        self._said_at: float | None = None
        self._operation_id: str | None = None
        self._how = ""

    def run(self) -> Result:
        """The task's result."""
        if self._job.operation_id:
            return self._follow({"operation_id": self._job.operation_id})
        if self._job.key is None:
            return self._follow({})
        turn = self._books.claim()
        if turn.result is not None:
            result = turn.result
        else:
            self._how = "attached" if turn.start.get("operation_id") else ""
            result = self._follow(turn.start)
        return dict(result, attempts=self._books.attempts)

    def _follow(self, start: dict[str, Any]) -> Result:
        """Step until there is an end, the time is over, or something says that it cannot work."""
        arguments = start
        begun = self._world.monotonic()
        failures = unsettled = 0
        while True:
            looked = self._world.monotonic()
            result = self._world.step(arguments)
            if self._job.check_mode:
                return result
            if self._wants_another_try(result, failures):
                wait = self._pause(result, failures)
                if result.get("error") != "OperationBusy":
                    failures += 1
                if self._world.monotonic() + wait > self._deadline:
                    known = self._operation_id or start.get("operation_id")
                    return self._job.timed_out(str(result.get("msg")), known)
                self._world.sleep(wait)
                arguments = self._again(start, begun)
                continue
            failures = 0
            failed = self._meet(result)
            if failed is not None:
                return failed
            if result.get("failed"):
                return self._give_up(result)
            result["how"] = self._how
            if result.get("settled"):
                return self._end(result)
            unsettled = 0 if result["state"] in ALIVE else unsettled + 1
            if unsettled >= UNSETTLED_LOOKS:
                return self._end(dict(result, failed=True, msg=result.pop("message"), error="OperationUnknown"))
            if self._world.monotonic() > self._deadline:
                return self._job.timed_out("it is still running on the server", self._operation_id)
            if arguments.get("operation_id") or self._how != "started":
                self._show(result)
                self._world.sleep(max(0.0, self._job.poll_interval - (self._world.monotonic() - looked)))
            arguments = {"operation_id": self._operation_id}

    def _again(self, start: dict[str, Any], begun: float) -> dict[str, Any]:
        """Arguments after a failed step: a start whose answer was lost may have worked, so look for it first."""
        if self._operation_id or start.get("operation_id"):
            return {"operation_id": self._operation_id or start["operation_id"]}
        return dict(start, adopt_age=start.get("adopt_age", 0.0) + self._world.monotonic() - begun)

    def _meet(self, result: Result) -> Result | None:
        """Note the operation's id the moment it is known; a failure when the ledger could not be told."""
        step = result.get("details") or {} if result.get("failed") else result
        operation_id = step.get("operation_id")
        if not operation_id or operation_id == self._operation_id:
            return None
        self._operation_id = operation_id
        self._how = self._how or str(step.get("how") or "")
        failed = self._books.record(step, "running")
        if failed is None:
            words = {"started": "started as", "adopted": "found again as", "attached": "attached to"}
            self._note(f"{words.get(self._how, 'following')} {operation_id}")
        return failed

    def _wants_another_try(self, result: Result, failures: int) -> bool:
        """Whether a failure says nothing about the operation, so that asking again is all there is to do."""
        if not result.get("failed") and not result.get("unreachable"):
            return False
        error = result.get("error")
        if error == "OperationBusy" or error in _TRANSIENT or result.get("unreachable"):
            return True
        return self._is_unclear(result) and failures + 1 < UNCLEAR_FAILURES

    def _is_unclear(self, result: Result) -> bool:
        """A failure that is neither the operation's own end nor a refusal to start it."""
        error = result.get("error")
        if error in _VERDICTS and (result.get("details") or {}).get("operation_id"):
            return False
        return error is None or error in _MAYBE_STARTED or self._operation_id is not None

    def _pause(self, result: Result, failures: int) -> float:
        if result.get("error") == "OperationBusy":
            self._note(f"waiting, {result.get('msg')}")
            return self._job.poll_interval
        wait = min(_LONGEST_PAUSE, self._job.poll_interval * float(2**failures))
        self._note(f"no answer, next try in {duration(wait)} ({result.get('msg')})")
        return wait

    def _give_up(self, result: Result) -> Result:
        """The task fails. The attempt is closed only when its end is known, or that nothing was started."""
        if self._is_unclear(result):
            return dict(result, operation_id=self._operation_id)
        # The module's own failure: its details are the step, when there was one.
        ended = dict(result.get("details") or {}, failed=True, msg=result["msg"], error=result["error"])
        ended.pop("message", None)
        if ended.get("state") in (None, "absent"):
            ended["state"] = "failed"
        return self._end(dict(ended, how=self._how))

    def _end(self, result: Result) -> Result:
        """Record how it ended; that is the task's result."""
        if not result.get("failed"):
            self._note(_summary(result))
        return self._books.record(result, result["state"]) or result

    def _show(self, result: Result) -> None:
        """At most one line of progress every poll interval."""
        if result["state"] not in ALIVE:
            return
        now = self._world.monotonic()
        line = self._progress.line(result["state"], result.get("progress"), now)
        if self._said_at is None or now - self._said_at >= self._job.poll_interval:
            self._said_at = now
            self._say(line)

    def _note(self, text: str) -> None:
        self._say(self._progress.note(text))

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
