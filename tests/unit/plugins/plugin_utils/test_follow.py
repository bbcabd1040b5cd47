# Copyright (c) 2026, mailops.zimbra contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The loop round an operation, in a world where sleeping moves the clock."""

from __future__ import annotations

import dataclasses
from typing import Any

import pytest

from ansible_collections.mailops.zimbra.plugins.plugin_utils._follow import (
    UNCLEAR_FAILURES,
    UNSETTLED_LOOKS,
    Follower,
)
from ansible_collections.mailops.zimbra.plugins.plugin_utils._job import Job, Result
from ansible_collections.mailops.zimbra.plugins.plugin_utils._progress import Progress, duration

ID = "f200b3e9-c694-482e-a46f-a13d58920003"
JOB = Job(
    operation="smart_scan",
    title="SmartScan",
    prefix="smartscan-mail1",
    timeout=3600.0,
    poll_interval=5.0,
    key=("smartscan-mail1", 1),
    parameters={"deep": True},
    host="mail1",
    claimant="here:1",
    check_mode=False,
)
ALONE = dataclasses.replace(JOB, key=None)


def looked(state: str, settled: bool = False, **more: Any) -> Result:
    base: Result = {"operation_id": ID, "state": state, "settled": settled, "how": "followed", "message": state}
    base.update(changed=False, statistics={}, unrestored={}, started=None, ended=None, **more)
    return base


STARTED = dict(looked("queued"), how="started")
RUNNING = looked("running", progress={"accounts_done": 12, "accounts_total": 60, "items_done": 3400})
FINISHED = dict(looked("finished", settled=True), changed=True, statistics={"checked_items": 3400, "new_metadata": 12})
UNREACHABLE = {"failed": True, "error": "Unreachable", "msg": "Unable to communicate with server", "details": {}}
LOST = {"failed": True, "error": "ConnectionLost", "msg": "ssh died"}
FAILED = {
    "failed": True,
    "error": "OperationFailed",
    "msg": "2 unrestored",
    "details": dict(looked("failed", settled=True), unrestored={"a@x.y": ["1", "2"]}),
}
START = {"decision": "start", "attempt": {"number": 1, "intended": "1970-01-01T00:00:00.000Z"}, "attempts": []}


class FakeWorld:
    """Answers from lists (the last one stays), notes what was asked."""

    def __init__(self, steps: list[Result], claims: list[Result] | None = None) -> None:
        self.steps, self.claims = list(steps), list(claims or [START])
        self.stepped: list[dict[str, Any]] = []
        self.recorded: list[dict[str, Any]] = []
        self.claimed: list[dict[str, Any]] = []
        self.record_answers: list[Result] = [{"attempts": ["kept"]}]
        self.lines: list[str] = []
        self.now = 100.0
        self.clock: float | None = None

    def step(self, arguments: dict[str, Any]) -> Result:
        self.stepped.append(dict(arguments))
        self.now += 1.0
        return dict(self.steps.pop(0) if len(self.steps) > 1 else self.steps[0])

    def ledger(self, action: str, arguments: dict[str, Any]) -> Result:
        if action == "claim":
            self.claimed.append(arguments)
            return self.claims.pop(0) if len(self.claims) > 1 else self.claims[0]
        self.recorded.append(arguments)
        return self.record_answers.pop(0) if len(self.record_answers) > 1 else self.record_answers[0]

    def say(self, line: str) -> None:
        self.lines.append(line)

    def monotonic(self) -> float:
        return self.now

    def wall(self) -> float:
        return 1000.0 + self.now

    def ledger_clock(self) -> float | None:
        return self.clock

    def sleep(self, seconds: float) -> None:
        self.now += seconds


class SleeplessWorld(FakeWorld):
    """One in which looks follow each other at once."""

    def sleep(self, seconds: float) -> None:
        return


def run(world: FakeWorld, job: Job = JOB) -> Result:
    return Follower(job, world).run()


def test_whole_way_with_a_ledger() -> None:
    world = FakeWorld([STARTED, RUNNING, FINISHED])
    result = run(world)
    assert world.claimed[0] == {
        "unit": "smartscan-mail1", "pass": 1, "operation": "smart_scan", "host": "mail1",
        "parameters": {"deep": True}, "claimant": "here:1",
    }  # fmt: skip
    assert world.stepped == [{"attach": False, "known_operations": []}, {"operation_id": ID}, {"operation_id": ID}]
    assert [(one["state"], one["operation_id"], one["attempt"]) for one in world.recorded] == [
        ("running", ID, 1),
        ("finished", ID, 1),
    ]
    assert world.recorded[1]["result"]["statistics"] == {"checked_items": 3400, "new_metadata": 12}
    assert (result["state"], result["how"], result["changed"], result["attempts"]) == (
        "finished", "started", True, ["kept"],
    )  # fmt: skip
    assert world.lines == [
        f"[smartscan-mail1] SmartScan pass 1: started as {ID}",
        "[smartscan-mail1] SmartScan pass 1: accounts 12/60, items 3,400",
        "[smartscan-mail1] SmartScan pass 1: finished: 3,400 checked, 12 new",
    ]


def test_id_is_recorded_before_anything_else_is_asked() -> None:
    world = FakeWorld([STARTED, FINISHED])
    world.record_answers = [{"failed": True, "msg": "disk full"}]
    result = run(world)
    assert result["failed"] and "ledger could not be told: disk full" in result["msg"] and ID in result["msg"]
    assert len(world.stepped) == 1


def test_finished_in_this_pass_is_not_run_again() -> None:
    attempt = {
        "number": 2,
        "operation_id": ID,
        "started": "a",
        "ended": "b",
        "result": {"state": "finished", "statistics": {"restored_items": 3}, "changed": True},
    }
    world = FakeWorld([], [{"decision": "finished", "attempt": attempt, "attempts": [1, 2]}])
    result = run(world)
    assert (result["changed"], result["how"], result["statistics"]) == (False, "recorded", {"restored_items": 3})
    assert (result["operation_id"], result["ended"], result["attempts"]) == (ID, "b", [1, 2])
    assert (world.stepped, world.recorded) == ([], [])


def test_running_is_attached_to() -> None:
    claim = {"decision": "attach", "operation_id": ID, "attempt": {"number": 3}, "attempts": []}
    world = FakeWorld([RUNNING, FINISHED], [claim])
    assert run(world)["how"] == "attached"
    assert world.stepped[0] == {"operation_id": ID}
    assert world.recorded[-1]["attempt"] == 3


def test_orphan_is_looked_for_by_the_age_of_the_intent() -> None:
    earlier = [{"operation_id": "old", "number": 1}, {"operation_id": None, "number": 2}]
    claim = dict(START, adopt=True, attempts=earlier, attempt={"number": 2, "intended": "1970-01-01T00:18:00.000Z"})
    world = FakeWorld([dict(looked("running"), how="adopted"), FINISHED], [claim])
    result = run(world)
    # The wall clock says 1100 s, the intent 1080 s.
    assert world.stepped[0] == {"attach": False, "known_operations": ["old"], "adopt_age": 20.0}
    assert result["how"] == "adopted"


def test_age_is_told_by_the_clock_that_wrote_the_intent() -> None:
    world = FakeWorld([STARTED, FINISHED], [dict(START, adopt=True)])
    world.clock = 7.5
    run(world)
    assert world.stepped[0]["adopt_age"] == 7.5


def test_start_whose_answer_was_lost_is_looked_for_before_it_is_started_again() -> None:
    world = FakeWorld([LOST, UNREACHABLE, dict(looked("running"), how="adopted"), FINISHED])
    result = run(world)
    assert "adopt_age" not in world.stepped[0]
    # 1 s for the first call and 5 s of waiting, then 1 s and 10 s more.
    assert [one["adopt_age"] for one in world.stepped[1:3]] == [6.0, 17.0]
    assert result["state"] == "finished"
    assert len([one for one in world.recorded if one["state"] == "running"]) == 1


def test_server_that_does_not_answer_for_a_while_is_waited_out() -> None:
    world = FakeWorld([STARTED, UNREACHABLE, UNREACHABLE, RUNNING, FINISHED])
    assert run(world)["state"] == "finished"
    assert world.lines[1] == (
        "[smartscan-mail1] SmartScan pass 1: no answer, next try in 5 s (Unable to communicate with server)"
    )
    assert [one["state"] for one in world.recorded] == ["running", "finished"]


def test_server_that_never_answers_fails_at_the_timeout_and_leaves_the_attempt_open() -> None:
    world = FakeWorld([STARTED, UNREACHABLE])
    result = run(world)
    assert (result["failed"], result["error"], result["operation_id"]) == (True, "OperationTimeout", ID)
    assert "Run the same task again" in result["msg"]
    assert [one["state"] for one in world.recorded] == ["running"]
    assert world.now <= 100.0 + JOB.timeout


def test_operation_that_does_not_end_in_time_goes_on() -> None:
    world = FakeWorld([STARTED, RUNNING])
    result = run(world, dataclasses.replace(JOB, timeout=20.0))
    assert result["error"] == "OperationTimeout"
    assert "still running on the server" in result["msg"]
    assert [one["state"] for one in world.recorded] == ["running"]


def test_bad_end_is_recorded_and_fails_with_everything_known() -> None:
    world = FakeWorld([STARTED, FAILED])
    result = run(world)
    assert (result["failed"], result["msg"], result["unrestored"]) == (True, "2 unrestored", {"a@x.y": ["1", "2"]})
    assert (world.recorded[-1]["state"], world.recorded[-1]["note"]) == ("failed", "2 unrestored")
    assert world.recorded[-1]["result"]["unrestored"] == {"a@x.y": ["1", "2"]}


def test_failure_before_anything_started_closes_the_attempt() -> None:
    world = FakeWorld([{"failed": True, "error": "ParameterError", "msg": "no directory", "details": {"path": "/x"}}])
    result = run(world)
    assert (result["failed"], result["msg"]) == (True, "no directory")
    assert [(one["state"], one.get("operation_id")) for one in world.recorded] == [("failed", None)]


CRASHED = {"failed": True, "msg": "MODULE FAILURE", "rc": 1}
GARBLED = {"failed": True, "error": "ParseError", "msg": "no answer", "details": {}}
NAMELESS = {"failed": True, "error": "OperationUnknown", "msg": "gave no operation id", "details": {"stdout": ""}}


@pytest.mark.parametrize("failure", [CRASHED, GARBLED, dict(GARBLED, error="CommandError")])
def test_failure_of_a_look_is_not_the_operations_end(failure: Result) -> None:
    world = FakeWorld([STARTED, failure, RUNNING, failure, FINISHED])
    assert run(world)["state"] == "finished"
    world = FakeWorld([STARTED, failure])
    result = run(world)
    assert (result["failed"], result["msg"], result["operation_id"]) == (True, failure["msg"], ID)
    assert len(world.stepped) == 1 + UNCLEAR_FAILURES
    # Still open: the next run attaches to it.
    assert [one["state"] for one in world.recorded] == ["running"]


@pytest.mark.parametrize("failure", [CRASHED, GARBLED, NAMELESS])
def test_start_with_an_unclear_answer_is_looked_for(failure: Result) -> None:
    world = FakeWorld([failure, dict(looked("running"), how="adopted"), FINISHED])
    result = run(world)
    assert result["how"] == "adopted"
    assert world.stepped[1]["adopt_age"] == 6.0
    world = FakeWorld([failure])
    assert run(world)["msg"] == failure["msg"]
    assert world.recorded == []


def test_end_that_is_not_written_down_yet_is_looked_for_again() -> None:
    world = FakeWorld([STARTED, looked("vanished"), looked("unknown"), FINISHED])
    assert run(world)["state"] == "finished"


@pytest.mark.parametrize("state", ["vanished", "unknown"])
def test_end_nobody_tells_of_is_a_failure(state: str) -> None:
    world = FakeWorld([STARTED, looked(state)])
    result = run(world)
    assert (result["failed"], result["state"], result["msg"]) == (True, state, state)
    assert len(world.stepped) == 1 + UNSETTLED_LOOKS
    assert world.recorded[-1]["state"] == state


def test_another_import_is_waited_for() -> None:
    busy = {"failed": True, "error": "OperationBusy", "msg": "in the way", "details": {"operation_id": "other"}}
    world = FakeWorld([busy, busy, STARTED, FINISHED])
    assert run(world)["state"] == "finished"
    assert all(one["operation_id"] == ID for one in world.recorded)


def test_turn_in_the_ledger_is_waited_for() -> None:
    holder = {"unit": "smartscan-mail2", "operation": "external_restore", "operation_id": "other"}
    busy = {"decision": "busy", "holder": holder, "attempts": []}
    world = FakeWorld([STARTED, FINISHED], [busy, busy, START])
    assert run(world)["state"] == "finished"
    assert "unit smartscan-mail2 holds external_restore other" in world.lines[0]
    result = run(FakeWorld([STARTED], [busy]), dataclasses.replace(JOB, timeout=12.0))
    assert result["error"] == "OperationTimeout" and "smartscan-mail2" in result["msg"]


def test_ledger_that_refuses_fails_the_task_and_starts_nothing() -> None:
    world = FakeWorld([STARTED], [{"failed": True, "error": "RuleBroken", "msg": "no"}])
    assert run(world)["msg"] == "no"
    assert world.stepped == []


def test_ledger_host_that_is_away_for_a_moment() -> None:
    world = FakeWorld([STARTED, FINISHED], [LOST, {"unreachable": True, "msg": "x"}, START])
    assert run(world)["state"] == "finished"
    assert len(world.claimed) == 3


def test_without_a_ledger() -> None:
    world = FakeWorld([dict(looked("running"), how="attached"), FINISHED])
    result = run(world, ALONE)
    assert (result["how"], "attempts" in result) == ("attached", False)
    assert (world.claimed, world.recorded) == ([], [])
    assert world.stepped[0] == {}


def test_a_given_operation_is_followed() -> None:
    world = FakeWorld([FINISHED])
    run(world, dataclasses.replace(ALONE, operation_id=ID))
    assert world.stepped[0] == {"operation_id": ID}


@pytest.mark.parametrize(
    ("claim", "step", "how"),
    [
        (START, dict(looked("absent"), how="would_start", changed=True), "would_start"),
        ({"decision": "attach", "operation_id": ID, "attempts": []}, RUNNING, "followed"),
        ({"decision": "busy", "holder": {"unit": "u"}, "attempts": []}, RUNNING, "would_wait"),
    ],
)
def test_check_mode_takes_one_look_and_writes_nothing(claim: Result, step: Result, how: str) -> None:
    world = FakeWorld([step], [claim])
    result = run(world, dataclasses.replace(JOB, check_mode=True))
    assert result["how"] == how
    assert len(world.stepped) <= 1
    assert (world.recorded, world.lines) == ([], [])


def test_lines_come_at_most_every_poll_interval() -> None:
    quick = [looked("running", progress={"items_done": count}) for count in range(40)]
    world = FakeWorld([STARTED, *quick, FINISHED])
    run(world, dataclasses.replace(JOB, poll_interval=10.0))
    shown = [line for line in world.lines if " items " in line]
    assert len(shown) == len(quick)
    world = SleeplessWorld([STARTED, *quick, FINISHED])
    run(world, dataclasses.replace(JOB, poll_interval=10.0))
    assert len([line for line in world.lines if " items " in line]) == 4


def test_line_with_rate_and_time_left() -> None:
    progress = Progress("u", "SmartScan pass 1")
    sample = {"accounts_done": 10, "accounts_total": 60, "items_done": 2990, "items_total": 52600}
    progress.line("running", sample, 10.0)
    later = {"accounts_done": 12, "accounts_total": 60, "items_done": 3400, "items_total": 52600}
    assert progress.line("running", later, 11.0) == (
        "[u] SmartScan pass 1: accounts 12/60, items 3,400/52,600 (410/s), about 2 min left"
    )


def test_lines_without_numbers() -> None:
    progress = Progress("u", "Export")
    assert progress.line("queued", None, 1.0) == "[u] Export: waiting in the server's queue"
    assert progress.line("running", None, 1.0) == "[u] Export: running"
    assert progress.line("stopping", {"counters": {}}, 1.0) == "[u] Export: stopping"


def test_counter_that_starts_over_gives_no_rate() -> None:
    progress = Progress("u", "x")
    progress.line("running", {"items_done": 100}, 1.0)
    assert progress.line("running", {"items_done": 3}, 2.0) == "[u] x: items 3"


@pytest.mark.parametrize(
    ("seconds", "text"), [(0.2, "1 s"), (40, "40 s"), (120, "2 min"), (4800, "80 min"), (5400, "1 h 30 min")]
)
def test_durations(seconds: float, text: str) -> None:
    assert duration(seconds) == text
