# Copyright (c) 2026, mailops.zimbra contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Where an operation's id appears (reference zextras-cli 1.3) and what its states mean (1.4)."""

from __future__ import annotations

import json
from typing import Any

import pytest

from ansible_collections.mailops.zimbra.plugins.module_utils import _zxsuite_queue as queue
from ansible_collections.mailops.zimbra.plugins.module_utils._runner import Result
from ansible_collections.mailops.zimbra.plugins.module_utils._zxsuite_answer import Answer, parse_answer
from ansible_collections.mailops.zimbra.tests.unit.plugins.module_utils.zxsuite_script import (
    RESTORE_ID,
    SCAN_ID,
    SERVER_ID,
    logged,
    queued,
)


def answer(value: Any) -> Answer:
    return parse_answer(Result(0, value if isinstance(value, str) else json.dumps(value), ""), "x")


@pytest.mark.parametrize(
    "response",
    [
        {"operationId": SCAN_ID, "status": 200},
        {"operation_id": SCAN_ID.upper()},
        {"OperationUUID": SCAN_ID},
        {"result": {"operation": {"operation id": SCAN_ID}}},
        {"server": SERVER_ID, "monitorCommand": f"carbonio backup monitor {SCAN_ID}"},
        {"monitor_command": f"zxsuite backup monitor {SCAN_ID} operation_host mail"},
        [{"server": SERVER_ID}, {"operationId": SCAN_ID}],
    ],
)
def test_every_place_of_an_id(response: Any) -> None:
    assert queue.find_operation_id(response) == SCAN_ID


def test_id_in_text() -> None:
    said = f"Operation Id: {SCAN_ID}\nOperation Host: mail\nMonitor Command: zxsuite backup monitor {SCAN_ID}\n"
    assert queue.find_operation_id(answer(said).response) == SCAN_ID


def test_no_id_by_key_leaves_it_to_the_queue() -> None:
    assert queue.find_operation_id({"server": SERVER_ID, "id": "x"}) is None
    assert queue.find_uuids(f"{SERVER_ID} then {SCAN_ID.upper()}") == [SERVER_ID, SCAN_ID]


def test_operation_list_of_the_reference() -> None:
    entry = {
        "startTime": 1672218757532,
        "queuedTime": 1672218757000,
        "module": "ZxBackup",
        "name": "SmartScan",
        "descName": "Smart Scan",
        "id": RESTORE_ID,
        "state": "Started",
        "host": "mail.example.com",
        "parameters": {"requesterAddress": "zimbra", "isDeep": True},
        "monitorCommand": f"carbonio backup monitor {RESTORE_ID}",
    }
    inner = {"response": {"operationList": [entry], "realTimeScanOperations": 0}, "ok": True}
    for value in (
        {"response": {"mail.example.com": inner}, "nested": True, "ok": True},
        inner,
        inner["response"],
    ):
        (found,) = queue.read_operations(answer(value))
        assert (found.id, found.kind, found.state, found.name) == (RESTORE_ID, "smart_scan", "running", "Smart Scan")
        assert (found.queued, found.started) == (1672218757.0, 1672218757.532)
        assert found.parameters["isDeep"] is True


def test_operations_in_text_form() -> None:
    said = f"""operationList
        id                 {SCAN_ID}
        name               SmartScan
        state              Queued
        queuedTime         1672218757000
        id                 {RESTORE_ID}
        name               ExternalRestore
        state              Started
"""
    first, second = queue.read_operations(answer(said))
    assert (first.id, first.kind, first.state, first.queued) == (SCAN_ID, "smart_scan", "queued", 1672218757.0)
    assert (second.id, second.kind, second.state) == (RESTORE_ID, "external_restore", "running")


def test_log_entry() -> None:
    (found,) = queue.read_operations(
        answer({"ok": True, "response": {"operationList": [logged(SCAN_ID, "SmartScan")]}})
    )
    assert found.state == queue.FINISHED
    assert found.host == "mail.example.com"


def test_empty_list_is_no_operation() -> None:
    assert queue.read_operations(answer({"response": {"operationList": []}, "ok": True})) == []


def test_objects_that_only_look_like_operations_are_left_out() -> None:
    response = {"server": {"id": SERVER_ID}, "operationList": [queued(SCAN_ID, "SmartScan")]}
    assert [one.id for one in queue.read_operations(answer({"response": response, "ok": True}))] == [SCAN_ID]


@pytest.mark.parametrize(
    ("state", "outcome", "meaning"),
    [
        ("Queued", None, "queued"),
        ("Started", None, "running"),
        ("Stopping", None, "stopping"),
        ("Finished", "Finished", "finished"),
        ("Finished", "Exception", "failed"),
        ("Finished", "Successful", "finished"),
        ("Finished", "Interrupted", "interrupted"),
        ("Finished", "Stopped", "stopped"),
        ("Finished", "Removed", "removed"),
        ("Failed", None, "failed"),
        ("Finished", None, "unknown"),
        ("Finished", "SomethingNew", "unknown"),
        (None, None, "unknown"),
    ],
)
def test_states(state: str | None, outcome: str | None, meaning: str) -> None:
    assert queue.state_of(state, outcome) == meaning


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("SmartScan", "smart_scan"),
        ("doSmartScan", "smart_scan"),
        ("External Restore", "external_restore"),
        ("Export", "export"),
        ("Check Shares", "check_shares"),
        ("Purge", None),
        (None, None),
    ],
)
def test_kinds(name: str | None, kind: str | None) -> None:
    assert queue.kind_of(name) == kind
