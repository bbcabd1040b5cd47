# Copyright (c) 2026, mailops.zimbra contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""mailbox_evidence through its main(): files and a ledger in, a verdict out."""

from __future__ import annotations

import json
import pathlib
import stat
from typing import Any

import pytest

from ansible_collections.mailops.zimbra.plugins.module_utils._errors import ParameterError
from ansible_collections.mailops.zimbra.plugins.module_utils._evidence_run import seconds
from ansible_collections.mailops.zimbra.plugins.module_utils._inventory_file import InventoryWriter
from ansible_collections.mailops.zimbra.plugins.module_utils._ledger import Ledger
from ansible_collections.mailops.zimbra.plugins.modules import mailbox_evidence
from ansible_collections.mailops.zimbra.tests.unit.plugins.modules.running import run_main

ANNA = "anna@a.test"
UNIT = "smartscan-old"


def account(name: str = ANNA, **changes: Any) -> dict[str, Any]:
    base = {"record": "account", "account": name, "id": "x", "system": False, "state": "complete", "problems": []}
    return {**base, **changes}


def item(key: str, **changes: Any) -> dict[str, Any]:
    base = {"record": "item", "account": ANNA, "type": "message", "key": key, "digest": key, "folder": "/Inbox"}
    rest = {
        "name": f"Betreff {key}",
        "date": 1_700_000_000,
        "changed": 1_700_000_000,
        "size": 3,
        "flags": "",
        "tags": [],
    }
    return {**base, **rest, "id": 300, **changes}


class Case:
    def __init__(self, directory: pathlib.Path, capsys: pytest.CaptureFixture[str]) -> None:
        self.directory = directory
        self.capsys = capsys
        self.ledger = directory / "ledger.db"

    def write(self, name: str, *records: dict[str, Any]) -> None:
        with InventoryWriter(str(self.directory / name)) as writer:
            for record in records:
                writer.add(record)
            writer.commit({"server": name, "taken": "2026-01-01T00:00:00Z", "content": "full"})

    def open_ledger(self) -> Ledger:
        ledger = Ledger(str(self.ledger))
        ledger.open("spring", "smartscan", ["old"], ["new"])
        ledger.declare_unit(UNIT, "smartscan")
        return ledger

    def run(self, check: bool = False, diff: bool = False, **options: Any) -> dict[str, Any]:
        base = {"source": str(self.directory / "source"), "destination": str(self.directory / "destination")}
        return run_main(mailbox_evidence.main, self.capsys, check, diff, **{**base, **options})


@pytest.fixture
def case(tmp_path: pathlib.Path, capsys: pytest.CaptureFixture[str]) -> Case:
    made = Case(tmp_path, capsys)
    made.write("source", account(), item("a"), item("b", id=301))
    made.write("destination", account(), item("a", id=900), item("b", id=901))
    return made


def test_a_verdict_with_its_numbers(case: Case) -> None:
    result = case.run()
    assert (result["verdict"], result["changed"], result["findings"]) == ("complete", False, [])
    assert (result["counts"]["source"], result["counts"]["matched"], result["counts"]["accounts_complete"]) == (2, 2, 1)
    assert result["source"] == {"server": "source", "taken": "2026-01-01T00:00:00Z", "content": "full"}


def test_the_gate_names_what_is_wrong(case: Case) -> None:
    case.write("destination", account(), item("a"))
    result = case.run(gate=True)
    assert result["failed"] and result["error"] == "EvidenceError"
    assert "The evidence is incomplete. 1 of 2 items of the Source are on the Destination" in result["msg"]
    assert "Missing 1, doubled 0" in result["msg"]
    assert "missing message in anna@a.test /Inbox: 'Betreff b' of 2023-11-14T22:13:20Z" in result["msg"]
    assert result["findings"][0]["subject"] == "Betreff b"
    assert case.run()["verdict"] == "incomplete"


def test_an_explained_verdict_passes_the_gate(case: Case) -> None:
    case.write("destination", account(), item("a"), item("b"), item("c", date=1_700_000_500))
    result = case.run(gate=True, mail_switched="2023-11-15T22:15:00Z")
    assert result["verdict"] == "explained"
    assert result["rules"]["not_propagated"]["count"] == 1
    assert (result["counts"]["explained"], result["counts"]["afterwards"]) == (1, 0)


def test_the_ledger_knows_the_switch_and_keeps_the_verdict(case: Case) -> None:
    ledger = case.open_ledger()
    ledger.record_event(UNIT, "cutover", "mail_switched", {})
    # the ledger's event is now; a message of the far future arrived after it
    case.write("destination", account(), item("a"), item("b"), item("c", date=4_000_000_000))
    options: dict[str, Any] = {"ledger": str(case.ledger), "unit": UNIT, "pass": 3}
    first = case.run(diff=True, **options)
    assert (first["verdict"], first["changed"]) == ("complete", True)
    assert first["rules"]["arrived_after_switch"]["count"] == 1
    assert (first["counts"]["explained"], first["counts"]["afterwards"]) == (0, 1)
    assert first["diff"]["after"] == {"verdict": "complete"}
    assert not case.run(**options)["changed"]
    kept = Ledger(str(case.ledger)).read(UNIT)["evidence"][0]
    assert (kept["verdict"], kept["pass"], kept["counts"]["extra"]) == ("complete", 3, 1)


def test_a_failed_gate_is_recorded(case: Case) -> None:
    case.open_ledger()
    case.write("destination", account())
    assert case.run(gate=True, ledger=str(case.ledger), unit=UNIT)["failed"]
    assert Ledger(str(case.ledger)).read(UNIT)["evidence"][0]["verdict"] == "incomplete"


def test_the_result_as_a_file(case: Case) -> None:
    dest = case.directory / "evidence.json"
    assert case.run(dest=str(dest))["changed"]
    assert json.loads(dest.read_text())["verdict"] == "complete"
    assert stat.S_IMODE(dest.stat().st_mode) == 0o600
    assert not case.run(dest=str(dest))["changed"]


def test_check_mode_writes_nothing(case: Case) -> None:
    case.open_ledger()
    dest = case.directory / "evidence.json"
    result = case.run(check=True, ledger=str(case.ledger), unit=UNIT, dest=str(dest))
    assert (result["verdict"], result["changed"], dest.exists()) == ("complete", True, False)
    assert Ledger(str(case.ledger)).read(UNIT)["evidence"] == []


def test_check_mode_without_inventories(case: Case) -> None:
    (case.directory / "source").unlink()
    result = case.run(check=True, gate=True)
    assert (result["verdict"], result["changed"]) == ("", False)
    assert "not written in check mode" in str(result["warnings"])
    assert case.run()["failed"]


@pytest.mark.parametrize("name", ["source", "destination"])
def test_a_damaged_inventory_is_a_failure(case: Case, name: str) -> None:
    path = case.directory / name
    path.write_bytes(path.read_bytes()[:-20])
    result = case.run()
    assert result["failed"] and "Take the inventory again" in result["msg"]


def test_an_empty_inventory_proves_nothing(case: Case) -> None:
    case.write("source")
    assert "nothing to compare" in case.run()["msg"]


def test_open_findings_come_first(case: Case) -> None:
    extra = [item(f"x{number}", id=number) for number in range(20)]
    case.write("destination", account(), item("a"), *extra)
    result = case.run(max_findings=3)
    assert (result["findings_total"], len(result["findings"])) == (21, 3)
    assert [one["class"] for one in result["findings"]] == ["missing", "extra", "extra"]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("1970-01-01T00:00:10Z", 10),
        ("1970-01-01T00:00:10.250Z", 10),
        ("1970-01-01 01:00:10+01:00", 10),
        ("1969-12-31T19:00:10-0500", 10),
        ("1970-01-01T00:00:10", 10),
        ("", None),
        (None, None),
    ],
)
def test_times(text: str | None, expected: int | None) -> None:
    assert seconds(text, "mail_switched") == expected


def test_a_time_nobody_understands() -> None:
    with pytest.raises(ParameterError, match="mail_switched=gestern"):
        seconds("gestern", "mail_switched")
