# Copyright (c) 2026, mailops.zimbra contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""`carbonio backup scheduler SmartScan|purge get|set global|server [enabled B] [pattern CRON] [target_server HOST]`."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from zimsim.backup.errors import InvalidValue
from zimsim.backup.properties import GLOBAL, SERVER
from zimsim.commands.zxsuite.arguments import UsageError
from zimsim.commands.zxsuite.call import Answer

if TYPE_CHECKING:
    from zimsim.backup.service import BackupModule
    from zimsim.commands.context import CommandContext

SCHEDULERS = {"smartscan": "backupSmartScanScheduler", "purge": "backupPurgeScheduler"}
LOCAL = "local"


def run(ctx: CommandContext, backup: BackupModule, words: list[str]) -> Answer:
    """Raises UsageError, BackupError. The schedulers are only kept: nothing starts by them."""
    known = len(words) >= 3 and words[0].lower() in SCHEDULERS and words[1].lower() in ("get", "set")
    if not known or words[2].lower() not in (GLOBAL, SERVER) or len(words) % 2 == 0:
        raise UsageError("command scheduler requires more parameters")
    attribute, verb, scope = SCHEDULERS[words[0].lower()], words[1].lower(), words[2].lower()
    named = {name.lower(): value for name, value in zip(words[3::2], words[4::2], strict=True)}
    host = named.pop("target_server", LOCAL).lower()
    if scope == SERVER and host not in (LOCAL, backup.host, backup.server_id):
        raise InvalidValue("no such server: {server}", server=host)
    current: dict[str, Any] = json.loads(backup.properties.get(attribute, scope).text)
    if verb == "get":
        return Answer({"enabled": current["cron-enabled"], "pattern": current["cron-pattern"]})
    if set(named) - {"enabled", "pattern"} or not named:
        raise UsageError("command scheduler set requires enabled or pattern")
    if "enabled" in named:
        if named["enabled"].lower() not in ("true", "false"):
            raise UsageError(f"Invalid value {named['enabled']} for parameter enabled, expected true|false")
        current["cron-enabled"] = named["enabled"].lower() == "true"
    current["cron-pattern"] = named.get("pattern", current["cron-pattern"])
    value = json.dumps(current, separators=(",", ":"))
    backup.properties.set(attribute, value, scope)
    ctx.journal(f"backup scheduler set {scope}", attribute, value=value)
    return Answer("ok", text="ok")
