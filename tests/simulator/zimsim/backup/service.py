# Copyright (c) 2026, mailops.zimbra contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The Backup module as a part of the server: its queue, memory, properties, services, scanner."""

from __future__ import annotations

import asyncio
import threading
from typing import TYPE_CHECKING

from zimsim.backup import dialect as dialects
from zimsim.backup import requests
from zimsim.backup.database import Database
from zimsim.backup.errors import ModuleNotRunning, NoSuchOperation
from zimsim.backup.layout import Layout
from zimsim.backup.notifications import Notifier
from zimsim.backup.properties import Properties
from zimsim.backup.queue import Job, OperationQueue
from zimsim.backup.realtime import RealTimeScanner
from zimsim.backup.records import Operation, Outcome, State
from zimsim.backup.services import Services
from zimsim.backup.switches import Switches

if TYPE_CHECKING:
    from zimsim.server import Server

MODULE_NAMES = {"backup": "ZxBackup", "powerstore": "ZxPowerstore", "hsm": "ZxPowerstore", "core": "ZxCore"}


class BackupModule:
    """What the commands talk to. Everything in it may be called from any thread."""

    name = "backup"

    def __init__(self, server: Server) -> None:
        config = server.config
        self.server = server
        self.store = server.store
        self.home = config.home
        self.dialect = dialects.dialect_of(config.product, config.suite, config.version)
        self.switches = Switches.load(config.state)
        self.mail_version = self._version(config.product, config.version)
        self.database = Database(config.state / "backup.db")
        self.host = self.store.directory.server.name
        self.server_id = self.store.directory.server.id
        self.properties = Properties(self.database, config.backup_path, self.server_id, self.switches.scan_on_startup)
        self.services = Services(self.database, self.properties)
        self.notifier = Notifier(self.database, self.dialect, self.host, self.mail_version)
        self.path_lock = threading.RLock()
        self.queues = {
            name: OperationQueue(name, self.database, self.notifier, server.faults)
            for name in ("ZxBackup", "ZxPowerstore")
        }
        self.realtime = RealTimeScanner(self.store, lambda: self.layout, self._realtime_enabled, self.path_lock)

    @staticmethod
    def _version(product: str, version: str) -> str:
        if product == "carbonio":
            return f"Carbonio Release {version}"
        return f"{version}_GA_3888 20191009115742 20191009-1220 FOSS"

    @property
    def layout(self) -> Layout:
        """The server's own backup path as it is set now."""
        return Layout(self.properties.get("ZxBackup_DestPath").text)

    @property
    def licensed(self) -> bool:
        return self.server.faults.active("licence_expired") is None

    def _realtime_enabled(self) -> bool:
        self.services.licensed = self.licensed
        return self.services.running("backup", "backup-realtime")

    # life

    async def start(self) -> None:
        self.services.reset()
        for queue in self.queues.values():
            queue.start()
        self.realtime.start()
        if self.properties.true("ZxBackup_DoSmartScanOnStartup") and self.services.running("backup"):
            self.submit("backup", requests.smart_scan(self, {}, "Scheduler"))

    async def stop(self) -> None:
        self.realtime.request_stop()
        await asyncio.to_thread(self._close)

    def _close(self) -> None:
        for queue in self.queues.values():
            queue.close()
        self.realtime.close()
        self.database.close()

    # operations

    def require_running(self, module: str) -> None:
        """Raises ModuleNotRunning when the module is stopped or not licensed."""
        self.services.licensed = self.licensed
        known = "powerstore" if module == "hsm" else module
        if not self.services.running(known):
            reason = "license not valid" if not self.licensed else "module not running"
            raise ModuleNotRunning("module {module} is not running: {reason}", module=module, reason=reason)

    def submit(self, module: str, job: Job) -> Operation:
        """Queue an operation. Raises ModuleNotRunning."""
        self.require_running(module)
        return self.queues[MODULE_NAMES[module]].submit(job)

    def _hidden(self, operation: Operation) -> bool:
        """The fault `vanish`: the server knows the operation no more (of one name, or of all)."""
        settings = self.server.faults.active("vanish")
        if settings is None:
            return False
        return str(settings.get("operation", operation.name)).lower() == operation.name.lower()

    def pending(self, module: str | None = None) -> list[Operation]:
        """Running and queued operations, of one module or of all."""
        queues = self.queues if module is None else {MODULE_NAMES[module]: self.queues[MODULE_NAMES[module]]}
        return [each for queue in queues.values() for each in queue.pending() if not self._hidden(each)]

    def ended(self) -> list[Operation]:
        """The operation log: whatever ended in an orderly way."""
        finished = self.database.operations(state=State.FINISHED.value)
        return [each for each in finished if each.outcome is not Outcome.INTERRUPTED and not self._hidden(each)]

    def unfinished(self) -> list[Operation]:
        """Operations that were cut short."""
        finished = self.database.operations(state=State.FINISHED.value)
        return [each for each in finished if each.outcome is Outcome.INTERRUPTED and not self._hidden(each)]

    def job(self, operation_id: str) -> Job | None:
        """A running or queued operation with its progress."""
        for queue in self.queues.values():
            job = queue.job(operation_id)
            if job is not None and not self._hidden(job.operation):
                return job
        return None

    def operation(self, operation_id: str) -> Operation:
        """An operation in any state. Raises NoSuchOperation."""
        found = self.database.operation(operation_id)
        if found is None or self._hidden(found):
            raise NoSuchOperation("no such operation: {id}", id=operation_id)
        return found


def create(server: Server) -> BackupModule:
    """The part the server starts."""
    return BackupModule(server)
