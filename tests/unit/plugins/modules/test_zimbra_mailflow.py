# Copyright (c) 2026, mailops.zimbra contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""zimbra_mailflow and zimbra_mailflow_info as Ansible runs them, over a scripted service."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.mailops.zimbra.plugins.module_utils import _soap_connection
from ansible_collections.mailops.zimbra.plugins.modules import zimbra_mailflow
from ansible_collections.mailops.zimbra.tests.unit.plugins.module_utils.mail_platform import (
    LOCAL,
    Platform,
    account,
    domain,
)
from ansible_collections.mailops.zimbra.tests.unit.plugins.module_utils.soap_script import ScriptedService
from ansible_collections.mailops.zimbra.tests.unit.plugins.modules.running import run_main

TARGET = "smtp:[new.test]:25"
SECRET = "geheim"
MOVED = ["a.test", "anna@a.test", "bert@a.test", "raum@a.test"]


@pytest.fixture
def platform() -> Platform:
    return Platform(
        [
            domain("a.test", zimbraGalAccountId="id-gal@a.test"),
            domain("alias.test", kind="alias"),
            account("anna@a.test", zimbraMailAlias=["a@a.test", "Äpfel@bücher.test"]),
            account("bert@a.test", zimbraMailCatchAllAddress="@a.test"),
            account("raum@a.test", tag="calresource"),
            account("gal@a.test"),
            account("spam.1@a.test", zimbraIsSystemResource="TRUE", zimbraIsSystemAccount="TRUE"),
            account("ham.1@a.test"),
            account("closed@a.test", zimbraMailStatus="disabled"),
            account("outside@a.test", zimbraMailTransport="smtp:[elsewhere.test]:25"),
            account("list@a.test", tag="dl", zimbraMailTransport="", zimbraMailAlias=["list@a.test", "l@a.test"]),
        ],
        config={"zimbraSpamIsNotSpamAccount": "ham.1@a.test"},
    )


KNOWN = [
    "anna@a.test", "A@a.test", "bert@a.test", "@a.test", "raum@a.test", "outside@a.test", "list@a.test", "l@a.test",
    "@alias.test",
]  # fmt: skip


@pytest.fixture
def service(platform: Platform) -> ScriptedService:
    return platform.service()


@pytest.fixture
def run(service: ScriptedService, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Any:
    monkeypatch.setattr(zimbra_mailflow, "connect", lambda module: _soap_connection.connect(module, service))

    def start(**options: Any) -> dict[str, Any]:
        reached: dict[str, Any] = {"url": "https://old.test:7071", "admin": "admin@a.test", "password": SECRET}
        return run_main(zimbra_mailflow.main, capsys, **reached, **options)

    return start


def redirect(run: Any, **more: Any) -> dict[str, Any]:
    result: dict[str, Any] = run(**{"state": "redirected", "target": TARGET, "known_addresses": KNOWN, **more})
    return result


def test_transports_are_set_once_and_their_values_returned(run: Any, platform: Platform, service: Any) -> None:
    first = redirect(run, diff=True)
    moved = [item["name"] for item in first["previous"]]
    assert sorted(moved) == ["a.test", "anna@a.test", "bert@a.test", "closed@a.test", "raum@a.test"]
    assert {item["name"]: item["transport"] for item in first["previous"]}["a.test"] is None
    assert [platform.transport(name) for name in MOVED] == [TARGET] * 4
    assert first["diff"]["before"]["account anna@a.test"] == LOCAL
    assert first["diff"]["after"]["account anna@a.test"] == TARGET
    assert len(service.changes) == 5

    second = redirect(run)
    assert (second["changed"], second["previous"]) == (False, [])
    assert len(service.changes) == 5 and "diff" not in second


def test_system_accounts_and_those_served_elsewhere_are_left_alone(run: Any, platform: Platform) -> None:
    result = redirect(run)
    alone = sorted(item["name"] for item in result["left_alone"])
    assert alone == ["gal@a.test", "ham.1@a.test", "outside@a.test", "spam.1@a.test"]
    assert [platform.transport(name) for name in ("gal@a.test", "ham.1@a.test", "spam.1@a.test")] == [LOCAL] * 3
    assert platform.transport("outside@a.test") == "smtp:[elsewhere.test]:25"
    assert platform.transport("alias.test") is None


@pytest.mark.parametrize("missing", ["anna@a.test", "A@a.test", "l@a.test", "@alias.test", "@a.test", "raum@a.test"])
def test_an_address_the_destination_does_not_know_stops_everything(run: Any, service: Any, missing: str) -> None:
    result = redirect(run, known_addresses=[name for name in KNOWN if name != missing])
    assert result["failed"] and result["error"] == "UnknownAddresses"
    assert result["details"]["unknown"] == [missing.lower()] and missing.lower() in result["msg"]
    assert "phase=delta" in result["msg"]
    assert service.changes == []


def test_check_mode_tells_the_same_and_sends_no_change(run: Any, platform: Platform, service: Any) -> None:
    predicted = redirect(run, check=True, diff=True)
    assert service.changes == []
    assert platform.transport("anna@a.test") == LOCAL
    done = redirect(run, diff=True)
    assert (predicted["previous"], predicted["diff"]) == (done["previous"], done["diff"])


def test_what_was_recorded_is_put_back(run: Any, platform: Platform, service: Any) -> None:
    previous = redirect(run)["previous"]
    platform.entry("bert@a.test").attributes["zimbraMailTransport"] = ["smtp:[third.test]:25"]
    platform.entries = [entry for entry in platform.entries if entry.name != "raum@a.test"]
    trial = run(state="restored", previous=previous, target=TARGET, check=True)
    before = list(service.changes)
    result = run(state="restored", previous=previous, target=TARGET)
    assert sorted(item["name"] for item in result["previous"]) == ["a.test", "anna@a.test", "closed@a.test"]
    assert trial["previous"] == result["previous"] and len(service.changes) == len(before) + 3
    assert [platform.transport(name) for name in ("a.test", "anna@a.test")] == [None, LOCAL]
    assert (platform.transport("bert@a.test"), result["gone"]) == ("smtp:[third.test]:25", ["raum@a.test"])
    assert [item["name"] for item in result["left_alone"]] == ["bert@a.test"]
    assert run(state="restored", previous=previous, target=TARGET)["changed"] is False
    assert run(state="restored", previous=previous)["previous"][0]["name"] == "bert@a.test"


def test_a_run_that_broke_in_the_middle_is_finished_by_the_next(run: Any, platform: Platform, service: Any) -> None:
    platform.entry("bert@a.test").attributes["refuses"] = ["yes"]
    result = redirect(run)
    assert result["failed"] and "bert@a.test: permission denied" in result["msg"]
    assert platform.transport("anna@a.test") == TARGET
    platform.entry("bert@a.test").attributes.pop("refuses")
    assert [item["name"] for item in redirect(run)["previous"]] == ["bert@a.test"]


def test_an_answer_without_a_fault_is_no_proof(run: Any, platform: Platform) -> None:
    platform.deaf = True
    result = redirect(run)
    assert result["failed"] and "accepted, but are not what they were set to" in result["msg"]


def test_scopes(run: Any, platform: Platform) -> None:
    platform.entries += [domain("b.test"), account("c@b.test", zimbraMailHost="other.test")]
    known = [*KNOWN, "c@b.test"]
    one = redirect(run, check=True, domains=["b.test"], known_addresses=known)
    assert [item["name"] for item in one["previous"]] == ["b.test", "c@b.test"]
    host = redirect(run, check=True, mail_host="other.test", known_addresses=known)
    assert [item["name"] for item in host["previous"]] == ["a.test", "b.test", "c@b.test"]


@pytest.mark.parametrize("target", ["new.test", "smtp:new.test:25", "smtp:[new.test]:x", "smtp:[]:25", "lmtp:[a]:7025"])
def test_a_target_that_is_none_is_named(run: Any, service: Any, target: str) -> None:
    result = redirect(run, target=target)
    assert result["failed"] and f"target={target}" in result["msg"] and "smtp:[host.example.com]:25" in result["msg"]
    assert service.changes == []


def test_a_circle_is_refused(run: Any, service: Any) -> None:
    result = redirect(run, target="smtp:[OLD.test]:25")
    assert result["failed"] and "circles" in result["msg"] and service.changes == []


def test_an_account_that_may_not_see_the_domains_is_not_an_empty_platform(run: Any, platform: Platform) -> None:
    platform.entries = []
    result = redirect(run)
    assert result["failed"] and "shows no domain" in result["msg"]


def test_everything_is_read_without_paging(run: Any, platform: Platform) -> None:
    redirect(run)
    for search in platform.searches:
        assert (search["limit"], search["maxResults"], search["applyCos"]) == ("0", "0", "0")
        assert "offset" not in search


def test_drained_uses_all_domains(run: Any, platform: Platform) -> None:
    platform.queue = {"A1": ("deferred", "alias.test"), "B1": ("deferred", "far.test")}
    assert run(state="drained", check=True)["requeued"] == 1
    result = run(state="drained", poll_interval=0)
    assert (result["changed"], result["requeued"], platform.requeued) == (True, 1, ["A1"])
    assert run(state="drained")["changed"] is False


def test_the_password_is_in_no_result(run: Any, service: Any) -> None:
    service.password = "another"
    result = redirect(run)
    assert result["failed"] and SECRET not in str(result)


def test_options_that_belong_together(run: Any) -> None:
    assert "known_addresses" in run(state="redirected", target=TARGET)["msg"]
    assert "previous" in run(state="restored")["msg"]
    assert "did not return" in run(state="restored", previous=[{"name": "x"}])["msg"]


def test_international_names_are_compared_as_postfix_sees_them(run: Any, platform: Platform) -> None:
    platform.entries.append(domain("bücher.test"))
    unknown = redirect(run, check=True)
    assert unknown["details"]["unknown"] == ["äpfel@xn--bcher-kva.test"]
    assert not redirect(run, check=True, known_addresses=[*KNOWN, "äpfel@BÜCHER.test"]).get("failed")
