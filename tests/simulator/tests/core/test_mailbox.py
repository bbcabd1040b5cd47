#!/usr/bin/python
# Copyright (c) 2026, mailops.zimbra contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Mailboxes: messages with every byte kept, ids and tokens, threads, tags, deletion, folders."""

from __future__ import annotations

import threading

import pytest

from zimsim.model import ItemType, Mailbox, ServiceError, Store
from zimsim.model.blobs import digest_of
from zimsim.model.items import Grant
from zimsim.model.types import BRIEFCASE, INBOX, TASKS, TRASH, UNREAD, flags_to_bits

RAW = b"From: a@x\r\nSubject: s\r\n\r\nx\r\n"


def test_digest_is_the_recorded_one() -> None:
    assert digest_of(b"From: x@y.test\r\nSubject: s\r\n\r\nx\r\n") == "Mdfp1e1HpjuRlVaYHaJmwhTkEPLtZo+a5L39ZlNSkOo="


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"\r\n",
        b"no header at all",
        b"Subject: \xff\xfe\r\n\r\n\x00\x01",
        b"Subject: =?x?q?=ZZ?=\n\nbare\rCR",
        RAW * 3000,
    ],
)
def test_every_byte_is_kept(mailbox: Mailbox, raw: bytes) -> None:
    item = mailbox.add_message(raw, INBOX)
    assert mailbox.blob(mailbox.item(item.id)) == raw
    assert item.size == len(raw)
    assert item.digest == digest_of(raw)


def test_ids_and_tokens_go_up_by_one(mailbox: Mailbox) -> None:
    assert mailbox.change_token == 1
    items = [mailbox.add_message(RAW, INBOX) for _ in range(3)]
    assert [item.id for item in items] == [257, 258, 259]
    assert [item.mod_content for item in items] == [2, 3, 4]
    assert mailbox.change_token == 4


def test_a_change_that_changes_nothing_keeps_the_token(mailbox: Mailbox) -> None:
    with mailbox.change():
        mailbox.folder(INBOX)
    assert mailbox.change_token == 1


def test_a_failed_change_leaves_nothing(mailbox: Mailbox) -> None:
    with pytest.raises(RuntimeError), mailbox.change():
        mailbox.create_folder("x")
        raise RuntimeError
    assert mailbox.child(1, "x") is None
    assert mailbox.change_token == 1


def test_equal_message_ids_make_a_conversation(mailbox: Mailbox) -> None:
    raw = b"Message-ID: <m@x>\r\nSubject: s\r\n\r\n"
    first, second = mailbox.add_message(raw, INBOX), mailbox.add_message(raw, INBOX)
    assert (first.parent_id, second.id, second.parent_id) == (-257, 258, 259)
    assert mailbox.item(first.id).parent_id == 259
    reply = mailbox.add_message(b"Message-ID: <n@x>\r\nIn-Reply-To: <m@x>\r\n\r\n", INBOX)
    assert reply.parent_id == 259


def test_dates_are_whole_seconds(mailbox: Mailbox) -> None:
    assert mailbox.add_message(RAW, INBOX, date=1704103200999).date == 1704103200000


def test_flags_and_tags_count_changes(mailbox: Mailbox) -> None:
    item = mailbox.add_message(RAW, INBOX, flags=UNREAD)
    assert "mdver" not in item.metadata
    item = mailbox.update(item.id, flags=flags_to_bits("f"), tags=["neu"])
    assert "5:mdveri2e" in item.metadata
    assert (item.flag_text, item.tags) == ("f", ("neu",))
    assert mailbox.tags() == []
    assert [tag.name for tag in mailbox.tags(unlisted=True)] == ["neu"]


def test_deleting_leaves_a_tombstone_and_no_file(mailbox: Mailbox, store: Store) -> None:
    item = mailbox.add_message(RAW, INBOX)
    path = store.blobs.path(mailbox.id, item.id, item.revision)
    assert path.exists()
    since = mailbox.change_token
    assert mailbox.delete([item.id, 9999]) == [item.id]
    assert not path.exists()
    assert [stone.item_id for stone in mailbox.tombstones(since)] == [item.id]
    assert mailbox.size == 0


def test_counts(mailbox: Mailbox) -> None:
    mailbox.add_message(RAW, INBOX, flags=UNREAD)
    mailbox.add_message(RAW, INBOX)
    inbox = mailbox.folder(INBOX)
    assert (inbox.count, inbox.unread, inbox.size) == (2, 1, 2 * len(RAW))
    assert mailbox.size == 2 * len(RAW)


def test_folders_ignore_case_beyond_ascii(mailbox: Mailbox) -> None:
    mailbox.create_folder("Ärger ")
    assert mailbox.folder_by_path("/ärger").name == "Ärger"
    with pytest.raises(ServiceError) as refused:
        mailbox.create_folder("ÄRGER")
    assert refused.value.code == "mail.ALREADY_EXISTS"


def test_paths_and_subtrees(mailbox: Mailbox) -> None:
    mailbox.ensure_folder("/A/B/C")
    mailbox.ensure_folder("/A/B2")
    top = mailbox.folder_by_path("a")
    assert [folder.path for folder in mailbox.subtree(top.id)] == ["/A", "/A/B", "/A/B/C", "/A/B2"]
    mailbox.add_message(RAW, mailbox.folder_by_path("/A/B/C").id)
    mailbox.delete_folder(top.id)
    assert mailbox.count() == 0
    assert mailbox.child(1, "A") is None


def test_system_folders_stay(mailbox: Mailbox) -> None:
    with pytest.raises(ServiceError) as refused:
        mailbox.delete_folder(TRASH)
    assert refused.value.code == "mail.IMMUTABLE_OBJECT"


def test_products_differ_in_folders(mailbox: Mailbox, product: str) -> None:
    assert mailbox.has_folder(TASKS) is (product == "zimbra")
    assert mailbox.has_folder(BRIEFCASE) is (product == "zimbra")


def test_grants_replace_and_refuse_equal_ones(mailbox: Mailbox) -> None:
    mailbox.grant(INBOX, Grant("id", "usr", "r", "b@a.test"))
    mailbox.grant(INBOX, Grant("id", "usr", "rwidx", "b@a.test"))
    folder = mailbox.folder(INBOX)
    assert [grant.rights for grant in folder.grants] == ["rwidx"]
    assert (folder.flag_text, folder.version) == ("i", 5)
    with pytest.raises(ServiceError) as refused:
        mailbox.grant(INBOX, Grant("id", "usr", "xdiwr", "b@a.test"))
    assert refused.value.code == "mail.GRANT_EXISTS"


def test_documents_keep_their_versions(mailbox: Mailbox) -> None:
    folder = mailbox.create_folder("Files", view=ItemType.DOCUMENT)
    first = mailbox.add_document(b"one", folder.id, "x.txt", "text/plain", "anna@a.test")
    second = mailbox.add_revision(first.id, b"second", "text/plain", "anna@a.test")
    assert (second.id, second.version, second.size) == (first.id, 2, 6)
    (old,) = mailbox.revisions(first.id)
    assert mailbox.revision_blob(old) == b"one"
    assert mailbox.size == 9
    mailbox.delete([first.id])
    assert mailbox.size == 0


def test_many_threads_add_at_once(store: Store, mailbox: Mailbox) -> None:
    def add() -> None:
        own = store.mailboxes.open(mailbox.account_id)
        for _ in range(20):
            own.add_message(RAW, INBOX)

    threads = [threading.Thread(target=add) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    ids = mailbox.item_ids(INBOX)
    assert len(ids) == len(set(ids)) == 80
    assert mailbox.change_token == 81


def test_another_process_sees_it(store: Store, mailbox: Mailbox) -> None:
    mailbox.add_message(RAW, INBOX)
    other = Store(store.home)
    found = other.mailboxes.open(mailbox.account_id, create=False)
    assert [item.subject for item in found.items()] == ["s"]
    other.close()
