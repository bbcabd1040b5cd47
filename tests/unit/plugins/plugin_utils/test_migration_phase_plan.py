# Copyright (c) 2026, mailops.zimbra contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Planning of units and the refusals, over plain values."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.mailops.zimbra.plugins.module_utils._errors import ParameterError
from ansible_collections.mailops.zimbra.plugins.plugin_utils._phase import PROCEDURES, Inventory, Request, plan

HOSTS: dict[str, dict[str, Any]] = {
    "mail1": {"ansible_host": "127.0.0.11"},
    "mail2": {"migration_dir": "/srv/move/"},
    "new": {"ansible_host": "127.0.0.12", "ansible_port": 2222},
    "new2": {},
}


def inventory(
    sources: tuple[str, ...] = ("mail1",), destinations: tuple[str, ...] = ("new",), **extra: dict[str, Any]
) -> Inventory:
    hosts = {name: {**values, **extra.get(name, {})} for name, values in HOSTS.items()}
    groups = {"all": list(hosts), "zimbra_source": sources, "zimbra_destination": destinations}
    return Inventory(groups, lambda host, name: hosts[host].get(name))


def planned(found: Inventory, **request: Any) -> dict[str, Any]:
    return plan(Request(**{"procedure": "smartscan", "phase": "initial", **request}), found, "/home/me")


def refusal(found: Inventory, **request: Any) -> str:
    with pytest.raises(ParameterError) as caught:
        planned(found, **request)
    return str(caught.value)


def test_one_unit_with_all_paths() -> None:
    result = planned(inventory())
    (unit,) = result["units"]
    assert (result["procedure"], result["phase"], result["name"]) == ("smartscan", "initial", "migration")
    assert result["report_dest"] == "/home/me"
    assert unit["name"] == "smartscan-mail1"
    assert unit["method"] == "smart_scan"
    assert unit["ledger"] == "/opt/migration/ledger.db"
    assert unit["import_path"] == "/opt/migration/import/smartscan-mail1"
    assert unit["key_directory"] == "/opt/migration/keys/smartscan-mail1"
    assert unit["mail_target"] == "smtp:[127.0.0.12]:25"
    assert unit["destination"]["ssh"]["address"] == "127.0.0.12"
    assert unit["destination"]["ssh"]["port"] == 2222
    assert unit["source"] == {
        "host": "mail1", "address": "127.0.0.11", "directory": "/opt/migration", "home": "", "service_user": "",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("value", "keys"),
    [
        (None, {}),
        (True, {}),
        ("yes", {}),
        (False, {"zimbra_lmtp_validate_messages": False}),
        ("no", {"zimbra_lmtp_validate_messages": False}),
    ],
)
def test_the_validator_is_off_only_where_it_is_said(value: Any, keys: dict[str, bool]) -> None:
    (unit,) = planned(inventory(new={"migration_lmtp_validate": value}))["units"]
    assert unit["destination"]["localconfig"] == keys


def test_a_validator_that_is_neither_on_nor_off_is_refused() -> None:
    told = refusal(inventory(new={"migration_lmtp_validate": "off-ish"}))
    assert "migration_lmtp_validate=off-ish" in told and "true or false" in told


def test_directory_of_each_host() -> None:
    first, second = planned(inventory(("mail1", "mail2")))["units"]
    assert first["key_directory"] == "/opt/migration/keys/smartscan-mail1"
    assert second["key_directory"] == "/srv/move/keys/smartscan-mail2"
    assert second["ledger"] == first["ledger"] == "/opt/migration/ledger.db"


def test_one_unit_leads_on_each_destination() -> None:
    found = inventory(
        ("mail1", "mail2"), ("new", "new2"),
        mail1={"migration_destination": "new2"}, mail2={"migration_destination": "new"},
    )  # fmt: skip
    assert [(unit["destination"]["host"], unit["leads"]) for unit in planned(found)["units"]] == [
        ("new2", True),
        ("new", True),
    ]
    assert [unit["leads"] for unit in planned(inventory(("mail1", "mail2")))["units"]] == [True, False]


def test_a_unit_knows_whether_it_is_the_only_one() -> None:
    assert [unit["alone"] for unit in planned(inventory())["units"]] == [True]
    assert [unit["alone"] for unit in planned(inventory(("mail1", "mail2")))["units"]] == [False, False]


@pytest.mark.parametrize("phase", PROCEDURES["smartscan"])
def test_every_phase_is_planned(phase: str) -> None:
    assert planned(inventory(), phase=phase)["phase"] == phase


@pytest.mark.parametrize(
    ("request_", "words"),
    [
        ({"procedure": "smartscam"}, ("procedure=smartscam", "unknown", "smartscan")),
        ({"procedure": "per_domain"}, ("procedure=per_domain", "not there yet", "smartscan")),
        ({"procedure": ""}, ("'procedure' is not set", "-e procedure=", "smartscan")),
        ({"phase": "cutovr"}, ("phase=cutovr", "unknown", "cutover")),
        ({"phase": "rollback"}, ("phase=rollback", "not there yet", "mailflow_undo")),
        ({"phase": None}, ("'phase' is not set", "-e phase=", "precheck, initial, delta")),
        ({"name": "my migration"}, ("migration_name=my migration", "letters")),
        ({"mail_target": "smtp:new.example.com:25"}, ("migration_mail_target=smtp:new.example.com:25", "smtp:[")),
        ({"mail_target": "new.example.com"}, ("migration_mail_target=new.example.com", "smtp:[")),
    ],
)
def test_refusals_name_variable_value_and_remedy(request_: dict[str, Any], words: tuple[str, ...]) -> None:
    message = refusal(inventory(), **request_)
    for word in words:
        assert word in message


def test_missing_and_empty_groups() -> None:
    assert "zimbra_source has no hosts" in refusal(inventory(()))
    bare = Inventory({"all": []}, lambda host, name: None)
    message = refusal(bare)
    assert "zimbra_source is missing from the inventory" in message
    assert "-i" in message


def test_host_in_both_groups() -> None:
    assert "mail1 is in both groups" in refusal(inventory(("mail1",), ("new", "mail1")))


def test_several_destinations_need_a_choice() -> None:
    message = refusal(inventory(("mail1",), ("new", "new2")))
    assert "'migration_destination' of the host mail1 is not set" in message
    assert "new, new2" in message
    wrong = refusal(inventory(mail1={"migration_destination": "nwe"}))
    assert "migration_destination=nwe" in wrong


@pytest.mark.parametrize("value", ["relative/dir", "/", "/srv/my dir", "/srv/a;b"])
def test_directories_that_cannot_be_used(value: str) -> None:
    assert f"migration_dir of the host mail1={value.rstrip('/')}" in refusal(inventory(mail1={"migration_dir": value}))


@pytest.mark.parametrize("value", ["ssh", 0, 65536])
def test_ports_that_cannot_be_used(value: object) -> None:
    assert f"migration_ssh_port={value}" in refusal(inventory(new={"migration_ssh_port": str(value)}))


def test_mail_target_comes_from_the_destination() -> None:
    found = inventory(new={"migration_mail_target": "smtp:[mx.example.com]:2525"})
    assert planned(found)["units"][0]["mail_target"] == "smtp:[mx.example.com]:2525"
    assert planned(found, mail_target="smtp:[other]")["units"][0]["mail_target"] == "smtp:[other]"


@pytest.mark.parametrize(("value", "expected"), [("out", "/home/me/out"), ("/srv/out", "/srv/out"), (None, "/home/me")])
def test_report_lies_where_the_user_is(value: str | None, expected: str) -> None:
    assert planned(inventory(), report_dest=value)["report_dest"] == expected
