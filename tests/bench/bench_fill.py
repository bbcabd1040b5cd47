# Copyright (c) 2026, mailops.zimbra contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How fast a server is filled: ``python tests/bench/bench_fill.py [--accounts 100 --messages 20000]``.

Prints one row: messages, seconds, messages per second, peak memory, and how many times as long as the baseline of
the same run (the same number of files with the same bytes written plainly, hashed, and listed in a bare SQLite table).
Exit status 1 when the fill takes longer than ``--limit`` seconds.
"""

from __future__ import annotations

import argparse
import hashlib
import resource
import shutil
import sqlite3
import sys
import tempfile
import time
from pathlib import Path

from zimsim import creation
from zimsim.config import Config
from zimsim.corpus.fill import FillPlan, FillSummary, fill
from zimsim.corpus.samples import default_corpus, load_corpus
from zimsim.model import Store

_DOMAINS = ("alpha.test", "beta.test", "gamma.test")


def measure_fill(directory: Path, plan: FillPlan) -> tuple[FillSummary, float]:
    """A new server, filled; the summary and the seconds of the fill alone."""
    home = directory / "opt" / "zimbra"
    creation.create(Config(directory=directory, home=home))
    store = Store(home)
    started = time.perf_counter()
    summary = fill(store, plan)
    seconds = time.perf_counter() - started
    store.close()
    return summary, seconds


def measure_baseline(directory: Path, messages: int, size: int) -> float:
    """Seconds for writing, hashing and listing as many bytes in as many files, and nothing else."""
    directory.mkdir()
    raw = b"x" * (size // messages)
    connection = sqlite3.connect(directory / "list.db")
    connection.executescript(
        "PRAGMA journal_mode=WAL; PRAGMA synchronous=OFF; CREATE TABLE list (id INTEGER, digest BLOB);"
    )
    started = time.perf_counter()
    with connection:
        for number in range(messages):
            folder = directory / str(number >> 12)
            folder.mkdir(exist_ok=True)
            (folder / str(number)).write_bytes(raw)
            connection.execute("INSERT INTO list VALUES (?, ?)", (number, hashlib.sha256(raw).digest()))
    seconds = time.perf_counter() - started
    connection.close()
    return seconds


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--accounts", type=int, default=100)
    parser.add_argument("--messages", type=int, default=20_000)
    parser.add_argument("--limit", type=float, default=60.0, metavar="SECONDS")
    options = parser.parse_args()
    plan = FillPlan(options.accounts, _DOMAINS, options.messages, "bench", load_corpus(default_corpus()))
    directory = Path(tempfile.mkdtemp(prefix="bench-fill-"))
    try:
        summary, seconds = measure_fill(directory / "server", plan)
        baseline = measure_baseline(directory / "baseline", options.messages, summary.counts["bytes"])
    finally:
        shutil.rmtree(directory)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(
        f"fill | {options.accounts} accounts, {options.messages} messages, {summary.counts['bytes'] / 1e6:.0f} MB"
        f" | {seconds:.1f} s | {options.messages / seconds:.0f}/s | {peak:.0f} MB | {seconds / baseline:.1f} x baseline"
        f" | limit {options.limit:.0f} s"
    )
    return 1 if seconds > options.limit else 0


if __name__ == "__main__":
    sys.exit(main())
