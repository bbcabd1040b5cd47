# Copyright (c) 2026, mailops.zimbra contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Mail taken away, cut or doubled on the Destination behind its back: postcheck fails and names each."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest

from maillab.controller import PlaybookRun
from maillab.lab import Lab


@pytest.fixture(scope="module")
def migrated(lab: Lab) -> Iterator[Lab]:
    for phase in ("initial", "cutover", "postcheck"):
        run = lab.controller.phase(phase)
        assert run.rc == 0, run.output[-6000:]
    yield lab


def _victims(lab: Lab, number: int) -> list[dict[str, Any]]:
    """Messages with a subject that is theirs alone, in different accounts."""
    found = []
    for account in lab.destination.accounts().values():
        if account["system"] or account["kind"] != "account":
            continue
        messages = [item for item in account["items"] if item["type"] == "message" and item["name"]]
        names = [item["name"] for item in messages]
        single = [item for item in messages if names.count(item["name"]) == 1 and item["name"].isascii()]
        if single:
            found.append({"account": account["account"], **single[0]})
    assert len(found) >= number
    return found[:number]


def _named(run: PlaybookRun, victim: dict[str, Any]) -> list[str]:
    """Which of account, folder, subject and date of a message are missing from the output."""
    day = datetime.fromtimestamp(victim["date"] / 1000, UTC).strftime("%Y-%m-%dT%H:%M:%S")
    words = (victim["account"], victim["folder"], json.dumps(victim["name"])[1:-1], day)
    return [word for word in words if word not in run.output]


def test_postcheck_names_what_was_tampered_with(migrated: Lab) -> None:
    lab = migrated
    victims = _victims(lab, 3)
    for victim, change in zip(victims, ("remove", "truncate", "double"), strict=True):
        lab.destination.tamper(
            change, "--account", victim["account"], "--folder", victim["folder"], "--id", str(victim["id"])
        )
    run = lab.controller.phase("postcheck")
    assert run.rc != 0, run.output[-4000:]
    assert "incomplete" in run.output
    assert [_named(run, victim) for victim in victims] == [[], [], []], run.output[-6000:]
    for word in ("missing", "doubled", "differing"):
        assert word in run.output
