# Copyright (c) 2026, mailops.zimbra contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Operations in answers, and what `monitor`, `--progress` and `--sync` print of one."""

from __future__ import annotations

import time
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from zimsim.backup.errors import NoSuchOperation
from zimsim.backup.notifications import notification_block
from zimsim.backup.records import Operation, Outcome, State

if TYPE_CHECKING:
    from zimsim.backup.service import BackupModule
    from zimsim.commands.context import CommandContext

TICK_SECONDS = 1.0
EXIT_CODES = {
    Outcome.FINISHED: 0,
    Outcome.EXCEPTION: 1,
    Outcome.STOPPED: 2,
    Outcome.REMOVED: 3,
    Outcome.INTERRUPTED: 4,
}


def monitor_command(backup: BackupModule, operation: Operation) -> str:
    module = backup.dialect.storage_module if operation.module == "ZxPowerstore" else "backup"
    return f"{backup.dialect.program} {module} monitor {operation.id}"


def pending_entry(backup: BackupModule, operation: Operation) -> dict[str, Any]:
    """One entry of getAllOperations."""
    entry: dict[str, Any] = {}
    if operation.start_ms is not None:
        entry["startTime"] = operation.start_ms
    entry.update(
        queuedTime=operation.queued_ms,
        module=operation.module,
        name=operation.name,
        descName=operation.desc_name,
        id=operation.id,
        state=operation.state.value,
        host=operation.host,
        parameters=operation.parameters,
        monitorCommand=monitor_command(backup, operation),
    )
    return entry


def log_entry(operation: Operation, unfinished_state: str) -> dict[str, Any]:
    """One entry of getOperationLog and getUnfinishedOperationLog; the latter tells the state it was cut short in."""
    interrupted = operation.outcome is Outcome.INTERRUPTED
    start = operation.start_ms or operation.queued_ms
    entry: dict[str, Any] = {
        "id": operation.id,
        "name": operation.name,
        "serverId": operation.server_id,
        "module": operation.module,
        "state": unfinished_state if interrupted else operation.state.value,
        "type": operation.outcome.value if operation.outcome else "",
        "startTime": start,
        "humanStartTime": time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(start / 1000)),
        "parameters": operation.parameters,
    }
    if interrupted:
        del entry["type"]
    if operation.error:
        entry["error"] = operation.error
    return entry


def all_operations(backup: BackupModule, module: str | None) -> dict[str, Any]:
    """The answer of getAllOperations."""
    operations = [pending_entry(backup, operation) for operation in backup.pending(module)]
    return {"operationList": operations, "realTimeScanOperations": 0}


def operation_list(backup: BackupModule, operations: Iterable[Operation]) -> dict[str, Any]:
    """The answer of both logs."""
    return {"operationList": [log_entry(operation, backup.switches.unfinished_state) for operation in operations]}


def started(backup: BackupModule, operation: Operation) -> dict[str, Any]:
    """The answer of a do* command."""
    return {
        backup.switches.id_key: operation.id,
        "operationHost": operation.host,
        "monitorCommand": monitor_command(backup, operation),
    }


def follow(ctx: CommandContext, backup: BackupModule, operation_id: str, show: bool) -> Operation:
    """Print a block per tick until the operation ended, then its notifications. Raises NoSuchOperation, CallerGone.

    The caller's end stops the printing only, never the operation.
    """
    backup.operation(operation_id)
    while (job := backup.job(operation_id)) is not None:
        if show and job.operation.state is not State.QUEUED:
            ctx.out(f" --\n{job.progress.block()}\n")
        ctx.wait(TICK_SECONDS)
    operation = backup.operation(operation_id)
    if operation.state is not State.FINISHED:
        raise NoSuchOperation("no such operation: {id}", id=operation_id)
    if show:
        if operation.progress:
            ctx.out(f" --\n{operation.progress}\n")
        blocks = [notification_block(each) for each in backup.database.notifications(operation_id)]
        ctx.out("\n== Notifications ==\n\n" + "\n".join(blocks))
    return operation
