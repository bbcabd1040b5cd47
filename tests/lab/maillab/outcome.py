# Copyright (c) 2026, mailops.zimbra contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the migration says of itself: the JSON that stands beside the report."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from maillab.lab import Lab


@dataclass(frozen=True)
class Outcome:
    """Verdict and figures of the report, and where report and ledger are."""

    verdict: str
    counts: dict[str, int]
    window_seconds: int | None
    predicted_seconds: float | None
    report: Path
    ledger: Path

    @property
    def proven(self) -> bool:
        return self.verdict in ("complete", "explained") and self.counts["matched"] > 0

    @property
    def evidence(self) -> str:
        """The verdict with the figures behind it, in one line."""
        names = ("accounts_complete", "accounts", "matched", "source", "missing", "doubled", "differing", "afterwards")
        figures = {name: f"{self.counts[name]:,}" for name in names}
        return (
            "{verdict}: {accounts_complete} of {accounts} accounts, {matched} of {source} items found again, "
            "{missing} missing, {doubled} doubled, {differing} differing, {afterwards} more since the switch"
        ).format(verdict=self.verdict, **figures)

    @property
    def window(self) -> str:
        """How long the window was open, and how long it was expected to be."""
        if self.window_seconds is None:
            return "not closed"
        expected = "" if self.predicted_seconds is None else f", {self.predicted_seconds:.0f} s were predicted"
        return f"{self.window_seconds} s{expected}"


def read_outcome(lab: Lab) -> Outcome:
    """Read the newest report the controller fetched."""
    (found,) = (lab.directory / "report").glob("*.json")
    report: dict[str, Any] = json.loads(found.read_text())
    (unit,) = report["units"]
    return Outcome(
        verdict=report["verdict"],
        counts=report["counts"],
        window_seconds=unit["window"]["seconds"],
        predicted_seconds=unit["window"]["predicted_seconds"],
        report=found.with_suffix(".html"),
        ledger=lab.destination.migration_dir / "ledger.db",
    )
