# Copyright (c) 2026, mailops.zimbra contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Rules and records of the ledger, on real files."""

from __future__ import annotations

import sqlite3
import stat
import threading
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.mailops.zimbra.plugins.module_utils._ledger import Ledger
from ansible_collections.mailops.zimbra.plugins.module_utils._ledger_errors import (
    LedgerFileError,
    LedgerMissing,
    RuleBroken,
    UnknownRecord,
)

RESTORE = "external_restore"
KEY: dict[str, Any] = {"operation": RESTORE, "parameters": {"path": "/import"}}


class Clock:
    """Times of the ledger, in seconds of one hour."""

    def __init__(self) -> None:
        self.seconds = 0

    def __call__(self) -> str:
        return f"2026-01-02T03:{self.seconds // 60:02d}:{self.seconds % 60:02d}.000Z"


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def ledger(tmp_path: Path, clock: Clock) -> Ledger:
    made = Ledger(str(tmp_path / "ledger.db"), now=clock)
    made.open("spring", "smartscan", ["old.test"], ["new.test"])
    made.declare_unit("u1", "smartscan")
    return made


def finished(ledger: Ledger, phase: str, unit: str = "u1") -> int:
    number: int = ledger.begin_pass(unit, phase)["number"]
    ledger.finish_pass(unit, number, {"items": 1})
    return number


def test_the_file_is_private_and_uses_wal(tmp_path: Path, ledger: Ledger) -> None:
    path = tmp_path / "ledger.db"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert sqlite3.connect(path).execute("PRAGMA journal_mode").fetchone() == ("wal",)


def test_opening_again_changes_nothing_and_another_source_joins(ledger: Ledger) -> None:
    assert ledger.open("spring", "smartscan", ["old.test"], ["new.test"])["changed"] is False
    joined = ledger.open("spring", "smartscan", ["old2.test"], ["new.test"])
    assert (joined["changed"], joined["source"]) == (True, ["old.test", "old2.test"])


@pytest.mark.parametrize(
    ("name", "procedure", "destination", "words"),
    [
        ("autumn", "smartscan", "new.test", ["name=spring", "name=autumn", "another ledger path"]),
        ("spring", "imap", "new.test", ["procedure=smartscan", "procedure=imap", "cannot be mixed"]),
        ("spring", "smartscan", "x.test", ["destination=new.test", "destination=x.test", "inventory"]),
    ],
)
def test_a_ledger_keeps_its_migration(
    ledger: Ledger, name: str, procedure: str, destination: str, words: list[str]
) -> None:
    with pytest.raises(RuleBroken) as caught:
        ledger.open(name, procedure, ["old.test"], [destination])
    assert [word for word in words if word not in str(caught.value)] == []


def test_a_unit_keeps_its_method(ledger: Ledger) -> None:
    assert ledger.declare_unit("u1", "smartscan")["changed"] is False
    with pytest.raises(RuleBroken, match="method=smartscan.*method=export.*go on with method=smartscan"):
        ledger.declare_unit("u1", "export")


@pytest.mark.parametrize("phase", ["delta", "cutover"])
def test_nothing_comes_before_a_finished_initial_pass(ledger: Ledger, phase: str) -> None:
    with pytest.raises(RuleBroken, match=f"phase={phase}. Run phase=initial first"):
        ledger.begin_pass("u1", phase)
    ledger.begin_pass("u1", "initial")
    with pytest.raises(RuleBroken, match="unfinished initial pass.*Run phase=initial until"):
        ledger.begin_pass("u1", phase)


def test_a_pass_is_continued_until_it_is_finished(ledger: Ledger) -> None:
    first = ledger.begin_pass("u1", "initial")
    assert (first["number"], first["state"], first["opened"], first["steps_done"]) == (1, "open", True, [])
    assert ledger.finish_step("u1", 1, "sync", {"bytes": 9})["recorded"] is True
    assert ledger.finish_step("u1", 1, "sync", {"bytes": 10})["recorded"] is False
    again = ledger.begin_pass("u1", "initial")
    assert (again["number"], again["opened"], again["steps"]) == (1, False, {"sync": {"bytes": 9}})
    ledger.finish_pass("u1", 1, {"items": 3})
    done = ledger.begin_pass("u1", "initial")
    assert (done["state"], done["opened"], done["moved"]) == ("finished", False, {"items": 3})
    with pytest.raises(RuleBroken, match="step 'restore' cannot be added"):
        ledger.finish_step("u1", 1, "restore")


def test_deltas_follow_each_other_and_a_cutover_is_done_once(ledger: Ledger) -> None:
    assert [finished(ledger, phase) for phase in ("initial", "delta", "delta", "cutover")] == [1, 2, 3, 4]
    assert ledger.begin_pass("u1", "cutover")["state"] == "finished"
    late = ledger.begin_pass("u1", "delta")
    assert (late["number"], late["after_cutover"]) == (5, True)


def test_an_unfinished_delta_comes_before_the_cutover(ledger: Ledger) -> None:
    finished(ledger, "initial")
    ledger.begin_pass("u1", "delta")
    with pytest.raises(RuleBroken, match="unfinished delta pass.*phase=cutover. Run phase=delta"):
        ledger.begin_pass("u1", "cutover")


def test_an_operation_is_started_attached_to_and_finished(ledger: Ledger) -> None:
    ledger.begin_pass("u1", "initial")
    start = ledger.claim("u1", 1, claimant="a", **KEY)
    assert (start["decision"], start["attempt"]["number"], start["adopt"]) == ("start", 1, False)
    ledger.record_attempt("u1", 1, attempt=1, state="running", operation_id="id-1", **KEY)
    attach = ledger.claim("u1", 1, claimant="b", **KEY)
    assert (attach["decision"], attach["operation_id"]) == ("attach", "id-1")
    ledger.record_attempt("u1", 1, attempt=1, state="finished", result={"restored_items": 7}, **KEY)
    done = ledger.claim("u1", 1, claimant="b", **KEY)
    assert (done["decision"], done["attempt"]["result"]) == ("finished", {"restored_items": 7})
    assert ledger.finish_pass("u1", 1)["recorded"] is True
    assert ledger.claim("u1", 1, **KEY)["decision"] == "finished"


@pytest.mark.parametrize("end", ["failed", "interrupted", "stopped", "unknown", "vanished"])
def test_what_did_not_finish_is_started_again_and_kept(ledger: Ledger, end: str) -> None:
    ledger.begin_pass("u1", "initial")
    ledger.claim("u1", 1, **KEY)
    ledger.record_attempt("u1", 1, attempt=1, state=end, message="see mailbox.log", **KEY)
    with pytest.raises(RuleBroken, match=f"{end} \\(see mailbox.log\\). Run phase=initial again"):
        ledger.finish_pass("u1", 1)
    again = ledger.claim("u1", 1, **KEY)
    assert (again["decision"], again["attempt"]["number"]) == ("start", 2)
    assert [attempt["state"] for attempt in again["attempts"]] == [end, "intent"]


def test_a_failure_is_made_good_by_other_parameters(ledger: Ledger, clock: Clock) -> None:
    ledger.begin_pass("u1", "initial")
    ledger.claim("u1", 1, **KEY)
    ledger.record_attempt("u1", 1, attempt=1, state="failed", **KEY)
    clock.seconds += 1
    other: dict[str, Any] = {"operation": RESTORE, "parameters": {"path": "/import", "concurrent_accounts": 2}}
    ledger.claim("u1", 1, **other)
    with pytest.raises(RuleBroken, match="failed"):
        ledger.finish_pass("u1", 1)
    ledger.record_attempt("u1", 1, attempt=1, state="finished", **other)
    assert ledger.finish_pass("u1", 1)["recorded"] is True


def test_the_intent_of_a_run_that_died_is_adopted_when_its_lease_is_over(ledger: Ledger, clock: Clock) -> None:
    ledger.begin_pass("u1", "initial")
    ledger.claim("u1", 1, claimant="a", **KEY)
    clock.seconds = 19
    busy = ledger.claim("u1", 1, claimant="b", **KEY)
    assert (busy["decision"], busy["holder"]["claimant"]) == ("busy", "a")
    clock.seconds = 20
    taken = ledger.claim("u1", 1, claimant="b", **KEY)
    assert (taken["decision"], taken["adopt"], taken["attempt"]["number"]) == ("start", True, 1)
    assert taken["attempt"]["intended"].endswith("03:00:00.000Z")
    assert ledger.claim("u1", 1, claimant="c", **KEY)["decision"] == "busy"
    assert ledger.claim("u1", 1, claimant="b", **KEY)["adopt"] is True


def test_one_import_at_a_time_on_one_host(ledger: Ledger) -> None:
    ledger.declare_unit("u2", "smartscan")
    ledger.begin_pass("u1", "initial")
    ledger.begin_pass("u2", "initial")
    ledger.claim("u1", 1, host="new.test", **KEY)
    busy = ledger.claim("u2", 1, host="new.test", **KEY)
    assert (busy["decision"], busy["holder"]["unit"], busy["attempts"]) == ("busy", "u1", [])
    assert ledger.claim("u2", 1, host="other.test", **KEY)["decision"] == "start"
    assert ledger.claim("u2", 1, host="new.test", operation="export", parameters={})["decision"] == "start"
    ledger.record_attempt("u1", 1, attempt=1, state="failed", **KEY)
    other: dict[str, Any] = {"operation": RESTORE, "parameters": {"path": "/import2"}}
    assert ledger.claim("u2", 1, host="new.test", **other)["decision"] == "start"


def test_parameters_are_compared_by_value(ledger: Ledger) -> None:
    ledger.begin_pass("u1", "initial")
    ledger.claim("u1", 1, operation="export", parameters={"path": "/a", "domains": ["x"], "accounts": None})
    ledger.record_attempt("u1", 1, "export", {"domains": ["x"], "path": "/a"}, 1, "finished")
    same = ledger.claim("u1", 1, operation="export", parameters={"domains": ["x"], "path": "/a"})
    other = ledger.claim("u1", 1, operation="export", parameters={"domains": ["y"], "path": "/a"})
    assert (same["decision"], other["decision"]) == ("finished", "start")


def test_an_end_is_kept_as_it_was_recorded(ledger: Ledger) -> None:
    ledger.begin_pass("u1", "initial")
    ledger.claim("u1", 1, **KEY)
    ledger.record_attempt("u1", 1, attempt=1, state="running", operation_id="id-1", **KEY)
    with pytest.raises(RuleBroken, match="runs as id-1, asked for was operation_id=id-2"):
        ledger.record_attempt("u1", 1, attempt=1, state="running", operation_id="id-2", **KEY)
    ledger.record_attempt("u1", 1, attempt=1, state="finished", result={"n": 1}, **KEY)
    assert ledger.record_attempt("u1", 1, attempt=1, state="finished", result={"n": 2}, **KEY)["recorded"] is False
    with pytest.raises(RuleBroken, match="recorded as finished, asked for was state=failed"):
        ledger.record_attempt("u1", 1, attempt=1, state="failed", **KEY)
    assert ledger.claim("u1", 1, **KEY)["attempt"]["result"] == {"n": 1}


def test_who_follows_the_same_operation_and_speaks_late_breaks_nothing(ledger: Ledger) -> None:
    ledger.begin_pass("u1", "initial")
    ledger.claim("u1", 1, **KEY)
    ledger.record_attempt("u1", 1, attempt=1, state="running", operation_id="id-1", **KEY)
    ledger.record_attempt("u1", 1, attempt=1, state="finished", result={"n": 1}, **KEY)
    late = ledger.record_attempt("u1", 1, attempt=1, state="running", operation_id="id-1", **KEY)
    assert (late["recorded"], late["attempt"]["state"], late["attempt"]["result"]) == (False, "finished", {"n": 1})
    with pytest.raises(RuleBroken, match="asked for was state=running"):
        ledger.record_attempt("u1", 1, attempt=1, state="running", operation_id="id-2", **KEY)


def test_an_attempt_that_was_never_claimed_is_unknown(ledger: Ledger) -> None:
    ledger.begin_pass("u1", "initial")
    ledger.claim("u1", 1, **KEY)
    with pytest.raises(UnknownRecord, match="no attempt 2"):
        ledger.record_attempt("u1", 1, attempt=2, state="running", **KEY)


def test_a_finished_pass_takes_no_new_operation(ledger: Ledger) -> None:
    finished(ledger, "initial")
    with pytest.raises(RuleBroken, match="did not run in it.*phase=delta"):
        ledger.claim("u1", 1, **KEY)


def test_unknown_units_and_passes_are_named(ledger: Ledger) -> None:
    with pytest.raises(UnknownRecord, match="Unit u9 is not in this ledger; known are: u1"):
        ledger.begin_pass("u9", "initial")
    with pytest.raises(UnknownRecord, match="Unit u1 has no pass 3"):
        ledger.finish_step("u1", 3, "sync")


def test_two_controllers_get_one_start(tmp_path: Path, ledger: Ledger) -> None:
    ledger.begin_pass("u1", "initial")
    answers: list[str] = []

    def claim(claimant: str) -> None:
        mine = Ledger(str(tmp_path / "ledger.db"), now=lambda: "2026-01-02T03:00:00.000Z")
        answers.append(mine.claim("u1", 1, claimant=claimant, **KEY)["decision"])

    threads = [threading.Thread(target=claim, args=(str(number),)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(answers) == ["busy"] * 7 + ["start"]


@pytest.mark.parametrize("name", [f"new{number}.db" for number in range(12)])
def test_many_controllers_open_one_new_ledger(tmp_path: Path, name: str) -> None:
    answers: list[bool | Exception] = []

    def open_it() -> None:
        try:
            answers.append(Ledger(str(tmp_path / name)).open("spring", "smartscan", ["a"], ["b"])["changed"])
        except Exception as error:  # whatever it is, the assertion below shows it
            answers.append(error)

    threads = [threading.Thread(target=open_it) for _number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(answers, key=repr) == [False] * 7 + [True]


def test_a_held_lock_is_said(tmp_path: Path, ledger: Ledger) -> None:
    holder = sqlite3.connect(tmp_path / "ledger.db", isolation_level=None)
    holder.execute("BEGIN IMMEDIATE")
    with pytest.raises(LedgerFileError, match="stayed locked for 0.05 s"):
        Ledger(str(tmp_path / "ledger.db"), busy_timeout=0.05).begin_pass("u1", "initial")
    holder.close()


def test_a_ledger_that_is_not_there(tmp_path: Path) -> None:
    path = tmp_path / "none.db"
    ledger = Ledger(str(path))
    with pytest.raises(LedgerMissing, match=f"no ledger at {path}"):
        ledger.begin_pass("u1", "initial")
    assert ledger.read()["exists"] is False
    assert (ledger.outstanding()["outstanding"], ledger.leave("u1")["put_back"]) == ([], [])
    assert not path.exists()
    with pytest.raises(LedgerFileError, match="directory .* does not exist"):
        Ledger(str(tmp_path / "no" / "l.db")).open("a", "b", ["c"], ["d"])


def test_another_programs_database_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "other.db"
    db = sqlite3.connect(path)
    db.execute("CREATE TABLE t (x)")
    db.commit()
    db.close()
    before = path.read_bytes()
    with pytest.raises(LedgerFileError, match="not a migration ledger"):
        Ledger(str(path)).open("a", "b", ["c"], ["d"])
    assert path.read_bytes() == before
    text = tmp_path / "text.db"
    text.write_text("just text, " * 50)
    with pytest.raises(LedgerFileError, match="not a readable ledger"):
        Ledger(str(text)).read()
