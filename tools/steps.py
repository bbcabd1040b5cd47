# Copyright (c) 2026, mailops.zimbra contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs the commands of the checks, keeps what they print, and sums up at the end."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
BUILD = ROOT / ".build"
LOGS = BUILD / "logs"
# pytest's last line, with and without its frame of "=".
PYTEST_SUMMARY = re.compile(r"^=* ?((?:\d+ [a-z]+(?:, )?)+) in [0-9.]+s.*$")
COUNT = re.compile(r"(\d+) (passed|failed|errors?|skipped)")


# What runs now; a run that is told to end passes it on, so that tests take their servers down.
_RUNNING: set[subprocess.Popen[str]] = set()


def interrupt(number: int, frame: object) -> None:
    """Signal handler: every running step gets what Ctrl-C would send, and nothing new is begun."""
    for process in list(_RUNNING):
        process.send_signal(signal.SIGINT)
    raise KeyboardInterrupt


class CheckError(Exception):
    """A check could not be run at all; the message says why."""


@dataclass(frozen=True)
class Step:
    """One command of a check. ``env`` is added to the environment, ``cwd`` is the checkout unless given."""

    check: str
    name: str
    argv: Sequence[str]
    env: Mapping[str, str] = field(default_factory=dict)
    cwd: Path = ROOT


@dataclass(frozen=True)
class Outcome:
    """How a step ended. ``left_out`` says what was not run, and why; it is no failure but is always shown."""

    check: str
    name: str
    ok: bool
    seconds: float
    tests: str = ""
    left_out: str = ""


def run_step(step: Step, *, live: bool = False) -> Outcome:
    """Run one step into a log file; show its output as it comes (``live``) or only when it failed."""
    LOGS.mkdir(parents=True, exist_ok=True)
    log = LOGS / f"{step.check}-{re.sub('[^a-z0-9]+', '-', step.name.lower())}.log"
    started = time.monotonic()
    lines: list[str] = []
    with (
        log.open("w") as kept,
        subprocess.Popen(
            list(step.argv),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            cwd=step.cwd,
            env={**os.environ, **step.env},
        ) as process,
    ):
        assert process.stdout is not None
        _RUNNING.add(process)
        for line in process.stdout:
            kept.write(line)
            lines.append(line)
            if live:
                print(line, end="", flush=True)
    _RUNNING.discard(process)
    ok = process.returncode == 0
    if not ok and not live:
        print(f"--- {step.check}: {step.name} (exit status {process.returncode})\n{''.join(lines)}", flush=True)
    outcome = Outcome(step.check, step.name, ok, time.monotonic() - started, pytest_summary(lines))
    print(f"{'ok    ' if ok else 'FAILED'} {step.check}: {step.name} ({outcome.seconds:.0f} s)", flush=True)
    return outcome


def run_steps(steps: Sequence[Step], *, live: bool = False, workers: int = 1) -> list[Outcome]:
    with ThreadPoolExecutor(workers) as pool:
        return list(pool.map(lambda step: run_step(step, live=live), steps))


def pytest_summary(lines: Sequence[str]) -> str:
    for line in reversed(lines[-200:]):
        match = PYTEST_SUMMARY.match(line.strip())
        if match:
            return match.group(1)
    return ""


def sum_up(outcomes: Sequence[Outcome]) -> bool:
    """Print one table, then the totals of all test runs; True when everything passed."""
    print("\nSummary")
    for outcome in outcomes:
        word = "left out" if outcome.left_out else "ok" if outcome.ok else "FAILED"
        note = outcome.left_out or outcome.tests
        print(f"  {word:9} {outcome.check:12} {outcome.name:34} {outcome.seconds:6.0f} s  {note}".rstrip())
    totals = {"passed": 0, "failed": 0, "skipped": 0}
    for outcome in outcomes:
        for number, word in COUNT.findall(outcome.tests):
            totals["failed" if word.startswith("error") else word] += int(number)
    good = all(outcome.ok for outcome in outcomes)
    print(f"\neverything passed: {'yes' if good else 'NO'}; output of every step: {LOGS.relative_to(ROOT)}")
    if any(totals.values()):
        print(f"{totals['passed']} passed, {totals['failed']} failed, {totals['skipped']} skipped")
    sys.stdout.flush()
    return good
