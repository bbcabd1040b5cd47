# Copyright (c) 2026, mailops.zimbra contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How fast SmartScan and External Restore are, and what they take: ``python tests/bench/bench_backup.py``.

Prints a row for each: items, seconds, items per second, peak memory of the server, and how many times as long as the
baseline of the same run (a plain copy of the store's files). Exit status 1 below ``--least`` items per second or above
``--memory`` MB.
"""

from __future__ import annotations

import argparse
import shutil
import sys
import tempfile
import time
from pathlib import Path

from maillab.lab import Lab, Population
from maillab.operation import run_operation
from maillab.servers import MailServer


def items_of(server: MailServer) -> int:
    return sum(len(account["items"]) for account in server.accounts().values())


def peak_memory(server: MailServer) -> float:
    """MB the server's process has had at most, as the kernel says."""
    pid = (server.home / ".zimsim" / "pid").read_text().split()[0]
    status = Path(f"/proc/{pid}/status").read_text()
    return int(next(line.split()[1] for line in status.splitlines() if line.startswith("VmHWM"))) / 1024


def copy_seconds(server: MailServer, directory: Path) -> float:
    begun = time.perf_counter()
    shutil.copytree(server.home / "store", directory)
    return time.perf_counter() - begun


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--accounts", type=int, default=50)
    parser.add_argument("--messages", type=int, default=10_000)
    parser.add_argument("--least", type=float, default=1000.0, metavar="ITEMS_PER_SECOND")
    parser.add_argument("--memory", type=float, default=300.0, metavar="MB")
    options = parser.parse_args()
    directory = Path(tempfile.mkdtemp(prefix="bench-backup-"))
    lab = Lab.at(directory / "lab", directory)
    try:
        lab.up(Population(accounts=options.accounts, messages=options.messages))
        items = items_of(lab.source)
        baseline = copy_seconds(lab.source, directory / "baseline")
        scan = run_operation(lab.source, "doSmartScan", "start")
        copy = directory / "copy"
        shutil.copytree(lab.source.home / "backup" / "zextras", copy)
        run_operation(lab.destination, "doSmartScan", "start")
        lab.destination.accept_any_mail()
        restore = run_operation(lab.destination, "doExternalRestore", str(copy))
        rows = {"SmartScan": (scan, lab.source), "External Restore": (restore, lab.destination)}
        good, bounds = True, f"at least {options.least:.0f}/s, at most {options.memory:.0f} MB"
        for name, (seconds, server) in rows.items():
            memory = peak_memory(server)
            good &= items / seconds >= options.least and memory <= options.memory
            print(
                f"{name} | {items} items | {seconds:.1f} s | {items / seconds:.0f}/s | {memory:.0f} MB"
                f" | {seconds / baseline:.1f} x baseline | {bounds}"
            )
    finally:
        lab.down()
        shutil.rmtree(directory)
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
