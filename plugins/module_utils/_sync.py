# Copyright (c) 2026, mailops.zimbra contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Copy a backup path to the Destination and prove the copy. The commands are run by an injected runner."""

import time
from typing import Any, Callable, Dict, List, NamedTuple

from ansible_collections.mailops.zimbra.plugins.module_utils._errors import CommandTimeout, MailopsError
from ansible_collections.mailops.zimbra.plugins.module_utils._rsync import (
    LOCKED,
    TIMED_OUT,
    Difference,
    Rules,
    Target,
    compare_command,
    copy_command,
    count_items,
    explain,
    locked,
    parse_items,
    parse_statistics,
    worth_another_try,
)
from ansible_collections.mailops.zimbra.plugins.module_utils._runner import Result, Runner

# Differences told by name; all are counted.
NAMED = 20
# Seconds before the second, third ... try.
PAUSES = (2.0, 10.0, 30.0)
# Seconds more than flock waits for its lock, so that its own answer comes first.
GRACE = 5.0


class SyncError(MailopsError):
    """The copy was not made, or not completely."""


class SyncLocked(SyncError):
    """Another copy of the same directory is still running."""


class SyncDiffers(SyncError):
    """The copy was made, and the comparison by checksum found that it is not what the source holds."""


class Plan(NamedTuple):
    """``timeout``: seconds for each command. ``retries``: further tries after a broken line or vanished files."""

    source: str
    target: Target
    rules: Rules
    timeout: float
    retries: int
    verify: bool


class Sync:
    """Runs one plan. ``clock`` gives seconds, ``pause`` waits them."""

    def __init__(
        self,
        runner: Runner,
        plan: Plan,
        clock: Callable[[], float] = time.time,
        pause: Callable[[float], None] = time.sleep,
    ) -> None:
        self._runner = runner
        self._plan = plan
        self._clock = clock
        self._pause = pause
        self._tries = 0

    def run(self, dry_run: bool = False) -> Dict[str, Any]:
        """Copy, compare, and copy again by checksum what the comparison found, once.

        Returns changed, files, bytes, created, transferred, transferred_bytes, items (all changed ones), verified,
        repaired, tries, waited, duration (seconds). Raises :class:`SyncError` and its leaves.
        """
        plan, begin = self._plan, self._clock()
        waited = self._busy()
        out = self._command(copy_command(plan.source, plan.target, plan.rules, dry_run=dry_run)).out
        numbers = parse_statistics(out)
        items = count_items(out)
        repaired = 0
        if plan.verify and not dry_run:
            repaired = len(self._differences())
            if repaired:
                # Equal in size and time, or changed meanwhile: only a copy by checksum sees it.
                again = copy_command(plan.source, plan.target, plan.rules, checksum=True)
                numbers = _added(numbers, parse_statistics(self._command(again).out))
                self._prove()
        return dict(
            numbers,
            changed=items > 0 or repaired > 0,
            items=items,
            verified=plan.verify and not dry_run,
            repaired=repaired,
            tries=self._tries,
            waited=waited,
            duration=round(self._clock() - begin, 3),
        )

    def _differences(self) -> List[Difference]:
        plan = self._plan
        return parse_items(self._command(compare_command(plan.source, plan.target, plan.rules)).out)

    def _prove(self) -> None:
        found = self._differences()
        if found:
            named = "; ".join(f"{item.path} ({', '.join(item.why)})" for item in found[:NAMED])
            more = f" and {len(found) - NAMED} more" if len(found) > NAMED else ""
            raise SyncDiffers(
                f"{len(found)} item(s) on {self._plan.target.host} are not what {self._plan.source} holds, even after "
                f"a second copy: {named}{more}. Is something writing on one of the sides? Turn the scanner and other "
                "operations off, then run this again.",
                differences=[{"path": item.path, "why": item.why} for item in found[:NAMED]],
                count=len(found),
            )

    def _busy(self) -> bool:
        """True when another copy holds the lock now."""
        result = self._runner.run(locked(["true"], self._plan.source, 0), timeout=60)
        return result.rc == LOCKED

    def _command(self, argv: List[str]) -> Result:
        plan = self._plan
        for left in range(plan.retries, -1, -1):
            self._tries += 1
            result = self._run(argv)
            if result.rc == 0:
                return result
            if result.rc == LOCKED:
                raise SyncLocked(
                    f"Another copy of {plan.source} is still running after {plan.timeout:g} s. Look for its rsync "
                    "on this host; run this again when it has ended, or raise 'timeout'.",
                    source=plan.source,
                )
            if not left or not worth_another_try(result.rc, result.err):
                raise _unfinished(plan, result.rc, result.err, self._tries)
            self._pause(PAUSES[min(plan.retries - left, len(PAUSES) - 1)])
        raise SyncError("No try was allowed: 'retries' is negative.", retries=plan.retries)

    def _run(self, argv: List[str]) -> Result:
        """One command under the lock. timeout(1) ends flock, and with it rsync and ssh."""
        plan = self._plan
        try:
            return self._runner.run(locked(argv, plan.source, plan.timeout), timeout=plan.timeout + GRACE)
        except CommandTimeout as error:
            raise _unfinished(plan, TIMED_OUT, "", self._tries) from error


def _unfinished(plan: Plan, rc: int, errors: str, tries: int) -> SyncError:
    return SyncError(
        f"The copy of {plan.source} to {plan.target.host} is not complete: {explain(rc, errors)}. "
        "What was copied stays; run this again to go on.",
        rc=rc,
        tries=tries,
    )


def _added(first: Dict[str, int], second: Dict[str, int]) -> Dict[str, int]:
    """Numbers of two copies: what moved is added up, what is there is as the last one saw it."""
    moved = ("created", "transferred", "transferred_bytes")
    return {name: first[name] + value if name in moved else value for name, value in second.items()}
