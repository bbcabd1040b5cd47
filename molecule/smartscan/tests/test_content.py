# Copyright (c) 2026, mailops.zimbra contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What was on the Source is on the Destination: every item, once, as it was."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest
from conftest import stores
from testinfra.host import Host

# Accounts of the server itself stay behind: each server has its own.
Accounts = dict[str, dict[str, Any]]


@pytest.fixture(scope="module")
def before(source: Host) -> Accounts:
    return {name: account for name, account in stores(source).items() if not account["system"]}


@pytest.fixture(scope="module")
def after(destination: Host) -> Accounts:
    return stores(destination)


def contents(account: dict[str, Any]) -> Counter[tuple[Any, ...]]:
    """Items by what must survive; ids and versions are each server's own."""
    return Counter(
        (item["type"], item["folder"], item["name"], item["date"], item["size"], item["digest"], item["flags"],
         tuple(sorted(item["tags"])))
        for item in account["items"]
        if not item["old"]
    )  # fmt: skip


def test_there_was_something_to_move(before: Accounts) -> None:
    assert sum(sum(contents(account).values()) for account in before.values()) > 300


def test_every_account_is_there(before: Accounts, after: Accounts) -> None:
    assert sorted(set(before) - set(after)) == []


def test_every_item_is_there_once(before: Accounts, after: Accounts) -> None:
    differing = {}
    for name, account in before.items():
        was, now = contents(account), contents(after[name])
        if was != now:
            missing, extra = list((was - now).elements()), list((now - was).elements())
            differing[name] = {"missing": missing[:5], "too many": extra[:5]}
    assert differing == {}


def test_every_folder_is_there_with_its_grants(before: Accounts, after: Accounts) -> None:
    def folders(account: dict[str, Any]) -> dict[str, int]:
        return {folder["path"]: len(folder["grants"]) for folder in account["folders"]}

    lost = {
        name: sorted(folders(account).items() - folders(after[name]).items())
        for name, account in before.items()
        if folders(account).items() - folders(after[name]).items()
    }
    assert lost == {}


def test_no_blob_is_broken(after: Accounts) -> None:
    assert {name: account["broken"] for name, account in after.items() if account["broken"]} == {}
