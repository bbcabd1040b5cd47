# Copyright (c) 2026, mailops.zimbra contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a fill leaves on the server: the plan's numbers, every sample unchanged, the same bytes for the same seed."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from zimsim import creation
from zimsim.config import Config
from zimsim.corpus.fill import FillPlan, FillSummary, fill, mailbox_sizes
from zimsim.corpus.mails import NEWEST_MS, OWN_FOLDERS
from zimsim.corpus.samples import Corpus
from zimsim.inspect.report import account_facts
from zimsim.inspect.stores import Stores
from zimsim.model import Item, ItemType, Mailbox, Store
from zimsim.model.types import JUNK, TRASH

Filled = tuple[Store, FillSummary]


def items(store: Store, *types: int) -> Iterator[tuple[Mailbox, Item]]:
    for mailbox in list(store.mailboxes.all()):
        for item in mailbox.items(types=types):
            yield mailbox, item


def test_the_numbers_are_those_of_the_plan(filled: Filled) -> None:
    store, summary = filled
    assert sum(1 for _ in items(store, ItemType.MESSAGE)) == summary.counts["messages"] == 900
    assert summary.counts["bytes"] == sum(item.size for _, item in items(store, ItemType.MESSAGE))
    people = [each for each in store.directory.all("account") if not each.is_system and not each.is_admin]
    assert len(people) == 30 == len(summary.passwords)
    assert (
        sum(mailbox.count(ItemType.APPOINTMENT) for mailbox in store.mailboxes.all()) == summary.counts["appointments"]
    )


def test_every_sample_is_there_byte_for_byte(filled: Filled, corpus: Corpus) -> None:
    store, _ = filled
    stored = {hashlib.sha256(mailbox.blob(item) or b"").digest() for mailbox, item in items(store, ItemType.MESSAGE)}
    for sample in corpus.mails:
        assert hashlib.sha256(sample.data).digest() in stored, sample.name


def test_blobs_and_digests_agree(filled: Filled) -> None:
    store, _ = filled
    stores = Stores(store.home)
    facts = [account_facts(stores, account, blobs=True) for account in stores.accounts()]
    stores.close()
    assert [each["broken"] for each in facts if each["broken"]] == []
    assert sum(each["counts"].get("message", 0) for each in facts) == 900


def test_mail_lies_in_every_kind_of_folder(filled: Filled) -> None:
    store, _ = filled
    paths: Counter[str] = Counter()
    flags: Counter[str] = Counter()
    for mailbox in list(store.mailboxes.all()):
        by_id = {folder.id: folder.path for folder in mailbox.folders()}
        for item in mailbox.items(types=[ItemType.MESSAGE]):
            paths[by_id[item.folder_id]] += 1
            flags.update(item.flag_text)
            flags.update(["tagged"] if item.tags else [])
            assert item.date <= NEWEST_MS
    assert {"/Inbox", "/Sent", "/Trash", "/Junk", "/Drafts", *OWN_FOLDERS} <= paths.keys()
    assert all(flags[letter] for letter in ("u", "r", "f", "s", "d", "a", "tagged"))


def test_replies_find_their_conversation(filled: Filled) -> None:
    store, _ = filled
    threads = Counter(
        (mailbox.id, item.parent_id) for mailbox, item in items(store, ItemType.MESSAGE) if item.parent_id > 0
    )
    assert max(threads.values()) >= 3


def test_one_folder_holds_the_same_message_twice(filled: Filled) -> None:
    store, _ = filled
    seen = Counter((mailbox.id, item.folder_id, item.digest) for mailbox, item in items(store, ItemType.MESSAGE))
    assert max(seen.values()) >= 2


def test_grants_of_every_kind_and_mountpoints_that_use_them(filled: Filled) -> None:
    store, summary = filled
    kinds: Counter[str] = Counter()
    links = 0
    for mailbox in list(store.mailboxes.all()):
        for folder in mailbox.folders():
            kinds.update(grant.kind for grant in folder.grants)
            if folder.type == ItemType.MOUNTPOINT:
                links += 1
                owner = store.mailboxes.open(folder.owner_id, create=False)
                granted = [grant.grantee for grant in owner.folder(folder.remote_id).grants]
                assert mailbox.account_id in granted
    assert {"usr", "grp", "dom", "all", "pub", "guest"} <= kinds.keys()
    assert (sum(kinds.values()), links) == (summary.counts["grants"], summary.counts["mountpoints"])


def test_calendars_hold_series_with_exceptions_and_tasks(filled: Filled) -> None:
    store, _ = filled
    metadata = [item.metadata for _, item in items(store, ItemType.APPOINTMENT)]
    assert any("apptRecur" in each and "recurId" in each for each in metadata)
    assert any(item.digest for _, item in items(store, ItemType.APPOINTMENT))
    assert any(True for _ in items(store, ItemType.TASK))


def test_documents_have_versions_and_groups_are_doubled(filled: Filled) -> None:
    store, _ = filled
    documents = list(items(store, ItemType.DOCUMENT))
    assert any(mailbox.revisions(item.id) for mailbox, item in documents)
    groups = Counter(
        (mailbox.id, item.metadata) for mailbox, item in items(store, ItemType.CONTACT) if "5:group" in item.metadata
    )
    assert set(groups.values()) == {2}


def test_the_directory_has_what_a_real_one_has(filled: Filled) -> None:
    store, _ = filled
    directory = store.directory
    gal = directory.by_id(directory.get("domain", "a.test").first("zimbraGalAccountId"))
    assert gal is not None and gal.is_system and gal.name.startswith("galsync.")
    assert store.mailboxes.open(gal.id, create=False).count(ItemType.CONTACT) == 30
    people = [each for each in directory.all("account") if not each.is_system and not each.is_admin]
    assert any(directory.aliases(each) for each in people)
    assert sum(1 for each in people if store.mailboxes.find(each.id) is None) == 1
    for name in ("zimbraMailSieveScript", "zimbraPrefMailSignature", "zimbraPrefOutOfOfficeReply", "zimbraCOSId"):
        assert any(each.first(name) for each in people), name
    everyone = directory.get("dl", "everyone@a.test")
    assert "team@a.test" in directory.members(everyone.id)
    assert directory.count("resource") == 1


def test_passwords_log_in(filled: Filled) -> None:
    store, summary = filled
    address, password = next(iter(summary.passwords.items()))
    assert store.directory.password_matches(store.directory.get("account", address), password)


def test_the_trash_and_the_junk_are_not_empty(filled: Filled) -> None:
    store, _ = filled
    places = Counter(item.folder_id for _, item in items(store, ItemType.MESSAGE))
    assert places[TRASH] and places[JUNK]


def listing(tmp_path: Path, name: str, plan: FillPlan, product: str = "zimbra") -> list[tuple[object, ...]]:
    """Everything in all mailboxes that a seed decides."""
    home = tmp_path / name / "opt" / "zimbra"
    creation.create(Config(directory=tmp_path / name, home=home, product=product))
    store = Store(home)
    fill(store, plan)
    found: list[tuple[object, ...]] = []
    for account in store.directory.all("account"):
        mailbox = store.mailboxes.find(account.id)
        if mailbox is None or account.is_system:
            continue
        paths = {folder.id: folder.path for folder in mailbox.folders()}
        found += [
            (account.id, account.name, paths[item.folder_id], item.id, item.type, item.digest, item.date, item.flags,
             item.tags, item.metadata if item.type != ItemType.MESSAGE else "")
            for item in mailbox.items()
        ]  # fmt: skip
    store.close()
    return found


def test_the_same_seed_gives_the_same_bytes(tmp_path: Path, corpus: Corpus) -> None:
    plan = FillPlan(4, ("a.test",), 60, "3", corpus)
    first = listing(tmp_path, "one", plan)
    assert first == listing(tmp_path, "two", plan)
    assert first != listing(tmp_path, "three", replace(plan, seed="4"))


def test_carbonio_has_neither_tasks_nor_documents(tmp_path: Path, corpus: Corpus) -> None:
    types = {row[4] for row in listing(tmp_path, "c", FillPlan(3, ("a.test",), 20, "3", corpus), "carbonio")}
    assert ItemType.MESSAGE in types and ItemType.APPOINTMENT in types
    assert not types & {ItemType.TASK, ItemType.DOCUMENT}


def test_a_second_fill_with_the_same_seed_is_refused_as_a_whole(filled: Filled, corpus: Corpus) -> None:
    store, _ = filled
    before = store.directory.count("account")
    with pytest.raises(Exception, match="non-unique|already exists"):
        fill(store, FillPlan(2, ("a.test",), 5, "7", corpus))
    assert store.directory.count("account") == before


def test_mailbox_sizes_add_up() -> None:
    import random

    for mailboxes, messages in ((1, 5), (7, 100), (100, 20_000), (10, 3)):
        sizes = mailbox_sizes(random.Random(1), mailboxes, messages)
        assert sum(sizes) == messages and len(sizes) == mailboxes and min(sizes) >= 0
