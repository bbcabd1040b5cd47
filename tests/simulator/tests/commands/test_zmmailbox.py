# Copyright (c) 2026, mailops.zimbra contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""zmmailbox: listings and errors as recorded (90a to 91h)."""

from __future__ import annotations

import json
from typing import Any

import pytest

from zimsim.commands.zmmailbox.folders import human_size
from zimsim.model import Entry, ItemType, Mailbox
from zimsim.model.items import Grant
from zimsim.model.types import CALENDAR, UNREAD
from zimsim.server import Server

ME = ("-z", "-m", "src@mig.test")


@pytest.fixture
def account(server: Server) -> Entry:
    return server.store.directory.create("account", "src@mig.test", password="geheim123")


@pytest.fixture(autouse=True)
def mailbox(server: Server, account: Entry) -> Mailbox:
    mailbox = server.store.mailboxes.open(account.id)
    mailbox.add_message(b"Subject: one\r\n\r\nx\r\n", 2, flags=UNREAD)
    mailbox.ensure_folder("/Projekte2/2024", view=ItemType.MESSAGE)
    mailbox.create_folder("Ungelesen", kind=ItemType.SEARCH, query="is:unread")
    mailbox.create_folder("Kal", kind=ItemType.MOUNTPOINT, view=11, owner_id="o", owner_name="o@x.test", remote_id=10)
    mailbox.grant(CALENDAR, Grant("", "pub", "r"))
    mailbox.grant(CALENDAR, Grant(account.id, "usr", "rwidx", "src@mig.test"))
    return mailbox


def test_90a_gaf(call: Any) -> None:
    lines = call("zmmailbox", *ME, "gaf").out.splitlines()
    assert lines[:3] == [
        "        Id  View      Unread   Msg Count  Path",
        "----------  ----  ----------  ----------  ----------",
        "         1  unkn           0           0  /",
    ]
    assert "         2  mess           1           1  /Inbox" in lines
    assert any(line.endswith("/Kal (o@x.test:10)") for line in lines)
    assert any(line.endswith("/Ungelesen (is:unread)") for line in lines)
    assert not any("Tags" in line or "Comments" in line for line in lines)
    paths = [line[42:] for line in lines[2:]]
    assert paths == sorted(paths, key=str.casefold)


def test_90b_gaf_v_and_90t_gf(call: Any) -> None:
    root = json.loads(call("zmmailbox", *ME, "gaf", "-v").out)
    assert (root["path"], root["id"], root["parentId"]) == ("/", "1", "11")
    names = {each["name"] for each in root["subFolders"]}
    assert {"Inbox", "Projekte2", "Kal"} <= names
    inbox = json.loads(call("zmmailbox", *ME, "gf", "/Inbox").out)
    assert (inbox["itemCount"], inbox["unreadCount"], inbox["defaultView"]) == (1, 1, "message")


def test_90c_nobody_and_90u_unknown_command(call: Any) -> None:
    nobody = call("zmmailbox", "-z", "-m", "nobody@mig.test", "gaf")
    assert (nobody.status, nobody.err) == (2, "ERROR: account.NO_SUCH_ACCOUNT (no such account: nobody@mig.test)\n")
    unknown = call("zmmailbox", *ME, "foobar")
    assert (unknown.status, unknown.err) == (
        2, "ERROR: zclient.CLIENT_ERROR (Unknown command: (foobar) Type: 'help commands' for a list)\n",
    )  # fmt: skip


def test_90d_size(call: Any, mailbox: Mailbox) -> None:
    assert call("zmmailbox", *ME, "gms").out == f"{mailbox.size} B\n"
    assert call("zmmailbox", *ME, "gms", "-v").out == f"{mailbox.size}\n"
    assert [human_size(size) for size in (900, 1693, 12_800, 3_253_000_000)] == [
        "900 B",
        "1.65 KB",
        "12.50 KB",
        "3.03 GB",
    ]


def test_90n_grants(call: Any) -> None:
    assert call("zmmailbox", *ME, "gfg", "/Calendar").out == (
        "Permissions      Type  Display\n-----------  --------  -------\n"
        "          r    public  \n      rwidx   account  src@mig.test\n"
    )


def test_90q_cf_and_90r_again(call: Any, server: Server) -> None:
    assert call("zmmailbox", *ME, "cf", "/Neu").out.strip().isdigit()
    again = call("zmmailbox", *ME, "cf", "/Neu")
    assert (again.status, again.err) == (2, "ERROR: mail.ALREADY_EXISTS (object with that name already exists: Neu)\n")
    assert [line["action"] for line in server.journal.lines()] == ["create folder"]


def test_90v_lines_from_standard_input(call: Any, mailbox: Mailbox) -> None:
    result = call("zmmailbox", *ME, stdin="gms\ngf /Nope\ngms\n")
    assert result.status == 0
    assert result.err == "ERROR: zclient.CLIENT_ERROR (unknown folder: /Nope)\n"
    size = f"{mailbox.size} B"
    assert result.out == (
        f"mailbox: src@mig.test, size: {size}, messages: 1, unread: 1\nauthenticated as src@mig.test\n"
        f"mbox src@mig.test> gms\n{size}\nmbox src@mig.test> gf /Nope\n"
        f"mbox src@mig.test> gms\n{size}\nmbox src@mig.test> "
    )


def test_90x_and_90y_as_the_user(call: Any) -> None:
    bad = call("zmmailbox", "-m", "src@mig.test", "-p", "bad", "gms")
    assert (bad.status, bad.err) == (2, "ERROR: account.AUTH_FAILED (authentication failed for [src@mig.test])\n")
    assert call("zmmailbox", "-m", "src@mig.test", "-p", "geheim123", "gms").status == 0
    assert call("zmmailbox", "-m", "src@mig.test", "gms").err.startswith(
        "ERROR: zclient.CLIENT_ERROR (-m requires one of"
    )


def test_pru_of_a_missing_file(call: Any) -> None:
    result = call("zmmailbox", *ME, "pru", "//?fmt=tgz", "/nonexistent.tgz")
    assert result.status == 2
    assert result.err == (
        "ERROR: zclient.CLIENT_ERROR (file not found: /nonexistent.tgz)"
        " (cause: java.io.FileNotFoundException /nonexistent.tgz (No such file or directory))\n"
    )
