# Copyright (c) 2026, mailops.zimbra contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Lines of progress for people: what to say about a running operation, and when."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


class Progress:
    """Turns the progress of successive looks into lines with a rate and the time that is left.

    The rate is measured over the looks of this run: an operation that was attached to shows it from the second look on.
    """

    def __init__(self, prefix: str, title: str) -> None:
        self._head = f"[{prefix}] {title}:"
        self._samples: list[tuple[float, Mapping[str, Any]]] = []

    def line(self, state: str, progress: Mapping[str, Any] | None, now: float) -> str:
        """The line for one look; ``now`` in seconds of any steady clock."""
        if state == "queued":
            return f"{self._head} waiting in the server's queue"
        if not progress:
            return f"{self._head} {state}"
        self._samples.append((now, progress))
        # A window of the last looks follows a rate that changes; all of them would lag behind.
        self._samples = self._samples[-8:]
        parts = [part for part in (self._accounts(progress), self._items(progress), self._left(progress)) if part]
        return f"{self._head} {', '.join(parts) or state}"

    def note(self, text: str) -> str:
        """A line about something else than the progress."""
        return f"{self._head} {text}"

    def _accounts(self, progress: Mapping[str, Any]) -> str:
        return _count("accounts", progress.get("accounts_done"), progress.get("accounts_total"))

    def _items(self, progress: Mapping[str, Any]) -> str:
        text = _count("items", progress.get("items_done"), progress.get("items_total"))
        rate = self._rate("items_done")
        return f"{text} ({rate:,.0f}/s)" if text and rate is not None else text

    def _left(self, progress: Mapping[str, Any]) -> str:
        for what in ("items", "accounts"):
            done, total, rate = progress.get(f"{what}_done"), progress.get(f"{what}_total"), self._rate(f"{what}_done")
            if done is None or not total:
                continue
            if not rate:
                return ""
            return f"about {duration(max(0.0, total - done) / rate)} left"
        return ""

    def _rate(self, name: str) -> float | None:
        (first, before), (last, after) = self._samples[0], self._samples[-1]
        done_before, done_after = before.get(name), after.get(name)
        if last <= first or done_before is None or done_after is None or done_after < done_before:
            return None
        return float(done_after - done_before) / (last - first)


def duration(seconds: float) -> str:
    """``40 s``, ``2 min``, ``1 h 20 min``: as exact as somebody who waits wants it."""
    if seconds < 90:
        return f"{max(1, round(seconds))} s"
    minutes = round(seconds / 60)
    return f"{minutes} min" if minutes < 90 else f"{minutes // 60} h {minutes % 60} min"


def _count(name: str, done: Any, total: Any) -> str:
    if done is None:
        return ""
    return f"{name} {done:,}/{total:,}" if total is not None else f"{name} {done:,}"
