# Copyright (c) 2026, mailops.zimbra contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The controller's part of ``zxsuite_backup``: the claim in the ledger, the waiting, the lines of progress.

The module on the server does one step at a time and never blocks; see ``plugin_utils/_follow.py`` for the loop.
"""

from __future__ import annotations

import os
import socket
import time
from typing import Any

from ansible.errors import AnsibleConnectionFailure
from ansible.module_utils.common.arg_spec import ArgumentSpecValidator
from ansible.plugins.action import ActionBase
from ansible.utils.display import Display

from ansible_collections.mailops.zimbra.plugins.module_utils._errors import MailopsError, ParameterError
from ansible_collections.mailops.zimbra.plugins.module_utils._zxsuite_arguments import COMMANDS, given, key_of
from ansible_collections.mailops.zimbra.plugins.module_utils._zxsuite_backup_argspec import backup_spec
from ansible_collections.mailops.zimbra.plugins.plugin_utils._delegate import Delegate, reset_connection, task_host
from ansible_collections.mailops.zimbra.plugins.plugin_utils._follow import Follower
from ansible_collections.mailops.zimbra.plugins.plugin_utils._job import Job, Result

MODULE = "mailops.zimbra.zxsuite_backup"
LEDGER_MODULE = "mailops.zimbra.migration_ledger"

display = Display()


class ControllerWorld:
    """The loop's world made of Ansible: modules over connections, the display, real time."""

    def __init__(self, action: ActionBase, task_vars: dict[str, Any], ledger: str | None, ledger_host: str) -> None:
        self._action = action
        self._task_vars = task_vars
        self._ledger = ledger
        self._delegate: Delegate | None = None
        if ledger and ledger_host != task_host(action, task_vars):
            self._delegate = Delegate(action, ledger_host, task_vars)

    def step(self, arguments: dict[str, Any]) -> Result:
        whole = dict(self._action._task.args, **arguments)
        return self._here(MODULE, whole)

    def ledger(self, action: str, arguments: dict[str, Any]) -> Result:
        return self._there(LEDGER_MODULE, dict(arguments, action=action, path=self._ledger))

    def ledger_clock(self) -> float | None:
        facts = self._there("ansible.builtin.setup", {"gather_subset": ["!all", "!min", "date_time"]})
        told = facts.get("ansible_facts", {}).get("ansible_date_time", {}).get("epoch_int")
        return None if told is None else float(told)

    def say(self, line: str) -> None:
        display.display(line)

    def monotonic(self) -> float:
        return time.monotonic()

    def wall(self) -> float:
        return time.time()

    def sleep(self, seconds: float) -> None:
        time.sleep(seconds)

    def close(self) -> None:
        if self._delegate is not None:
            self._delegate.close()

    def _there(self, name: str, arguments: dict[str, Any]) -> Result:
        """Run a module on the ledger's host."""
        if self._delegate is None:
            return self._here(name, arguments)
        try:
            return self._delegate.run_module(name, arguments)
        except AnsibleConnectionFailure as error:
            self._delegate.reset()
            return _lost(error)

    def _here(self, name: str, arguments: dict[str, Any]) -> Result:
        try:
            result: Result = self._action._execute_module(
                module_name=name, module_args=arguments, task_vars=self._task_vars
            )
        except AnsibleConnectionFailure as error:
            reset_connection(self._action._connection)
            return _lost(error)
        return result


class ActionModule(ActionBase):
    """Entry point."""

    _supports_async = False

    def run(self, tmp: Any = None, task_vars: dict[str, Any] | None = None) -> dict[str, Any]:
        result: dict[str, Any] = super().run(tmp, task_vars)
        variables = task_vars or {}
        try:
            params = validated(dict(self._task.args))
            job = job_of(params, task_host(self, variables), variables["inventory_hostname"], self._task.check_mode)
            world = ControllerWorld(self, variables, params["ledger"], params["ledger_host"] or job.host)
        except MailopsError as error:
            return dict(result, failed=True, **error.as_failure())
        try:
            result.update(Follower(job, world).run())
        finally:
            world.close()
        return result


def validated(arguments: dict[str, Any]) -> dict[str, Any]:
    """The task's arguments checked and converted as the module will; raises :class:`ParameterError`."""
    spec = backup_spec()
    for option in spec.values():
        # Paths are the server's: nothing of the controller's environment belongs into them.
        if option["type"] == "path":
            option["type"] = "str"
    outcome = ArgumentSpecValidator(spec, required_together=[("unit", "pass", "ledger")]).validate(arguments)
    if outcome.error_messages:
        raise ParameterError("; ".join(outcome.error_messages))
    params: dict[str, Any] = outcome.validated_parameters
    for name, least in (("timeout", 1), ("poll_interval", 0)):
        if params[name] < least:
            raise ParameterError(f"{name}={params[name]} is too small: give at least {least}.")
    return params


def job_of(params: dict[str, Any], host: str, prefix: str, check_mode: bool) -> Job:
    """The job these validated arguments stand for."""
    operation = params["operation"]
    return Job(
        operation=operation,
        title=COMMANDS[operation].title,
        prefix=params["unit"] or prefix,
        timeout=float(params["timeout"]),
        poll_interval=params["poll_interval"],
        key=(params["unit"], params["pass"]) if params["unit"] else None,
        parameters=key_of(given(operation, params)),
        host=host,
        # Forked workers share their parent: one name for all tasks of one run.
        claimant=f"{socket.gethostname()}:{os.getppid()}",
        check_mode=check_mode,
        operation_id=params["operation_id"],
    )


def _lost(error: Exception) -> Result:
    return {"failed": True, "error": "ConnectionLost", "msg": f"The connection was lost: {error}"}
