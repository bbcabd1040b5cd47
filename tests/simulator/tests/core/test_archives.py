#!/usr/bin/python
# Copyright (c) 2026, mailops.zimbra contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Archives out and in: what one server exports another one takes, with the platform's silences."""

from __future__ import annotations

import http.client
import io
import json
import tarfile
import uuid

import pytest

from zimsim.faults import Faults
from zimsim.rest.archive import cleaned, numbered

from .conftest import Running

Entries = dict[str, tuple[str, bytes]]


def entries(raw: bytes) -> Entries:
    found: Entries = {}
    with tarfile.open(fileobj=io.BytesIO(raw)) as archive:
        for info in archive:
            stream = archive.extractfile(info)
            found[info.name] = (info.gname, stream.read() if stream else b"")
    return found


def accounts(running: Running, *names: str) -> tuple[str, ...]:
    """Fresh accounts in a domain of their own."""
    domain = f"d{uuid.uuid4().hex[:8]}.test"
    running.soap(f'<CreateDomainRequest xmlns="urn:zimbraAdmin"><name>{domain}</name></CreateDomainRequest>')
    made = []
    for name in names:
        address = f"{name}@{domain}"
        running.soap(
            f'<CreateAccountRequest xmlns="urn:zimbraAdmin"><name>{address}</name><password>geheim123</password>'
            "</CreateAccountRequest>"
        )
        made.append(address)
    return tuple(made)


def add(running: Running, account: str, number: int, folder: str = "2") -> None:
    running.soap(
        f'<AddMsgRequest xmlns="urn:zimbraMail"><m l="{folder}" f="uf" tn="neu" d="17041032{number:02d}000">'
        f"<content>Message-ID: &lt;{number}@x&gt;\nSubject: Nachricht {number}\n\nText\n</content></m></AddMsgRequest>",
        account=account,
    )


def told(body: bytes) -> str:
    return body.decode().split("window.parent.cb('")[1].split("'")[0]


def test_there_and_back(running: Running) -> None:
    source, destination = accounts(running, "src", "dst")
    for number in range(5):
        add(running, source, number)
    folder = '<folder name="/A/B" view="message" color="3"/>'
    running.soap(f'<CreateFolderRequest xmlns="urn:zimbraMail">{folder}</CreateFolderRequest>', account=source)
    add(running, source, 9, "/A/B")
    tag = '<tag name="Rot" color="1"/>'
    running.soap(f'<CreateTagRequest xmlns="urn:zimbraMail">{tag}</CreateTagRequest>', account=source)
    running.rest("PUT", f"{source}/Briefcase/x.txt", b"one", {"Content-Type": "text/plain"})
    running.rest("PUT", f"{source}/Briefcase/x.txt", b"two", {"Content-Type": "text/plain"})
    whole = running.rest("GET", f"{source}/?fmt=tgz&meta=1").body
    for resolve in ("skip", "skip", "modify", "replace"):
        reply = running.rest("POST", f"{destination}/?fmt=tgz&resolve={resolve}&callback=cb", whole)
        assert (reply.status, told(reply.body)) == (200, "success")
    back = entries(running.rest("GET", f"{destination}/?fmt=tgz&meta=1").body)
    sent = entries(whole)
    assert len(back) == len(sent) == 18 + 12 + 1 + 4
    contents = sorted((group, data) for name, (group, data) in sent.items() if not name.endswith(".meta"))
    assert contents == sorted((group, data) for name, (group, data) in back.items() if not name.endswith(".meta"))
    for name, (_, data) in sent.items():
        if name.endswith("Nachricht 9.eml.meta"):
            first = json.loads(data)
    second = next(json.loads(data) for name, (_, data) in back.items() if name.endswith("Nachricht 9.eml.meta"))
    for key in ("flags", "FlagStr", "unread", "TagNames", "date", "blob_digest", "size", "subject", "Path"):
        assert first[key] == second[key]
    assert (first["FlagStr"], first["flags"], first["unread"]) == ("fu", 32, 1)


def test_a_truncated_archive_is_told_only_to_a_callback(running: Running) -> None:
    source, first, second = accounts(running, "src", "one", "two")
    for number in range(20):
        add(running, source, number)
    whole = running.rest("GET", f"{source}/?fmt=tgz&meta=1").body
    part = whole[: len(whole) // 2]
    silent = running.rest("POST", f"{first}/?fmt=tgz", part)
    assert (silent.status, silent.body) == (200, b"")
    told_off = running.rest("POST", f"{second}/?fmt=tgz&callback=cb", part)
    assert (told_off.status, told(told_off.body)) == (200, "warn")
    assert b"Error reading file" in told_off.body


def test_garbage(running: Running) -> None:
    (account,) = accounts(running, "dst")
    assert running.rest("POST", f"{account}/?fmt=tgz", b"this is not a tgz").status == 500
    reply = running.rest("POST", f"{account}/?fmt=tgz&callback=cb", b"this is not a tgz")
    assert (reply.status, told(reply.body)) == (200, "fail")
    assert running.rest("POST", f"{account}/?fmt=tgz&resolve=bogus", b"x").status == 500


def test_quota_stops_an_import(running: Running) -> None:
    source, destination = accounts(running, "src", "dst")
    for number in range(10):
        add(running, source, number)
    whole = running.rest("GET", f"{source}/?fmt=tgz&meta=1").body
    who = f'<account by="name">{destination}</account>'
    found = running.soap(f'<GetAccountRequest xmlns="urn:zimbraAdmin">{who}</GetAccountRequest>')
    quota = f'<id>{found[0].get("id")}</id><a n="zimbraMailQuota">200</a>'
    running.soap(f'<ModifyAccountRequest xmlns="urn:zimbraAdmin">{quota}</ModifyAccountRequest>')
    reply = running.rest("POST", f"{destination}/?fmt=tgz&callback=cb", whole)
    assert told(reply.body) == "warn"
    assert b"mail.QUOTA_EXCEEDED" in reply.body


def test_reset_deletes_what_is_not_in_the_archive(running: Running) -> None:
    source, destination = accounts(running, "src", "dst")
    add(running, source, 1)
    add(running, destination, 2)
    whole = running.rest("GET", f"{source}/?fmt=tgz&meta=1").body
    running.rest("POST", f"{destination}/?fmt=tgz&resolve=reset&callback=cb", whole)
    names = entries(running.rest("GET", f"{destination}/Inbox?fmt=tgz&meta=0").body)
    assert [name.partition("-")[2] for name in names] == ["Nachricht 1.eml"]


def test_a_message_without_its_blob_is_left_out(running: Running) -> None:
    (account,) = accounts(running, "src")
    add(running, account, 1)
    add(running, account, 2)
    newest = max(running.home.joinpath("store/0").iterdir(), key=lambda path: int(path.name))
    (blob,) = [path for path in newest.glob("msg/0/*.msg") if b"Nachricht 1" in path.read_bytes()]
    blob.unlink()
    names = entries(running.rest("GET", f"{account}/Inbox?fmt=tgz&meta=0").body)
    assert [name.partition("-")[2] for name in names] == ["Nachricht 2.eml"]


@pytest.mark.parametrize("fault", ["empty_export", "export_ends_early", "truncated_export"])
def test_exports_that_lie(running: Running, fault: str) -> None:
    (account,) = accounts(running, "src")
    for number in range(10):
        add(running, account, number)
    faults = Faults(running.home / ".zimsim" / "faults.json")
    faults.set(fault, {"count": 1, "after": 5})
    reply = running.rest("GET", f"{account}/Inbox?fmt=tgz&meta=1")
    assert faults.list() == {}
    if fault == "empty_export":
        assert reply.status == 204
    elif fault == "export_ends_early":
        assert (reply.status, len(entries(reply.body))) == (200, 5)
    else:
        assert reply.status == 200
        with pytest.raises((tarfile.TarError, EOFError)):
            entries(reply.body)
    assert len(entries(running.rest("GET", f"{account}/Inbox?fmt=tgz&meta=1").body)) == 21


def test_a_client_that_takes_gzip_gets_it_twice(running: Running) -> None:
    (account,) = accounts(running, "src")
    add(running, account, 1)
    reply = running.rest("GET", f"{account}/Inbox?fmt=tgz", headers={"Accept-Encoding": "gzip"})
    assert reply.headers["content-encoding"] == "gzip"
    assert reply.body[:2] == b"\x1f\x8b"


@pytest.mark.parametrize(
    ("name", "written"),
    [
        ('Schräg/Strich: *?"<>|', "Schräg_Strich_ ______"),
        ("Punkt am Ende.", "Punkt am Ende"),
        ("  Leer ", "  Leer"),
        ("x" * 300, "x" * 120),
    ],
)
def test_names_of_entries(name: str, written: str) -> None:
    assert cleaned(name) == written


@pytest.mark.parametrize(
    ("name", "written"),
    [("Notiz.txt", "Notiz-00002.txt"), ("ohneendung", "ohneendung-00002"), ("lang.jpeg1", "lang.jpeg1-00002")],
)
def test_names_of_versions(name: str, written: str) -> None:
    assert numbered(name, 2) == written


def test_a_fault_takes_a_blob_away(running: Running) -> None:
    (account,) = accounts(running, "src")
    add(running, account, 1)
    add(running, account, 2)
    faults = Faults(running.home / ".zimsim" / "faults.json")
    faults.set("missing_blob", {"account": account, "item": 258})
    try:
        names = entries(running.rest("GET", f"{account}/Inbox?fmt=tgz&meta=0").body)
        answer = running.soap('<GetMsgRequest xmlns="urn:zimbraMail"><m id="258"/></GetMsgRequest>', account=account)
    finally:
        faults.clear()
    assert list(names) == ["Inbox/0000000259-Nachricht 2.eml"]
    assert answer.findtext(".//{*}Code/{*}Value") == "soap:Receiver"


def test_a_dropped_connection(running: Running) -> None:
    (account,) = accounts(running, "src")
    add(running, account, 1)
    Faults(running.home / ".zimsim" / "faults.json").set("drop_connection", {"count": 1, "after": 50})
    with pytest.raises((http.client.HTTPException, ConnectionError)):
        running.rest("GET", f"{account}/Inbox?fmt=tgz")
    assert running.rest("GET", f"{account}/Inbox?fmt=tgz").status == 200
