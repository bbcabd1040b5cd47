# Copyright (c) 2026, mailops.zimbra contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Handlers every module has: operations, services, properties."""

from __future__ import annotations

from zimsim.backup.errors import NoSuchOperation
from zimsim.backup.service import MODULE_NAMES
from zimsim.commands.zxsuite.call import Answer, Call, Handler
from zimsim.commands.zxsuite.operations import all_operations


def _service_module(call: Call) -> str:
    return "powerstore" if call.module == "hsm" else call.module


def get_all_operations(call: Call) -> Answer:
    return Answer(all_operations(call.backup, None if call.module == "core" else call.module))


def stop_operation(call: Call) -> Answer:
    operation_id = call.text("operation_uuid").lower()
    if call.backup.job(operation_id) is None:
        raise NoSuchOperation("no such operation: {id}", id=operation_id)
    call.backup.queues[MODULE_NAMES[call.module]].stop(operation_id)
    call.ctx.journal(f"{call.module} doStopOperation", operation_id)
    return Answer({"ok": True}, text="        operation stopped")


def stop_all_operations(call: Call) -> Answer:
    ids = call.backup.queues[MODULE_NAMES[call.module]].stop_all()
    call.ctx.journal(f"{call.module} doStopAllOperations", ",".join(ids))
    return Answer({"ok": True, "stopped": ids})


def get_services(call: Call) -> Answer:
    call.backup.services.licensed = call.backup.licensed
    return Answer({"services": call.backup.services.status(_service_module(call))})


def _service(call: Call, stop: bool, start: bool, done: str) -> Answer:
    module, name = _service_module(call), call.text("service_name")
    call.backup.services.licensed = call.backup.licensed
    if stop:
        call.backup.services.stop(module, name)
    if start:
        call.backup.services.start(module, name)
    call.ctx.journal(f"{call.module} {call.command.name}", name)
    return Answer({"message": done}, text=done)


def start_service(call: Call) -> Answer:
    return _service(call, False, True, "service started")


def stop_service(call: Call) -> Answer:
    return _service(call, True, False, "service stopped")


def restart_service(call: Call) -> Answer:
    return _service(call, True, True, "service restarted")


def get_property(call: Call) -> Answer:
    properties, name = call.backup.properties, call.text("property_name")
    values = [properties.get(name)] if name else properties.all()
    return Answer({value.attribute.name: value.text for value in values})


def set_property(call: Call) -> Answer:
    value = call.backup.properties.set(call.text("property_name"), call.text("property_value"))
    call.ctx.journal(f"{call.module} setProperty", value.attribute.name, value=value.text)
    return Answer("ok", text="ok")


HANDLERS: dict[str, Handler] = {
    "getAllOperations": get_all_operations,
    "doStopOperation": stop_operation,
    "doStopAllOperations": stop_all_operations,
    "getServices": get_services,
    "doStartService": start_service,
    "doStopService": stop_service,
    "doRestartService": restart_service,
    "getProperty": get_property,
    "setProperty": set_property,
}
