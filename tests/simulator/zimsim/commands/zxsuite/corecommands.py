# Copyright (c) 2026, mailops.zimbra contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Handlers of the `core` module: versions, licence, notifications, operation logs."""

from __future__ import annotations

import time
from typing import Any

from zimsim.backup.errors import InvalidValue
from zimsim.backup.notifications import commit_of, notification_block
from zimsim.commands.zxsuite.call import Answer, Call, Handler
from zimsim.commands.zxsuite.operations import operation_list
from zimsim.commands.zxsuite.output import text_of

SEATS = 5000
DAY = 86400


def get_version(call: Call) -> Answer:
    dialect = call.backup.dialect
    versions = {
        "zextras_version": dialect.version,
        "zextras_commit": commit_of(dialect.version),
        "zal_version": dialect.zal_version,
        "zal_commit": commit_of(dialect.zal_version),
    }
    server = {
        "version": dialect.version,
        "commit": commit_of(dialect.version),
        "commit_dirty": False,
        "system_type": "carbonio" if dialect.name == "carbonio" else "zimbra",
        "product": dialect.product,
        "zal_version": dialect.zal_version,
        "zal_commit": commit_of(dialect.zal_version),
    }
    if dialect.name == "suite":
        return Answer({**versions, "product": dialect.product, "mailbox_version": call.backup.mail_version})
    text = f"\n   CLI versions:\n\n{text_of(versions)}\n\n   Server versions:\n\n{text_of(server)}\n"
    return Answer({"CLI versions": versions, "Server versions": server}, text=text)


def get_license_info(call: Call) -> Answer:
    def day(seconds: float) -> str:
        return time.strftime("%Y-%m-%d 00:00:00 UTC", time.gmtime(seconds))

    licensed, now = call.backup.licensed, time.time()
    end = now + 300 * DAY if licensed else now - DAY
    return Answer(
        {
            "order_id": "SIM-0001",
            "dateStart": day(now - 65 * DAY),
            "dateEnd": day(end),
            "expired": not licensed,
            "licensedUsers": SEATS,
            "accountCount": call.backup.store.directory.count("account"),
        }
    )


def get_all_services_status(call: Call) -> Answer:
    call.backup.services.licensed = call.backup.licensed
    names = {"ZxCore": ("Core", "core"), "ZxBackup": ("Backup", "backup"), "ZxPowerstore": ("Powerstore", "powerstore")}
    answer: dict[str, Any] = {}
    for name, (commercial, command) in names.items():
        answer[name] = {
            "commercialName": commercial,
            "commandName": command,
            "running": call.backup.services.running(command),
            "ModuleEnabledAtStartup": name == "ZxCore" or call.backup.properties.true(f"{name}_ModuleEnabledAtStartup"),
        }
    return Answer(answer)


def get_notification(call: Call) -> Answer:
    notifications = call.backup.database.notifications()
    if call.text("id"):
        notifications = [each for each in notifications if str(each["id"]) == call.text("id")]
        if not notifications:
            raise InvalidValue("no such notification: {id}", id=call.text("id"))
    text = "\n".join(f"Id: {each['id']}\n{notification_block(each)}" for each in notifications)
    return Answer({"notifications": notifications}, text=text)


def get_operation_log(call: Call) -> Answer:
    return Answer(operation_list(call.backup, call.backup.ended()))


def get_unfinished_operation_log(call: Call) -> Answer:
    return Answer(operation_list(call.backup, call.backup.unfinished()))


HANDLERS: dict[str, Handler] = {
    "getVersion": get_version,
    "getLicenseInfo": get_license_info,
    "getAllServicesStatus": get_all_services_status,
    "getNotification": get_notification,
    "getOperationLog": get_operation_log,
    "getUnfinishedOperationLog": get_unfinished_operation_log,
}
