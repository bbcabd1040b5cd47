# Copyright (c) 2026, mailops.zimbra contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The order of copy, comparison and repair, with scripted exit statuses."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest

from ansible_collections.mailops.zimbra.plugins.module_utils._errors import CommandTimeout
from ansible_collections.mailops.zimbra.plugins.module_utils._rsync import Rules, Target
from ansible_collections.mailops.zimbra.plugins.module_utils._runner import Result, Runner
from ansible_collections.mailops.zimbra.plugins.module_utils._sync import Plan, Sync, SyncDiffers, SyncError, SyncLocked

COPIED = "<f+++++++++\n\nNumber of files: 3\nNumber of regular files transferred: 1\nTotal file size: 9 bytes\n"
NOTHING = "\nNumber of files: 3\nNumber of regular files transferred: 0\nTotal file size: 9 bytes\n"
DIFFERS = "<fc........ items/c0/blob\n"
PLAN = Plan("/backup", Target("new.test", 22, "z", None, "/k", "/h"), Rules([], 0, 60, None), 100.0, 2, True)


class Script(Runner):
    """One result for each command but the look at the lock; ``kinds`` tells what was run."""

    def __init__(self, *results: Result | Exception, busy: bool = False) -> None:
        self.results = list(results)
        self.kinds: list[str] = []
        self.busy = busy

    def run(
        self, argv: Sequence[str], timeout: Any = None, environ: Any = None, data: Any = None, interrupt: Any = False
    ) -> Result:
        assert argv[0] == "flock"
        if "rsync" not in argv:
            return Result(75 if self.busy else 0, "", "")
        kind = "compare" if "--out-format=%i %n" in argv else "copy"
        self.kinds.append(kind + ("-checksum" if kind == "copy" and "--checksum" in argv else ""))
        if kind == "compare":
            assert "--dry-run" in argv
        result = self.results.pop(0)
        if isinstance(result, Exception):
            raise result
        return result


def sync(script: Script, plan: Plan = PLAN, pauses: list[float] | None = None, dry_run: bool = False) -> dict[str, Any]:
    waits: list[float] = [] if pauses is None else pauses
    return Sync(script, plan, clock=lambda: 1.0, pause=waits.append).run(dry_run)


def ok(out: str = "") -> Result:
    return Result(0, out, "")


def test_a_copy_is_compared() -> None:
    script = Script(ok(COPIED), ok())
    result = sync(script)
    assert script.kinds == ["copy", "compare"]
    assert (result["changed"], result["verified"], result["files"], result["repaired"]) == (True, True, 3, 0)


def test_an_unchanged_copy_is_compared_too() -> None:
    script = Script(ok(NOTHING), ok())
    assert sync(script)["changed"] is False
    assert script.kinds == ["copy", "compare"]


def test_what_differs_is_copied_by_checksum_and_compared_again() -> None:
    script = Script(ok(NOTHING), ok(DIFFERS), ok(COPIED), ok())
    result = sync(script)
    assert script.kinds == ["copy", "compare", "copy-checksum", "compare"]
    assert (result["changed"], result["repaired"], result["transferred"], result["verified"]) == (True, 1, 1, True)


def test_what_still_differs_is_named() -> None:
    many = "".join(f"<fc........ f{i}\n" for i in range(30))
    with pytest.raises(
        SyncDiffers, match=r"30 item\(s\) on new.test.*f0 \(content\).*and 10 more.*Turn the scanner"
    ) as caught:
        sync(Script(ok(COPIED), ok(DIFFERS), ok(COPIED), ok(many)))
    assert caught.value.details["count"] == 30
    assert caught.value.details["differences"][0] == {"path": "f0", "why": ["content"]}


def test_a_comparison_that_failed_proves_nothing() -> None:
    with pytest.raises(SyncError, match="could not be copied"):
        sync(Script(ok(COPIED), Result(23, "", "rsync: read errors mapping: Input/output error")))


@pytest.mark.parametrize("rc", [24, 12, 30, 255])
def test_vanished_files_and_broken_lines_are_tried_again(rc: int) -> None:
    pauses: list[float] = []
    result = sync(Script(Result(rc, "", ""), Result(rc, "", ""), ok(COPIED), ok()), pauses=pauses)
    assert (result["tries"], len(pauses), pauses == sorted(pauses)) == (4, 2, True)
    with pytest.raises(SyncError, match=f"exit status {rc}.*run this again") as caught:
        sync(Script(*[Result(rc, "", "")] * 3))
    assert caught.value.details == {"rc": rc, "tries": 3}


@pytest.mark.parametrize("rc", [1, 11, 23])
def test_other_failures_are_final(rc: int) -> None:
    script = Script(Result(rc, COPIED, "rsync: x"))
    with pytest.raises(SyncError, match=f"exit status {rc}"):
        sync(script)
    assert script.kinds == ["copy"]


def test_a_lock_that_stays_and_a_time_that_runs_out() -> None:
    with pytest.raises(SyncLocked, match="still running after 100 s"):
        sync(Script(Result(75, "", ""), busy=True))
    with pytest.raises(SyncError, match="longer than 'timeout' allows"):
        sync(Script(CommandTimeout("flock gave no answer")))


def test_it_says_that_it_waited() -> None:
    assert sync(Script(ok(NOTHING), ok(), busy=True))["waited"] is True


def test_a_dry_run_and_a_copy_without_proof_say_so() -> None:
    script = Script(ok(COPIED))
    result = sync(script, dry_run=True)
    assert (script.kinds, result["changed"], result["verified"]) == (["copy"], True, False)
    assert sync(Script(ok(COPIED)), PLAN._replace(verify=False))["verified"] is False
