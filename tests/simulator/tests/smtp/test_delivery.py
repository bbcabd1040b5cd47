# Copyright (c) 2026, mailops.zimbra contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Delivery by the state of the account, deferral, bounces, once and only once."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest

from zimsim.model import Entry
from zimsim.smtp.envelope import DEFERRED
from zimsim.smtp.testing import SENDER, MailServer, eventually, message


def subjects(server: MailServer, account: Entry) -> list[str | None]:
    return [item.subject for item in server.inbox(account)]


@pytest.mark.parametrize("status", ["active", "locked", "lockout"])
def test_locked_accounts_take_mail(server: MailServer, status: str) -> None:
    ada = server.account("ada@a.test")
    server.directory.modify(ada.id, {"zimbraAccountStatus": status})
    server.send(message("one"), "ada@a.test")
    eventually(server.idle)
    assert subjects(server, ada) == ["one"]


def test_mail_waits_while_the_account_is_in_maintenance(server: MailServer) -> None:
    ada = server.account("ada@a.test")
    server.directory.modify(ada.id, {"zimbraAccountStatus": "maintenance"})
    server.send(message("patient"), "ada@a.test")
    queue = server.part.queue
    eventually(lambda: any(each.attempts >= 2 for each in queue.entries(DEFERRED)))
    assert queue.entries()[0].reason == "450 4.2.1 Mailbox disabled, not accepting messages"
    assert server.inbox(ada) == []
    server.directory.modify(ada.id, {"zimbraAccountStatus": "active"})
    queue.flush()
    eventually(server.idle)
    assert subjects(server, ada) == ["patient"]


def test_a_domain_in_maintenance_holds_all_its_mail_back(server: MailServer) -> None:
    ada = server.account("ada@a.test")
    domain = server.directory.get("domain", "a.test")
    server.directory.modify(domain.id, {"zimbraDomainStatus": "maintenance"})
    server.send(message("one"), "ada@a.test")
    eventually(lambda: server.part.queue.entries(DEFERRED))
    assert server.inbox(ada) == []


def test_over_quota_waits_or_bounces(server: MailServer) -> None:
    ada, ben = server.account("ada@a.test"), server.account("ben@a.test")
    server.directory.modify(ada.id, {"zimbraMailQuota": "100"})
    server.send(message("large"), "ada@a.test", sender="ben@a.test")
    eventually(lambda: server.part.queue.entries(DEFERRED))
    assert server.part.queue.entries()[0].reason == "452 4.2.2 Over quota"
    server.directory.modify(server.directory.config.id, {"zimbraLmtpPermanentFailureWhenOverQuota": "TRUE"})
    server.part.queue.flush()
    eventually(server.idle)
    assert subjects(server, ben) == ["Undelivered Mail Returned to Sender"]


def test_a_bounce_names_recipient_and_reason_and_bounces_no_further(server: MailServer) -> None:
    ben, ada = server.account("ben@a.test"), server.account("ada@a.test")
    server.send(message("late"), "ada@a.test", sender="ben@a.test")
    eventually(server.idle)
    server.directory.modify(ada.id, {"zimbraMailTransport": "error:5.1.1 gone"})
    server.send(message("refused"), "ada@a.test", sender="ben@a.test")
    eventually(server.idle)
    (bounce,) = server.bodies(ben)
    for part in (
        b"MAILER-DAEMON@mail.test",
        b"Final-Recipient: rfc822; ada@a.test",
        b"Status: 5.1.1",
        b"Subject: refused",
    ):
        assert part in bounce
    server.send(message("nobody is told"), "ada@a.test", sender="")
    eventually(server.idle)
    assert len(server.inbox(ben)) == 1


def test_mail_older_than_the_queue_s_patience_bounces(make_server: Callable[..., MailServer]) -> None:
    server = make_server(mta='{"minimal_backoff": 0.05, "queue_lifetime": 0.1}')
    ben, ada = server.account("ben@a.test"), server.account("ada@a.test")
    server.directory.modify(ada.id, {"zimbraAccountStatus": "maintenance"})
    server.send(message("old"), "ada@a.test", sender="ben@a.test")
    eventually(server.idle)
    assert b"message expired" in server.bodies(ben)[0]


def test_one_delivery_id_is_stored_once(server: MailServer) -> None:
    ada = server.account("ada@a.test")
    for _ in range(3):
        assert server.part.local.deliver("ada@a.test", message("same"), SENDER, "Q1:ada@a.test").delivered
    assert subjects(server, ada) == ["same"]


def test_a_delivery_that_fails_is_not_remembered_as_done(server: MailServer, monkeypatch: pytest.MonkeyPatch) -> None:
    ada = server.account("ada@a.test")
    store = server.part.local._store

    def broken(*_: object, **__: object) -> None:
        raise OSError("disk full")

    with monkeypatch.context() as patch:
        patch.setattr(store.blobs, "write", broken)
        with pytest.raises(OSError, match="disk full"):
            server.part.local.deliver("ada@a.test", message("again"), SENDER, "Q2:ada@a.test")
    assert server.part.local.deliver("ada@a.test", message("again"), SENDER, "Q2:ada@a.test").delivered
    assert subjects(server, ada) == ["again"]


def test_a_message_id_that_came_lately_is_not_stored_again(server: MailServer) -> None:
    """The mailbox server's own guard against mail that comes over two lists."""
    ada = server.account("ada@a.test")
    for _ in range(2):
        server.send(message("twice"), "ada@a.test")
    eventually(server.idle)
    assert subjects(server, ada) == ["twice"]


def test_two_copies_at_the_same_moment_are_one(server: MailServer) -> None:
    ada = server.account("ada@a.test")
    with ThreadPoolExecutor(8) as pool:
        jobs = [
            pool.submit(server.part.local.deliver, "ada@a.test", message("race"), SENDER, f"Q{number}:ada@a.test")
            for number in range(16)
        ]
    assert all(job.result().delivered for job in jobs)
    assert subjects(server, ada) == ["race"]


def test_local_copies_that_are_switched_off_are_discarded(server: MailServer) -> None:
    ada, ben = server.account("ada@a.test"), server.account("ben@a.test")
    changes = {"zimbraPrefMailForwardingAddress": "ben@a.test", "zimbraPrefMailLocalDeliveryDisabled": "TRUE"}
    server.directory.modify(ada.id, changes)
    server.send(message("forwarded"), "ada@a.test")
    eventually(server.idle)
    assert server.inbox(ada) == []
    assert subjects(server, ben) == ["forwarded"]


def test_an_account_of_another_host_is_not_delivered_here(server: MailServer) -> None:
    server.account("ada@a.test")
    server.directory.create("server", "other.test", {"zimbraServiceHostname": "other.test"})
    away = server.directory.create("account", "away@a.test", {"zimbraMailHost": "other.test"})
    assert str(server.part.local.recipient(away.name)) == "450 4.2.0 Mailbox is not on this server"
