#!/usr/bin/python
# Copyright (c) 2026, mailops.zimbra contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Faults that are set while the server runs, and the journal of several writers."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from zimsim.faults import Faults
from zimsim.journal import Journal


def test_faults_are_seen_by_another_reader(tmp_path: Path) -> None:
    path = tmp_path / "faults.json"
    server, command = Faults(path), Faults(path)
    assert server.active("slow") is None
    command.set("slow", {"items_per_second": 5})
    assert server.active("slow") == {"items_per_second": 5}
    command.clear("slow")
    assert server.active("slow") is None


def test_a_count_runs_out(tmp_path: Path) -> None:
    faults = Faults(tmp_path / "faults.json")
    faults.set("unreachable", {"count": 2})
    assert faults.consume("unreachable") == {"count": 2}
    assert faults.consume("unreachable") == {"count": 1}
    assert faults.consume("unreachable") is None
    assert faults.list() == {}


def test_unknown_names_are_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="unknown fault"):
        Faults(tmp_path / "faults.json").set("nope")


def test_sequence_numbers(tmp_path: Path) -> None:
    path = tmp_path / "journal.jsonl"
    journal = Journal(path)
    assert [journal.record("soap", "a", "CreateAccount", "x") for _ in range(2)] == [1, 2]
    assert Journal(path).record("rest", "b", "POST", "y", item=3) == 3
    assert journal.record("soap", "a", "DeleteAccount", "x") == 4
    assert [line["seq"] for line in journal.lines(2)] == [3, 4]
    assert journal.count() == 4


def test_several_processes(tmp_path: Path) -> None:
    path = tmp_path / "journal.jsonl"
    script = (
        "import sys, pathlib; from zimsim.journal import Journal; j = Journal(pathlib.Path(sys.argv[1]))\n"
        "for n in range(200): j.record('fill', 'x', 'add', str(n))"
    )
    writers = [subprocess.Popen([sys.executable, "-c", script, str(path)]) for _ in range(3)]
    assert [writer.wait(timeout=60) for writer in writers] == [0, 0, 0]
    assert [line["seq"] for line in Journal(path).lines()] == list(range(1, 601))
