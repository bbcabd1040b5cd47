# Copyright (c) 2026, mailops.zimbra contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Captured settings, map files, evidence, events, check mode; and files written by an older version."""

from __future__ import annotations

import hashlib
import sqlite3
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.mailops.zimbra.plugins.module_utils._ledger import Ledger
from ansible_collections.mailops.zimbra.plugins.module_utils._ledger_errors import (
    LedgerError,
    LedgerFileError,
    RuleBroken,
    UnknownRecord,
)
from ansible_collections.mailops.zimbra.plugins.module_utils._ledger_maps import find_maps
from ansible_collections.mailops.zimbra.plugins.module_utils._ledger_schema import SCHEMA_VERSION
from ansible_collections.mailops.zimbra.tests.unit.plugins.module_utils.test_ledger import Clock

FIXTURES = Path(__file__).parent / "fixtures"
SCANNER = {"host": "old.test", "kind": "property", "name": "ZxBackup_RealTimeScanner"}
KEY: dict[str, Any] = {"operation": "external_restore", "parameters": {"path": "/import"}}


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def ledger(tmp_path: Path, clock: Clock) -> Ledger:
    made = Ledger(str(tmp_path / "ledger.db"), now=clock)
    made.open("spring", "smartscan", ["old.test"], ["new.test"])
    for unit in ("u1", "u2"):
        made.declare_unit(unit, "smartscan")
    return made


@pytest.fixture
def backup(tmp_path: Path) -> Path:
    top = tmp_path / "backup"
    account = top / "accounts" / "a-1"
    account.mkdir(parents=True)
    (top / "map_src").write_text("abc")
    (account / "id_mapper.log").write_text("1 2")
    (account / "account_info").write_text("{}")
    (top / "items").mkdir()
    return top


def test_the_first_value_of_a_setting_is_kept(ledger: Ledger) -> None:
    first = ledger.capture(before=True, set_to=False, unit="u1", **SCANNER)
    assert (first["changed"], first["captured"]) == (True, True)
    # A killed run left it off: what is there now is not what it was.
    again = ledger.capture(before=False, set_to=False, unit="u1", **SCANNER)
    assert (again["changed"], again["captured"], again["capture"]["before"]) == (False, False, True)
    assert ledger.release(unit="u1", **SCANNER)["released"] is True
    assert ledger.release(unit="u1", **SCANNER)["changed"] is False
    fresh = ledger.capture(before=False, set_to=True, unit="u1", **SCANNER)
    assert (fresh["captured"], fresh["capture"]["before"]) == (True, False)


@pytest.mark.parametrize("value", [None, True, 0, "", "lmtp:host:7025", ["a", {"b": 1}]])
def test_values_of_any_type_come_back_as_they_were(ledger: Ledger, value: Any) -> None:
    ledger.capture(before=value, set_to="x", unit="u1", **SCANNER)
    (item,) = ledger.outstanding()["outstanding"]
    assert item["before"] == value and type(item["before"]) is type(value)


def test_a_setting_goes_back_with_its_last_holder(ledger: Ledger) -> None:
    ledger.capture(before=True, set_to=False, unit="u1", **SCANNER)
    joined = ledger.capture(before=False, set_to=False, unit="u2", **SCANNER)
    assert (joined["changed"], joined["recorded"], joined["capture"]["holders"]) == (False, True, ["u1", "u2"])
    left = ledger.leave("u1")
    assert (left["put_back"], [item["holders"] for item in left["left"]]) == ([], [["u2"]])
    (mine,) = ledger.leave("u2")["put_back"]
    assert mine["before"] is True
    # Not gone before it was put back: a run that dies here leaves it to the next one.
    assert len(ledger.outstanding(unit="u2")["outstanding"]) == 1
    assert ledger.release(unit="u2", **SCANNER)["released"] is True
    assert ledger.outstanding()["outstanding"] == []


def test_release_says_who_still_holds(ledger: Ledger) -> None:
    ledger.capture(before=True, set_to=False, unit="u1", **SCANNER)
    ledger.capture(before=True, set_to=False, unit="u2", **SCANNER)
    kept = ledger.release(unit="u1", **SCANNER)
    assert (kept["released"], kept["still_held_by"], kept["changed"]) == (False, ["u2"], False)


def test_a_setting_that_was_never_captured(ledger: Ledger) -> None:
    with pytest.raises(UnknownRecord, match="was never captured"):
        ledger.release(**SCANNER)


def test_outstanding_by_host_and_unit(ledger: Ledger) -> None:
    ledger.capture(before=1, set_to=2, unit="u1", **SCANNER)
    ledger.capture("new.test", "service", "purge-cron", "running", "stopped", "u2")
    assert [item["host"] for item in ledger.outstanding(host="new.test")["outstanding"]] == ["new.test"]
    assert [item["host"] for item in ledger.outstanding(unit="u1")["outstanding"]] == ["old.test"]


def test_map_files_are_found_where_imports_keep_them(backup: Path) -> None:
    found = find_maps(str(backup))
    assert [item.path for item in found] == [str(backup / "accounts/a-1/id_mapper.log"), str(backup / "map_src")]
    assert (found[1].size, found[1].sha256) == (3, hashlib.sha256(b"abc").hexdigest())
    with pytest.raises(LedgerError, match="does not exist"):
        find_maps(str(backup / "nowhere"))
    assert find_maps(str(backup / "nowhere"), absent_is_empty=True) == []


def imported(ledger: Ledger, backup: Path) -> None:
    ledger.begin_pass("u1", "initial")
    ledger.claim("u1", 1, host="new.test", **KEY)
    ledger.record_attempt("u1", 1, attempt=1, state="finished", **KEY)
    assert ledger.record_maps("new.test", find_maps(str(backup)), "u1", 1)["recorded"] is True


def test_map_files_must_stay_as_the_import_left_them(ledger: Ledger, backup: Path, clock: Clock) -> None:
    assert ledger.check_maps("new.test", find_maps(str(backup)))["known"] == 0
    imported(ledger, backup)
    checked = ledger.check_maps("new.test", find_maps(str(backup)))
    assert (checked["known"], checked["altered"], checked["new"]) == (2, [], [])
    (backup / "map_src").write_text("abd")
    with pytest.raises(RuleBroken, match="1 map file.*map_src.*record_maps"):
        ledger.check_maps("new.test", find_maps(str(backup)))
    (backup / "map_src").unlink()
    with pytest.raises(RuleBroken, match="are gone: .*map_src.*Put them back"):
        ledger.check_maps("new.test", find_maps(str(backup)))


def test_an_import_that_died_explains_changed_maps_but_no_lost_ones(ledger: Ledger, backup: Path, clock: Clock) -> None:
    imported(ledger, backup)
    clock.seconds += 5
    ledger.finish_pass("u1", 1)
    ledger.begin_pass("u1", "delta")
    ledger.claim("u1", 2, host="new.test", **KEY)
    (backup / "map_src").write_text("abcd")
    assert ledger.check_maps("new.test", find_maps(str(backup)))["altered"] == [str(backup / "map_src")]
    (backup / "map_src").unlink()
    with pytest.raises(RuleBroken, match="are gone"):
        ledger.check_maps("new.test", find_maps(str(backup)))


def test_a_verdict_changes_something_only_when_it_is_another_one(ledger: Ledger) -> None:
    first = ledger.record_evidence("u1", 1, "incomplete", {"missing": 1}, [{"account": "a"}])
    same = ledger.record_evidence("u1", 1, "incomplete", {"missing": 1}, [{"account": "a"}])
    fewer = ledger.record_evidence("u1", 1, "incomplete", {"missing": 2}, [{"account": "a"}])
    good = ledger.record_evidence("u1", 1, "complete", {"missing": 0}, [])
    assert [item["changed"] for item in (first, same, fewer, good)] == [True, False, False, True]
    assert [item["recorded"] for item in (first, same, fewer, good)] == [True, False, True, True]
    (shown,) = ledger.read()["evidence"]
    assert (shown["verdict"], shown["counts"]) == ("complete", {"missing": 0})


def test_an_event_is_noted_once(ledger: Ledger, clock: Clock) -> None:
    first = ledger.record_event("u1", "cutover", "window_opened", {"by": "x"}, number=3)
    clock.seconds = 60
    second = ledger.record_event("u1", "cutover", "window_opened", {"by": "y"}, number=3)
    assert (first["recorded"], second["recorded"], second["event"]) == (True, False, first["event"])
    assert ledger.record_event("u1", "cutover", "window_opened", number=4)["recorded"] is True
    assert ledger.record_event("u1", "cutover", "window_opened", number=3, again=True)["recorded"] is True
    assert [event["pass"] for event in ledger.read(unit="u1")["events"]] == [3, 4, 3]
    assert ledger.read(unit="u2")["events"] == []


def test_check_mode_answers_as_if_and_writes_nothing(tmp_path: Path, ledger: Ledger) -> None:
    ledger.begin_pass("u1", "initial")
    path = tmp_path / "ledger.db"
    before = dump(path)
    trial = Ledger(str(path), check_mode=True)
    assert trial.finish_step("u1", 1, "sync")["recorded"] is True
    assert trial.claim("u1", 1, **KEY)["decision"] == "start"
    assert trial.capture(before=1, set_to=2, unit="u1", **SCANNER)["changed"] is True
    assert trial.finish_pass("u1", 1)["state"] == "finished"
    assert trial.record_evidence("u1", 1, "complete")["changed"] is True
    assert trial.begin_pass("u2", "initial")["opened"] is True
    assert dump(path) == before
    with pytest.raises(RuleBroken, match="method=export"):
        trial.declare_unit("u1", "export")


def test_check_mode_without_a_ledger_walks_on_and_makes_no_file(tmp_path: Path) -> None:
    trial = Ledger(str(tmp_path / "ledger.db"), check_mode=True)
    assert trial.open("spring", "smartscan", ["a"], ["b"])["changed"] is True
    assert trial.begin_pass("u1", "initial")["opened"] is True
    assert trial.warnings == []
    assert trial.begin_pass("u1", "cutover")["opened"] is True
    assert trial.warnings and "phase=cutover. Run phase=initial first" in trial.warnings[0]
    assert trial.claim("u1", 1, **KEY)["decision"] == "start"
    assert trial.record_attempt("u1", 1, attempt=1, state="finished", **KEY)["recorded"] is True
    assert trial.release(**SCANNER)["changed"] is False
    assert list(tmp_path.iterdir()) == []


def dump(path: Path) -> list[str]:
    db = sqlite3.connect(path)
    try:
        return list(db.iterdump())
    finally:
        db.close()


def from_version_1(path: Path) -> None:
    db = sqlite3.connect(path)
    db.executescript((FIXTURES / "ledger_v1.sql").read_text())
    db.close()


def test_a_ledger_of_version_1_is_brought_up_to_date(tmp_path: Path) -> None:
    path = tmp_path / "ledger.db"
    from_version_1(path)
    ledger = Ledger(str(path))
    everything = ledger.read()
    assert everything["migration"]["name"] == "spring"
    (unit,) = everything["units"]
    assert [(item["number"], item["state"]) for item in unit["passes"]] == [(1, "finished"), (2, "open")]
    (operation,) = unit["passes"][0]["operations"]
    assert [attempt["state"] for attempt in operation["attempts"]] == ["interrupted", "finished"]
    (scanner,) = everything["outstanding"]
    assert (scanner["before"], scanner["holders"]) == (True, [""])
    assert [item["path"] for item in everything["maps"]] == ["/backup/map_1"]
    assert ledger.begin_pass("u1", "delta")["number"] == 2
    assert ledger.record_evidence("u1", 2, "complete")["recorded"] is True
    assert ledger.release("mail.old.test", "property", "ZxBackup_RealTimeScanner")["released"] is True
    assert sqlite3.connect(path).execute("PRAGMA user_version").fetchone() == (SCHEMA_VERSION,)


def test_check_mode_leaves_a_ledger_of_version_1_as_it_is(tmp_path: Path) -> None:
    path = tmp_path / "ledger.db"
    from_version_1(path)
    before = dump(path)
    assert Ledger(str(path), check_mode=True).begin_pass("u1", "delta")["number"] == 2
    assert dump(path) == before


def test_a_ledger_of_a_newer_version_is_refused(tmp_path: Path, ledger: Ledger) -> None:
    path = tmp_path / "ledger.db"
    db = sqlite3.connect(path)
    db.execute(f"PRAGMA user_version = {SCHEMA_VERSION + 1}")
    db.close()
    before = dump(path)
    with pytest.raises(LedgerFileError, match=f"schema version {SCHEMA_VERSION + 1}"):
        ledger.read()
    assert dump(path) == before
