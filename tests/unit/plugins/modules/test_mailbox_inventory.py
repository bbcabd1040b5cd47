# Copyright (c) 2026, mailops.zimbra contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""mailbox_inventory through its main(): options in, a file and numbers out, the password nowhere."""

from __future__ import annotations

import json
import pathlib
from typing import Any

import pytest

from ansible_collections.mailops.zimbra.plugins.module_utils._inventory_file import InventoryReader
from ansible_collections.mailops.zimbra.plugins.modules import mailbox_inventory
from ansible_collections.mailops.zimbra.tests.unit.plugins.module_utils.archives import mail, message, tgz
from ansible_collections.mailops.zimbra.tests.unit.plugins.module_utils.scripted import (
    RECORDED,
    UNKNOWN,
    Scripted,
    script,
)
from ansible_collections.mailops.zimbra.tests.unit.plugins.modules.running import run_main

SECRET = "very-secret-word"


class Case:
    """Runs the module against a scripted server and keeps what was asked of it."""

    def __init__(self, tmp_path: pathlib.Path, capsys: Any, monkeypatch: pytest.MonkeyPatch) -> None:
        self.dest = tmp_path / "inventory.gz"
        self.capsys = capsys
        self.answers: dict[str, Any] = script()
        self.transports: list[Scripted] = []
        monkeypatch.setattr(mailbox_inventory, "HttpTransport", self.transport)

    def transport(self, *_: Any) -> Scripted:
        self.transports.append(Scripted(self.answers))
        return self.transports[-1]

    def run(self, check: bool = False, **options: Any) -> dict[str, Any]:
        base = {"url": "https://mail.test:7071", "admin": "admin@a.test", "password": SECRET, "dest": str(self.dest)}
        return run_main(mailbox_inventory.main, self.capsys, check, **{**base, **options})


@pytest.fixture
def case(tmp_path: pathlib.Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Case:
    return Case(tmp_path, capsys, monkeypatch)


def test_a_server_is_listed(case: Case) -> None:
    result = case.run()
    assert result["changed"] and result["incomplete"] == []
    assert (result["counts"]["accounts"], result["counts"]["items"], result["counts"]["without_mailbox"]) == (4, 4, 2)
    assert [one["account"] for one in result["accounts"]] == [
        "anna@a.test",
        "bert@b.test",
        "carl@a.test",
        "spam.x@a.test",
    ]
    with InventoryReader(str(case.dest)) as reader:
        assert len([one for one in reader if one["record"] == "item"]) == 4
    assert (reader.header["content"], reader.header["server"]) == ("full", "https://mail.test:7071")
    assert SECRET not in json.dumps({**result, "invocation": None})
    assert not case.run()["changed"]


def test_check_mode_reads_and_writes_nothing(case: Case) -> None:
    result = case.run(check=True)
    assert (result["counts"]["items"], case.dest.exists(), result["changed"]) == (4, False, False)


def test_check_mode_gives_nobody_a_mailbox(case: Case) -> None:
    case.answers["GetAllMailboxesRequest"] = UNKNOWN
    case.answers["GetQuotaUsageRequest"] = case.answers["nobody uses space"]
    assert len(case.run(check=True)["incomplete"]) == 4
    asked = [name for transport in case.transports for name in transport.asked]
    assert "GetFolderRequest" not in asked


def test_an_unreadable_account_is_named_with_the_reason(case: Case) -> None:
    case.answers["GetFolderRequest id-A"] = RECORDED["05-maintenance-getfolder-adminport"]
    result = case.run()
    assert (result["incomplete"], result["accounts"][0]["problem_count"]) == (["anna@a.test"], 1)
    assert "account.ACCOUNT_INACTIVE" in result["accounts"][0]["problems"][0]["what"]


def test_metadata_only(case: Case) -> None:
    for name in ("anna@a.test", "bert@b.test"):
        archive = tgz([message(257, mail(1)), message(258, mail(2))])
        case.answers[f"/service/home/{name}/?fmt=tgz&meta=1&body=0"] = archive
    assert case.run(content="metadata")["counts"]["items"] == 4
    asked = [path for transport in case.transports for path in transport.asked if path.startswith("/")]
    assert all(path.endswith("&body=0") for path in asked) and len(asked) == 2


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"parallel": 0}, "parallel=0 must be between 1 and 64"),
        ({"accounts": ["nobody@a.test"]}, "the directory does not know nobody@a.test"),
        ({"mail_host": "three.test"}, "mail_host three.test"),
        ({"dest": "/nowhere/at/all/file"}, "Cannot write next to /nowhere/at/all/file"),
    ],
)
def test_what_cannot_be_done_is_said(case: Case, options: dict[str, Any], words: str) -> None:
    result = case.run(**options)
    assert result["failed"] and words in result["msg"]


def test_only_some(case: Case) -> None:
    result = case.run(domains=["a.test"], skip_system_accounts=True)
    assert [one["account"] for one in result["accounts"]] == ["anna@a.test", "carl@a.test"]
    assert [one["account"] for one in case.run(mail_host="two.test")["accounts"]] == ["carl@a.test"]
