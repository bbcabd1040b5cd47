# Copyright (c) 2026, mailops.zimbra contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""migration_ledger as Ansible runs it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from ansible_collections.mailops.zimbra.plugins.modules import migration_ledger
from ansible_collections.mailops.zimbra.tests.unit.plugins.modules.running import run_main

KEY: dict[str, Any] = {"unit": "u1", "pass_": 1, "operation": "export", "parameters": {"path": "/x"}}


@pytest.fixture
def ask(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Any:
    def run(action: str, **options: Any) -> dict[str, Any]:
        return run_main(migration_ledger.main, capsys, action=action, path=str(tmp_path / "ledger.db"), **options)

    return run


@pytest.fixture
def opened(ask: Any) -> Any:
    assert ask("open", migration="m", procedure="smartscan", source=["a"], destination=["b"])["changed"]
    assert ask("declare_unit", unit="u1", method="smartscan")["changed"]
    return ask


def test_open_shows_its_change_once(ask: Any, tmp_path: Path) -> None:
    options = {"migration": "m", "procedure": "smartscan", "source": ["a"], "destination": ["b"]}
    trial = ask("open", check=True, diff=True, **options)
    assert trial["changed"] and trial["diff"]["after"]["procedure"] == "smartscan"
    assert list(tmp_path.iterdir()) == []
    assert ask("open", diff=True, **options)["diff"] == trial["diff"]
    second = ask("open", diff=True, **options)
    assert not second["changed"] and "diff" not in second


def test_a_pass_through_the_module_is_never_a_change(opened: Any) -> None:
    first = opened("begin_pass", unit="u1", phase="initial")
    assert (first["number"], first["opened"], first["changed"]) == (1, True, False)
    claimed = opened("claim", claimant="a", **KEY)
    assert (claimed["decision"], claimed["changed"]) == ("start", False)
    running = opened("record_attempt", attempt=1, state="running", operation_id="id", **KEY)
    assert (running["operation_id"], running["changed"]) == ("id", False)
    ended = opened(
        "record_attempt", attempt=1, state="finished", result={"n": 1}, note="seen", ended="2026-01-01T00:00:00Z", **KEY
    )
    assert (ended["attempt"]["result"], ended["attempt"]["message"], ended["changed"]) == ({"n": 1}, "seen", False)
    assert not opened("finish_step", unit="u1", pass_=1, step="export", details={"x": 1})["changed"]
    assert opened("finish_pass", unit="u1", pass_=1, moved={"items": 2})["changed"] is False
    (unit,) = opened("read")["units"]
    assert unit["passes"][0]["moved"] == {"items": 2}


def test_a_broken_rule_fails_with_the_value_and_the_remedy(opened: Any) -> None:
    result = opened("begin_pass", unit="u1", phase="cutover")
    assert result["failed"] and result["error"] == "RuleBroken"
    assert "phase=cutover" in result["msg"] and "Run phase=initial first" in result["msg"]
    assert result["details"]["rule"] == "initial_first"
    assert "phase=report has no passes" in opened("begin_pass", unit="u1", phase="report")["msg"]


def test_check_mode_warns_where_a_real_run_would_stop(opened: Any) -> None:
    result = opened("begin_pass", check=True, unit="u1", phase="delta")
    assert result["opened"] is True
    assert any("a real run would stop here" in str(warning) for warning in result["warnings"])


def test_a_setting_is_captured_and_released(opened: Any) -> None:
    setting = {"host": "h", "kind": "property", "name": "scanner", "unit": "u1"}
    taken = opened("capture", before=True, set_to=False, **setting)
    assert taken["changed"] and taken["capture"]["before"] is True
    assert opened("capture", before=False, set_to=False, **setting)["changed"] is False
    assert [item["name"] for item in opened("outstanding")["outstanding"]] == ["scanner"]
    assert [item["name"] for item in opened("leave", unit="u1")["put_back"]] == ["scanner"]
    assert opened("release", **setting)["changed"]
    assert opened("outstanding")["outstanding"] == []


def test_map_files_are_checked_before_a_pass(opened: Any, tmp_path: Path) -> None:
    backup = tmp_path / "backup"
    backup.mkdir()
    (backup / "map_1").write_text("x")
    opened("begin_pass", unit="u1", phase="initial")
    assert opened("record_maps", host="d", unit="u1", pass_=1, map_dir=str(backup))["maps"] == 1
    assert opened("check_maps", host="d", map_dir=str(backup))["known"] == 1
    (backup / "map_1").unlink()
    refused = opened("begin_pass", host="d", unit="u1", phase="initial", map_dir=str(backup))
    assert refused["failed"] and refused["details"]["rule"] == "maps_unchanged"


def test_evidence_and_events(opened: Any) -> None:
    found = opened("record_evidence", unit="u1", pass_=1, verdict="complete", counts={"items": 3}, findings=[])
    assert found["changed"] and found["previous_verdict"] is None
    assert not opened("record_evidence", unit="u1", pass_=1, verdict="complete", counts={"items": 3})["changed"]
    event = opened("record_event", unit="u1", phase="cutover", name="window_opened", details={"x": 1})
    assert event["recorded"] and event["event"]["name"] == "window_opened"
    assert not opened("record_event", unit="u1", phase="cutover", name="window_opened")["recorded"]


@pytest.mark.parametrize(("action", "needed"), sorted(migration_ledger.REQUIRED.items()))
def test_missing_options_are_named(ask: Any, action: str, needed: list[str]) -> None:
    result = ask(action)
    assert result["failed"] and [name for name in needed if name not in result["msg"]] == []


def test_every_action_is_documented() -> None:
    documented = migration_ledger.DOCUMENTATION
    assert [verb for verb in migration_ledger.VERBS if f"V({verb})" not in documented] == []
