# Copyright (c) 2026, mailops.zimbra contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Services of the modules: running or not, and why not (section 2.8). They are as configured after every start."""

from __future__ import annotations

from zimsim.backup.database import Database
from zimsim.backup.errors import BackupError
from zimsim.backup.properties import Properties

MODULE = "module"
SERVICES = {
    "backup": (
        MODULE,
        "backup-realtime",
        "purge-cron",
        "smartscan-cron",
        "drive-realtime",
        "backup-attributes-listener",
    ),
    "powerstore": (
        MODULE,
        "powerstore-log",
        "store-manager-services",
        "schedule-move-operations",
        "indexer-manager",
        "powerstore-attribute-listener",
    ),
    "core": (MODULE, "store-cert-checker", "notifications"),
}
REFUSED = "Service cannot be started directly, interact with 'module' service instead"


class ServiceError(BackupError):
    """A service that does not exist or cannot be started or stopped."""

    code = "SERVICE_ERROR"


class Services:
    """What runs. `licensed` says whether the licence is valid: without one no module runs."""

    def __init__(self, database: Database, properties: Properties) -> None:
        self._database = database
        self._properties = properties
        self.licensed = True

    def reset(self) -> None:
        """The server was started: every service is as its configuration says."""
        for module, names in SERVICES.items():
            for name in names:
                self._database.set_service_running(module, name, True)
        enabled = self._properties.true("ZxBackup_ModuleEnabledAtStartup")
        self._database.set_service_running("backup", MODULE, enabled)

    def why_not(self, module: str, name: str) -> str:
        """Why a service could not be started, empty when nothing is in the way."""
        if module != "core" and not self.licensed:
            return "license not valid"
        if name != MODULE and not self.running(module, MODULE):
            return REFUSED
        if (module, name) == ("backup", "backup-realtime") and not self._properties.true("ZxBackup_RealTimeScanner"):
            return "RealTime Scanner disabled"
        return ""

    def running(self, module: str, name: str = MODULE) -> bool:
        asked = self._database.service_running(module, name)
        return asked is not False and not self.why_not(module, name)

    def status(self, module: str) -> dict[str, dict[str, bool | str]]:
        """The answer of getServices."""
        result: dict[str, dict[str, bool | str]] = {}
        for name in SERVICES[module]:
            running, reason = self.running(module, name), self.why_not(module, name)
            entry: dict[str, bool | str] = {}
            if reason and not running:
                entry["could_not_start_because"] = reason
            entry.update(could_start=not running and not reason, could_stop=running, running=running)
            result[name] = entry
        return result

    def _check(self, module: str, name: str) -> None:
        if name not in SERVICES[module]:
            raise ServiceError("no such service: {name}", name=name)

    def start(self, module: str, name: str) -> None:
        """Raises ServiceError."""
        self._check(module, name)
        reason = self.why_not(module, name)
        if reason:
            raise ServiceError(reason)
        self._database.set_service_running(module, name, True)

    def stop(self, module: str, name: str) -> None:
        """Raises ServiceError."""
        self._check(module, name)
        self._database.set_service_running(module, name, False)
