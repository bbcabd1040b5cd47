# Copyright (c) 2026, mailops.zimbra contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""--check walks through every phase from an empty start and makes no mutating call."""

from __future__ import annotations

import pytest

from maillab.lab import Lab

PHASES = ("precheck", "initial", "delta", "cutover", "postcheck", "report")


@pytest.mark.parametrize("phase", PHASES)
def test_a_phase_in_check_mode_changes_nothing(lab: Lab, phase: str) -> None:
    before = [server.journal() for server in (lab.source, lab.destination)]
    keys = lab.destination.sshd.authorized_keys.read_text()
    run = lab.controller.phase(phase, "--check", "--diff")
    assert run.rc == 0, run.output[-4000:]
    assert [server.journal() for server in (lab.source, lab.destination)] == before
    assert not lab.source.migration_dir.exists()
    assert not lab.destination.migration_dir.exists()
    assert lab.destination.sshd.authorized_keys.read_text() == keys
