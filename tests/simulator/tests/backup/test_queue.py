# Copyright (c) 2026, mailops.zimbra contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One operation at a time, first in first out; what is left of it after a stop, a removal and a crash."""

from __future__ import annotations

import shutil
import subprocess
import sys
import textwrap
from pathlib import Path

CONFTEST = Path(__file__).with_name("conftest.py")


def _start(server, *words):
    return server.json("backup", *words)["response"]["operationId"]


def _listed(server):
    return {each["id"]: each for each in server.json("backup", "getAllOperations")["response"]["operationList"]}


def _logged(server):
    return {each["id"]: each for each in server.json("core", "getOperationLog")["response"]["operationList"]}


def _slow(server):
    server.faults.set("slow", {"items_per_second": "4"})


def test_fifo_with_one_running(source):
    _slow(source)
    ids = [_start(source, "doSmartScan", "start") for _ in range(3)]
    source.until_started(ids[0])
    listed = _listed(source)
    assert list(listed) == ids
    assert [listed[each]["state"] for each in ids[1:]] == ["Queued", "Queued"]
    assert "startTime" not in listed[ids[2]] and listed[ids[2]]["queuedTime"] > 0
    assert listed[ids[0]]["monitorCommand"] == f"zxsuite backup monitor {ids[0]}"
    source.call("backup", "doStopAllOperations")
    assert source.backup.queues["ZxBackup"].wait(ids[0], 60)
    assert {each: entry["type"] for each, entry in _logged(source).items()} == {
        ids[0]: "Stopped",
        ids[1]: "Removed",
        ids[2]: "Removed",
    }


def test_sync_exit_codes(source):
    assert source.call("--sync", "backup", "doSmartScan", "start")[0] == 0
    source.faults.set("disk_full", {"at": "0"})
    source.fill("anna@a.test", 3)
    box = source.mailbox("anna@a.test")
    box.add_message(b"Subject: unseen\r\n\r\n", 2)
    assert source.call("--sync", "backup", "doSmartScan", "start")[0] == 1
    source.faults.clear()
    source.faults.set("interrupt", {"at": "0"})
    assert source.call("--sync", "backup", "doSmartScan", "start")[0] == 4
    assert source.call("--sync", "backup", "doSmartScan", "start")[0] == 0


def test_a_server_that_goes_down_finds_the_running_one_interrupted_and_forgets_the_queued(
    source, tmp_path, make_server
):
    _slow(source)
    running, queued = _start(source, "doSmartScan", "start"), _start(source, "doSmartScan", "start")
    source.until_started(running)
    source.stop()
    source.faults.clear()
    again = make_server("source")
    assert _listed(again) == {} and _logged(again) == {}
    (unfinished,) = again.json("core", "getUnfinishedOperationLog")["response"]["operationList"]
    assert unfinished["id"] == running and queued != running
    assert "Operation Smart Scan Interrupted." in again.last_text(running)
    source.__dict__.update(again.__dict__)  # the fixture's stop finds an open server


CHILD = """
    import os, runpy, signal, sys, time
    from pathlib import Path
    SimServer = runpy.run_path(sys.argv[1])["SimServer"]
    server = SimServer(Path(sys.argv[2]), "mail.dest.test")
    if sys.argv[4]:
        import zimsim.backup.maps as maps
        append, calls = maps.ItemMap.append, []
        def die(self, pairs):
            calls.append(pairs)
            if len(calls) == int(sys.argv[4]):
                os.kill(os.getpid(), signal.SIGKILL)
            append(self, pairs)
        maps.ItemMap.append = die
    operation = server.json("backup", "doExternalRestore", sys.argv[3])["response"]["operationId"]
    server.backup.queues["ZxBackup"].wait(operation, 60)
    server.stop()
"""


def _killed(destination_dir: Path, path: Path, at: str) -> int:
    """Restore in a process of its own that ends between a commit and its line in the map; its exit status."""
    child = [sys.executable, "-c", textwrap.dedent(CHILD), str(CONFTEST), str(destination_dir), str(path), at]
    return subprocess.run(child, timeout=120, check=False, stderr=subprocess.DEVNULL).returncode


def test_killed_between_commit_and_map_nothing_is_doubled_nor_lost(source, sync, tmp_path, make_server):
    source.scan()
    path = sync()
    for moment in ("3", "60", "3", "3"):
        assert _killed(tmp_path / "dest", path, moment) == -9
    destination = make_server("dest")
    unfinished = destination.json("core", "getUnfinishedOperationLog")["response"]["operationList"]
    assert len(unfinished) == 4
    assert "Unrestored Items: 0" in destination.restore(path)
    for name in ("anna@a.test", "ben@a.test", "carl@b.test"):
        assert destination.subjects(name) == source.subjects(name)


def test_killed_while_it_writes_a_path_leaves_no_half_file(source):
    source.scan()
    root = Path(source.backup.layout.root)
    box = source.mailbox("anna@a.test")
    item = next(iter(box.items()))
    leftover = Path(source.backup.layout.item(box.account_id, item.id)).with_name(".zxtmp-1-half")
    leftover.write_text("[{")
    assert " new metadata: 0\n" in source.scan("deep", "true")
    shutil.rmtree(root / "accounts" / box.account_id)
    assert " new accounts: 1\n" in source.scan()


def test_fault_interrupt_with_crash_kills_the_process(source, sync, tmp_path, make_server):
    source.scan()
    path = sync()
    first = make_server("dest")
    first.faults.set("interrupt", {"at": "50", "crash": "true"})
    first.stop()
    assert _killed(tmp_path / "dest", path, "") == -9
    destination = make_server("dest")
    assert destination.faults.active("interrupt") is None
    first.__dict__.update(destination.__dict__)
    assert len(destination.json("core", "getUnfinishedOperationLog")["response"]["operationList"]) == 1
    destination.restore(path)
    assert destination.subjects("anna@a.test") == source.subjects("anna@a.test")
