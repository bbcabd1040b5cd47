# Copyright (c) 2026, mailops.zimbra contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The ledger says what happened, is the only place that does, and is nobody else's to read."""

from __future__ import annotations

from conftest import LEDGER, ledger
from testinfra.host import Host


def test_only_root_reads_the_ledger(destination: Host) -> None:
    file = destination.file(LEDGER)
    assert (file.user, file.mode) == ("root", 0o600)


def test_the_source_has_no_ledger(source: Host) -> None:
    assert not source.file(LEDGER).exists


def test_every_pass_is_finished(destination: Host) -> None:
    rows = ledger(destination, "SELECT phase, state FROM pass ORDER BY number")
    phases = [row["phase"] for row in rows]
    assert phases[0] == "initial"
    assert phases.count("initial") == phases.count("cutover") == 1
    assert "delta" in phases
    assert {row["state"] for row in rows} == {"finished"}


def test_every_operation_needed_one_attempt(destination: Host) -> None:
    query = "SELECT operation, count(*) AS attempts, max(state) AS state FROM attempt GROUP BY operation"
    rows = ledger(destination, query)
    assert rows
    assert {(row["attempts"], row["state"]) for row in rows} == {(1, "finished")}


def test_every_captured_setting_was_put_back(destination: Host) -> None:
    rows = ledger(destination, "SELECT kind, name, released FROM capture")
    assert rows
    # The transports of the Source stay as the cutover set them: that is what the capture is kept for.
    assert [row for row in rows if row["released"] is None and row["kind"] != "transport"] == []


def test_the_evidence_is_complete(destination: Host) -> None:
    rows = ledger(destination, "SELECT verdict FROM evidence ORDER BY id")
    assert rows and rows[-1]["verdict"] in ("complete", "explained")


def test_the_window_was_opened_and_closed(destination: Host) -> None:
    rows = ledger(destination, "SELECT name FROM event WHERE phase = 'cutover' ORDER BY id")
    names = [row["name"] for row in rows]
    assert names.index("window_opened") < names.index("mail_switched") < names.index("window_closed")


def test_evidence_is_private(destination: Host) -> None:
    listing = destination.check_output("find /opt/migration -type f -printf '%m %u %p\\n'").splitlines()
    readable = [line for line in listing if "/import/" not in line and not line.startswith("600 root ")]
    assert readable == []
