# Copyright (c) 2026, mailops.zimbra contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A module really runs on the other host, with that host's connection variables."""

from __future__ import annotations

import stat
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from ansible.parsing.dataloader import DataLoader
from ansible.playbook.play_context import PlayContext
from ansible.playbook.task import Task
from ansible.plugins.action import ActionBase
from ansible.plugins.loader import connection_loader, init_plugin_loader
from ansible.template import Templar

from ansible_collections.mailops.zimbra.plugins.module_utils._errors import ParameterError
from ansible_collections.mailops.zimbra.plugins.plugin_utils._delegate import Delegate, reset_connection, task_host


class Plugin(ActionBase):
    """Any action plugin."""

    def run(self, tmp: Any = None, task_vars: Any = None) -> dict[str, Any]:
        return {}


@pytest.fixture(scope="module", autouse=True)
def loader_is_ready() -> None:
    init_plugin_loader([])


@pytest.fixture(name="variables")
def variables_fixture(tmp_path: Path) -> dict[str, Any]:
    """Two hosts on this machine; the other one's Python leaves a trace."""
    python = tmp_path / "python"
    python.write_text(f'#!/bin/sh\necho used >> "{tmp_path}/trace"\nexec "{sys.executable}" "$@"\n')
    python.chmod(python.stat().st_mode | stat.S_IXUSR)
    other = {
        "ansible_connection": "local",
        "ansible_python_interpreter": str(python),
        "ansible_remote_tmp": str(tmp_path / "tmp"),
        "secret": "never looked at",
    }
    return {"inventory_hostname": "unit1", "hostvars": {"unit1": {}, "dest": other}}


@pytest.fixture(name="action")
def action_fixture() -> Iterator[Plugin]:
    loader = DataLoader()
    task = Task.load({"name": "x", "ansible.builtin.ping": {}})
    context = PlayContext()
    connection = connection_loader.get("local", context, new_stdin=None)
    yield Plugin(
        task=task,
        connection=connection,
        play_context=context,
        loader=loader,
        templar=Templar(loader=loader),
        shared_loader_obj=None,
    )
    connection.close()


def test_module_runs_over_there(action: Plugin, variables: dict[str, Any], tmp_path: Path) -> None:
    delegate = Delegate(action, "dest", variables)
    assert delegate.run_module("ansible.builtin.ping", {"data": "one"})["ping"] == "one"
    assert delegate.run_module("ansible.builtin.ping", {"data": "crash"})["failed"]
    delegate.reset()
    delegate.close()
    assert (tmp_path / "trace").read_text().startswith("used")
    # The other host's own directory was used, and nothing is left in it.
    assert list((tmp_path / "tmp").iterdir()) == []


def test_host_nobody_knows(action: Plugin, variables: dict[str, Any]) -> None:
    with pytest.raises(ParameterError, match="ledger_host=nowhere"):
        Delegate(action, "nowhere", variables)


def test_connection_and_become_of_the_other_host(action: Plugin, variables: dict[str, Any]) -> None:
    other = variables["hostvars"]["dest"]
    other.update(ansible_connection="ssh", ansible_host="127.0.0.9", ansible_port=2222, ansible_user="root")
    other.update(ansible_become="yes", ansible_become_user="zimbra")
    connection = Delegate(action, "dest", variables)._connection
    assert connection.transport == "ssh"
    assert [connection.get_option(name) for name in ("host", "port", "remote_user")] == ["127.0.0.9", 2222, "root"]
    assert (connection.become.name, connection.become.get_option("become_user")) == ("sudo", "zimbra")
    other.update(ansible_become=False)
    assert Delegate(action, "dest", variables)._connection.become is None


def test_unknown_plugins_are_named(action: Plugin, variables: dict[str, Any]) -> None:
    other = variables["hostvars"]["dest"]
    other.update(ansible_become=True, ansible_become_method="magic")
    with pytest.raises(ParameterError, match="become plugin magic"):
        Delegate(action, "dest", variables)
    other.update(ansible_connection="pigeon")
    with pytest.raises(ParameterError, match="connection plugin pigeon"):
        Delegate(action, "dest", variables)


def test_host_of_a_task(action: Plugin, variables: dict[str, Any]) -> None:
    assert task_host(action, variables) == "unit1"
    action._task.delegate_to = "source"
    assert task_host(action, variables) == "source"


def test_connection_without_reset_is_closed() -> None:
    class Old:
        closed = False

        def close(self) -> None:
            self.closed = True

    connection = Old()
    reset_connection(connection)
    assert connection.closed
