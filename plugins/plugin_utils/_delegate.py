# Copyright (c) 2026, mailops.zimbra contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Run a module on another inventory host than the task's, from inside an action plugin.

Follows what ansible-core's own TaskExecutor does for ``delegate_to``: connection variables, privilege escalation and
the interpreter are those of the other host, with the task's keywords as the fallback. Tried on core 2.16 and 2.19.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ansible import constants as C
from ansible.errors import AnsibleError
from ansible.module_utils.parsing.convert_bool import boolean
from ansible.plugins.action import ActionBase
from ansible.plugins.loader import become_loader, connection_loader

from ansible_collections.mailops.zimbra.plugins.module_utils._errors import ParameterError


class Delegate:
    """One other host, with a connection of its own that is kept open between calls. ``close()`` it."""

    def __init__(self, action: ActionBase, host: str, task_vars: Mapping[str, Any]) -> None:
        """``action``: the running plugin. Raises :class:`ParameterError` for a host the inventory does not have."""
        hostvars = task_vars.get("hostvars", {})
        if host not in hostvars:
            raise ParameterError(
                f"ledger_host={host} is not a host of the inventory. Name the inventory host the ledger is on."
            )
        variables = _connection_variables(hostvars[host])
        task = action._task.copy()
        task.delegate_to = host
        self._task_vars = dict(task_vars, ansible_delegated_vars={host: variables})
        play_context = action._play_context.copy()
        play_context = play_context.set_task_and_variable_override(
            task=task, variables=self._task_vars, templar=action._templar
        )
        play_context.post_validate(templar=action._templar)
        if not play_context.remote_addr:
            play_context.remote_addr = host
        self._connection = _connect(task, variables, play_context)
        self._action = type(action)(
            task=task,
            connection=self._connection,
            play_context=play_context,
            loader=action._loader,
            templar=action._templar,
            shared_loader_obj=action._shared_loader_obj,
        )

    def run_module(self, name: str, arguments: dict[str, Any]) -> dict[str, Any]:
        """Run one module there, with the task's check mode and diff; returns its result, failed or not."""
        result: dict[str, Any] = self._action._execute_module(
            module_name=name, module_args=arguments, task_vars=self._task_vars
        )
        return result

    def reset(self) -> None:
        """Forget a connection that broke, so that the next call makes a new one."""
        reset_connection(self._connection)

    def close(self) -> None:
        """Remove what was left over there for the module, and the connection."""
        self._action.cleanup()
        self._connection.close()


def task_host(action: ActionBase, task_vars: Mapping[str, Any]) -> str:
    """The inventory host this task really runs on."""
    return str(action._task.delegate_to or task_vars["inventory_hostname"])


def reset_connection(connection: Any) -> None:
    """Reset a connection of any kind; one that cannot be reset is left to its own means."""
    try:
        connection.reset()
    except (AttributeError, AnsibleError):
        connection.close()


def _connection_variables(variables: Mapping[str, Any]) -> dict[str, Any]:
    """The variables that say how to work on a host; of its facts only what interpreter discovery keeps there."""
    chosen = {}
    for name in variables:
        if name.startswith("ansible_") and name not in ("ansible_facts", "ansible_delegated_vars"):
            chosen[name] = variables[name]
    facts = variables.get("ansible_facts") or {}
    chosen["ansible_facts"] = {key: value for key, value in facts.items() if key.startswith("discovered_interpreter")}
    return chosen


def _connect(task: Any, variables: dict[str, Any], play_context: Any) -> Any:
    kind = variables.get("ansible_connection") or task.connection or C.DEFAULT_TRANSPORT
    # `smart` was the default up to core 2.16 and means ssh wherever ControlPersist exists.
    kind = "ssh" if kind == "smart" else kind
    play_context.connection = kind
    connection = connection_loader.get(kind, play_context, new_stdin=None, task_uuid=task._uuid)
    if connection is None:
        raise ParameterError(f"The connection plugin {kind} was not found.")
    become = variables.get("ansible_become")
    wanted = boolean(become) if become is not None else bool(task.become)
    plugin = None
    if wanted:
        method = variables.get("ansible_become_method") or task.become_method or C.DEFAULT_BECOME_METHOD
        plugin = become_loader.get(method)
        if plugin is None:
            raise ParameterError(f"The become plugin {method} was not found.")
    connection.set_become_plugin(plugin)
    if plugin is not None:
        play_context.set_become_plugin(plugin.name)
    play_context.set_attributes_from_plugin(connection)
    keys = task.dump_attrs()
    # As TaskExecutor: these two task keywords mean something else than the connection's options of the same name.
    keys["timeout"] = play_context.timeout
    keys.pop("retries", None)
    if play_context.password:
        keys["password"] = play_context.password
    _set_options(connection, "connection", connection._load_name, variables, keys)
    _set_options(connection._shell, "shell", connection._shell._load_name, variables, keys)
    if plugin is not None:
        if play_context.become_pass:
            keys["become_pass"] = play_context.become_pass
        _set_options(plugin, "become", plugin._load_name, variables, keys)
        for option in ("become_user", "become_flags", "become_exe", "become_pass"):
            try:
                setattr(play_context, option, plugin.get_option(option))
            except KeyError:
                continue
        play_context.prompt = plugin.prompt
    return connection


def _set_options(plugin: Any, kind: str, name: str, variables: dict[str, Any], keys: dict[str, Any]) -> None:
    options: dict[str, Any] = {one: variables[one] for one in C.config.get_plugin_vars(kind, name) if one in variables}
    if getattr(plugin, "allow_extras", False):
        prefix = f"ansible_{plugin.extras_prefix}_"
        extras = {one: value for one, value in variables.items() if one.startswith(prefix) and one not in options}
        options["_extras"] = extras
    elif kind == "connection":
        options["_extras"] = {}
    plugin.set_options(task_keys=keys, var_options=options)
