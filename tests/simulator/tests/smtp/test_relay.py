# Copyright (c) 2026, mailops.zimbra contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""From one server to another over SMTP, by the routes of accounts and domains."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from zimsim.config import Config
from zimsim.smtp.envelope import DEFERRED
from zimsim.smtp.relay import NextHop, parse_transport
from zimsim.smtp.settings import KEEPS_ROUTE
from zimsim.smtp.testing import MailServer, eventually, message


def settle(*servers: MailServer) -> None:
    """First the one that sends, then the one that has taken over."""
    for server in servers:
        eventually(server.idle)


def route_to(server: MailServer) -> str:
    return f"smtp:[{server.config.address}]:{server.port}"


@pytest.fixture
def source(make_server: Callable[..., MailServer]) -> MailServer:
    return make_server("source")


@pytest.fixture
def destination(make_server: Callable[..., MailServer]) -> MailServer:
    return make_server("destination")


@pytest.mark.parametrize(
    ("transport", "hop"),
    [
        ("lmtp:mail.a.test:7025", NextHop("lmtp", "mail.a.test", 7025, False)),
        ("smtp:[127.0.0.9]:2525", NextHop("smtp", "127.0.0.9", 2525, True)),
        ("smtp:mail.a.test", NextHop("smtp", "mail.a.test", 25, False)),
        ("error", None),
        ("error:5.1.1 gone", None),
        ("nonsense", None),
    ],
)
def test_transports(transport: str, hop: NextHop | None) -> None:
    assert parse_transport(transport) == hop


def test_a_domain_s_mail_goes_where_accounts_and_domain_point(source: MailServer, destination: MailServer) -> None:
    here, there = source.account("ada@a.test"), destination.account("ada@a.test")
    source.directory.modify(here.id, {"zimbraMailTransport": route_to(destination)})
    source.send(message("moved"), "ada@a.test")
    eventually(lambda: destination.inbox(there))
    settle(source, destination)
    assert source.inbox(here) == []
    (stored,) = destination.bodies(there)
    assert b"by destination.test (Postfix)" in stored and b"by source.test (Postfix)" in stored


def test_the_domain_s_route_alone_moves_no_account(source: MailServer, destination: MailServer) -> None:
    """The account's own value wins: switching only domains loses nothing and moves nothing."""
    here = source.account("ada@a.test")
    destination.account("ada@a.test")
    source.directory.modify(source.directory.get("domain", "a.test").id, {"zimbraMailTransport": route_to(destination)})
    source.send(message("stays"), "ada@a.test")
    settle(source, destination)
    assert len(source.inbox(here)) == 1


def test_mail_waits_until_the_other_server_answers(make_server: Callable[..., MailServer]) -> None:
    source, destination = make_server("source"), make_server("destination", start=False)
    here, there = source.account("ada@a.test"), destination.account("ada@a.test")
    source.directory.modify(here.id, {"zimbraMailTransport": route_to(destination)})
    source.send(message("early"), "ada@a.test")
    eventually(lambda: source.part.queue.entries(DEFERRED))
    assert "Connection refused" in source.part.queue.entries()[0].reason
    destination.start()
    source.part.queue.flush()
    settle(source, destination)
    assert len(destination.inbox(there)) == 1


def test_a_refusal_of_the_other_server_bounces(source: MailServer, destination: MailServer) -> None:
    here, ben = source.account("ada@a.test"), source.account("ben@a.test")
    destination.domain("a.test")
    source.directory.modify(here.id, {"zimbraMailTransport": route_to(destination)})
    source.send(message("unknown there"), "ada@a.test", sender="ben@a.test")
    eventually(lambda: source.inbox(ben))
    assert b"User unknown in virtual mailbox table" in source.bodies(ben)[0]


def test_some_recipients_stay_and_some_go(source: MailServer, destination: MailServer) -> None:
    ada, ben = source.account("ada@a.test"), source.account("ben@a.test")
    there = destination.account("ada@a.test")
    source.directory.modify(ada.id, {"zimbraMailTransport": route_to(destination)})
    source.send(message("both"), "ada@a.test", "ben@a.test")
    settle(source, destination)
    assert (len(source.inbox(ada)), len(source.inbox(ben)), len(destination.inbox(there))) == (0, 1, 1)


def test_mail_for_oneself_by_smtp_is_a_loop(source: MailServer) -> None:
    ada, ben = source.account("ada@a.test"), source.account("ben@a.test")
    source.directory.modify(ada.id, {"zimbraMailTransport": route_to(source)})
    source.send(message("circle"), "ada@a.test", sender="ben@a.test")
    eventually(lambda: source.inbox(ben))
    assert b"mail for a.test loops back to myself" in source.bodies(ben)[0]


def test_two_servers_that_point_at_each_other_give_up(source: MailServer, destination: MailServer) -> None:
    ben = source.account("ben@b.test")
    for server, other in ((source, destination), (destination, source)):
        ada = server.account("ada@a.test")
        server.directory.modify(ada.id, {"zimbraMailTransport": route_to(other)})
    destination.domain("b.test")
    destination.directory.modify(
        destination.directory.get("domain", "b.test").id, {"zimbraMailTransport": route_to(source)}
    )
    source.send(message("tennis"), "ada@a.test", sender="ben@b.test")
    eventually(lambda: source.inbox(ben))
    assert b"too many hops" in source.bodies(ben)[0]
    eventually(lambda: source.idle() and destination.idle())


def test_waiting_mail_keeps_its_route_until_it_is_requeued(source: MailServer, destination: MailServer) -> None:
    here, there = source.account("ada@a.test"), destination.account("ada@a.test")
    source.directory.modify(here.id, {"zimbraAccountStatus": "maintenance"})
    source.send(message("held back"), "ada@a.test")
    eventually(lambda: source.part.queue.entries(DEFERRED))
    source.directory.modify(here.id, {"zimbraMailTransport": route_to(destination)})
    source.part.queue.flush()
    eventually(lambda: any(each.attempts >= 2 for each in source.part.queue.entries(DEFERRED)))
    assert destination.inbox(there) == []
    source.part.queue.requeue()
    settle(source, destination)
    assert len(destination.inbox(there)) == 1


def test_without_the_switch_each_attempt_looks_the_route_up(make_server: Callable[..., MailServer]) -> None:
    source, destination = make_server("source", start=False), make_server("destination")
    source.config.switches[KEEPS_ROUTE] = False
    source.config.save()
    assert Config.of_home(source.config.home).switch(KEEPS_ROUTE) is False
    source.start()
    here, there = source.account("ada@a.test"), destination.account("ada@a.test")
    source.directory.modify(here.id, {"zimbraAccountStatus": "maintenance"})
    source.send(message("follows"), "ada@a.test")
    eventually(lambda: source.part.queue.entries(DEFERRED))
    source.directory.modify(here.id, {"zimbraMailTransport": route_to(destination)})
    source.part.queue.flush()
    settle(source, destination)
    assert len(destination.inbox(there)) == 1


def test_foreign_mail_goes_by_the_stand_in_for_dns(make_server: Callable[..., MailServer]) -> None:
    destination = make_server("destination")
    there = destination.account("x@elsewhere.test")
    route = f"{destination.config.address}:{destination.port}"
    source = make_server("source", mta=f'{{"mx": {{"elsewhere.test": "{route}"}}}}')
    here = source.account("ada@a.test")
    source.directory.modify(here.id, {"zimbraPrefMailForwardingAddress": "x@elsewhere.test"})
    source.send(message("out"), "ada@a.test")
    settle(source, destination)
    assert len(destination.inbox(there)) == 1
    assert len(source.inbox(here)) == 1


def test_mail_to_domains_that_cannot_exist_bounces_without_asking_anybody(source: MailServer) -> None:
    here, ben = source.account("ada@a.test"), source.account("ben@a.test")
    source.directory.modify(here.id, {"zimbraPrefMailForwardingAddress": "x@nowhere.example"})
    source.send(message("abroad"), "ada@a.test", sender="ben@a.test")
    eventually(lambda: source.inbox(ben))
    assert b"Status: 5.4.4" in source.bodies(ben)[0]
    assert len(source.inbox(here)) == 1


def test_a_transport_nobody_understands_keeps_the_mail(source: MailServer) -> None:
    here = source.account("ada@a.test")
    source.directory.modify(here.id, {"zimbraMailTransport": "nonsense"})
    source.send(message("kept"), "ada@a.test")
    eventually(lambda: source.part.queue.entries(DEFERRED))
    assert source.part.queue.entries()[0].reason == "451 4.3.5 mail transport unavailable: nonsense"


def test_lmtp_to_another_host_answers_for_each_recipient(source: MailServer, destination: MailServer) -> None:
    route = f"lmtp:{destination.config.address}:{destination.config.ports['lmtp']}"
    ben = source.account("ben@b.test")
    for name in ("ada@a.test", "eva@a.test"):
        here = source.account(name)
        source.directory.modify(here.id, {"zimbraMailTransport": route})
    there = destination.account("ada@a.test")
    source.send(message("lmtp"), "ada@a.test", "eva@a.test", sender="ben@b.test")
    settle(source, destination)
    assert len(destination.inbox(there)) == 1
    assert b"Final-Recipient: rfc822; eva@a.test" in source.bodies(ben)[0]
