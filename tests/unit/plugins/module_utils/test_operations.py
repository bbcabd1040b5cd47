# Copyright (c) 2026, mailops.zimbra contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Find it, or start it, look once: against scripted answers of the command line."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.mailops.zimbra.plugins.module_utils._errors import (
    DialectError,
    OperationBusy,
    OperationFailed,
    OperationInterrupted,
    OperationUnknown,
    Unreachable,
)
from ansible_collections.mailops.zimbra.plugins.module_utils._operations import (
    Request,
    require_good_end,
    same_parameters,
    step,
)
from ansible_collections.mailops.zimbra.plugins.module_utils._zxsuite import Zxsuite
from ansible_collections.mailops.zimbra.tests.unit.plugins.module_utils.zxsuite_script import (
    RESTORE_HELP,
    RESTORE_ID,
    SCAN_COMPLETED,
    SCAN_ID,
    SERVER_ID,
    SMART_SCAN_HELP,
    ScriptedRunner,
    logged,
    ok,
    queued,
    restore_completed,
    text,
)

NOW = 1010.0
OTHER_ID = "0e0a4c1c-0000-4000-8000-000000000001"
EMPTY = ok({"operationList": []})
SCAN = Request("smart_scan", {})
RESTORE = Request("external_restore", {"path": "/import/one"})


def client(*rules: tuple[str, Any], dialect: str = "suite") -> tuple[Zxsuite, ScriptedRunner]:
    runner = ScriptedRunner(*rules)
    return Zxsuite(runner, "/opt/zimbra/bin/zxsuite", dialect), runner


def operations(*entries: dict[str, Any]) -> Any:
    return ok({"operationList": list(entries)})


def test_start_reads_the_help_and_returns_at_once() -> None:
    zxsuite, runner = client(
        ("getAllOperations", EMPTY),
        ("help doSmartScan", text(SMART_SCAN_HELP)),
        ("doSmartScan", ok({"operationId": SCAN_ID})),
    )
    result = step(zxsuite, SCAN._replace(parameters={"deep": True, "notifications": ["a@x.y", "b@x.y"]}), NOW)
    assert (result["operation_id"], result["how"], result["state"]) == (SCAN_ID, "started", "queued")
    assert runner.calls[-1][1:] == [
        "--json", "backup", "doSmartScan", "start", "notifications", "a@x.y,b@x.y", "deep", "true",
    ]  # fmt: skip
    assert not runner.called("monitor")


def test_start_on_ng_takes_no_start_word() -> None:
    zxsuite, runner = client(
        ("getAllOperations", EMPTY),
        ("help doSmartScan", text("Syntax:\n   zxsuite backup doSmartScan [attr1 value1 [attr2 value2...\n")),
        ("doSmartScan", ok({"operationId": SCAN_ID})),
        dialect="ng",
    )
    step(zxsuite, SCAN, NOW)
    assert runner.calls[-1][1:] == ["--json", "backup", "doSmartScan"]


def test_parameter_this_platform_does_not_have() -> None:
    zxsuite, runner = client(("getAllOperations", EMPTY), ("help doExternalRestore", text(RESTORE_HELP)))
    with pytest.raises(DialectError, match="skip_domain_provisioning"):
        step(zxsuite, RESTORE._replace(parameters={"path": "/i", "skip_domain_provisioning": True}), NOW)
    assert not [call for call in runner.calls if "--json" in call and "doExternalRestore" in call]


def test_id_only_in_text_is_believed_when_the_queue_knows_it() -> None:
    zxsuite, _runner = client(
        ("getAllOperations", [EMPTY, operations(queued(SCAN_ID, "SmartScan"))]),
        ("getOperationLog", EMPTY),
        ("help doSmartScan", text(SMART_SCAN_HELP)),
        ("doSmartScan", text(f"server {SERVER_ID} enqueued {SCAN_ID}\n")),
    )
    assert step(zxsuite, SCAN, NOW)["operation_id"] == SCAN_ID


def test_answer_without_an_id_is_found_by_what_is_new_in_the_queue() -> None:
    zxsuite, _runner = client(
        ("getAllOperations", [EMPTY, operations(queued(SCAN_ID, "SmartScan"), queued(OTHER_ID, "Purge"))]),
        ("getOperationLog", EMPTY),
        ("help doSmartScan", text(SMART_SCAN_HELP)),
        ("doSmartScan", ok({"accepted": True})),
    )
    assert step(zxsuite, SCAN, NOW)["operation_id"] == SCAN_ID


def test_start_nobody_can_name_is_unknown() -> None:
    zxsuite, _runner = client(
        ("getAllOperations", EMPTY),
        ("getOperationLog", EMPTY),
        ("help doSmartScan", text(SMART_SCAN_HELP)),
        ("doSmartScan", ok({"accepted": True})),
    )
    with pytest.raises(OperationUnknown, match="gave no operation id"):
        step(zxsuite, SCAN, NOW)


def test_start_that_cannot_reach_the_server() -> None:
    zxsuite, _runner = client(
        ("getAllOperations", EMPTY),
        ("help doSmartScan", text(SMART_SCAN_HELP)),
        ("doSmartScan", text("Unable to communicate with server\n")),
    )
    with pytest.raises(Unreachable):
        step(zxsuite, SCAN, NOW)


def test_the_same_operation_running_is_attached_to() -> None:
    zxsuite, runner = client(
        ("getAllOperations", operations(queued(RESTORE_ID, "ExternalRestore", source_path="/import/one/"))),
        ("monitor", text(" --\n Accounts restored: 1/2\n Items restored: 5/10\n", rc=124)),
    )
    result = step(zxsuite, RESTORE, NOW)
    assert (result["how"], result["state"], result["operation_id"]) == ("attached", "running", RESTORE_ID)
    assert result["progress"]["items_done"] == 5
    assert result["started"] == "1970-01-01T00:16:40Z"
    assert not runner.called("doExternalRestore")


def test_another_import_is_in_the_way() -> None:
    zxsuite, runner = client(
        ("getAllOperations", operations(queued(RESTORE_ID, "ExternalRestore", source_path="/import/two")))
    )
    with pytest.raises(OperationBusy, match="double items"):
        step(zxsuite, RESTORE, NOW)
    assert len(runner.calls) == 1


def test_import_that_does_not_tell_its_path_is_in_the_way_too() -> None:
    zxsuite, _runner = client(("getAllOperations", operations(queued(RESTORE_ID, "ExternalRestore"))))
    with pytest.raises(OperationBusy):
        step(zxsuite, RESTORE, NOW)


def test_a_running_scan_of_somebody_else_is_not_ours_when_the_ledger_says_start() -> None:
    zxsuite, runner = client(
        ("getAllOperations", operations(queued(OTHER_ID, "SmartScan"))),
        ("help doSmartScan", text(SMART_SCAN_HELP)),
        ("doSmartScan", ok({"operationId": SCAN_ID})),
    )
    assert step(zxsuite, SCAN._replace(attach=False), NOW)["operation_id"] == SCAN_ID
    assert runner.called("doSmartScan")


@pytest.mark.parametrize("check_mode", [True, False])
def test_orphan_still_running_is_adopted(check_mode: bool) -> None:
    zxsuite, runner = client(
        ("getAllOperations", operations(queued(SCAN_ID, "SmartScan", "Queued", at=1000.0))),
    )
    result = step(zxsuite, SCAN._replace(age=12.0, attach=False), NOW, check_mode)
    assert result["operation_id"] == SCAN_ID
    assert result["how"] == ("would_attach" if check_mode else "adopted")
    assert not runner.called("doSmartScan")


def test_orphan_that_is_over_is_adopted_with_its_end() -> None:
    zxsuite, _runner = client(
        ("getAllOperations", EMPTY),
        ("getOperationLog", operations(logged(SCAN_ID, "SmartScan", at=1001.0))),
        ("getUnfinishedOperationLog", EMPTY),
        ("getNotification", ok({"notifications": [{"text": SCAN_COMPLETED}]})),
    )
    result = step(zxsuite, SCAN._replace(age=12.0, attach=False), NOW)
    assert (result["how"], result["state"], result["changed"]) == ("adopted", "finished", True)


@pytest.mark.parametrize(
    ("at", "known"),
    [(900.0, ()), (1001.0, (SCAN_ID,))],
    ids=["older than the intent", "an earlier attempt"],
)
def test_what_is_not_the_orphan_is_left_alone(at: float, known: tuple[str, ...]) -> None:
    zxsuite, _runner = client(
        ("getAllOperations", EMPTY),
        ("getOperationLog", operations(logged(SCAN_ID, "SmartScan", at=at))),
        ("getUnfinishedOperationLog", EMPTY),
        ("help doSmartScan", text(SMART_SCAN_HELP)),
        ("doSmartScan", ok({"operationId": OTHER_ID})),
    )
    result = step(zxsuite, SCAN._replace(age=12.0, attach=False, known=known), NOW)
    assert (result["operation_id"], result["how"]) == (OTHER_ID, "started")


def test_check_mode_starts_nothing() -> None:
    zxsuite, runner = client(("getAllOperations", EMPTY))
    result = step(zxsuite, SCAN, NOW, check_mode=True)
    assert (result["how"], result["state"], result["changed"]) == ("would_start", "absent", True)
    assert len(runner.calls) == 1


def test_look_at_a_queued_operation_does_not_watch_it() -> None:
    zxsuite, runner = client(("getAllOperations", operations(queued(SCAN_ID, "SmartScan", "Queued"))))
    assert step(zxsuite, SCAN._replace(operation_id=SCAN_ID), NOW)["state"] == "queued"
    assert not runner.called("monitor")


def test_end_before_our_eyes_is_judged_at_once() -> None:
    zxsuite, _runner = client(
        ("getAllOperations", [operations(queued(SCAN_ID, "SmartScan")), EMPTY]),
        ("monitor", text(" --\n Account scanned: 4/4\n== Notifications ==\n" + SCAN_COMPLETED)),
        ("getOperationLog", operations(logged(SCAN_ID, "SmartScan"))),
        ("getNotification", ok({"notifications": [{"text": SCAN_COMPLETED}]})),
    )
    assert step(zxsuite, SCAN._replace(operation_id=SCAN_ID.upper()), NOW)["state"] == "finished"


def test_report_that_only_the_monitor_has() -> None:
    zxsuite, _runner = client(
        ("getAllOperations", EMPTY),
        ("getOperationLog", operations(logged(RESTORE_ID, "ExternalRestore"))),
        ("getNotification", text("No such command: getNotification", rc=1)),
        ("monitor", text("== Notifications ==\nSubject: completed\n" + restore_completed())),
    )
    result = step(zxsuite, RESTORE._replace(operation_id=RESTORE_ID), NOW)
    assert (result["state"], result["statistics"]["skipped_items"]) == ("finished", 125)


def test_interrupted_operation() -> None:
    zxsuite, _runner = client(
        ("getAllOperations", EMPTY),
        ("getOperationLog", EMPTY),
        ("getUnfinishedOperationLog", operations(queued(SCAN_ID, "SmartScan"))),
        ("getNotification", ok({"notifications": []})),
        ("monitor", text("no such operation", rc=1)),
    )
    result = step(zxsuite, SCAN._replace(operation_id=SCAN_ID), NOW)
    assert result["state"] == "interrupted"
    with pytest.raises(OperationInterrupted):
        require_good_end(result)


def test_good_end_and_every_bad_one() -> None:
    def ended(state: str, settled: bool = True) -> dict[str, Any]:
        return {"state": state, "settled": settled, "message": "said", "operation_id": SCAN_ID}

    for state in ("finished", "running", "queued", "absent"):
        require_good_end(ended(state))
    require_good_end(ended("vanished", settled=False))
    for state, error in (
        ("failed", OperationFailed),
        ("stopped", OperationInterrupted),
        ("unknown", OperationUnknown),
        ("vanished", OperationUnknown),
    ):
        with pytest.raises(error, match="said") as raised:
            require_good_end(ended(state))
        assert raised.value.details["operation_id"] == SCAN_ID


@pytest.mark.parametrize(
    ("ours", "theirs", "same"),
    [
        ({}, {"requesterAddress": "zimbra"}, True),
        ({"path": "/a/b"}, {"destination_path": "/a/b/"}, True),
        ({"path": "/a/b"}, {"x": {"y": ["/a/b"]}}, True),
        ({"path": "/a/b"}, {"x": "/a/c"}, False),
        ({"path": "/a/b"}, {}, None),
        ({"account": "u@x.y"}, {"account": "u@x.y"}, True),
        ({"account": "u@x.y"}, {"account": "v@x.y", "requesterAddress": "u@x.y"}, False),
        ({"account": "u@x.y"}, {"requesterAddress": "admin@x.y"}, None),
        ({"map_file": "map_1"}, {"import_idmap_file": "/backup/map_1"}, True),
        ({"map_file": "map_1"}, {"import_idmap_file": "/backup/map_2"}, False),
        ({"map_file": "/backup/map_1"}, {"import_idmap_file": "map_1"}, True),
        ({"deep": True}, {"isDeep": False}, False),
        ({"deep": True}, {"isDeep": True}, True),
        ({"domains": ["b.x", "a.x"]}, {"domains": "a.x,b.x"}, True),
        ({"domains": ["a.x"]}, {"domains": ["a.x", "b.x"]}, False),
    ],
)
def test_parameters_of_the_queue(ours: dict[str, Any], theirs: dict[str, Any], same: bool | None) -> None:
    assert same_parameters(ours, theirs) is same
