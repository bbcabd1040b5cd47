# Copyright (c) 2026, mailops.zimbra contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A whole migration with mail flowing, every phase run again, watched from outside."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from maillab.controller import PlaybookRun
from maillab.lab import Lab
from maillab.outcome import Outcome, read_outcome
from maillab.sender import sending
from maillab.state import State, state_of
from maillab.tally import Tally, settle, tally
from maillab.watch import Watch, watching

RATE = 10.0
SENDER_SECONDS = 300
AGAIN = ("precheck", "initial", "cutover", "postcheck", "report")


@dataclass
class Journey:
    """Everything that was seen on the way."""

    before: list[State]
    after: list[State]
    watch: Watch
    counted: Tally
    outcome: Outcome
    first: dict[str, PlaybookRun] = field(default_factory=dict)
    again: dict[str, PlaybookRun] = field(default_factory=dict)
    idle_delta: PlaybookRun | None = None


def _secrets(lab: Lab) -> tuple[str, ...]:
    configs = (lab.source.config, lab.destination.config)
    return tuple(config[name] for config in configs for name in ("admin_password", "ldap_password"))


@pytest.fixture(scope="module")
def journey(lab: Lab) -> Iterator[Journey]:
    servers = (lab.source, lab.destination)
    before = [state_of(server) for server in servers]
    first: dict[str, PlaybookRun] = {}
    again: dict[str, PlaybookRun] = {}

    def go(phase: str) -> PlaybookRun:
        first[phase] = lab.controller.phase(phase, "-vvv")
        assert first[phase].rc == 0, first[phase].output[-6000:]
        if phase in AGAIN:
            again[phase] = lab.controller.phase(phase)
        return first[phase]

    with watching(*_secrets(lab)) as watch:
        with sending(lab.source, lab.people(), lab.directory, RATE, SENDER_SECONDS) as sender:
            for phase in ("precheck", "initial", "delta"):
                go(phase)
            sender.stop()
        settle(*servers)
        lab.controller.phase("delta")
        idle_delta = lab.controller.phase("delta")
        with sending(lab.source, lab.people(), lab.directory, RATE, SENDER_SECONDS, name="window") as window:
            for phase in ("cutover", "postcheck", "report"):
                go(phase)
            window.stop()
        settle(*servers)
    counted = tally(lab.destination, sender.log) + tally(lab.destination, window.log)
    after = [state_of(server) for server in servers]
    yield Journey(before, after, watch, counted, read_outcome(lab), first, again, idle_delta)


def test_nothing_is_lost_or_doubled(journey: Journey) -> None:
    assert journey.counted.sent > 100
    assert (journey.counted.lost, journey.counted.doubled) == ([], [])
    assert journey.counted.found == journey.counted.sent


def test_the_evidence_is_complete(journey: Journey) -> None:
    assert journey.outcome.proven, journey.outcome.evidence
    assert journey.outcome.counts["accounts_incomplete"] == 0
    assert journey.outcome.counts["missing"] == journey.outcome.counts["doubled"] == 0


def test_the_window_was_measured(journey: Journey) -> None:
    assert journey.outcome.window_seconds is not None
    assert journey.outcome.predicted_seconds is not None


@pytest.mark.parametrize("phase", AGAIN)
def test_a_phase_run_again_changes_nothing(journey: Journey, phase: str) -> None:
    run = journey.again[phase]
    assert run.rc == 0, run.output[-6000:]
    assert run.changed == 0, run.changed_tasks


def test_a_delta_that_finds_nothing_changes_nothing(journey: Journey) -> None:
    assert journey.idle_delta is not None
    assert journey.idle_delta.rc == 0, journey.idle_delta.output[-6000:]
    assert journey.idle_delta.changed == 0, journey.idle_delta.changed_tasks


def test_what_was_changed_for_the_migration_is_as_before(journey: Journey) -> None:
    assert journey.after == journey.before


def test_the_migrations_keys_are_gone(journey: Journey, lab: Lab) -> None:
    assert not list(lab.directory.rglob("id_ed25519*"))
    assert journey.before[1].authorized_keys.count("\n") == 1


def test_no_secret_is_in_an_argument_list(journey: Journey) -> None:
    assert any("ansible-playbook" in line for line in journey.watch.command_lines)
    assert any("rsync" in line for line in journey.watch.command_lines)
    assert not journey.watch.seen


def test_no_secret_is_in_a_log(journey: Journey, lab: Lab) -> None:
    logs = sorted((lab.directory / "logs").iterdir())
    assert len(logs) > len(journey.first)
    told = [(log.name, secret) for log in logs for secret in _leaks(lab) if secret in log.read_text()]
    assert not told


def _leaks(lab: Lab) -> tuple[str, ...]:
    """Passwords, and how a private key and a token of the platform begin."""
    return (*_secrets(lab), "BEGIN OPENSSH PRIVATE KEY", "<authToken>0_")


def test_no_secret_is_left_in_a_file(journey: Journey, lab: Lab) -> None:
    kept = {server.home / "conf" / "localconfig.xml" for server in (lab.source, lab.destination)}
    kept |= {server.home / ".zimsim" / "config.json" for server in (lab.source, lab.destination)}
    candidates = [
        path
        for top in (lab.directory, Path.home() / ".ansible" / "tmp")
        for path in top.rglob("*")
        if path.is_file() and path not in kept and "store" not in path.parts
    ]
    secrets = [secret.encode() for secret in _secrets(lab)]
    assert not [str(path) for path in candidates if any(secret in path.read_bytes() for secret in secrets)]
