# Copyright (c) 2026, mailops.zimbra contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Mail from outside: what is refused at the door, what arrives in the mailbox, and how it looks there."""

from __future__ import annotations

import smtplib

import pytest

from zimsim.model.types import JUNK
from zimsim.smtp.testing import SENDER, MailServer, eventually, message


def refusal(server: MailServer, recipient: str) -> str:
    with server.client() as client:
        client.ehlo()
        client.mail(SENDER)
        code, text = client.rcpt(recipient)
    return f"{code} {text.decode()}"


def test_unknown_closed_and_foreign_recipients_are_refused(server: MailServer) -> None:
    closed = server.account("closed@a.test")
    server.directory.modify(closed.id, {"zimbraAccountStatus": "closed"})
    for unknown in ("nobody@a.test", "closed@a.test"):
        assert refusal(server, unknown).startswith(f"550 5.1.1 <{unknown}>: Recipient address rejected: User unknown")
    assert refusal(server, "x@elsewhere.example") == "554 5.7.1 <x@elsewhere.example>: Relay access denied"


def test_a_message_over_the_limit_is_refused_before_and_after_its_data(server: MailServer) -> None:
    server.account("ada@a.test")
    server.directory.modify(server.directory.config.id, {"zimbraMtaMaxMessageSize": "5000"})
    with server.client() as client:
        client.ehlo()
        assert client.esmtp_features["size"] == "5000"
        assert client.mail(SENDER, ["SIZE=5001"])[0] == 552
        client.rset()
        client.mail(SENDER)
        client.rcpt("ada@a.test")
        assert client.data(message("big", "x" * 6000)) == (552, b"5.3.4 Message size exceeds fixed limit")
    assert server.idle()


def test_a_message_that_went_in_circles_is_refused(server: MailServer) -> None:
    server.account("ada@a.test")
    circles = b"".join(b"Received: by host%d.example\r\n" % number for number in range(51))
    with pytest.raises(smtplib.SMTPDataError) as caught:
        server.send(circles + message("loop"), "ada@a.test")
    assert caught.value.smtp_code == 554


def test_the_stored_message_is_what_was_sent_below_the_trace(server: MailServer) -> None:
    ada = server.account("ada@a.test")
    raw = (
        b"From: J\xf6rg <j@outside.example>\r\nSubject: \xfcber\r\nMessage-ID: <8bit@outside.example>\r\n\r\n"
        b"..dots\r\n.\r\n" + b"z" * 200_000 + b"\r\nend\r\n"
    )
    server.send(raw, "ada@a.test")
    eventually(lambda: server.inbox(ada))
    (stored,) = server.bodies(ada)
    assert stored.endswith(b"\r\n" + raw)
    trace = stored[: -len(raw)].decode()
    assert trace.startswith(
        f"Return-Path: {SENDER}\r\nDelivered-To: ada@a.test\r\nReceived: from mail.test (LHLO mail.test)"
    )
    assert "by mail.test (Postfix) with ESMTP id " in trace
    assert "\tfor <ada@a.test>;" in trace
    (item,) = server.inbox(ada)
    assert item.unread
    assert item.size == len(stored)


def test_bare_line_feeds_leave_as_network_lines(server: MailServer) -> None:
    ada = server.account("ada@a.test")
    with server.client() as client:
        client.ehlo()
        client.mail(SENDER)
        client.rcpt("ada@a.test")
        client.putcmd("data")
        client.getreply()
        client.send(b"Subject: unix\nMessage-ID: <lf@outside.example>\n\none\ntwo\r\n.\r\n")
        assert client.getreply()[0] == 250
    eventually(lambda: server.inbox(ada))
    assert server.bodies(ada)[0].endswith(b"Subject: unix\r\nMessage-ID: <lf@outside.example>\r\n\r\none\r\ntwo\r\n")


def test_a_list_s_message_reaches_each_member_once(server: MailServer) -> None:
    ada, ben = server.account("ada@a.test"), server.account("ben@a.test")
    team = server.directory.create("dl", "team@a.test")
    server.directory.add_members(team.id, ["ada@a.test", "ben@a.test"])
    server.directory.add_alias(ada.id, "boss@a.test")
    server.send(message("once"), "team@a.test", "boss@a.test", "ada@a.test")
    eventually(server.idle)
    assert len(server.inbox(ada)) == len(server.inbox(ben)) == 1


def test_what_the_filter_marked_goes_to_junk(server: MailServer) -> None:
    ada = server.account("ada@a.test")
    server.send(b"X-Spam-Flag: YES\r\n" + message("spam"), "ada@a.test")
    eventually(server.idle)
    assert server.inbox(ada) == []
    assert len(server.inbox(ada, JUNK)) == 1


def test_every_accepted_and_delivered_message_is_in_the_journal(server: MailServer) -> None:
    server.account("ada@a.test")
    server.send(message("noted"), "ada@a.test")
    eventually(server.idle)
    lines = [(line["surface"], line["action"], line["target"]) for line in server.part.journal.lines()]
    assert lines == [("smtp", "accept", "ada@a.test"), ("lmtp", "deliver", "ada@a.test")]


def test_the_log_has_the_lines_administrators_look_for(server: MailServer) -> None:
    server.account("ada@a.test")
    refusal(server, "nobody@a.test")
    server.send(message("logged"), "ada@a.test")
    log = server.config.home / "log" / "zimbra.log"
    eventually(lambda: log.read_text().endswith(": removed\n"))
    text = log.read_text()
    assert "NOQUEUE: reject: RCPT from client.example" in text
    assert "cleanup" in text and "message-id=<logged@outside.example>" in text
    assert "to=<ada@a.test>" in text and "status=sent (250 2.1.5 Delivery OK)" in text
