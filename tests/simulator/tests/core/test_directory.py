#!/usr/bin/python
# Copyright (c) 2026, mailops.zimbra contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The directory: addresses, attributes, inheritance, status, passwords."""

from __future__ import annotations

import base64
import hashlib

import pytest

from zimsim.model import Entry, ServiceError, Store, passwords
from zimsim.model.filters import FilterError, compile_filter


def refusal(store: Store, *arguments: object, **keywords: object) -> str:
    with pytest.raises(ServiceError) as refused:
        store.directory.create(*arguments, **keywords)  # type: ignore[arg-type]  # wrong ones on purpose
    return refused.value.code


def test_addresses_belong_to_one_entry(store: Store, anna: Entry) -> None:
    store.directory.add_alias(anna.id, "Anni@A.test")
    found = store.directory.resolve("ANNI@a.test")
    assert found is not None and found.id == anna.id
    assert refusal(store, "account", "anna@a.test") == "account.ACCOUNT_EXISTS"
    assert refusal(store, "account", "anni@a.test") == "ldap.INVALID_ATTR_VALUE"
    assert refusal(store, "dl", "anna@a.test") == "account.DISTRIBUTION_LIST_EXISTS"
    store.directory.remove_alias(anna.id, "anni@a.test")
    assert store.directory.resolve("anni@a.test") is None


def test_alias_domains_lead_to_their_target(store: Store, anna: Entry) -> None:
    target = store.directory.get("domain", "a.test")
    store.directory.create("domain", "b.test", {"zimbraDomainType": "alias", "zimbraDomainAliasTargetId": target.id})
    found = store.directory.resolve("anna@b.test")
    assert found is not None and found.id == anna.id


def test_names_are_ascii_below(store: Store) -> None:
    store.directory.create("domain", "münchen.test")
    entry = store.directory.create("account", "U@München.test")
    assert entry.name == "u@xn--mnchen-3ya.test"
    assert store.directory.find("account", "u@münchen.test") == entry
    assert refusal(store, "account", "ü@a.test") == "service.INVALID_REQUEST"


def test_accounts_inherit_from_their_cos(store: Store, anna: Entry) -> None:
    assert store.directory.effective_value(anna, "zimbraMailQuota") == "0"
    cos = store.directory.create("cos", "gold", {"zimbraMailQuota": "1000"})
    changed = store.directory.modify(anna.id, {"zimbraCOSId": cos.id})
    assert store.directory.effective_value(changed, "zimbraMailQuota") == "1000"
    store.directory.delete(cos.id)
    assert store.directory.effective_value(changed, "zimbraMailQuota") == "0"


def test_trash_is_searched_on_carbonio_alone(store: Store, anna: Entry, product: str) -> None:
    expected = "TRUE" if product == "carbonio" else "FALSE"
    assert store.directory.effective_value(anna, "zimbraPrefIncludeTrashInSearch") == expected


def test_one_bad_attribute_rejects_all(store: Store, anna: Entry) -> None:
    with pytest.raises(ServiceError):
        store.directory.modify(anna.id, {"displayName": "New", "zimbraNoSuch": "1"})
    assert store.directory.get("account", anna.id).first("displayName") == "Anna"


def test_values_are_added_and_removed(store: Store, anna: Entry) -> None:
    store.directory.modify(anna.id, {"+description": ["Eins", "zwei"]})
    changed = store.directory.modify(anna.id, {"-Description": "eins"})
    assert changed.values("description") == ["zwei"]
    assert "description" not in store.directory.modify(anna.id, {"description": ""}).attrs


def test_status_turns_mail_off_and_on(store: Store, anna: Entry) -> None:
    closed = store.directory.modify(anna.id, {"zimbraAccountStatus": "closed"})
    assert closed.first("zimbraMailStatus") == "disabled"
    opened = store.directory.modify(anna.id, {"zimbraAccountStatus": "active"})
    assert opened.first("zimbraMailStatus") == "enabled"


def test_transport_may_change_alone(store: Store, anna: Entry) -> None:
    assert anna.first("zimbraMailTransport") == "lmtp:mail.test:7025"
    moved = store.directory.modify(anna.id, {"zimbraMailTransport": "smtp:[10.0.0.1]:25"})
    assert moved.first("zimbraMailHost") == "mail.test"
    store.directory.create("server", "other.test")
    with pytest.raises(ServiceError) as refused:
        store.directory.modify(anna.id, {"zimbraMailHost": "other.test"})
    assert "does not match zimbraMailTransport" in refused.value.text
    store.directory.modify(anna.id, {"zimbraMailTransport": "lmtp:mail.test:7025"})
    moved = store.directory.modify(anna.id, {"zimbraMailHost": "other.test"})
    assert moved.first("zimbraMailTransport") == "lmtp:other.test:7025"


def test_a_domain_with_accounts_stays_its_empty_aliases_go(store: Store, anna: Entry) -> None:
    domain = store.directory.get("domain", "a.test")
    store.directory.create("domain", "b.test", {"zimbraDomainType": "alias", "zimbraDomainAliasTargetId": domain.id})
    with pytest.raises(ServiceError) as refused:
        store.directory.delete(domain.id)
    assert refused.value.code == "account.DOMAIN_NOT_EMPTY"
    assert store.directory.find("domain", "b.test") is None


@pytest.mark.parametrize(
    ("domain", "own", "seen"),
    [
        ("active", "locked", "locked"),
        ("maintenance", "active", "maintenance"),
        ("maintenance", "closed", "closed"),
        ("locked", "active", "locked"),
        ("locked", "maintenance", "maintenance"),
        ("closed", "active", "closed"),
    ],
)
def test_a_domain_bounds_its_accounts(store: Store, anna: Entry, domain: str, own: str, seen: str) -> None:
    store.directory.modify(store.directory.get("domain", "a.test").id, {"zimbraDomainStatus": domain})
    assert store.directory.status(store.directory.modify(anna.id, {"zimbraAccountStatus": own})) == seen


def test_lists(store: Store, anna: Entry) -> None:
    outer = store.directory.create("dl", "outer@a.test")
    inner = store.directory.create("dl", "inner@a.test")
    store.directory.add_members(outer.id, ["inner@a.test", "anna@a.test"])
    store.directory.add_members(inner.id, ["outer@a.test", "ext@x.example"])
    assert store.directory.expand(outer) == ["anna@a.test", "ext@x.example"]
    with pytest.raises(ServiceError):
        store.directory.add_members(outer.id, ["good@x.example", "bad"])
    assert "good@x.example" not in store.directory.members(outer.id)


def salted(name: str, scheme: str, salt: bytes) -> str:
    digest = hashlib.new(name, b"geheim123" + salt, usedforsecurity=False).digest()
    return f"{{{scheme}}}" + base64.b64encode(digest + salt).decode()


@pytest.mark.parametrize(
    ("stored", "opens"),
    [
        (salted("sha1", "SSHA", b"1234"), True),
        (salted("sha1", "ssha", b"12345678"), True),
        (salted("sha256", "SSHA256", b"12345678"), True),
        (salted("sha512", "SSHA512", b"12345678"), True),
        (salted("sha512", "SSHA512", b"1234"), False),
        (salted("md5", "SMD5", b"1234"), True),
        (salted("md5", "MD5", b""), True),
        ("{NOPE}geheim123", False),
        ("geheim123", True),
        ("{SSHA512}abc", False),
    ],
)
def test_which_hashes_log_in(stored: str, opens: bool) -> None:
    assert passwords.matches(stored, "geheim123") is opens
    assert not passwords.matches(stored, "geheim124")


def test_own_hashes() -> None:
    assert passwords.matches(passwords.hashed("ü"), "ü")


@pytest.mark.parametrize(
    ("text", "matches"),
    [
        ("", True),
        ("(uid=*)", True),
        ("uid=a*", True),
        ("(&(uid=A*)(!(mail=x*)))", True),
        ("(|(uid=b)(mail=*@a.test))", True),
        ("(uid=b)", False),
        ("(nope=*)", False),
    ],
)
def test_filters(text: str, matches: bool) -> None:
    assert compile_filter(text)({"uid": ["anna"], "mail": ["anna@a.test"]}) is matches


@pytest.mark.parametrize("text", ["(uid=*", "(uid)", "((uid=a))", "(!(a=b)(c=d))"])
def test_no_filters(text: str) -> None:
    with pytest.raises(FilterError):
        compile_filter(text)
