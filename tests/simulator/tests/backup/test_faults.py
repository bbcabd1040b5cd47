# Copyright (c) 2026, mailops.zimbra contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Faults on demand, and what broken files do: a line of the statistics, never the end of the server."""

from __future__ import annotations

from pathlib import Path


def test_interrupt_leaves_the_log_unfinished_and_a_notification(source, destination, sync):
    source.scan()
    destination.faults.set("interrupt", {"at": "50", "operation": "ExternalRestore"})
    text = destination.restore(sync())
    assert "Operation External Restore Interrupted." in text
    unfinished = destination.json("core", "getUnfinishedOperationLog")["response"]["operationList"]
    assert [each["name"] for each in unfinished] == ["ExternalRestore"]
    assert destination.json("core", "getOperationLog")["response"]["operationList"] == []
    assert destination.json("core", "getNotification")["response"]["notifications"][-1]["subject"].endswith(
        "Operation Interrupted"
    )
    assert "Unrestored Items: 0" in destination.restore(sync())
    assert destination.subjects("anna@a.test") == source.subjects("anna@a.test")


def test_unreachable_says_so_with_exit_status_0(source):
    source.faults.set("unreachable", {"count": "1"})
    assert source.call("--json", "backup", "getAllOperations") == (0, "Unable to communicate with server\n")
    assert source.json("backup", "getAllOperations")["ok"]


def test_one_item_unrestored_until_the_fault_is_cleared(source, destination, sync):
    source.scan()
    destination.faults.set("unrestored", {"count": "1", "account": "anna@a.test"})
    first = next(iter(source.mailbox("anna@a.test").items())).id
    for _ in range(2):
        text = destination.restore(sync())
        assert f"Unrestored Items: 1\n\n- unrestored items -\naccount: anna@a.test\nunrestored items: {first}" in text
    destination.faults.clear()
    text = destination.restore(sync())
    assert "Restored Items: 1\n" in text and "Unrestored Items: 0" in text


def test_full_disk_ends_a_scan_and_leaves_items_unrestored(source, destination, sync):
    source.faults.set("disk_full", {"at": "50"})
    text = source.scan()
    assert "Operation Smart Scan Failed." in text and "No space left on device" in text
    source.faults.clear()
    source.scan()
    destination.faults.set("disk_full", {"at": "0"})
    text = destination.restore(sync())
    assert "Operation External Restore Completed." in text and "Unrestored Items: 20" in text
    destination.faults.clear()
    assert "Unrestored Items: 0" in destination.restore(sync())
    assert destination.subjects("ben@a.test") == source.subjects("ben@a.test")


def test_expired_licence_stops_the_module(source):
    source.faults.set("licence_expired")
    assert source.json("core", "getLicenseInfo")["response"]["expired"] is True
    assert source.json("backup", "getServices")["response"]["services"]["module"]["running"] is False
    answer = source.json("backup", "doSmartScan", "start")
    assert answer["ok"] is False and answer["error"]["code"] == "MODULE_NOT_RUNNING"


def test_a_vanished_operation_is_nowhere(source):
    operation_id = source.json("backup", "doSmartScan", "start")["response"]["operationId"]
    assert source.backup.queues["ZxBackup"].wait(operation_id, 60)
    source.faults.set("vanish")
    assert source.json("core", "getOperationLog")["response"]["operationList"] == []
    status, text = source.call("backup", "monitor", operation_id)
    assert (status, text) == (0, f"no such operation: {operation_id}\n")


def test_missing_blob_is_a_read_error_and_comes_with_the_next_scan(source):
    item = next(iter(source.mailbox("anna@a.test").items()))
    source.faults.set("missing_blob", {"account": "anna@a.test", "item": str(item.id)})
    text = source.scan()
    assert " I/O read exception: 1\n" in text and " skipped items: 1\n" in text
    path = Path(source.backup.layout.item(source.mailbox("anna@a.test").account_id, item.id))
    assert not path.exists()
    assert "Failed" in source.scan("read_error_threshold", "0")
    source.faults.clear()
    source.scan()
    assert path.exists()


def test_truncated_blob_corrupt_metadata_and_account_info(source, destination, sync):
    source.scan()
    path = sync()
    box = source.mailbox("anna@a.test")
    items = list(box.items())
    blob = path / "items" / items[0].digest[:2] / items[0].digest
    blob.write_bytes(blob.read_bytes()[:-9])
    metadata = path / "accounts" / box.account_id / "items" / f"{items[1].id % 100:02d}" / str(items[1].id)
    metadata.write_text('[{"type": "mess')
    missing = path / "items" / items[2].digest[:2] / items[2].digest
    missing.unlink()
    ben = source.mailbox("ben@a.test").account_id
    (path / "accounts" / ben / "account_info").write_text("")
    text = destination.restore(path)
    broken = ",".join(str(item.id) for item in items[:3])
    assert text.endswith(f"account: anna@a.test\nunrestored items: {broken}")
    assert f"account: {ben}\nunrestored items: " in text
    assert len(destination.subjects("anna@a.test")) == 9


def test_coherency_check_finds_and_moves_what_is_broken(source):
    source.scan()
    root = Path(source.backup.layout.root)
    item = next(iter(source.mailbox("anna@a.test").items()))
    blob = Path(source.backup.layout.blob(item.digest))
    blob.write_bytes(b"no gzip")
    text = source.wait("backup", "doCoherencyCheck", str(root), "fixBackup", "true")
    assert " corrupted files: 1\n" in text and " moved files: 1\n" in text
    assert not blob.exists()
    text = source.wait("backup", "doCoherencyCheck", str(root))
    assert " corrupted files: 0\n" in text and " missing blobs: 1\n" in text
    source.scan("deep", "true")
    assert " missing blobs: 0\n" in source.wait("backup", "doCoherencyCheck", str(root))


def test_slow_is_slow_and_can_be_stopped(source):
    source.faults.set("slow", {"items_per_second": "2"})
    operation_id = source.json("backup", "doSmartScan", "start")["response"]["operationId"]
    queue = source.backup.queues["ZxBackup"]
    source.until_started(operation_id)
    (running,) = source.json("backup", "getAllOperations")["response"]["operationList"]
    assert running["state"] == "Started" and running["id"] == operation_id
    assert source.json("backup", "doStopOperation", operation_id)["ok"]
    assert queue.wait(operation_id, 60)
    (ended,) = source.json("core", "getOperationLog")["response"]["operationList"]
    assert (ended["state"], ended["type"]) == ("Finished", "Stopped")
    assert "Operation Smart Scan Stopped." in source.last_text(operation_id)
