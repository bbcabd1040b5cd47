# Copyright (c) 2026, mailops.zimbra contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A server that dies in the middle of an import, and one that fails in the ways the references name."""

from __future__ import annotations

from typing import Any

import pytest

from maillab.lab import Lab
from maillab.outcome import read_outcome
from maillab.state import state_of

SLOW = 60  # items a second: slow enough to be hit in the middle


def _finish(lab: Lab) -> None:
    """Run the first pass again and prove the migration."""
    for phase in ("initial", "cutover", "postcheck", "report"):
        run = lab.controller.phase(phase)
        assert run.rc == 0, run.output[-6000:]
    outcome = read_outcome(lab)
    assert outcome.proven, outcome.evidence
    assert outcome.counts["missing"] == outcome.counts["doubled"] == 0


def test_a_server_killed_during_an_import(own_lab: Lab) -> None:
    lab = own_lab
    before = [state_of(server) for server in (lab.source, lab.destination)]
    lab.destination.fault("slow", items_per_second=SLOW)
    with lab.controller.started("mailops.zimbra.migrate", procedure="smartscan", phase="initial") as process:
        assert process.stdout is not None
        output = []
        for line in process.stdout:
            output.append(line)
            if "External Restore pass 1: started" in line:
                lab.destination.kill()
                lab.destination.start()
        process.wait(timeout=300)
    text = "".join(output)
    assert process.returncode != 0, text[-4000:]
    assert "interrupted" in text
    assert "run phase=initial again" in text
    assert [state_of(server) for server in (lab.source, lab.destination)] == before
    lab.destination.clear_faults()
    _finish(lab)


@pytest.mark.parametrize(
    ("side", "fault", "settings", "words"),
    [
        ("destination", "unrestored", {"count": 1}, ("1 unrestored item", "run phase=initial again")),
        ("destination", "disk_full", {"at": 50, "operation": "ExternalRestore"}, ("External Restore", "unrestored")),
        ("source", "interrupt", {"at": 50, "operation": "SmartScan"}, ("SmartScan", "interrupted")),
        ("source", "licence_expired", {}, ("licence", "expired")),
    ],
)
def test_a_failure_is_told_and_everything_put_back(
    own_lab: Lab, side: str, fault: str, settings: dict[str, Any], words: tuple[str, ...]
) -> None:
    lab = own_lab
    before = [state_of(server) for server in (lab.source, lab.destination)]
    server = getattr(lab, side)
    server.fault(fault, **settings)
    run = lab.controller.phase("initial")
    assert run.rc != 0, run.output[-4000:]
    for word in words:
        assert word.lower() in run.output.lower(), (word, run.output[-6000:])
    server.clear_faults()
    assert [state_of(server) for server in (lab.source, lab.destination)] == before
    _finish(lab)


def test_a_server_that_answers_nothing_for_a_while_is_waited_for(own_lab: Lab) -> None:
    """`Unable to communicate with server` with exit status 0: neither an end nor a reason to start twice."""
    lab = own_lab
    lab.destination.fault("slow", items_per_second=SLOW)
    seen = []

    def each_line(line: str) -> None:
        if "External Restore pass 1: started" in line:
            lab.destination.fault("unreachable", count=3)
        seen.append(line)

    run = lab.controller.phase("initial", each_line=each_line)
    assert run.rc == 0, run.output[-6000:]
    starts = [entry for entry in lab.destination.journal() if "doExternalRestore" in entry["action"]]
    assert len(starts) == 1
