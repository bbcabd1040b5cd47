# Copyright (c) 2026, mailops.zimbra contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The action plugin: what it checks, which module it runs where, and what a broken connection means."""

from __future__ import annotations

from typing import Any
from unittest.mock import MagicMock

import pytest
from ansible.errors import AnsibleConnectionFailure

from ansible_collections.mailops.zimbra.plugins.action import zxsuite_backup
from ansible_collections.mailops.zimbra.plugins.module_utils._errors import ParameterError

ID = "f200b3e9-c694-482e-a46f-a13d58920003"
FINISHED = {
    "operation_id": ID,
    "state": "finished",
    "settled": True,
    "how": "attached",
    "changed": True,
    "message": "m",
}
VARIABLES: dict[str, Any] = {"inventory_hostname": "unit1", "hostvars": {"unit1": {}, "source": {}, "dest": {}}}


class FakeDelegate:
    """Stands for the connection to another host."""

    def __init__(self, action: Any, host: str, task_vars: Any) -> None:
        self.host = host
        self.calls: list[tuple[str, dict[str, Any]]] = []
        self.answers: list[Any] = []
        self.resets = self.closed = 0
        made.append(self)

    def run_module(self, name: str, arguments: dict[str, Any]) -> dict[str, Any]:
        self.calls.append((name, arguments))
        if arguments["action"] == "claim":
            if len(self.calls) == 1:
                raise AnsibleConnectionFailure("ssh died")
            return {"decision": "start", "attempt": {"number": 1}, "attempts": []}
        return {"attempts": [1]}

    def reset(self) -> None:
        self.resets += 1

    def close(self) -> None:
        self.closed += 1


made: list[FakeDelegate] = []


@pytest.fixture(autouse=True)
def no_real_world(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    made.clear()
    lines: list[str] = []
    monkeypatch.setattr(zxsuite_backup, "Delegate", FakeDelegate)
    monkeypatch.setattr(zxsuite_backup.time, "sleep", lambda seconds: None)
    monkeypatch.setattr(zxsuite_backup.display, "display", lines.append)
    return lines


def plugin(steps: list[Any], delegate_to: str | None = "source", **options: Any) -> Any:
    task = MagicMock(args=options, async_val=0, check_mode=False, delegate_to=delegate_to)
    action = zxsuite_backup.ActionModule(
        task=task,
        connection=MagicMock(),
        play_context=MagicMock(),
        loader=MagicMock(),
        templar=MagicMock(),
        shared_loader_obj=None,
    )
    action._execute_module = MagicMock(side_effect=steps)
    return action


def test_ledger_of_another_host_is_asked_over_there(no_real_world: list[str]) -> None:
    action = plugin(
        [dict(FINISHED)],
        operation="smart_scan",
        unit="smartscan-mail1",
        **{"pass": "2"},
        ledger="/l.db",
        ledger_host="dest",
    )
    result = action.run(task_vars=VARIABLES)
    (delegate,) = made
    assert (delegate.host, delegate.resets, delegate.closed) == ("dest", 1, 1)
    assert [(name, one["action"], one["path"], one["host"], one["pass"]) for name, one in delegate.calls] == [
        ("mailops.zimbra.migration_ledger", "claim", "/l.db", "source", 2),
        ("mailops.zimbra.migration_ledger", "claim", "/l.db", "source", 2),
        ("mailops.zimbra.migration_ledger", "record_attempt", "/l.db", "source", 2),
        ("mailops.zimbra.migration_ledger", "record_attempt", "/l.db", "source", 2),
    ]
    assert (result["state"], result["changed"], result["attempts"]) == ("finished", True, [1])
    assert all(line.startswith("[smartscan-mail1] SmartScan pass 2: ") for line in no_real_world)


@pytest.mark.parametrize("ledger_host", [None, "", "source"])
def test_ledger_on_the_tasks_own_host_needs_no_other_connection(ledger_host: str | None) -> None:
    claim = {"decision": "finished", "attempt": {"operation_id": ID, "result": {"state": "finished"}}, "attempts": []}
    options = {"operation": "smart_scan", "unit": "u", "pass": 1, "ledger": "/l.db", "ledger_host": ledger_host}
    action = plugin([claim], **options)
    result = action.run(task_vars=VARIABLES)
    assert made == []
    assert (result["changed"], result["how"]) == (False, "recorded")
    assert action._execute_module.call_args.kwargs["module_name"] == "mailops.zimbra.migration_ledger"


def test_broken_connection_is_no_failed_operation() -> None:
    action = plugin([AnsibleConnectionFailure("gone"), dict(FINISHED)], operation="check_shares")
    result = action.run(task_vars=VARIABLES)
    assert (result["state"], result["how"]) == ("finished", "attached")
    action._connection.reset.assert_called_once()
    second = action._execute_module.call_args_list[1].kwargs
    assert second["module_name"] == "mailops.zimbra.zxsuite_backup"
    assert second["module_args"]["adopt_age"] >= 0


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({}, "operation"),
        ({"operation": "smart_scan", "unit": "u"}, "required together"),
        ({"operation": "smart_scan", "timeout": 0}, "timeout=0 is too small"),
        ({"operation": "smart_scan", "poll_interval": "soon"}, "poll_interval"),
        ({"operation": "smart_scan", "path": "/x"}, "does not take path"),
        ({"operation": "smart_scan", "surprise": 1}, "surprise"),
    ],
)
def test_wrong_options_fail_before_anything_runs(options: dict[str, Any], said: str) -> None:
    action = plugin([], **options)
    result = action.run(task_vars=VARIABLES)
    assert result["failed"] and result["error"] == "ParameterError"
    assert said in result["msg"]
    action._execute_module.assert_not_called()


def test_key_is_the_same_however_the_options_are_written() -> None:
    def key(**options: Any) -> dict[str, Any]:
        params = zxsuite_backup.validated(dict(options, operation="external_restore", path="~/import"))
        return zxsuite_backup.job_of(params, "dest", "unit1", False).parameters

    assert key(domains="b.x,a.x", provisioning_only="yes") == key(domains=["a.x", "b.x"], provisioning_only=True)
    assert key(notifications=["a@x.y"], concurrent_accounts="5") == key()
    # The path is the server's: nothing of this user's home belongs into it.
    assert key() == {"path": "~/import"}


def test_unknown_ledger_host_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(action: Any, host: str, task_vars: Any) -> Any:
        raise ParameterError(f"ledger_host={host} is not a host of the inventory.")

    monkeypatch.setattr(zxsuite_backup, "Delegate", refuse)
    options = {"operation": "smart_scan", "unit": "u", "pass": 1, "ledger": "/l.db", "ledger_host": "nowhere"}
    assert "ledger_host=nowhere" in plugin([], **options).run(task_vars=VARIABLES)["msg"]
