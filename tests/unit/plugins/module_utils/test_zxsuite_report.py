# Copyright (c) 2026, mailops.zimbra contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Notifications and monitors as reference zextras-cli 2.1 and 2.4 quote them."""

from __future__ import annotations

import json
from typing import Any

import pytest

from ansible_collections.mailops.zimbra.plugins.module_utils import _zxsuite_report as report
from ansible_collections.mailops.zimbra.plugins.module_utils._runner import Result
from ansible_collections.mailops.zimbra.plugins.module_utils._zxsuite_answer import parse_answer
from ansible_collections.mailops.zimbra.plugins.module_utils._zxsuite_progress import read_progress
from ansible_collections.mailops.zimbra.tests.unit.plugins.module_utils.zxsuite_script import (
    RESTORE_ID,
    SCAN_COMPLETED,
    SCAN_ID,
    SCAN_STARTED,
    UNRESTORED,
    restore_completed,
)


def test_smart_scan_notification() -> None:
    started, completed = report.reports_in_text(SCAN_STARTED + "\n" + SCAN_COMPLETED)
    assert (started.event, started.operation_id, started.statistics) == ("started", SCAN_ID, {})
    assert completed.event == "completed"
    assert completed.level == "Information"
    assert completed.duration == 63.0
    assert completed.started is not None
    assert completed.statistics["checked_items"] == 198
    assert completed.statistics["skipped_accounts_by_cos"] == 0
    assert completed.statistics["io_read_exception"] == 0
    assert completed.statistics["items_per_sec"] == 3
    assert completed.statistics["backup_path"] == "/opt/zimbra/backup/zextras"
    assert completed.unrestored == {}


def test_restore_statistics_and_unrestored_items() -> None:
    (found,) = report.reports_in_text(restore_completed(6, UNRESTORED))
    assert found.statistics == {"restored_items": 15233, "skipped_items": 125, "unrestored_items": 6}
    assert found.duration == 7201.0
    assert found.unrestored == {
        "account1@example.com": ["1255", "1369"],
        "account2@example.com": ["856", "13339", "45200", "45655"],
    }


def test_statistics_end_where_another_block_begins() -> None:
    text = "- stats -\nRestored Items: 1\n\n- problems -\nfolder: 16\n"
    assert report.read_statistics(text) == {"restored_items": 1}


@pytest.mark.parametrize(
    "wrapped",
    [
        {"notifications": [{"subject": "x", "text": SCAN_STARTED}, {"subject": "y", "text": SCAN_COMPLETED}]},
        {
            "mail": [
                {"title": "Smart Scan completed.", "body": SCAN_COMPLETED.split("Text:\n")[1], "level": "Information"}
            ]
        },
        [{"anything": SCAN_COMPLETED}],
    ],
)
def test_notifications_whatever_wraps_them(wrapped: Any) -> None:
    answer = parse_answer(Result(0, json.dumps({"response": wrapped, "ok": True}), ""), "x")
    found = report.final_report(report.reports_in(answer), SCAN_ID)
    assert found is not None
    assert found.event == "completed"
    assert found.statistics["new_metadata"] == 198


def test_notifications_in_text_form() -> None:
    answer = parse_answer(Result(0, SCAN_STARTED + "\n" + SCAN_COMPLETED, ""), "x")
    found = report.final_report(report.reports_in(answer), SCAN_ID.upper())
    assert found is not None and found.statistics["new_accounts"] == 4


def test_only_the_end_is_the_last_word() -> None:
    head = f"Subject: {{}}\nOperation Id: {RESTORE_ID}\n"
    on_the_way = report.reports_in_text(
        head.format("External Restore started.")
        + head.format("External Restore PHASE 1 Feedback.")
        + "- stats -\nCreated accounts: 3\n"
        + head.format("External Restore warning.")
    )
    assert report.final_report(on_the_way, RESTORE_ID) is None
    phase = report.phase_report(on_the_way, RESTORE_ID)
    assert phase is not None and phase.statistics == {"created_accounts": 3}


@pytest.mark.parametrize(
    ("subject", "event"),
    [
        ("Operation Interrupted", "interrupted"),
        ("Zextras Backup Notification, Export failed.", "failed"),
        ("Zextras Backup Notification, Smart Scan stopped.", "stopped"),
        ("External Restore ended", "completed"),
    ],
)
def test_ends(subject: str, event: str) -> None:
    found = report.final_report(report.reports_in_text(f"Subject: {subject}\nOperation Id: {SCAN_ID}\n"), SCAN_ID)
    assert found is not None and found.event == event


def test_another_operations_report_is_not_ours() -> None:
    assert report.final_report(report.reports_in_text(SCAN_COMPLETED), RESTORE_ID) is None


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("1 minute, 3 seconds", 63.0), ("2 days, 1 hour", 176400.0), ("500 milliseconds", 0.5), ("soon", None)],
)
def test_durations(text: str, seconds: float | None) -> None:
    assert report.read_duration(text) == seconds


TICK = """ --
 Account scanned:                  {accounts}/60
 Account updated/new:              0/4
 Item scanned:                     {items}
 Item updated/new/unique:          0/198/134
"""


def test_progress_of_a_smart_scan() -> None:
    progress = read_progress(TICK.format(accounts=3, items=100) + TICK.format(accounts=12, items=3400))
    assert progress is not None
    assert (progress["accounts_done"], progress["accounts_total"]) == (12, 60)
    assert (progress["items_done"], progress["items_total"]) == (3400, None)
    assert progress["counters"]["item_unique"] == 134
    assert progress["counters"]["account_new"] == 4


def test_cut_tick_is_left_out() -> None:
    cut = TICK.format(accounts=13, items=3500)[:60]
    progress = read_progress(TICK.format(accounts=12, items=3400) + cut)
    assert progress is not None and progress["items_done"] == 3400


def test_progress_of_an_import_counts_what_it_skips() -> None:
    progress = read_progress(
        " Accounts restored: 2/5\n Items restored: 10/400\n Items skipped: 150\n Items unrestored: 1\n"
    )
    assert progress is not None
    assert (progress["items_done"], progress["items_total"]) == (161, 400)
    assert progress["accounts_done"] == 2


@pytest.mark.parametrize("text", ["", "== Notifications ==\n" + SCAN_COMPLETED, "Unable to communicate with server"])
def test_no_progress(text: str) -> None:
    assert read_progress(text) is None
