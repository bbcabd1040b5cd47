# Copyright (c) 2026, mailops.zimbra contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Nothing is called finished that is not proven."""

from __future__ import annotations

import json
from typing import Any

import pytest

from ansible_collections.mailops.zimbra.plugins.module_utils._runner import Result
from ansible_collections.mailops.zimbra.plugins.module_utils._zxsuite_answer import parse_answer
from ansible_collections.mailops.zimbra.plugins.module_utils._zxsuite_judge import Verdict, judge
from ansible_collections.mailops.zimbra.plugins.module_utils._zxsuite_queue import Operation, read_operations
from ansible_collections.mailops.zimbra.plugins.module_utils._zxsuite_report import reports_in_text
from ansible_collections.mailops.zimbra.tests.unit.plugins.module_utils.zxsuite_script import (
    RESTORE_ID,
    SCAN_COMPLETED,
    SCAN_ID,
    UNRESTORED,
    logged,
    restore_completed,
)


def entry(identity: str, outcome: str = "Finished", name: str = "x", **more: Any) -> Operation:
    value = {"response": {"operationList": [logged(identity, name, outcome, **more)]}, "ok": True}
    return read_operations(parse_answer(Result(0, json.dumps(value), ""), "x"))[0]


def restore(text: str | None, outcome: str | None = "Finished", cut: bool = False, **parameters: Any) -> Verdict:
    return judge(
        "external_restore",
        RESTORE_ID,
        parameters,
        entry(RESTORE_ID, outcome) if outcome else None,
        entry(RESTORE_ID) if cut else None,
        reports_in_text(text) if text else [],
    )


def test_finished_import() -> None:
    verdict = restore(restore_completed())
    assert (verdict.state, verdict.settled, verdict.changed) == ("finished", True, True)
    assert verdict.statistics["restored_items"] == 15233
    assert (verdict.started, verdict.ended) == (1000.0, 8201.0)
    assert verdict.warnings == []


def test_import_that_moved_nothing_changed_nothing() -> None:
    verdict = restore(restore_completed().replace("15233", "0"))
    assert (verdict.state, verdict.changed) == ("finished", False)


def test_import_that_made_accounts_changed_something() -> None:
    phase = f"Subject: PHASE 1 Feedback\nOperation Id: {RESTORE_ID}\n- stats -\nCreated accounts: 2\n"
    verdict = restore(phase + "Subject: completed\n" + restore_completed().replace("15233", "0"))
    assert verdict.provisioning == {"created_accounts": 2}
    assert verdict.changed


@pytest.mark.parametrize(("count", "lists"), [(6, UNRESTORED), (1, ""), (0, UNRESTORED)])
def test_unrestored_items_fail(count: int, lists: str) -> None:
    verdict = restore(restore_completed(count, lists))
    assert (verdict.state, verdict.settled, verdict.changed) == ("failed", True, False)
    assert "unrestored" in verdict.message
    if lists:
        assert "account1@example.com" in verdict.message


def test_exception_in_the_log_fails() -> None:
    text = f"Subject: x failed.\nOperation Id: {RESTORE_ID}\njava.io.IOException: No space left on device\n"
    verdict = restore(text, "Exception")
    assert verdict.state == "failed"
    assert "No space left on device" in verdict.message
    assert "mailbox.log" in verdict.message


def test_completed_report_does_not_outweigh_an_exception() -> None:
    assert restore(restore_completed(), "Exception").state == "failed"


def test_failed_report_outweighs_the_log() -> None:
    assert restore(f"Subject: External Restore failed.\nOperation Id: {RESTORE_ID}\n").state == "failed"


@pytest.mark.parametrize("text", [None, f"Operation Id: {RESTORE_ID}\nOperation X Completed.\n"])
def test_finished_without_its_own_numbers_is_unknown(text: str | None) -> None:
    verdict = restore(text)
    assert (verdict.state, verdict.settled) == ("unknown", False)


def test_import_without_a_number_of_unrestored_items_is_unknown() -> None:
    text = restore_completed().replace("Unrestored Items: 0", "")
    verdict = restore(text)
    assert (verdict.state, verdict.settled) == ("unknown", False)
    assert "unrestored_items" in verdict.message


def test_end_in_words_nobody_knows_is_unknown() -> None:
    assert restore(None, "SomethingNew").state == "unknown"


@pytest.mark.parametrize(
    ("outcome", "state"), [("Interrupted", "interrupted"), ("Stopped", "stopped"), ("Removed", "stopped")]
)
def test_ends_that_are_no_end(outcome: str, state: str) -> None:
    verdict = restore(None, outcome)
    assert (verdict.state, verdict.settled) == (state, True)


def test_unfinished_log_means_interrupted() -> None:
    assert restore(None, None, cut=True).state == "interrupted"


def test_interrupted_report_means_interrupted() -> None:
    assert restore(f"Subject: Operation Interrupted\nOperation Id: {RESTORE_ID}\n", None).state == "interrupted"


@pytest.mark.parametrize("text", [None, restore_completed()])
def test_vanished_id_is_never_good(text: str | None) -> None:
    verdict = restore(text, None)
    assert (verdict.state, verdict.settled, verdict.changed) == ("vanished", False, False)
    assert "getOperationLog" in verdict.message


def scan(text: str) -> Verdict:
    return judge("smart_scan", SCAN_ID, {}, entry(SCAN_ID), None, reports_in_text(text))


def test_smart_scan_with_news() -> None:
    assert scan(SCAN_COMPLETED).changed


def test_smart_scan_without_news() -> None:
    text = SCAN_COMPLETED.replace("new accounts: 4", "new accounts: 0").replace("198", "0").replace("134", "0")
    verdict = scan(text)
    assert (verdict.state, verdict.changed) == ("finished", False)


def test_smart_scan_with_read_errors_says_so() -> None:
    assert scan(SCAN_COMPLETED.replace("exception: 0", "exception: 2").replace("Exception: 0", "Exception: 2")).warnings


def simple(operation: str, **parameters: Any) -> Verdict:
    return judge(operation, SCAN_ID, parameters, entry(SCAN_ID), None, [])


@pytest.mark.parametrize(
    ("operation", "parameters", "changed"),
    [
        ("export", {}, True),
        ("check_shares", {}, False),
        ("fix_shares", {}, True),
        ("coherency_check", {}, False),
        ("coherency_check", {"fix_backup": True}, True),
        ("coherency_check", {"fix_double_gzip": "fix"}, True),
    ],
)
def test_operations_the_log_alone_speaks_for(operation: str, parameters: dict[str, Any], changed: bool) -> None:
    verdict = simple(operation, **parameters)
    assert (verdict.state, verdict.changed) == ("finished", changed)


def test_end_told_by_the_log_is_taken() -> None:
    value = entry(SCAN_ID, endTime=1_500_000)
    assert judge("export", SCAN_ID, {}, value, None, []).ended == 1500.0
