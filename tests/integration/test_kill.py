# Copyright (c) 2026, mailops.zimbra contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""kill -9 of ansible-playbook in the middle of a pass, then the same command again: attached, finished, proven."""

from __future__ import annotations

import os
import signal

import pytest

from maillab.lab import Lab
from maillab.outcome import read_outcome
from maillab.sender import sending
from maillab.tally import settle, tally

RATE = 5.0
SENDER_SECONDS = 300
SLOW = 60  # items a second: slow enough to be hit in the middle
ORDER = ("precheck", "initial", "delta", "cutover", "postcheck", "report")


def _kill_in_the_middle(lab: Lab, phase: str, words: str) -> str:
    """Run a phase and kill the controller as soon as a line holds the words; return what it had printed."""
    seen = []
    with lab.controller.started("mailops.zimbra.migrate", procedure="smartscan", phase=phase) as process:
        assert process.stdout is not None
        for line in process.stdout:
            seen.append(line)
            if words in line:
                os.killpg(process.pid, signal.SIGKILL)
                break
        process.wait(timeout=60)
    output = "".join(seen)
    assert words in output, output[-4000:]
    return output


@pytest.mark.parametrize(
    ("phase", "operation"),
    [
        ("initial", "SmartScan"),
        ("initial", "External Restore"),
        ("delta", "External Restore"),
        ("cutover", "External Restore"),
    ],
)
def test_killed_and_run_again(own_lab: Lab, phase: str, operation: str) -> None:
    lab = own_lab
    server = lab.source if operation == "SmartScan" else lab.destination
    with sending(lab.source, lab.people(), lab.directory, RATE, SENDER_SECONDS) as sender:
        for earlier in ORDER[: ORDER.index(phase)]:
            run = lab.controller.phase(earlier)
            assert run.rc == 0, run.output[-6000:]
        server.fault("slow", items_per_second=SLOW)
        _kill_in_the_middle(lab, phase, f"{operation} pass")
        begun = _starts(lab, operation)
        for later in ORDER[ORDER.index(phase) :]:
            if later != phase:
                server.clear_faults()
            run = lab.controller.phase(later)
            assert run.rc == 0, run.output[-6000:]
            if later == phase:
                # Attached to what was running: this phase started no second one.
                assert _starts(lab, operation) == begun
        sender.stop()
    settle(lab.source, lab.destination)
    counted = tally(lab.destination, sender.log)
    assert (counted.lost, counted.doubled) == ([], [])
    assert read_outcome(lab).proven, read_outcome(lab).evidence


def _starts(lab: Lab, operation: str) -> int:
    """How often an operation of the kind was started, on either side, as the servers saw it."""
    name = {"SmartScan": "doSmartScan", "External Restore": "doExternalRestore"}[operation]
    entries = [*lab.source.journal(), *lab.destination.journal()]
    return sum(name.lower() in str(entry["action"]).lower() for entry in entries)
