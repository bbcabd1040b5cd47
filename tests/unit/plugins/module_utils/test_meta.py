# Copyright (c) 2026, mailops.zimbra contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The .meta of every kind of item, as a real server wrote it."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.mailops.zimbra.plugins.module_utils._inventory_errors import MetaError
from ansible_collections.mailops.zimbra.plugins.module_utils._meta import bdecode, parse_meta
from ansible_collections.mailops.zimbra.tests.unit.plugins.module_utils.archives import RECORDED, recorded_meta


def bencode(value: Any) -> str:
    if isinstance(value, int):
        return f"i{value}e"
    if isinstance(value, str):
        return f"{len(value.encode('utf-16-le', 'surrogatepass')) // 2}:{value}"
    if isinstance(value, list):
        return "l" + "".join(bencode(item) for item in value) + "e"
    return "d" + "".join(bencode(key) + bencode(value[key]) for key in sorted(value)) + "e"


values = st.recursive(
    st.integers(-(2**63), 2**63 - 1) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=5), inner, max_size=4),
    max_leaves=12,
)


@given(values)
def test_everything_encoded_is_decoded(value: Any) -> None:
    assert bdecode(bencode(value)) == value


@pytest.mark.parametrize("text", ["", "i5", "ie", "ixe", "5:abc", "d1:a", "x", "i5ei6e", "l" * 200, "d1:ai1e"])
def test_broken_metadata_is_an_error_never_a_part_of_the_truth(text: str) -> None:
    with pytest.raises(MetaError):
        bdecode(text)


def test_lengths_in_utf8_bytes_are_understood_too() -> None:
    assert bdecode("d1:n7:Müllere".replace("7:", "7:")) == {"n": "Müller"}


def test_a_message() -> None:
    meta = parse_meta(recorded_meta("message"))
    assert (meta.type, meta.id, meta.path, meta.name, meta.size) == ("message", 264, "/Inbox", "Erste", 212)
    assert meta.blob_digest == "PpDTpTt,aRSwPiit,2vK6oWf7Hg5Wfk6gchIKOS5sMQ="
    assert (meta.flags, meta.tags, meta.fields_digest) == ("f", (), None)


def test_tags_are_names() -> None:
    assert parse_meta(recorded_meta("message tagged")).tags == ("neu", "tag2")


@pytest.mark.parametrize("change", [{"unread": 1}, {"FlagStr": "uf"}, {"unread": 1, "FlagStr": "fu"}])
def test_unread_is_one_flag_however_it_is_said(change: dict[str, Any]) -> None:
    record = dict(json.loads(recorded_meta("message")), **change)
    assert parse_meta(json.dumps(record).encode()).flags == "fu"


def test_an_appointment_is_known_by_its_uid() -> None:
    meta = parse_meta(recorded_meta("appointment"))
    assert (meta.type, meta.path, meta.uid) == ("appointment", "/Calendar", "e97dd659-803b-4a44-a576-0e22c613e5fd")


@pytest.mark.parametrize("name", ["11 termin", "6 Anna", "6 Gr"])
def test_the_copy_a_real_import_made_has_the_same_digest(name: str) -> None:
    # recorded: an export of 8.8.15, imported into another server (resolve=modify, twice) and exported again
    known = [key for key in RECORDED if key.startswith("source ") and key.split(" ", 1)[1].lower() == name.lower()]
    source = known[0] if known else "source " + name
    first = parse_meta(recorded_meta(source))
    second = parse_meta(recorded_meta(source.replace("source", "destination")))
    assert first.metadata != second.metadata or first.id != second.id
    assert first.fields_digest == second.fields_digest
    assert first.fields_digest


def changed(name: str, old: str, new: str) -> str | None:
    text = recorded_meta(name).decode()
    assert old in text
    return parse_meta(text.replace(old, new).encode()).fields_digest


@pytest.mark.parametrize(
    ("name", "old", "new"),
    [
        ("appointment", "6:Raum 1", "6:Raum 2"),
        ("appointment", "FREQ=WEEKLY;COUNT=3", "FREQ=WEEKLY;COUNT=4"),
        ("task", "8:pctcompl2:50", "8:pctcompl2:60"),
        ("contact", "6:Müster", "6:Muster"),
        ("contact group", "14:b@example.test", "14:c@example.test"),
    ],
)
def test_what_a_person_would_miss_changes_the_digest(name: str, old: str, new: str) -> None:
    assert changed(name, old, new) != parse_meta(recorded_meta(name)).fields_digest


@pytest.mark.parametrize(
    ("name", "old", "new"),
    [
        ("appointment", "3:midi276e", "3:midi99999e"),
        ("appointment", "1:ii276e", "1:ii7e"),
        ("appointment", "5:mdveri2e", "5:mdveri9e"),
        ("appointment", "7:lastModi1795258077000e", "7:lastModi1795258099000e"),
        ("task", "2:iti15e", "2:iti11e"),
        ("task", "1:vi10e", "1:vi12e"),
    ],
)
def test_what_every_server_numbers_for_itself_does_not(name: str, old: str, new: str) -> None:
    assert changed(name, old, new) == parse_meta(recorded_meta(name)).fields_digest


def test_a_member_that_points_at_a_local_contact_is_counted_not_compared() -> None:
    group = "d3:fldd11:groupMember{0}:{1}8:nickname6:Gruppe4:type5:groupe1:vi10ee"

    def digest(*members: tuple[str, str]) -> str | None:
        inner = bencode({"m": [{"t": kind, "v": value} for kind, value in members]})
        record = dict(json.loads(recorded_meta("contact group")), metadata=group.format(len(inner), inner))
        return parse_meta(json.dumps(record).encode()).fields_digest

    assert digest(("C", "257"), ("I", "a@x.test")) == digest(("I", "a@x.test"), ("C", "9001"))
    assert digest(("C", "257")) != digest(("C", "257"), ("C", "258"))


def test_documents_know_their_revision_and_folder() -> None:
    old = parse_meta(recorded_meta("old revision"))
    assert (old.path, old.name, old.revision, old.current) == ("/Briefcase/Ablage", "bericht-neu.pdf", 2, False)
    assert old.flags == "f"
    now = parse_meta(recorded_meta("document"))
    assert (now.path, now.name, now.revision, now.current) == ("/Tasks", "intasks.txt", 1, True)


def test_a_folder_keeps_its_own_path() -> None:
    assert parse_meta(recorded_meta("folder with grants")).path == "/Calendar"


@pytest.mark.parametrize("data", [b"", b"[]", b"{", b'{"type": 5}', b'{"type":"x","id":1,"folder_id":2}', b"\xff"])
def test_anything_else_is_an_error(data: bytes) -> None:
    with pytest.raises(MetaError):
        parse_meta(data)
