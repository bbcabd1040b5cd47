# Copyright (c) 2026, mailops.zimbra contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Recorded answers of real servers, read for the inventory; a whole run over a scripted transport."""

from __future__ import annotations

import pathlib
from typing import Any

import pytest

from ansible_collections.mailops.zimbra.plugins.module_utils._errors import MailopsError, ParameterError, ParseError
from ansible_collections.mailops.zimbra.plugins.module_utils._inventory_accounts import (
    Wanted,
    existing_mailboxes,
    find_accounts,
)
from ansible_collections.mailops.zimbra.plugins.module_utils._inventory_errors import (
    ExportRefused,
    MailboxUnreadable,
)
from ansible_collections.mailops.zimbra.plugins.module_utils._inventory_file import InventoryReader
from ansible_collections.mailops.zimbra.plugins.module_utils._inventory_run import (
    Options,
    shown,
    summary,
    take_inventory,
)
from ansible_collections.mailops.zimbra.plugins.module_utils._inventory_source import SoapMailbox
from ansible_collections.mailops.zimbra.plugins.module_utils._soap import SoapClient
from ansible_collections.mailops.zimbra.tests.unit.plugins.module_utils.archives import mail
from ansible_collections.mailops.zimbra.tests.unit.plugins.module_utils.scripted import (
    RECORDED,
    UNKNOWN,
    client,
    directory,
    server,
    soap,
)


def mailbox(**answers: Any) -> SoapMailbox:
    return SoapMailbox(client(**answers), "anna@a.test", "id-of-anna")


def test_folders_with_mountpoints() -> None:
    folders = {one.path: one for one in mailbox(GetFolderRequest=RECORDED["48f-getfolder-with-links"]).folders()}
    assert (folders["/Kal"].kind, folders["/Kal"].target, folders["/Kal"].items) == ("mountpoint", "src@mig.test", 0)
    assert (folders["/Inbox"].id, folders["/Inbox"].view) == (2, "message")
    assert "/" not in folders


def test_grants_are_compared_by_name() -> None:
    found = [one for one in mailbox(GetFolderRequest=RECORDED["47e-getfolder-acl"]).folders() if one.grants]
    assert [one.grants for one in found] == [
        [
            ["guest", "gast@outside.example", "r"],
            ["guest", "nope@mig.test", "r"],
            ["usr", "other@mig.test", "r"],
        ]
    ]


def test_the_first_sync_names_every_item() -> None:
    state = mailbox(SyncRequest=RECORDED["51a-sync-initial"]).sync()
    assert state.token == "29"
    assert {number: state.items[number] for number in (264, 271, 263)} == dict.fromkeys((264, 271, 263), ("message", 2))
    assert state.items[268] == ("message", 257)
    assert 265 not in state.items, "a conversation is no item"
    assert state.paths[257] == "/Projekte"
    assert state.paths[259] == "/Projekte/2024/Q1"


def test_documents_and_tasks_are_items_too() -> None:
    state = mailbox(SyncRequest=RECORDED["114c-sync-initial"]).sync()
    assert (state.items[277], state.items[263], state.items[280]) == (("document", 258), ("task", 15), ("document", 15))
    assert len(state.items) == 14
    assert state.paths[17] == "/Comments"


def test_a_delta_names_what_changed_and_what_is_gone() -> None:
    state = mailbox(SyncRequest=RECORDED["136g-sync"]).sync("15")
    assert (state.token, state.deleted) == ("20", {265, 260})
    assert state.items == {264: ("document", 3), 258: ("task", 3), 262: ("task", 3)}
    typed = mailbox(SyncRequest=RECORDED["51c-sync-delta-typed"]).sync("29")
    assert (typed.deleted, typed.items) == ({263}, {273: ("message", 2)})


def test_ids_may_carry_their_mailbox() -> None:
    answer = soap(
        '<SyncResponse xmlns="urn:zimbraMail" token="5"><folder id="u-u:1"><folder id="u-u:2" absFolderPath="/Inbox">'
        '<m ids="u-u:257,u-u:258"/></folder></folder></SyncResponse>'
    )
    assert mailbox(SyncRequest=answer).sync().items == {257: ("message", 2), 258: ("message", 2)}


def test_maintenance_is_said_in_the_servers_words() -> None:
    with pytest.raises(MailboxUnreadable, match=r"account is not active.*account\.ACCOUNT_INACTIVE"):
        mailbox(GetFolderRequest=RECORDED["05-maintenance-getfolder-adminport"]).folders()


def test_exports_and_their_status() -> None:
    path = "/service/home/anna@a.test/?fmt=tgz&meta=1&body=0"
    assert mailbox(**{path: (204, b"")}).export("/", False) is None
    stream = mailbox(**{path: b"data"}).export("/", False)
    assert stream is not None and stream.read(9) == b"data"
    for status in (404, 500, 503):
        with pytest.raises(ExportRefused, match=str(status)):
            mailbox(**{path: (status, b"")}).export("/", False)


def test_a_document_is_described() -> None:
    assert mailbox(GetItemRequest=RECORDED["112a-getitem-doc"]).describe(277) == {
        "name": "bericht.pdf",
        "date": 1795264646,
    }


def test_what_is_known_of_a_message_without_blob() -> None:
    metadata = soap(
        '<GetMsgMetadataResponse xmlns="urn:zimbraMail"><m id="x:5" d="1700000000000"><su>Urlaub</su></m>'
        "</GetMsgMetadataResponse>"
    )
    found = mailbox(GetItemRequest=UNKNOWN, GetMsgMetadataRequest=metadata).describe(5)
    assert found == {"name": "Urlaub", "date": 1700000000}
    assert mailbox(GetItemRequest=UNKNOWN, GetMsgMetadataRequest=UNKNOWN).describe(5) == {}


def test_mailboxes_that_exist() -> None:
    found = existing_mailboxes(client(GetAllMailboxesRequest=RECORDED["29v-getallmailboxes"]))
    assert found == {"60693257-bdc5-4011-903c-2ca26f0a3a5a", "fcbefe3c-8e10-4ade-a373-869c90b6f3c6"}
    assert existing_mailboxes(client(GetAllMailboxesRequest=UNKNOWN)) is None


def names(wanted: Wanted) -> list[str]:
    return [account.name for account in find_accounts(directory(), wanted)]


def test_accounts_are_chosen() -> None:
    assert names(Wanted()) == ["anna@a.test", "bert@b.test", "carl@a.test", "spam.x@a.test"]
    assert names(Wanted(domains=["A.test"], skip_system=True)) == ["anna@a.test", "carl@a.test"]
    assert names(Wanted(host="ONE.test")) == ["anna@a.test", "bert@b.test", "spam.x@a.test"]
    assert names(Wanted(accounts=["Bert@b.test"])) == ["bert@b.test"]
    with pytest.raises(ParameterError, match="does not know nobody@x.test"):
        names(Wanted(accounts=["nobody@x.test"]))
    with pytest.raises(ParameterError, match="live on: one.test, two.test"):
        names(Wanted(host="three.test"))


def test_a_directory_that_hides_accounts_is_an_error() -> None:
    with pytest.raises(ParseError, match="counts 5 accounts and lists 4"):
        find_accounts(directory(count=5), Wanted())
    empty = soap('<SearchDirectoryResponse xmlns="urn:zimbraAdmin"/>')
    with pytest.raises(ParseError, match="no account at all"):
        find_accounts(directory(count=0, SearchDirectoryRequest=empty), Wanted())


def test_who_never_had_a_mailbox() -> None:
    assert [one.mailbox for one in find_accounts(directory(), Wanted())] == [True, True, False, False]
    quota = soap('<GetQuotaUsageResponse xmlns="urn:zimbraAdmin"><account id="id-b" used="9"/></GetQuotaUsageResponse>')
    unsure = directory(GetAllMailboxesRequest=UNKNOWN, GetQuotaUsageRequest=quota)
    assert [one.mailbox for one in find_accounts(unsure, Wanted())] == [None, True, None, None]


@pytest.mark.parametrize("parallel", [1, 4])
def test_a_whole_server(tmp_path: pathlib.Path, parallel: int) -> None:
    path = str(tmp_path / "i.gz")
    clients: list[SoapClient] = []

    def connect() -> SoapClient:
        clients.append(server())
        return clients[-1]

    taken = take_inventory(connect, Wanted(), path, {"server": "one.test"}, Options(parallel=parallel))
    assert taken.written.changed
    assert summary(taken.accounts) == {
        "accounts": 4,
        "without_mailbox": 2,
        "incomplete": 0,
        "items": 4,
        "bytes": sum(len(mail(number)) for number in (1, 2)) * 2,
        "folders": 2,
        "types": {"message": 4},
    }
    with InventoryReader(path) as reader:
        records = list(reader)
    assert reader.header["server"] == "one.test"
    assert [one["record"] for one in records if one["account"] == "anna@a.test"] == [
        "account",
        "folder",
        "item",
        "item",
    ]
    assert [one["account"] for one in records if one["record"] == "account"] == [
        "anna@a.test",
        "bert@b.test",
        "carl@a.test",
        "spam.x@a.test",
    ]
    assert len(clients) == min(parallel, 4) + 1
    asked = [name for one in clients for name in one._transport.asked]  # type: ignore[attr-defined] # the script
    assert "GetMailboxRequest" not in asked
    assert not take_inventory(connect, Wanted(), path, {}, Options(parallel=parallel)).written.changed


def test_one_unreadable_mailbox_does_not_stop_the_others(tmp_path: pathlib.Path) -> None:
    closed = {"GetFolderRequest id-A": RECORDED["05-maintenance-getfolder-adminport"]}
    taken = take_inventory(lambda: server(**closed), Wanted(), str(tmp_path / "i"), {}, Options())
    states = {record["account"]: record["state"] for record in taken.accounts}
    assert states["anna@a.test"] == "incomplete" and states["bert@b.test"] == "complete"
    assert "not active" in shown(taken.accounts[0])["problems"][0]["what"]


def test_nobody_is_given_a_mailbox_in_check_mode() -> None:
    quota = soap('<GetQuotaUsageResponse xmlns="urn:zimbraAdmin"><account id="id-b" used="9"/></GetQuotaUsageResponse>')
    script = {"GetAllMailboxesRequest": UNKNOWN, "GetQuotaUsageRequest": quota}
    taken = take_inventory(lambda: server(**script), Wanted(), None, {}, Options(make_mailboxes=False))
    assert [one["state"] for one in taken.accounts] == ["incomplete", "complete", "incomplete", "incomplete"]


def test_an_error_that_is_not_about_one_mailbox_ends_the_task(tmp_path: pathlib.Path) -> None:
    clients = [server()]

    def connect() -> SoapClient:
        if clients:
            return clients.pop()
        raise MailopsError("no more connections")

    with pytest.raises(MailopsError, match="no more connections"):
        take_inventory(connect, Wanted(), str(tmp_path / "i"), {}, Options())
    assert list(tmp_path.iterdir()) == []
