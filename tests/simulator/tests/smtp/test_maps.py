# Copyright (c) 2026, mailops.zimbra contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The lookup tables of the MTA: aliases, lists, forwarding, catch-all, routes, refusals."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from zimsim.smtp.maps import Maps
from zimsim.smtp.testing import MailServer


@pytest.fixture
def host(make_server: Callable[..., MailServer]) -> MailServer:
    server = make_server(start=False)
    server.account("ada@a.test")
    server.account("ben@a.test")
    return server


@pytest.fixture
def maps(host: MailServer) -> Maps:
    return Maps(host.directory)


def test_an_alias_becomes_the_account(host: MailServer, maps: Maps) -> None:
    host.directory.add_alias(host.directory.get("account", "ada@a.test").id, "boss@a.test")
    assert maps.expand("Boss@A.test") == ["ada@a.test"]


def test_lists_open_once_even_in_a_circle(host: MailServer, maps: Maps) -> None:
    team = host.directory.create("dl", "team@a.test")
    everyone = host.directory.create("dl", "alle@a.test")
    host.directory.add_members(team.id, ["ada@a.test", "x@outside.example", "alle@a.test"])
    host.directory.add_members(everyone.id, ["ada@a.test", "ben@a.test", "team@a.test"])
    assert sorted(maps.expand("alle@a.test")) == ["ada@a.test", "ben@a.test", "x@outside.example"]


def test_forwarding_keeps_the_local_copy(host: MailServer, maps: Maps) -> None:
    ada = host.directory.get("account", "ada@a.test")
    host.directory.modify(ada.id, {"zimbraPrefMailForwardingAddress": "ben@a.test, ada@outside.example"})
    assert sorted(maps.expand("ada@a.test")) == ["ada@a.test", "ada@outside.example", "ben@a.test"]


def test_a_catch_all_takes_only_what_nobody_has(host: MailServer, maps: Maps) -> None:
    domain = host.directory.get("domain", "a.test")
    changes = {"zimbraMailCatchAllAddress": "@a.test", "zimbraMailCatchAllForwardingAddress": "@a.test"}
    host.directory.modify(domain.id, changes | {"zimbraMailTransport": "smtp:[127.0.0.9]:25"})
    assert maps.expand("nobody@a.test") == ["nobody@a.test"]
    assert maps.refusal("nobody@a.test", trusted=False) is None
    assert maps.transport("nobody@a.test") == "smtp:[127.0.0.9]:25"
    assert maps.transport("ada@a.test").startswith("lmtp:")


def test_an_alias_domain_leads_to_the_real_one(host: MailServer, maps: Maps) -> None:
    target = host.directory.get("domain", "a.test")
    attrs = {
        "zimbraDomainType": "alias",
        "zimbraDomainAliasTargetId": target.id,
        "zimbraMailCatchAllAddress": "@alias.test",
        "zimbraMailCatchAllForwardingAddress": "@a.test",
    }
    host.directory.create("domain", "alias.test", attrs)
    assert maps.expand("ada@alias.test") == ["ada@a.test"]


@pytest.mark.parametrize("status", ["closed", "pending"])
def test_closed_accounts_are_unknown_at_the_door(host: MailServer, maps: Maps, status: str) -> None:
    host.directory.modify(host.directory.get("account", "ada@a.test").id, {"zimbraAccountStatus": status})
    refusal = maps.refusal("ada@a.test", trusted=False)
    assert str(refusal) == "550 5.1.1 <ada@a.test>: Recipient address rejected: User unknown in virtual mailbox table"


@pytest.mark.parametrize("status", ["active", "maintenance", "locked", "lockout"])
def test_other_states_are_known(host: MailServer, maps: Maps, status: str) -> None:
    host.directory.modify(host.directory.get("account", "ada@a.test").id, {"zimbraAccountStatus": status})
    assert maps.refusal("ada@a.test", trusted=False) is None


def test_unknown_users_and_foreign_domains_are_refused(maps: Maps) -> None:
    assert str(maps.refusal("nobody@a.test", trusted=False)).startswith("550 5.1.1 <nobody@a.test>")
    assert str(maps.refusal("x@outside.example", trusted=False)) == "554 5.7.1 <x@outside.example>: Relay access denied"
    assert str(maps.refusal("no-domain", trusted=False)).startswith("501 5.1.3")


def test_trusted_clients_may_write_to_anybody(maps: Maps) -> None:
    """As permit_mynetworks comes before the look at the recipient."""
    assert maps.refusal("nobody@a.test", trusted=True) is None
    assert maps.refusal("x@outside.example", trusted=True) is None


def test_the_whole_loopback_range_is_nobody_in_particular(host: MailServer, maps: Maps) -> None:
    assert not maps.is_trusted("127.0.0.1")
    host.directory.modify(host.directory.server.id, {"+zimbraMtaMyNetworks": "127.0.0.30/32"})
    assert maps.is_trusted("127.0.0.30")
    assert not maps.is_trusted("127.0.0.31")


def test_the_account_s_route_goes_before_the_domain_s(host: MailServer, maps: Maps) -> None:
    domain, ada = host.directory.get("domain", "a.test"), host.directory.get("account", "ada@a.test")
    host.directory.modify(domain.id, {"zimbraMailTransport": "smtp:[127.0.0.8]:25"})
    host.directory.modify(ada.id, {"zimbraMailTransport": "smtp:[127.0.0.9]:2525"})
    assert maps.transport("ada@a.test") == "smtp:[127.0.0.9]:2525"
    assert maps.transport("nobody@a.test") == "smtp:[127.0.0.8]:25"


def test_a_hosted_address_without_route_is_an_error_a_foreign_one_has_none(maps: Maps) -> None:
    assert maps.transport("nobody@a.test") == "error"
    assert maps.transport("x@outside.example") == ""


def test_a_closed_domain_is_foreign(host: MailServer, maps: Maps) -> None:
    host.directory.modify(host.directory.get("domain", "a.test").id, {"zimbraDomainStatus": "closed"})
    assert str(maps.refusal("ada@a.test", trusted=False)).startswith("554 5.7.1")
