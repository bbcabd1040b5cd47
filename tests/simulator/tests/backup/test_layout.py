# Copyright (c) 2026, mailops.zimbra contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What lies where in a backup path after a SmartScan (zextras-cli.md, section 3.1)."""

from __future__ import annotations

import base64
import gzip
import hashlib
import json
from pathlib import Path

DATE = 1_700_000_000_000


def _digest(raw: bytes) -> str:
    return base64.b64encode(hashlib.sha256(raw).digest()).decode().replace("/", ",")


def test_blobs_are_gzip_files_named_by_their_digest(source):
    source.scan()
    root = Path(source.backup.layout.root)
    box = source.mailbox("anna@a.test")
    item = next(iter(box.items()))
    raw = box.blob(item)
    digest = _digest(raw)
    path = root / "items" / digest[:2] / digest
    assert len(digest) == 44 and digest.endswith("=")
    assert gzip.decompress(path.read_bytes()) == raw


def test_item_metadata_is_an_array_of_states_below_the_last_two_digits(source):
    source.scan()
    box = source.mailbox("anna@a.test")
    item = next(iter(box.items()))
    path = Path(source.backup.layout.root, "accounts", box.account_id, "items", f"{item.id % 100:02d}", str(item.id))
    (state,) = json.loads(path.read_text())
    assert state["type"] == "message" and state["deleted"] is False and state["end_date"] is None
    box.update(item.id, flags=0)
    box.delete([item.id])
    source.scan()
    first, second = json.loads(path.read_text())
    assert first["end_date"] == second["start_date"] and second["deleted"] is True


def test_equal_messages_share_one_blob(source):
    for name in ("anna@a.test", "ben@a.test"):
        source.mailbox(name).add_message(b"Subject: twin\r\n\r\nsame\r\n", 2, date=DATE)
    source.scan()
    digest = _digest(b"Subject: twin\r\n\r\nsame\r\n")
    assert len(list(Path(source.backup.layout.root, "items").rglob(digest))) == 1


def test_account_info_keeps_hash_and_history(source):
    source.scan()
    anna = source.store.directory.get("account", "anna@a.test")
    path = Path(source.backup.layout.account_info(anna.id))
    assert json.loads(path.read_text())[0]["attrs"]["userPassword"][0].startswith("{SSHA")
    source.store.directory.modify(anna.id, {"displayName": "Anna"})
    source.scan()
    assert len(json.loads(path.read_text())) == 2


def test_second_scan_writes_nothing_new(source):
    first, second = source.scan(), source.scan()
    assert " new accounts: 7\n" in first  # admin, three system accounts, three people
    for line in (" new metadata: 0", " item updated: 0", " item deleted: 0", " new files: 0", " new accounts: 0"):
        assert f"{line}\n" in second


def test_accounts_of_an_excluded_cos_and_deleted_accounts_count_as_deleted(source):
    directory = source.store.directory
    source.scan()
    cos = directory.create("cos", "nobackup", {"zimbraNotes": "do not ${ZxBackup_Disabled} this"})
    directory.modify(directory.get("account", "ben@a.test").id, {"zimbraCOSId": cos.id})
    directory.delete(directory.get("account", "carl@b.test").id)
    text = source.scan()
    assert " skipped accounts(by COS): 1\n" in text and " accounts deleted: 2\n" in text
    accounts = source.json("backup", "getAvailableAccounts", "hide_deleted", "true")["response"]["accountMap"]
    assert "anna@a.test" in accounts and "ben@a.test" not in accounts and "carl@b.test" not in accounts


def test_a_path_of_another_server_is_refused_as_own_path(source, destination):
    source.scan()
    answer = destination.json(
        "config", "set", "server", "mail.dest.test", "ZxBackup_DestPath", source.backup.layout.root
    )
    assert answer["ok"] is False and "belongs to the server" in answer["error"]["details"]["cause"]


def test_realtime_scanner_brings_new_mail_without_a_smartscan(source):
    source.scan()
    assert source.backup.realtime.look() == 3  # the first look asks every mailbox
    item = source.mailbox("anna@a.test").add_message(b"Subject: new\r\n\r\n", 2, date=DATE)
    assert source.backup.realtime.look() == 1
    assert Path(source.backup.layout.item(source.mailbox("anna@a.test").account_id, item.id)).exists()
