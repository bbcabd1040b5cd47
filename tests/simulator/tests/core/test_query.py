#!/usr/bin/python
# Copyright (c) 2026, mailops.zimbra contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The search language."""

from __future__ import annotations

import pytest

from zimsim import query
from zimsim.model import Mailbox, ServiceError
from zimsim.model.types import INBOX, TRASH, UNREAD


@pytest.fixture
def filled(mailbox: Mailbox) -> Mailbox:
    mailbox.add_message(b"Message-ID: <1@x>\r\nFrom: b@x.test\r\nSubject: Rechnung eins\r\n\r\n", INBOX, flags=UNREAD)
    mailbox.add_message(b"From: c@x.test\r\nSubject: zwei\r\n\r\n", TRASH, date=1704103200000)
    mailbox.add_message(b"Subject: drei\r\n\r\n", mailbox.ensure_folder("/A B/C").id, tags=["neu"])
    return mailbox


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("", [257, 260]),
        ("is:anywhere", [257, 258, 260]),
        ("is:local", [257, 260]),
        ("in:inbox", [257]),
        ('in:"/A B"', []),
        ('under:"/A B"', [260]),
        ("in:Trash", [258]),
        ("inid:3", [258]),
        ("is:unread", [257]),
        ("subject:rechnung", [257]),
        ("from:b@x.test or tag:neu", [257, 260]),
        ("not is:unread", [260]),
        ("-is:unread is:anywhere", [258, 260]),
        ('msgid:"<1@x>"', [257]),
        ("(subject:eins and from:b) or subject:drei", [257, 260]),
        ("date:01/01/2024 is:anywhere", [258]),
        ("before:01/01/2025 is:anywhere", [258]),
        ("eins", [257]),
    ],
)
def test_finds(filled: Mailbox, text: str, found: list[int]) -> None:
    parsed = query.parse(text, filled, trash=False, spam=False)
    ids = {item.subject: item.id for item in filled.items()}
    names = {ids["Rechnung eins"]: 257, ids["zwei"]: 258, ids["drei"]: 260}
    assert [names[item.id] for item in filled.items() if parsed.test(item)] == found


@pytest.mark.parametrize("text", ["((", ")", "a or", "nope:x", "not"])
def test_refused(filled: Mailbox, text: str) -> None:
    with pytest.raises(ServiceError) as refused:
        query.parse(text, filled, trash=True, spam=True)
    assert refused.value.code == "mail.QUERY_PARSE_ERROR"


def test_no_such_folder(filled: Mailbox) -> None:
    with pytest.raises(ServiceError) as refused:
        query.parse("in:nope", filled, trash=True, spam=True)
    assert refused.value.text == "no such folder path: //nope"
