# Copyright (c) 2026, mailops.zimbra contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Inventory files: sorted whatever order the records came in, whole or an error."""

from __future__ import annotations

import gzip
import os
import pathlib
import random
import stat
import tracemalloc
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ansible_collections.mailops.zimbra.plugins.module_utils._inventory import iso, sort_key
from ansible_collections.mailops.zimbra.plugins.module_utils._inventory_errors import InventoryFileError
from ansible_collections.mailops.zimbra.plugins.module_utils._inventory_file import (
    InventoryReader,
    InventoryWriter,
    Written,
)


def item(account: str = "a@x.test", key: str = "k", folder: str = "/Inbox", number: int = 300) -> dict[str, Any]:
    return {
        "record": "item",
        "account": account,
        "type": "message",
        "key": key,
        "digest": key,
        "folder": folder,
        "name": "s",
        "date": 1700000000,
        "changed": 1700000000,
        "size": 3,
        "flags": "",
        "tags": [],
        "id": number,
    }


def account(name: str = "a@x.test") -> dict[str, Any]:
    return {"record": "account", "account": name, "id": "uuid", "state": "complete", "problems": []}


def write(path: pathlib.Path, records: list[dict[str, Any]], portion: int = 500, **header: Any) -> Written:
    with InventoryWriter(str(path), portion=portion) as writer:
        for record in records:
            writer.add(record)
        return writer.commit({"server": "mail.test", **header})


def read(path: pathlib.Path) -> list[dict[str, Any]]:
    with InventoryReader(str(path)) as reader:
        return list(reader)


text = st.text(max_size=12)


@settings(max_examples=40, deadline=None)
@given(records=st.lists(st.builds(item, text, text, text, st.integers(0, 10**9)), max_size=30), portion=st.just(300))
def test_any_records_come_back_sorted(
    tmp_path_factory: pytest.TempPathFactory, records: list[dict[str, Any]], portion: int
) -> None:
    path = tmp_path_factory.mktemp("inventory") / "i.jsonl.gz"
    written = write(path, records, portion)
    back = read(path)
    assert written.records == len(records)
    assert [sort_key(one) for one in back] == sorted(sort_key(one) for one in records)


def test_the_file_is_private_and_nothing_else_is_left(tmp_path: pathlib.Path) -> None:
    path = tmp_path / "source.jsonl.gz"
    assert write(path, [item(), account()]).changed
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert os.listdir(tmp_path) == ["source.jsonl.gz"]


def test_the_same_again_changes_nothing(tmp_path: pathlib.Path) -> None:
    path = tmp_path / "i.gz"
    write(path, [item(), account()], taken="one")
    before = path.read_bytes()
    assert not write(path, [account(), item()], taken="two").changed
    assert path.read_bytes() == before
    assert write(path, [account()]).changed


def test_without_commit_the_old_file_stays(tmp_path: pathlib.Path) -> None:
    path = tmp_path / "i.gz"
    write(path, [account()])
    before = path.read_bytes()
    with pytest.raises(RuntimeError), InventoryWriter(str(path)) as writer:
        writer.add(item())
        raise RuntimeError("lost connection")
    assert path.read_bytes() == before
    assert os.listdir(tmp_path) == ["i.gz"]


def test_check_mode_writes_nothing(tmp_path: pathlib.Path) -> None:
    with InventoryWriter(None) as writer:
        writer.add(item())
        assert not writer.commit({}).changed
    assert os.listdir(tmp_path) == []


def test_what_was_superseded_is_gone(tmp_path: pathlib.Path) -> None:
    path = tmp_path / "i.gz"
    with InventoryWriter(str(path), portion=1) as writer:
        for number in (300, 301, 302):
            writer.add(item(number=number))
        writer.supersede("a@x.test", 301)
        writer.supersede("a@x.test", 302)
        writer.add(item(number=302, folder="/Moved"))
        writer.commit({})
    assert [(one["id"], one["folder"]) for one in read(path)] == [(300, "/Inbox"), (302, "/Moved")]


def test_a_missing_directory_is_said(tmp_path: pathlib.Path) -> None:
    with pytest.raises(InventoryFileError, match="No such file"), InventoryWriter(str(tmp_path / "no" / "i.gz")):
        pass


def broken(path: pathlib.Path, change: str) -> None:
    lines = gzip.decompress(path.read_bytes()).splitlines(keepends=True)
    data = path.read_bytes()
    if change == "cut":
        path.write_bytes(data[:-9])
    elif change == "half":
        path.write_bytes(data[: len(data) // 2])
    elif change == "no end":
        path.write_bytes(gzip.compress(b"".join(lines[:-1])))
    elif change == "line gone":
        path.write_bytes(gzip.compress(b"".join(lines[:2] + lines[3:])))
    elif change == "edited":
        path.write_bytes(gzip.compress(b"".join(lines).replace(b'"size":3', b'"size":4', 1)))
    elif change == "order":
        path.write_bytes(gzip.compress(b"".join([lines[0], lines[2], lines[1], *lines[3:]])))
    elif change == "format":
        path.write_bytes(gzip.compress(b"".join(lines).replace(b'"format":1', b'"format":99', 1)))
    elif change == "empty":
        path.write_bytes(b"")
    elif change == "other":
        path.write_bytes(b"<html>")
    elif change == "gone":
        path.unlink()


@pytest.mark.parametrize(
    "change", ["cut", "half", "no end", "line gone", "edited", "order", "format", "empty", "other", "gone"]
)
def test_a_file_that_is_not_whole_is_an_error(tmp_path: pathlib.Path, change: str) -> None:
    path = tmp_path / "i.gz"
    chance = random.Random(1)
    write(path, [item(key=str(chance.random()), number=n) for n in range(300)])
    broken(path, change)
    with pytest.raises(InventoryFileError, match="Take the inventory again"):
        read(path)


def test_memory_does_not_grow_with_the_items(tmp_path: pathlib.Path) -> None:
    path = tmp_path / "i.gz"
    tracemalloc.start()
    with InventoryWriter(str(path), portion=256 * 1024) as writer:
        for number in range(20_000):
            writer.add(item(key=f"{number * 7919 % 20_000:044d}", number=number))
        writer.commit({})
    count = len([None for _ in _records(path)])
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert count == 20_000
    assert peak < 3 * 1024 * 1024


def _records(path: pathlib.Path) -> Any:
    with InventoryReader(str(path)) as reader:
        yield from reader


def test_times() -> None:
    assert (iso(0), iso(1700000000), iso(-1)) == ("", "2023-11-14T22:13:20Z", "1969-12-31T23:59:59Z")
