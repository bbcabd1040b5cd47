# Copyright (c) 2026, mailops.zimbra contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Two inventories compared: nothing that is missing, doubled or changed may pass, nothing that is right be blamed."""

from __future__ import annotations

import collections
import tracemalloc
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ansible_collections.mailops.zimbra.plugins.module_utils._evidence import (
    Comparison,
    Judged,
    finding_dict,
    overall,
)
from ansible_collections.mailops.zimbra.plugins.module_utils._evidence_rules import RULES, Context
from ansible_collections.mailops.zimbra.plugins.module_utils._evidence_twice import delivered_twice
from ansible_collections.mailops.zimbra.plugins.module_utils._inventory import sort_key

SWITCH = 1_700_000_000
CLOSED = SWITCH + 600
BEFORE = SWITCH - 1000
ANNA = "anna@a.test"


def account(name: str = ANNA, **changes: Any) -> dict[str, Any]:
    base = {"record": "account", "account": name, "id": "x", "system": False, "state": "complete", "problems": []}
    return {**base, **changes}


def folder(path: str = "/Inbox", name: str = ANNA, **changes: Any) -> dict[str, Any]:
    base = {"record": "folder", "account": name, "path": path, "kind": "folder", "view": "message", "id": 2}
    return {**base, "items": 0, "grants": [], "target": "", **changes}


def item(key: str, **changes: Any) -> dict[str, Any]:
    base = {
        "record": "item",
        "account": ANNA,
        "type": "message",
        "key": key,
        "digest": changes.get("key", key),
        "folder": "/Inbox",
        "name": f"subject of {key}",
        "date": BEFORE,
        "changed": BEFORE,
        "size": 10,
        "flags": "",
        "tags": [],
        "id": 300,
    }
    return {**base, **changes}


class Outcome:
    def __init__(self, source: list[dict[str, Any]], destination: list[dict[str, Any]], **context: Any) -> None:
        self.judged: list[Judged] = []
        defaults: dict[str, Any] = {"switched": SWITCH, "closed": CLOSED}
        here, there = sorted(source, key=sort_key), sorted(destination, key=sort_key)
        twice = delivered_twice(here, there, SWITCH)
        self.comparison = Comparison(Context(**{**defaults, **context}), self.judged.append, twice)
        self.comparison.run(here, there)
        self.verdict = overall(self.comparison.accounts)
        self.findings = [finding_dict(one) for one in self.judged]

    def only(self) -> dict[str, Any]:
        assert len(self.findings) == 1, self.findings
        return self.findings[0]


def sides(source: list[dict[str, Any]], destination: list[dict[str, Any]], **context: Any) -> Outcome:
    return Outcome([account(), *source], [account(), *destination], **context)


def test_the_same_on_both_sides_is_complete() -> None:
    same = [folder(), item("k1"), item("k2", id=301)]
    there = [folder(id=9), item("k1", id=900, changed=SWITCH), item("k2", id=901)]
    outcome = sides(same, there)
    assert (outcome.verdict, outcome.findings) == ("complete", [])
    assert outcome.comparison.accounts[0].counts["matched"] == 2


def test_one_missing_is_named() -> None:
    outcome = sides([item("k1", name="Urlaub", folder="/Privat")], [])
    found = outcome.only()
    assert outcome.verdict == "incomplete"
    assert (found["class"], found["account"], found["folder"], found["subject"]) == (
        "missing",
        ANNA,
        "/Privat",
        "Urlaub",
    )
    assert found["date"] == "2023-11-14T21:56:40Z"
    assert found["source_id"] == 300 and not found["explained"]


def test_equal_messages_are_a_multiset() -> None:
    outcome = sides([item("k", id=n) for n in (1, 2, 3)], [item("k", id=n) for n in (7, 8)])
    assert outcome.only()["class"] == "missing"
    outcome = sides([item("k", id=n) for n in (1, 2)], [item("k", id=n) for n in (7, 8, 9)])
    assert outcome.only()["class"] == "doubled"
    assert outcome.only()["reason"] == "3 on the Destination, 2 on the Source (in /Inbox)."
    assert outcome.verdict == "incomplete"


def test_doubled_in_another_folder() -> None:
    found = sides([item("k", folder="/B")], [item("k", folder="/A"), item("k", folder="/B", id=9)]).only()
    assert (found["class"], found["folder"]) == ("doubled", "/A")


def test_moved_is_differing_with_both_folders() -> None:
    found = sides([item("k", folder="/A")], [item("k", folder="/B")]).only()
    assert (found["class"], found["fields"]) == ("differing", {"folder": {"source": "/A", "destination": "/B"}})
    assert "lies in /B instead of /A" in found["reason"]


@pytest.mark.parametrize(
    ("field", "here", "there", "shown"),
    [
        ("flags", "f", "fu", {"source": "f", "destination": "fu"}),
        ("tags", ["a"], ["a", "b"], {"source": ["a"], "destination": ["a", "b"]}),
        ("date", BEFORE, BEFORE + 60, {"source": "2023-11-14T21:56:40Z", "destination": "2023-11-14T21:57:40Z"}),
        ("size", 10, 12, {"source": 10, "destination": 12}),
    ],
)
def test_differences_are_named_field_by_field(field: str, here: Any, there: Any, shown: dict[str, Any]) -> None:
    outcome = sides([item("k", **{field: here})], [item("k", **{field: there})])
    assert outcome.only()["fields"] == {field: shown}
    assert outcome.verdict == "incomplete"


def test_a_truncated_message_is_named() -> None:
    outcome = sides([item("k")], [item("k", digest="other", damage="it has 7 bytes where 10 are recorded")])
    found = outcome.only()
    assert (found["class"], list(found["fields"])) == ("differing", ["damage"])
    assert found["reason"] == "On the Destination it has 7 bytes where 10 are recorded."
    assert outcome.verdict == "incomplete"


def test_damage_the_source_had_already_is_explained() -> None:
    broken = item("k", digest="other", damage="cut")
    outcome = sides([broken], [dict(broken, id=9)])
    assert (outcome.verdict, outcome.only()["rule"]) == ("explained", "damaged_on_source")
    worse = sides([broken], [dict(broken, digest="third")])
    assert worse.verdict == "incomplete"
    assert sides([broken], [item("k")]).verdict == "complete"


def test_equal_copies_are_paired_before_different_ones() -> None:
    here = [item("k", flags="f", id=1), item("k", id=2)]
    there = [item("k", id=8), item("k", flags="f", id=9)]
    assert sides(here, there).verdict == "complete"


def test_mail_that_arrived_after_the_switch_is_named_and_takes_nothing_from_the_verdict() -> None:
    outcome = sides([], [item("k", date=SWITCH + 1)])
    assert (outcome.verdict, outcome.only()["rule"]) == ("complete", "arrived_after_switch")
    earlier = sides([], [item("k", date=SWITCH - 1)])
    assert (earlier.verdict, earlier.only()["rule"]) == ("explained", "not_propagated")


def test_an_imported_contact_carries_the_time_of_its_import() -> None:
    imported = item("c", type="contact", date=SWITCH + 5, changed=SWITCH + 5)
    assert sides([], [imported]).only()["rule"] == "not_propagated"
    assert sides([], [dict(imported, changed=CLOSED + 5)]).only()["rule"] == "arrived_after_switch"
    assert sides([dict(imported, date=BEFORE)], [imported]).verdict == "complete"


def test_left_over_from_an_earlier_pass() -> None:
    found = sides([], [item("k")]).only()
    assert (found["class"], found["rule"], found["explained"]) == ("extra", "not_propagated", True)


def test_read_on_the_destination_after_the_last_import() -> None:
    assert sides([item("k", flags="u")], [item("k", changed=CLOSED + 9)]).verdict == "explained"
    assert sides([item("k", flags="u")], [item("k", changed=CLOSED - 9)]).verdict == "incomplete"
    assert sides([item("k", flags="u")], [item("k", changed=CLOSED + 9)], closed=None).verdict == "incomplete"


def test_nothing_explains_what_is_missing_or_doubled() -> None:
    late = CLOSED + 99
    assert sides([item("k", date=late, changed=late)], []).verdict == "incomplete"
    twice = [item("k", date=late, changed=late, id=n) for n in (1, 2)]
    assert sides(twice[:1], twice).verdict == "incomplete"


def test_an_edited_contact_is_one_difference_not_two_findings() -> None:
    here = item("new", type="contact", name="Max", folder="/Contacts")
    found = sides([here], [dict(here, key="old", digest="old")]).only()
    assert (found["class"], sorted(found["fields"])) == ("differing", ["content"])


def test_a_message_that_came_back_with_other_bytes() -> None:
    here = item("one", message_id="<a@x>")
    outcome = sides([here], [item("two", message_id="<a@x>", size=5)])
    found = outcome.only()
    assert (found["class"], outcome.verdict) == ("differing", "incomplete")
    assert found["fields"]["content"] == {"source": "one", "destination": "two"}
    assert found["reason"] == "The Destination has it with another content. It has 5 bytes instead of 10."


def test_an_edited_appointment_is_known_by_its_uid() -> None:
    here = item("uid:1", type="appointment", digest="new")
    assert list(sides([here], [dict(here, digest="old")]).only()["fields"]) == ["digest"]


def test_an_account_that_is_not_there() -> None:
    outcome = Outcome([account(), folder(), item("k")], [])
    assert [(one["class"], one["type"]) for one in outcome.findings] == [("missing", "account"), ("missing", "message")]


def test_accounts_that_only_the_destination_has_are_not_compared() -> None:
    own = account("admin@b.test")
    outcome = Outcome([account()], [account(), own, item("k", account="admin@b.test"), folder(name="admin@b.test")])
    assert outcome.comparison.foreign == ["admin@b.test"]
    assert (outcome.verdict, outcome.findings) == ("complete", [])


def test_mail_that_was_delivered_on_both_sides_is_doubled() -> None:
    here = item("one", message_id="<a@x>")
    late = item("two", message_id="<a@x>", date=SWITCH + 5)
    outcome = sides([here], [dict(here, id=8), late])
    assert (outcome.only()["class"], outcome.verdict) == ("doubled", "incomplete")
    assert "came twice" in outcome.only()["reason"]
    own = dict(here, folder="/Sent")
    assert sides([own], [dict(own, id=8), late]).only()["rule"] == "arrived_after_switch"
    both = [item("two", message_id="<b@x>", date=SWITCH + 5), item("three", message_id="<b@x>", date=SWITCH + 9)]
    assert [one["class"] for one in sides([], both).findings] == ["doubled", "doubled"]


def test_system_accounts_are_not_compared() -> None:
    spam, ham = "spam.x@a.test", "ham.x@a.test"
    here = [account(), account(spam, system=True), folder(name=spam), item("k", account=spam)]
    there = [account(), account(ham, system=True), item("k", account=ham)]
    outcome = Outcome(here, there, system=[spam, ham])
    assert (outcome.verdict, outcome.findings) == ("complete", [])
    assert (outcome.comparison.system, outcome.comparison.foreign) == ([ham, spam], [])


def test_folders_and_accounts_are_counted_apart_from_items() -> None:
    counts = Outcome([account(), item("k")], []).comparison.accounts[0].counts
    assert (counts["missing"], counts["account_findings"], counts["open"]) == (1, 1, 2)
    counts = sides([folder("/A"), folder("/Tasks")], []).comparison.accounts[0].counts
    assert (counts["missing"], counts["folder_findings"], counts["open"], counts["explained"]) == (0, 2, 1, 1)


@pytest.mark.parametrize("side", ["source", "destination"])
def test_an_incomplete_inventory_is_never_complete(side: str) -> None:
    problem = {"what": "left out of the list", "type": "message", "folder": "/Inbox", "name": "Wichtig", "id": 5}
    bad, good = account(state="incomplete", problems=[problem]), account()
    outcome = Outcome([bad if side == "source" else good], [bad if side == "destination" else good])
    assert outcome.verdict == "incomplete"
    found = outcome.only()
    assert (found["class"], found["folder"], found["subject"]) == ("unproven", "/Inbox", "Wichtig")
    assert found["reason"] == f"{side.capitalize()}: left out of the list"
    assert found[f"{side}_id"] == 5


def test_folders_and_shares() -> None:
    grants = [["usr", "bert@a.test", "rwidx"]]
    outcome = sides([folder("/A", grants=grants), folder("/Leer")], [folder("/A"), folder("/Rest")])
    assert [(one["class"], one["folder"]) for one in outcome.findings] == [
        ("differing", "/A"),
        ("missing", "/Leer"),
        ("extra", "/Rest"),
    ]
    assert outcome.findings[0]["fields"]["grants"] == {"source": grants, "destination": []}
    assert outcome.verdict == "incomplete"


def test_empty_system_folders_of_one_product_are_explained() -> None:
    assert sides([folder("/Comments"), folder("/Tasks")], []).verdict == "explained"
    assert sides([folder("/Tasks", items=3)], []).verdict == "incomplete"


def test_every_rule_says_why() -> None:
    assert len({rule.name for rule in RULES}) == len(RULES)
    assert all(rule.reason.endswith(".") and len(rule.reason) > 30 for rule in RULES)


# Properties ----------------------------------------------------------------------------------------------------------

items = st.builds(
    lambda key, where, number: item(key, folder=where, id=number, name=key),
    st.sampled_from(["k1", "k2", "k3"]),
    st.sampled_from(["/A", "/B", "/C"]),
    st.integers(1, 9),
)


@settings(max_examples=200, deadline=None)
@given(here=st.lists(items, max_size=8), there=st.lists(items, max_size=8))
def test_every_item_is_accounted_for(here: list[dict[str, Any]], there: list[dict[str, Any]]) -> None:
    outcome = sides(here, there)
    counts = outcome.comparison.accounts[0].counts
    assert counts["source"] == len(here) == counts["matched"] + counts["missing"]
    assert counts["destination"] == len(there) == counts["matched"] + counts["doubled"] + counts["extra"]
    lost = collections.Counter(one["key"] for one in here) - collections.Counter(one["key"] for one in there)
    assert counts["missing"] == sum(lost.values())
    assert (outcome.verdict == "incomplete") == bool(counts["missing"] or counts["doubled"] or counts["differing"])


@given(here=st.lists(items, max_size=8))
def test_the_same_items_are_complete_whatever_their_ids(here: list[dict[str, Any]]) -> None:
    assert sides(here, [dict(one, id=one["id"] + 5000, changed=SWITCH) for one in reversed(here)]).verdict == "complete"


def test_memory_does_not_grow_with_the_items() -> None:
    def many(lose: int) -> Iterator[dict[str, Any]]:
        yield account()
        for number in range(40_000):
            if number != lose:
                yield item(f"{number:044d}", id=number)

    judged: list[Judged] = []
    tracemalloc.start()
    comparison = Comparison(Context(), judged.append)
    comparison.run(many(-1), many(4711))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert [one.finding.record["id"] for one in judged] == [4711]
    assert comparison.accounts[0].counts["matched"] == 39_999
    assert peak < 256 * 1024
