# Copyright (c) 2026, mailops.zimbra contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The inventory of one mailbox against every way an export can lie."""

from __future__ import annotations

import io
import json
from collections.abc import Callable, Iterable
from typing import Any

import pytest

from ansible_collections.mailops.zimbra.plugins.module_utils._inventory_errors import (
    ExportRefused,
    MailboxUnreadable,
)
from ansible_collections.mailops.zimbra.plugins.module_utils._inventory_mailbox import MailboxInventory, Sink
from ansible_collections.mailops.zimbra.plugins.module_utils._inventory_source import Folder, Mailbox, State
from ansible_collections.mailops.zimbra.tests.unit.plugins.module_utils.archives import (
    mail,
    message,
    recorded_meta,
    tgz,
)

FOLDERS = {2: "/Inbox", 3: "/Trash", 4: "/Junk", 257: "/Privat"}
Item = tuple[str, bytes, bytes | None]


class FakeMailbox(Mailbox):
    """A mailbox in memory: id -> (folder id, archive entry). ``hide`` decides what an export leaves out."""

    def __init__(self, apart: bool = True) -> None:
        self.items: dict[int, tuple[int, Item]] = {}
        self.apart = apart
        self.log: list[tuple[set[int], set[int]]] = []
        self.exports: list[str] = []
        self.hidden: set[int] = set()
        self.broken: Callable[[bytes], bytes] = lambda data: data
        self.between: list[Callable[[], None]] = []
        self.counts: dict[int, int] = {}
        self.empty_answer = False

    def put(self, number: int, folder: int = 2, **changes: Any) -> None:
        entry = message(number, mail(number), FOLDERS[folder], folder_id=folder, **changes)
        self.items[number] = (folder, entry)
        self.log.append(({number}, set()))

    def drop(self, number: int) -> None:
        del self.items[number]
        self.log.append((set(), {number}))

    def folders(self) -> list[Folder]:
        return [
            Folder(
                number,
                path,
                "folder",
                "message",
                self.counts.get(number, sum(where == number for where, _ in self.items.values())),
                [],
                "",
            )
            for number, path in FOLDERS.items()
        ]

    def sync(self, token: str | None = None) -> State:
        start = int(token or 0)
        changed = {number for added, _ in self.log[start:] for number in added}
        gone = {number for _, removed in self.log[start:] for number in removed}
        if token is None:
            changed, gone = set(self.items), set()
        items = {number: ("message", self.items[number][0]) for number in changed & set(self.items)}
        return State(str(len(self.log)), items, dict(FOLDERS) if token is None else {}, {2: 77}, gone)

    def export(self, path: str, content: bool, ids: Iterable[int] = ()) -> Any:
        wanted = list(ids)
        self.exports.append(f"{path} {wanted}" if wanted else path)
        if self.empty_answer:
            return None
        chosen: list[Item] = []
        for number in wanted or sorted(self.items):
            if number not in self.items:
                break
            folder, entry = self.items[number]
            apart = self.apart and folder in (3, 4) and path == "/" and not wanted
            if number not in self.hidden and not apart and (FOLDERS[folder] + "/").startswith(path):
                chosen.append(entry)
        if self.between and not wanted:
            self.between.pop(0)()
        if not chosen and wanted:
            return None
        return io.BytesIO(self.broken(tgz([("Inbox", recorded_meta("folder with grants"), None), *chosen])))

    def describe(self, item_id: int) -> dict[str, Any]:
        return {"name": f"subject {item_id}", "date": 1700000000}


class Records:
    """A sink that keeps what a file would hold in the end."""

    def __init__(self) -> None:
        self.kept: list[dict[str, Any]] = []

    def supersede(self, account: str, number: int) -> None:
        self.kept = [one for one in self.kept if one["record"] != "item" or one["id"] != number]

    @property
    def ids(self) -> list[int]:
        return sorted(one["id"] for one in self.kept if one["record"] == "item")


def take(mailbox: Mailbox, content: bool = True) -> tuple[dict[str, Any], Records]:
    records = Records()
    sink = Sink(lambda record: records.kept.append(record), records.supersede)
    return MailboxInventory(mailbox, "anna@a.test", sink, content).take(), records


@pytest.fixture
def box() -> FakeMailbox:
    mailbox = FakeMailbox()
    for number in range(300, 306):
        mailbox.put(number)
    mailbox.put(306, folder=257)
    return mailbox


def test_everything_is_listed(box: FakeMailbox) -> None:
    found, records = take(box)
    assert (found["state"], found["problems"], found["items"], found["counts"]) == ("complete", [], 7, {"message": 7})
    assert records.ids == list(range(300, 307))
    assert {one["folder"] for one in records.kept if one["record"] == "item"} == {"/Inbox", "/Privat"}
    folder = next(one for one in records.kept if one.get("path") == "/Inbox")
    assert (folder["items"], folder["changed"]) == (6, 77)
    assert box.exports == ["/"]


@pytest.mark.parametrize("apart", [True, False])
def test_trash_and_junk_are_listed_once_on_every_product(box: FakeMailbox, apart: bool) -> None:
    box.apart = apart
    box.put(310, folder=3)
    box.put(311, folder=4)
    found, records = take(box)
    assert (found["state"], records.ids[-2:]) == ("complete", [310, 311])
    assert box.exports == (["/", "/Trash", "/Junk"] if apart else ["/"])


def test_an_empty_mailbox_needs_no_export() -> None:
    mailbox = FakeMailbox()
    found, _ = take(mailbox)
    assert (found["state"], found["items"], mailbox.exports) == ("complete", 0, [])


def test_an_item_that_is_left_out_is_named(box: FakeMailbox) -> None:
    box.hidden = {303}
    found, _ = take(box)
    assert found["state"] == "incomplete"
    assert found["problems"] == [
        {
            "what": "the export left it out",
            "type": "message",
            "folder": "/Inbox",
            "id": 303,
            "name": "subject 303",
            "date": 1700000000,
        }
    ]


def test_an_export_that_ends_early_with_200(box: FakeMailbox) -> None:
    box.hidden = {304, 305, 306}
    found, _ = take(box)
    assert [one["id"] for one in found["problems"]] == [304, 305, 306]


def test_an_empty_answer_is_no_empty_mailbox(box: FakeMailbox) -> None:
    box.empty_answer = True
    found, _ = take(box)
    assert found["state"] == "incomplete"
    assert "HTTP 204" in found["problems"][0]["what"]
    assert len(found["problems"]) == 8


def test_a_truncated_archive_names_what_it_lost(box: FakeMailbox) -> None:
    box.broken = lambda data: data[:-200]
    found, _ = take(box)
    assert found["state"] == "incomplete"
    assert "stops in the middle" in found["problems"][0]["what"]
    assert box.exports == ["/", "/"]
    assert 306 in [one.get("id") for one in found["problems"]]


def test_a_connection_that_broke_once_is_no_problem(box: FakeMailbox) -> None:
    cuts = [200, 0]
    box.broken = lambda data: data[: len(data) - cuts.pop(0)]
    found, records = take(box)
    assert (found["state"], records.ids) == ("complete", list(range(300, 307)))


def test_many_missing_items_are_counted(box: FakeMailbox) -> None:
    for number in range(1000, 1600):
        box.put(number)
    box.hidden = set(range(1000, 1600))
    found, _ = take(box)
    assert len(found["problems"]) == 501
    assert found["problems"][-1]["what"] == "the export left out 100 more items"


def test_damaged_bytes_are_in_the_record(box: FakeMailbox) -> None:
    name, meta, body = message(320, mail(320), folder_id=2)
    box.items[320] = (2, (name, meta, body[:-5]))
    _, records = take(box)
    damaged = [one for one in records.kept if one.get("damage")]
    assert [one["id"] for one in damaged] == [320]
    assert damaged[0]["digest"] != damaged[0]["key"]


def test_mail_that_arrives_meanwhile_is_listed(box: FakeMailbox) -> None:
    box.between = [lambda: box.put(400)]
    found, records = take(box)
    assert (found["state"], 400 in records.ids, found["items"]) == ("complete", True, 8)
    assert box.exports == ["/", "/ [400]"]


def test_what_is_deleted_moved_or_changed_meanwhile(box: FakeMailbox) -> None:
    def busy() -> None:
        box.drop(300)
        box.put(301, folder=257)
        box.put(302, FlagStr="f")
        box.put(401)
        box.drop(401)

    box.between = [busy]
    found, records = take(box)
    assert (found["state"], found["problems"]) == ("complete", [])
    assert records.ids == [301, 302, 303, 304, 305, 306]
    now = {one["id"]: (one["folder"], one["flags"]) for one in records.kept if one["record"] == "item"}
    assert (now[301], now[302]) == (("/Privat", ""), ("/Inbox", "f"))


def test_a_list_that_stops_at_a_vanished_id_is_asked_again(box: FakeMailbox) -> None:
    class Racing(FakeMailbox):
        def export(self, path: str, content: bool, ids: Iterable[int] = ()) -> Any:
            if list(ids) == [400, 401, 402]:
                self.drop(400)
            return super().export(path, content, ids)

    racing = Racing()
    racing.put(300)

    def three_arrive() -> None:
        for number in (400, 401, 402):
            racing.put(number)

    racing.between = [three_arrive]
    found, records = take(racing)
    assert (found["state"], records.ids) == ("complete", [300, 401, 402])
    assert racing.exports[1:] == ["/ [400, 401, 402]", "/ [400]", "/ [401]", "/ [402]"]


def test_a_mailbox_that_never_rests_is_listed_as_it_was_at_one_moment() -> None:
    class Restless(FakeMailbox):
        def export(self, path: str, content: bool, ids: Iterable[int] = ()) -> Any:
            self.put(1000 + len(self.log))
            if len(self.log) == 4:
                self.drop(300)
            return super().export(path, content, ids)

    restless = Restless()
    for number in (300, 301):
        restless.put(number)
    found, records = take(restless)
    assert (found["state"], found["problems"]) == ("complete", [])
    assert 301 in records.ids and 300 not in records.ids
    assert len(records.ids) == found["items"] < len(restless.items)


def test_counts_and_ids_that_disagree(box: FakeMailbox) -> None:
    box.counts = {2: 9}
    found, _ = take(box)
    assert [one["what"] for one in found["problems"]] == ["GetFolder counts 9 items in /Inbox, SyncRequest names 6"]


def test_an_item_nobody_else_knows(box: FakeMailbox) -> None:
    class Ghost(FakeMailbox):
        def sync(self, token: str | None = None) -> State:
            state = super().sync(token)
            state.items.pop(305, None)
            return state

        def folders(self) -> list[Folder]:
            return [one._replace(items=one.items - (one.id == 2)) for one in super().folders()]

    ghost = Ghost()
    for number in (304, 305):
        ghost.put(number)
    found, _ = take(ghost)
    assert found["problems"] == [{"what": "the export lists it, SyncRequest does not", "type": "message", "id": 305}]


@pytest.mark.parametrize("method", ["folders", "sync"])
def test_an_account_in_maintenance(box: FakeMailbox, method: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: Any) -> Any:
        raise MailboxUnreadable("The mailbox cannot be read: account is not active (account.ACCOUNT_INACTIVE).")

    monkeypatch.setattr(box, method, refuse)
    found, _ = take(box)
    assert (found["state"], len(found["problems"])) == ("incomplete", 1)
    assert "ACCOUNT_INACTIVE" in found["problems"][0]["what"]


def test_a_refused_export(box: FakeMailbox, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: Any) -> Any:
        raise ExportRefused("The export of / was refused with HTTP status 500.", status=500)

    monkeypatch.setattr(box, "export", refuse)
    found, _ = take(box)
    assert "HTTP status 500" in found["problems"][0]["what"]
    assert len(found["problems"]) == 8


def test_revisions_of_a_document_are_one_item_of_the_folder() -> None:
    class Briefcase(FakeMailbox):
        def sync(self, token: str | None = None) -> State:
            state = super().sync(token)
            return state._replace(items={number: ("document", folder) for number, (_, folder) in state.items.items()})

        def export(self, path: str, content: bool, ids: Iterable[int] = ()) -> Any:
            old = json.loads(recorded_meta("old revision"))
            now = dict(old, metadata=old["metadata"].replace("veri2e", "veri3e"), flags=4128)
            body = b"%PDF-1.4 zwei zwei"
            entries: list[Item] = [
                ("a-00002.pdf", json.dumps(old).encode(), body),
                ("a-00003.pdf", json.dumps(now).encode(), body),
            ]
            return io.BytesIO(tgz(entries))

    briefcase = Briefcase()
    briefcase.items[277] = (257, ("x", b"", b""))
    found, records = take(briefcase)
    assert (found["state"], found["items"], found["bytes"]) == ("complete", 1, 18)
    assert [(one["revision"], one["name"]) for one in records.kept if one["record"] == "item"] == [
        (2, "bericht-neu.pdf"),
        (3, "bericht-neu.pdf"),
    ]
