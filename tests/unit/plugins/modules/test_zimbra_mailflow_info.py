# Copyright (c) 2026, mailops.zimbra contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""zimbra_mailflow_info as Ansible runs it, over a scripted service."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.mailops.zimbra.plugins.module_utils import _soap_connection
from ansible_collections.mailops.zimbra.plugins.modules import zimbra_mailflow_info
from ansible_collections.mailops.zimbra.tests.unit.plugins.module_utils.mail_platform import (
    LOCAL,
    Platform,
    account,
    domain,
)
from ansible_collections.mailops.zimbra.tests.unit.plugins.module_utils.soap_script import ScriptedService
from ansible_collections.mailops.zimbra.tests.unit.plugins.modules.running import run_main


@pytest.fixture
def platform() -> Platform:
    return Platform(
        [
            domain("a.test"),
            domain("alias.test", kind="alias"),
            domain("shut.test", zimbraMailStatus="disabled"),
            account(
                "anna@a.test", zimbraMailAlias=["a@a.test", "Äpfel@bücher.test"], zimbraMailCatchAllAddress="@a.test"
            ),
            account("spam.1@a.test", zimbraIsSystemResource="TRUE"),
            account("closed@a.test", zimbraMailStatus="disabled"),
            account("eva@shut.test"),
            account("list@a.test", tag="dl", zimbraMailTransport="", zimbraMailAlias=["list@a.test", "l@a.test"]),
        ]
    )


@pytest.fixture
def service(platform: Platform) -> ScriptedService:
    return platform.service()


@pytest.fixture
def ask(service: ScriptedService, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Any:
    monkeypatch.setattr(zimbra_mailflow_info, "connect", lambda module: _soap_connection.connect(module, service))

    def run(**options: Any) -> dict[str, Any]:
        reached: dict[str, Any] = {"url": "https://old.test:7071", "admin": "admin@a.test", "password": "geheim"}
        return run_main(zimbra_mailflow_info.main, capsys, **reached, **options)

    return run


def test_it_lists_what_is_delivered_and_changes_nothing(ask: Any, service: ScriptedService) -> None:
    found = ask(check=True)
    assert found["addresses"] == ["@a.test", "@alias.test", "a@a.test", "anna@a.test", "l@a.test", "list@a.test"]
    routes = {item["name"]: (item["kind"], item["transport"], item["movable"]) for item in found["routes"]}
    assert routes["anna@a.test"] == ("account", LOCAL, True)
    assert routes["spam.1@a.test"] == ("account", LOCAL, False)
    assert routes["a.test"] == ("domain", None, True)
    assert "alias.test" not in routes and "list@a.test" not in routes
    assert found["queues"]["mta.test"]["deferred"] == 0
    assert found["changed"] is False and service.changes == []


def test_it_gathers_what_it_is_asked_for(ask: Any) -> None:
    found = ask(gather=["addresses"], domains=["alias.test"])
    assert (found["addresses"], "routes" in found, "queues" in found) == (["@alias.test"], False, False)


def test_international_domains_are_written_as_postfix_sees_them(ask: Any, platform: Platform) -> None:
    platform.entries.append(domain("bücher.test"))
    assert "äpfel@xn--bcher-kva.test" in ask(gather=["addresses"])["addresses"]


def test_the_queues_of_named_servers(ask: Any, platform: Platform) -> None:
    platform.queue = {"A1": ("deferred", "a.test"), "A2": ("hold", "a.test")}
    found = ask(gather=["queues"], mta_servers=["mta.test"])["queues"]["mta.test"]
    assert (found["deferred"], found["hold"], found["active"]) == (1, 1, 0)
