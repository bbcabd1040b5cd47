# Copyright (c) 2026, mailops.zimbra contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Wrong input gets a message that names variable, value and remedy, and nothing is changed."""

from __future__ import annotations

import json

import pytest

from maillab.lab import Lab


def _untouched(lab: Lab) -> bool:
    return not lab.source.migration_dir.exists() and not lab.destination.migration_dir.exists()


@pytest.mark.parametrize(
    ("procedure", "phase", "words"),
    [
        ("smartscan", "inital", ("phase=inital", "initial")),
        ("smartscan", "", ("'phase' is not set", "precheck")),
        ("smartscam", "initial", ("procedure=smartscam", "smartscan")),
        ("rest", "initial", ("procedure=rest", "not there yet")),
        ("smartscan", "rollback", ("phase=rollback", "not there yet")),
    ],
)
def test_an_unknown_word_is_named_with_the_remedy(lab: Lab, procedure: str, phase: str, words: tuple[str, ...]) -> None:
    run = lab.controller.run("mailops.zimbra.migrate", procedure=procedure, phase=phase)
    assert run.rc != 0
    for word in words:
        assert word in run.output
    assert _untouched(lab)


@pytest.mark.parametrize("phase", ["delta", "cutover"])
def test_a_phase_before_its_time_is_refused(lab: Lab, phase: str) -> None:
    before = [server.journal() for server in (lab.source, lab.destination)]
    run = lab.controller.phase(phase)
    assert run.rc != 0
    assert "phase=initial" in run.output
    assert [server.journal() for server in (lab.source, lab.destination)] == before


def test_a_missing_group_is_named(lab: Lab) -> None:
    path = lab.controller.inventory
    whole = path.read_text()
    inventory = json.loads(whole)
    del inventory["all"]["children"]["zimbra_destination"]
    path.write_text(json.dumps(inventory))
    try:
        run = lab.controller.phase("precheck")
    finally:
        path.write_text(whole)
    assert run.rc != 0
    assert "zimbra_destination" in run.output and "inventory" in run.output
