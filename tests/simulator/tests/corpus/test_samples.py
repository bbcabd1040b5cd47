# Copyright (c) 2026, mailops.zimbra contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Reading cards and calendars, and what the generator makes of a real message."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from zimsim.corpus.calendars import calendar_item, made_up_appointment, parse_calendar
from zimsim.corpus.cards import group_item, parse_card
from zimsim.corpus.compose import Composer, Envelope, local_time, split_content
from zimsim.corpus.mails import NEWEST_MS
from zimsim.corpus.samples import Corpus, Sample, load_corpus
from zimsim.corpus.words import Person, ascii_local_part, make_people
from zimsim.model import bencode, mime

SERIES = (
    b"BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\nUID:u1\r\nSUMMARY:Weekly\r\n  meeting\r\n"
    b"DTSTART;TZID=Europe/Berlin:20260302T090000\r\n"
    b"DTEND;TZID=Europe/Berlin:20260302T100000\r\nRRULE:FREQ=WEEKLY\r\nEND:VEVENT\r\nBEGIN:VEVENT\r\nUID:u1\r\n"
    b"RECURRENCE-ID;TZID=Europe/Berlin:20260309T090000\r\nSUMMARY:Moved\r\nDTSTART:20260309T120000Z\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n"
)


def test_a_corpus_that_was_not_fetched_is_named(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match="zimsim.corpus.fetch"):
        load_corpus(tmp_path)


def test_the_own_samples_are_odd_enough(corpus: Corpus) -> None:
    data = [sample.data for sample in corpus.mails]
    assert any(max(map(len, each.split(b"\n"))) > 100_000 for each in data)
    assert any(b"\x00" in each for each in data)
    assert any(not each.isascii() for each in data)
    assert any(each.endswith(b"\r\n\r\n") for each in data)
    ids = [mime.facts(each).message_id for each in data]
    assert any(ids.count(each) > 1 for each in ids if each)
    assert "" in ids


def test_folded_and_escaped_cards() -> None:
    card = (
        b"BEGIN:VCARD\r\nN:M\\;x;A;;;\r\nitem1.EMAIL:a@b.test\r\nEMAIL:c@d.test\r\nNOTE:one\\n\r\n two\r\n"
        b"END:VCARD\r\nFN:no\r\n"
    )
    assert parse_card(card) == {
        "lastName": "M;x",
        "firstName": "A",
        "email": "a@b.test",
        "email2": "c@d.test",
        "notes": "one\ntwo",
    }


def test_a_group_s_members_are_in_its_metadata() -> None:
    fields = bencode.decode(group_item(7, "Runde", ["a@b.test"], 0).metadata)["fld"]
    assert isinstance(fields, dict)
    assert fields["type"] == "group"
    assert bencode.decode(str(fields["groupMember"])) == {"m": [{"t": "I", "v": "a@b.test"}], "v": 10}


def test_a_series_with_its_exception() -> None:
    item = parse_calendar(Sample("s.ics", SERIES))
    assert item is not None
    assert [component.summary for component in item.components] == ["Weekly meeting", "Moved"]
    assert item.components[0].start == "TZID=Europe/Berlin:20260302T090000"
    new = calendar_item(item, 10, 300, "a@b.test", NEWEST_MS)
    metadata = bencode.decode(new.metadata)
    assert {"inv0", "inv1", "apptRecur"} <= metadata.keys()
    assert new.raw is not None and new.raw.count(SERIES) == 2 and b"invId: 300" in new.raw


def test_a_file_without_events_gives_no_item() -> None:
    assert parse_calendar(Sample("x", b"BEGIN:VCALENDAR\r\nEND:VCALENDAR\r\n")) is None


def test_made_up_appointments_have_the_length_the_summary_says() -> None:
    rng = random.Random(1)
    made = [made_up_appointment(rng, local_time(NEWEST_MS, rng), "a@b.test") for _ in range(40)]
    assert {len(each.components) for each in made} == {1, 3}


def test_a_borrowed_body_keeps_its_bytes() -> None:
    raw = b"From: x\nContent-Type: multipart/mixed;\n boundary=b\nSubject: y\nMIME-Version: 1.0\n\n--b\n\xff\x00\n--b--"
    content, body = split_content(raw)
    assert content == b"Content-Type: multipart/mixed;\n boundary=b\r\nMIME-Version: 1.0\r\n"
    assert body == b"--b\n\xff\x00\n--b--"


def test_composed_messages_are_their_own(corpus: Corpus) -> None:
    rng = random.Random(1)
    composer = Composer(corpus.mails, rng)
    ada, ben = Person("Ada Ä", "ada@a.test"), Person("Ben", "ben@b.test")
    seen = set()
    for number in range(60):
        envelope = Envelope(f"<{number}@a.test>", ada, (ben,), "Grüße", local_time(NEWEST_MS, rng), ("<first@a.test>",))
        facts = mime.facts(composer.compose(envelope, rng))
        assert (facts.message_id, facts.subject, facts.date) == (f"<{number}@a.test>", "Grüße", NEWEST_MS)
        assert facts.references[-1] == "<first@a.test>"
        seen.add(facts.has_attachment)
    assert seen == {True, False}


def test_people_have_distinct_plain_addresses() -> None:
    people = make_people(random.Random(1), ["a.test", "b.test"], 500)
    assert len({each.address for each in people}) == 500
    assert all(each.address.isascii() for each in people)
    assert ascii_local_part("Jörg Faßbender") == "jorg.fassbender"
