# Copyright (c) 2026, mailops.zimbra contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Handlers of the `backup` module."""

from __future__ import annotations

from pathlib import Path

from zimsim.backup import infos
from zimsim.backup.errors import InvalidPath
from zimsim.backup.requests import REQUESTS
from zimsim.commands.zxsuite.call import Answer, Call, Handler
from zimsim.commands.zxsuite.operations import started


def start(call: Call) -> Answer:
    """Every do* command that queues an operation."""
    call.backup.require_running(call.module)
    job = REQUESTS[call.command.name](call.backup, call.values, "ZxLink")
    operation = call.backup.submit(call.module, job)
    call.ctx.journal(f"{call.module} {call.command.name}", operation.id, parameters=dict(call.values))
    return Answer(started(call.backup, operation), operation=operation.id)


def get_backup_info(call: Call) -> Answer:
    return Answer(infos.backup_info(call.backup, call.text("backup_path")))


def get_available_accounts(call: Call) -> Answer:
    answer = infos.available_accounts(
        call.backup,
        call.text("backup_path"),
        call.text("date"),
        [name.lower() for name in call.listed("domains")],
        call.true("hide_deleted"),
        call.true("hide_system_accounts") or "hide_system_accounts" not in call.values,
        call.true("hide_existing_accounts"),
    )
    if call.text("output_file"):
        path = Path(call.text("output_file"))
        try:
            path.write_text("".join(f"{name}\n" for name in answer["accountMap"]))
        except OSError as error:
            raise InvalidPath("unable to write {path}: {cause}", path=str(path), cause=str(error)) from error
        call.ctx.journal("backup getAvailableAccounts output_file", str(path))
    return Answer(answer)


def get_available_domains(call: Call) -> Answer:
    return Answer(infos.available_domains(call.backup, call.text("backup_path"), call.text("date")))


def get_account_info(call: Call) -> Answer:
    return Answer(
        infos.account_info(
            call.backup, call.text("backup_path"), call.text("account"), call.text("date"), call.true("backupstats")
        )
    )


def get_item(call: Call) -> Answer:
    return Answer(
        infos.item(
            call.backup,
            call.text("backup_path"),
            call.text("account"),
            int(call.text("item")),
            call.text("date"),
            call.true("dump_blob"),
        )
    )


def get_map(call: Call) -> Answer:
    return Answer(infos.map_table(call.text("file_path")))


def get_server_config(call: Call) -> Answer:
    return Answer(infos.server_config(call.backup, call.text("backup_path"), call.text("type"), call.text("query")))


def get_cos_backup_status(call: Call) -> Answer:
    return Answer(infos.cos_backup_status(call.backup, call.text("cos_name") or "all"))


HANDLERS: dict[str, Handler] = {
    **dict.fromkeys(REQUESTS, start),
    "getBackupInfo": get_backup_info,
    "getAvailableAccounts": get_available_accounts,
    "getAvailableDomains": get_available_domains,
    "getAccountInfo": get_account_info,
    "getItem": get_item,
    "getMap": get_map,
    "getServerConfig": get_server_config,
    "getCOSBackupStatus": get_cos_backup_status,
}
