# Copyright (c) 2026, mailops.zimbra contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The action plugin: reads the inventory through the task's variables, never a host."""

from __future__ import annotations

import os
from typing import Any
from unittest.mock import MagicMock

from ansible.parsing.dataloader import DataLoader
from ansible.template import Templar

from ansible_collections.mailops.zimbra.plugins.action.migration_phase import ActionModule

HOSTVARS: dict[str, dict[str, Any]] = {"old": {}, "new": {"ansible_host": "127.0.0.12"}}


def run(groups: dict[str, list[str]], **options: Any) -> dict[str, Any]:
    loader = DataLoader()
    task = MagicMock(args=options, async_val=0, check_mode=False)
    connection = MagicMock()
    plugin = ActionModule(
        task=task,
        connection=connection,
        play_context=MagicMock(),
        loader=loader,
        templar=Templar(loader=loader),
        shared_loader_obj=None,
    )
    found = plugin.run(task_vars={"groups": groups, "hostvars": HOSTVARS})
    assert connection.mock_calls == []
    return found


def test_plan() -> None:
    found = run({"zimbra_source": ["old"], "zimbra_destination": ["new"]}, procedure="smartscan", phase="delta")
    assert not found.get("failed")
    assert found["changed"] is False
    assert found["plan"]["phase"] == "delta"
    assert found["plan"]["report_dest"] == os.getcwd()
    assert [unit["name"] for unit in found["plan"]["units"]] == ["smartscan-old"]


def test_refusal_is_a_failure_with_its_cause() -> None:
    found = run({"zimbra_source": ["old"]}, procedure="smartscan", phase="delta")
    assert found["failed"] is True
    assert found["error"] == "ParameterError"
    assert "zimbra_destination" in found["msg"]
