#!/usr/bin/python
# Copyright (c) 2026, mailops.zimbra contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Odd messages, calendars and cards written for this project: each is something that breaks careless tools.

They are part of every fill, beside the fetched corpus, and are all there is when nothing was fetched.
"""

from __future__ import annotations

_LONG = b"0123456789abcdef" * 8192

BUILTIN_MAILS: dict[str, bytes] = {
    "plain": (
        b"From: Ada Berg <ada@example.test>\r\nTo: team@example.test\r\nSubject: Minutes of Monday\r\n"
        b"Date: Mon, 2 Mar 2026 09:30:00 +0100\r\nMessage-ID: <minutes-1@example.test>\r\n\r\n"
        b"We agreed on the new rooms.\r\n"
    ),
    "reply": (
        b"From: Ben Roth <ben@example.test>\r\nTo: ada@example.test\r\nSubject: Re: Minutes of Monday\r\n"
        b"Date: Mon, 2 Mar 2026 10:02:00 +0100\r\nMessage-ID: <minutes-2@example.test>\r\n"
        b"In-Reply-To: <minutes-1@example.test>\r\nReferences: <minutes-1@example.test>\r\n\r\n"
        b"> We agreed on the new rooms.\r\nFine with me.\r\n"
    ),
    "header_8bit": (
        b"From: J\xf6rg <joerg@example.test>\r\nTo: ada@example.test\r\nSubject: Gr\xfc\xdfe aus K\xf6ln\r\n"
        b"Message-ID: <koeln@example.test>\r\nContent-Type: text/plain; charset=iso-8859-1\r\n"
        b"Content-Transfer-Encoding: 8bit\r\n\r\nSch\xf6ne Gr\xfc\xdfe\r\n"
    ),
    "header_mixed_charsets": (
        b"From: \xe5\xb1\xb1\xe7\x94\xb0 <yamada@example.test>\r\nTo: caf\xe9 <cafe@example.test>\r\n"
        b"Subject: =?utf-8?b?w7w=?= =?unknown-8bit?q?=FF?= =?utf-8?q?broken\r\n"
        b"Message-ID: <mixed@example.test>\r\n\r\n?\r\n"
    ),
    "boundary_never_closed": (
        b"From: ada@example.test\r\nSubject: two parts, one end\r\nMessage-ID: <open@example.test>\r\n"
        b'MIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary="b"\r\n\r\n'
        b"--b\r\nContent-Type: text/plain\r\n\r\nfirst\r\n--b\r\nContent-Type: text/html\r\n\r\n<p>second"
    ),
    "boundary_missing": (
        b"From: ada@example.test\r\nSubject: multipart without a boundary\r\nMessage-ID: <nobound@example.test>\r\n"
        b"Content-Type: multipart/alternative\r\n\r\nwhere does it begin?\r\n"
    ),
    "base64_broken": (
        b"From: ada@example.test\r\nSubject: attachment cut off\r\nMessage-ID: <cut@example.test>\r\n"
        b"Content-Type: application/octet-stream; name=x.bin\r\nContent-Transfer-Encoding: base64\r\n\r\n"
        b"SGVsbG8gd29ybGQ\r\n*** not base64 ***\r\nabc"
    ),
    "line_of_131072": (
        b"From: ada@example.test\r\nSubject: one huge line\r\nMessage-ID: <huge@example.test>\r\n\r\n" + _LONG + b"\r\n"
    ),
    "empty_body": (b"From: ada@example.test\r\nSubject: nothing to say\r\nMessage-ID: <empty@example.test>\r\n\r\n"),
    "header_only": b"From: ada@example.test\r\nSubject: no empty line\r\nMessage-ID: <headeronly@example.test>",
    "no_header": b"\r\nA body without any header.\r\n",
    "no_message_id": b"From: ada@example.test\r\nTo: ben@example.test\r\nSubject: anonymous\r\n\r\nno id\r\n",
    "duplicate_id_one": (
        b"From: ada@example.test\r\nSubject: same id, first\r\nMessage-ID: <same@example.test>\r\n\r\none\r\n"
    ),
    "duplicate_id_two": (
        b"From: ben@example.test\r\nSubject: same id, second\r\nMessage-ID: <same@example.test>\r\n\r\ntwo\r\n"
    ),
    "bare_line_feeds": (
        b"From: ada@example.test\nSubject: unix lines\nMessage-ID: <lf@example.test>\n\none\ntwo\n\nlast"
    ),
    "bare_carriage_returns": (
        b"From: ada@example.test\r\nSubject: old lines\r\nMessage-ID: <cr@example.test>\r\n\r\none\rtwo\rthree\r\n"
    ),
    "nul_and_controls": (
        b"From: ada@example.test\r\nSubject: control \x07 characters\r\nMessage-ID: <nul@example.test>\r\n\r\n"
        b"before\x00after\x0b\x1b[0m\r\n"
    ),
    "mbox_from_line": (
        b"From ada@example.test Mon Mar  2 09:30:00 2026\nFrom: ada@example.test\nSubject: an mbox line first\n"
        b"Message-ID: <mbox@example.test>\n\nbody\nFrom here on: not a header\n"
    ),
    "dots": (
        b"From: ada@example.test\r\nSubject: lines of dots\r\nMessage-ID: <dots@example.test>\r\n\r\n"
        b".\r\n..\r\n.x\r\nend\r\n"
    ),
    "date_impossible": (
        b"From: ada@example.test\r\nSubject: when was that?\r\nDate: Thu, 32 Foo 1899 25:61:61 +9999\r\n"
        b"Message-ID: <when@example.test>\r\n\r\n?\r\n"
    ),
    "emoji": (
        "From: Zoë 🦊 <zoe@example.test>\r\nSubject: 🎉 – done\r\nMessage-ID: <emoji@example.test>\r\n"
        "Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: 8bit\r\n\r\n🎉🎉\r\n"
    ).encode(),
}

BUILTIN_CALENDARS: dict[str, bytes] = {
    "plain": (
        b"BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//zimsim//EN\r\nBEGIN:VEVENT\r\nUID:plain@example.test\r\n"
        b"DTSTAMP:20260301T090000Z\r\nDTSTART:20260302T090000Z\r\nDTEND:20260302T100000Z\r\nSUMMARY:Handover\r\n"
        b"END:VEVENT\r\nEND:VCALENDAR\r\n"
    ),
}

BUILTIN_CARDS: dict[str, bytes] = {
    "plain": (
        "BEGIN:VCARD\r\nVERSION:3.0\r\nN:Müller;Änne;;;\r\nFN:Änne Müller\r\nEMAIL;TYPE=WORK:aenne@example.test\r\n"
        "TEL;TYPE=WORK:+49 221 1234\r\nORG:Werk Süd\r\nNOTE:erste Zeile\\nzweite Zeile\r\nEND:VCARD\r\n"
    ).encode(),
}
