#!/usr/bin/python
# Copyright (c) 2026, mailops.zimbra contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Every scenario of ``cases/``, step by step; a scenario's steps share one domain of their own."""

from __future__ import annotations

import contextlib
from pathlib import Path

import pytest

from .client import Target, unique
from .matching import Mismatch, Values
from .scenario import Runner, Scenario, load

CASES = sorted(Path(__file__).parent.joinpath("cases").glob("*.yml"))


@pytest.mark.parametrize("path", CASES, ids=lambda path: path.stem)
def test_scenario(path: Path, product: str, target: Target) -> None:
    scenario = load(path)
    if product not in scenario.products:
        return
    run = unique()
    runner = Runner(target, Values(run=run, domain=f"c{run}.test"))
    try:
        problems = _run(runner, scenario, product)
    finally:
        for step in scenario.cleanup:
            with contextlib.suppress(Mismatch, OSError):
                runner.run(step)
    assert not problems, "\n".join(problems)


def _run(runner: Runner, scenario: Scenario, product: str) -> list[str]:
    """What went wrong: a failed preparation ends the scenario, a failed case does not."""
    for step in scenario.prepare:
        if step.get("only", product) != product:
            continue
        try:
            runner.run(step)
        except Mismatch as problem:
            return [f"prepare: {problem}"]
    problems = []
    for step in scenario.cases:
        if step.get("only", product) != product:
            continue
        try:
            runner.run(step)
        except Mismatch as problem:
            problems.append(f"{step['name']} ({step.get('reference', '')}): {problem}")
    return problems
