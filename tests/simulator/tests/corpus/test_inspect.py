# Copyright (c) 2026, mailops.zimbra contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The inspector: what it reads, the damage it finds, the damage it does for tests."""

from __future__ import annotations

import json
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

import pytest

from zimsim import creation, inspect
from zimsim.config import Config
from zimsim.inspect.sent import compare
from zimsim.inspect.stores import Stores, digest_of, flag_letters
from zimsim.model import Item, Mailbox, Store
from zimsim.model.blobs import digest_of as model_digest
from zimsim.model.types import bits_to_flags

ADA = "ada@a.test"


@pytest.fixture
def config(tmp_path: Path) -> Config:
    return creation.create(Config(directory=tmp_path, home=tmp_path / "opt" / "zimbra"))


@pytest.fixture
def store(config: Config) -> Any:
    store = Store(config.home)
    store.directory.create("domain", "a.test")
    for name in ("ada", "ben", "empty"):
        store.directory.create("account", f"{name}@a.test")
    yield store
    store.close()


def mail(name: str, body: str = "text " * 20) -> bytes:
    return f"Subject: {name}\r\nMessage-ID: <{name}@x.test>\r\n\r\n{body}\r\n".encode()


@pytest.fixture
def mailbox(store: Store) -> Mailbox:
    mailbox = store.mailboxes.open(store.directory.get("account", ADA).id)
    for name in ("one", "two", "three"):
        mailbox.add_message(mail(name), 2, date=1_700_000_000_000)
    return mailbox


def run(config: Config, *words: str) -> int:
    parser = ArgumentParser()
    inspect.configure(parser)
    arguments = parser.parse_args([str(config.directory), *words])
    status: int = arguments.run(arguments)
    return status


def names(mailbox: Mailbox) -> list[str | None]:
    return [item.subject for item in mailbox.items(folder_id=2)]


def first(mailbox: Mailbox) -> Item:
    return next(mailbox.items(folder_id=2))


def test_its_own_arithmetic_agrees_with_the_model() -> None:
    for raw in (b"", b"x", bytes(range(256)) * 7):
        assert digest_of(raw) == model_digest(raw)
    for bits in (0, 1 << 9, 0b1111111111111):
        assert flag_letters(bits) == bits_to_flags(bits)


def test_a_line_per_account(config: Config, mailbox: Mailbox, capsys: pytest.CaptureFixture[str]) -> None:
    mailbox.add_document(b"v1", 16, "a.txt", "text/plain", ADA)
    assert run(config) == 0
    lines = capsys.readouterr().out.splitlines()
    assert f"{ADA}: mailbox {mailbox.id}: 1 document, 3 message" in lines
    assert "empty@a.test: no mailbox" in lines


def test_everything_as_json(config: Config, mailbox: Mailbox, capsys: pytest.CaptureFixture[str]) -> None:
    item = mailbox.add_document(b"v1", 16, "a.txt", "text/plain", ADA)
    mailbox.add_revision(item.id, b"v2", "text/plain", ADA)
    assert run(config, "--json", "--account", ADA) == 0
    accounts = json.loads(capsys.readouterr().out)["accounts"]
    assert list(accounts) == [ADA]
    items = accounts[ADA]["items"]
    assert [(each["name"], each["folder"], each["blob"]) for each in items if each["type"] == "message"] == [
        ("one", "/Inbox", "ok"), ("two", "/Inbox", "ok"), ("three", "/Inbox", "ok"),
    ]  # fmt: skip
    assert sorted((each["version"], each["old"]) for each in items if each["type"] == "document") == [
        (1, True),
        (2, False),
    ]
    assert {"path": "/Inbox", "items": 3}.items() <= next(
        each for each in accounts[ADA]["folders"] if each["id"] == 2
    ).items()


def test_an_unknown_account_is_an_error(config: Config, store: Store) -> None:
    with pytest.raises(ValueError, match="no account nobody@a.test"):
        run(config, "--account", "nobody@a.test")


@pytest.mark.parametrize(("damage", "word"), [("missing", "missing"), ("changed", "wrong"), ("longer", "wrong")])
def test_broken_blobs_are_found(
    config: Config, store: Store, mailbox: Mailbox, capsys: pytest.CaptureFixture[str], damage: str, word: str
) -> None:
    item = first(mailbox)
    path = store.blobs.path(mailbox.id, item.id, item.revision)
    if damage == "missing":
        path.unlink()
    else:
        raw = path.read_bytes()
        path.write_bytes(raw + b"!" if damage == "longer" else b"?" + raw[1:])
    assert run(config) == 1
    assert f"blob {word}: /Inbox id {item.id} 'one'" in capsys.readouterr().out
    assert run(config, "--no-blobs") == 0


def test_message_ids_are_counted_in_each_mailbox(
    config: Config, store: Store, mailbox: Mailbox, capsys: pytest.CaptureFixture[str]
) -> None:
    mailbox.add_message(mail("one", "another body"), 5)
    store.mailboxes.open(store.directory.get("account", "ben@a.test").id).add_message(mail("one"), 2)
    assert run(config, "--message-ids", "--json") == 0
    assert json.loads(capsys.readouterr().out)["<one@x.test>"] == {ADA: 2, "ben@a.test": 1}
    run(config, "--message-ids")
    assert capsys.readouterr().out.splitlines() == [
        f"2 times in {ADA}: <one@x.test>", "3 Message-IDs, 1 of them more than once in one mailbox",
    ]  # fmt: skip


def test_tamper_remove(config: Config, mailbox: Mailbox, capsys: pytest.CaptureFixture[str]) -> None:
    size, token = mailbox.size, mailbox.change_token
    gone = next(item for item in mailbox.items(folder_id=2) if item.subject == "two")
    assert run(config, "tamper", "remove", "--account", ADA, "--folder", "/inbox", "--subject", "two") == 0
    assert json.loads(capsys.readouterr().out) == {
        "change": "remove", "account": ADA, "folder": "/inbox", "id": gone.id, "subject": "two", "date": gone.date,
    }  # fmt: skip
    assert names(mailbox) == ["one", "three"]
    assert (mailbox.size, mailbox.change_token) == (size - gone.size, token)
    assert mailbox.tombstones() == []


def test_tamper_truncate_leaves_a_consistent_shorter_message(config: Config, mailbox: Mailbox) -> None:
    before = first(mailbox)
    assert run(config, "tamper", "truncate", "--account", ADA, "--id", str(before.id)) == 0
    after = first(mailbox)
    assert (after.size, after.subject) == (before.size // 2, "one")
    assert after.digest != before.digest
    assert run(config) == 0


def test_tamper_truncate_the_file_alone_is_found_by_the_digest(config: Config, mailbox: Mailbox) -> None:
    before = first(mailbox)
    assert run(config, "tamper", "truncate", "--account", ADA, "--blob-only") == 0
    assert first(mailbox) == before
    assert run(config) == 1


def test_tamper_double(config: Config, mailbox: Mailbox) -> None:
    size = mailbox.size
    assert run(config, "tamper", "double", "--account", ADA, "--subject", "one") == 0
    assert names(mailbox) == ["one", "two", "three", "one"]
    *_, copy = mailbox.items(folder_id=2)
    original = first(mailbox)
    assert (copy.digest, copy.date, mailbox.size) == (original.digest, original.date, size + original.size)
    assert mailbox.blob(copy) == mailbox.blob(original)
    assert run(config) == 0
    assert mailbox.add_message(mail("next"), 2).id > copy.id


@pytest.mark.parametrize(
    ("words", "text"),
    [
        (("--account", ADA, "--folder", "/Nope"), "has no folder /Nope"),
        (("--account", ADA, "--subject", "nope"), "no such message in /Inbox"),
        (("--account", "empty@a.test"), "has no mailbox"),
    ],
)
def test_tampering_with_nothing_is_an_error(
    config: Config, mailbox: Mailbox, words: tuple[str, ...], text: str
) -> None:
    with pytest.raises(ValueError, match=text):
        run(config, "tamper", "remove", *words)
    assert len(names(mailbox)) == 3


def sent(path: Path, *entries: tuple[str, str]) -> Path:
    lines = [{"message_id": f"<{name}@x.test>", "recipient": to, "status": "accepted"} for name, to in entries]
    lines.append({"message_id": "<refused@x.test>", "recipient": ADA, "status": "refused"})
    path.write_text("".join(json.dumps(line) + "\n" for line in lines))
    return path


def test_sent_mail_is_found_lost_or_doubled(config: Config, store: Store, mailbox: Mailbox, tmp_path: Path) -> None:
    directory = store.directory
    team = directory.create("dl", "team@a.test")
    directory.add_members(team.id, [ADA, "ben@a.test"])
    directory.add_alias(directory.get("account", ADA).id, "boss@a.test")
    log = sent(tmp_path / "log", ("one", "boss@a.test"), ("two", "team@a.test"), ("three", ADA), ("four", ADA))
    mailbox.add_message(mail("three", "again"), 5)
    stores = Stores(config.home)
    result = compare(stores, log)
    stores.close()
    assert (result["accepted"], result["found"]) == (4, 2)
    assert result["lost"] == [
        {"message_id": "<two@x.test>", "recipient": "team@a.test", "not_in": ["ben@a.test"]},
        {"message_id": "<four@x.test>", "recipient": ADA, "not_in": [ADA]},
    ]
    assert [each["message_id"] for each in result["doubled"]] == ["<three@x.test>"]
    assert run(config, "--sent", str(log)) == 1
    assert run(config, "--sent", str(sent(tmp_path / "log2", ("one", ADA)))) == 0
