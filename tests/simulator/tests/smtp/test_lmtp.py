# Copyright (c) 2026, mailops.zimbra contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The mailbox server's own door: answers by the state of the account (zimbra-operations.md 6.4)."""

from __future__ import annotations

import smtplib

import pytest

from zimsim.smtp.testing import SENDER, MailServer, message


class Client(smtplib.SMTP):
    ehlo_msg = "lhlo"


def connect(server: MailServer) -> Client:
    client = Client(server.config.address, server.config.ports["lmtp"], "mta.test", 20)
    client.ehlo()
    client.mail(SENDER)
    return client


@pytest.mark.parametrize(
    ("status", "answer"),
    [
        ("active", (250, b"2.1.5 Recipient OK")),
        ("locked", (250, b"2.1.5 Recipient OK")),
        ("maintenance", (450, b"4.2.1 Mailbox disabled, not accepting messages")),
        ("closed", (550, b"5.1.1 No such user here")),
        ("pending", (550, b"5.1.1 No such user here")),
    ],
)
def test_recipient(server: MailServer, status: str, answer: tuple[int, bytes]) -> None:
    ada = server.account("ada@a.test")
    server.directory.modify(ada.id, {"zimbraAccountStatus": status})
    with connect(server) as client:
        assert client.rcpt("ada@a.test") == answer


def test_unknown_recipient(server: MailServer) -> None:
    with connect(server) as client:
        assert client.rcpt("nobody@nowhere.test") == (550, b"5.1.1 No such user here")


def test_one_answer_for_each_recipient(server: MailServer) -> None:
    ada, ben = server.account("ada@a.test"), server.account("ben@a.test")
    server.directory.modify(ben.id, {"zimbraMailQuota": "10"})
    with connect(server) as client:
        client.rcpt("ada@a.test")
        client.rcpt("ben@a.test")
        assert client.data(message("lmtp")) == (250, b"2.1.5 Delivery OK")
        assert client.getreply() == (452, b"4.2.2 Over quota")
    assert len(server.inbox(ada)) == 1
    assert server.inbox(ben) == []
