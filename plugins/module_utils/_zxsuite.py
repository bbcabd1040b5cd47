# Copyright (c) 2026, mailops.zimbra contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The client of ``zxsuite`` and ``carbonio``: one method per command this collection needs, answers already read."""

from typing import Any, Dict, List, NamedTuple, Optional, Sequence

from ansible_collections.mailops.zimbra.plugins.module_utils._dialect import CARBONIO, NG, CommandHelp, parse_help
from ansible_collections.mailops.zimbra.plugins.module_utils._errors import (
    CommandError,
    DialectError,
    ParseError,
)
from ansible_collections.mailops.zimbra.plugins.module_utils._runner import Result, Runner
from ansible_collections.mailops.zimbra.plugins.module_utils._zxsuite_answer import (
    UNREACHABLE_TEXT,
    Answer,
    parse_answer,
)
from ansible_collections.mailops.zimbra.plugins.module_utils._zxsuite_progress import Progress, read_progress
from ansible_collections.mailops.zimbra.plugins.module_utils._zxsuite_queue import Operation, read_operations
from ansible_collections.mailops.zimbra.plugins.module_utils._zxsuite_report import (
    Report,
    final_report,
    reports_in,
    reports_in_text,
)
from ansible_collections.mailops.zimbra.plugins.module_utils._zxsuite_text import find, plain_key, walk

# Each call starts a JVM (1 to 3 s cold, reference 1.1); a busy server may take much longer to answer.
COMMAND_TIMEOUT = 120.0
# A finished operation's monitor prints its notifications and ends; one that does not is ended after this.
FINISHED_MONITOR = 10.0
STORAGE_MODULES = ("powerstore", "hsm")


class Sample(NamedTuple):
    """A few seconds of ``monitor``. ``ended``: it stopped by itself, so the operation is over."""

    progress: Optional[Progress]
    reports: List[Report]
    ended: bool


class Zxsuite:
    """Talks to the local server. ``binary`` is the program, ``dialect`` one of ``_dialect.DIALECTS``."""

    def __init__(self, runner: Runner, binary: str, dialect: str, timeout: float = COMMAND_TIMEOUT) -> None:
        self._runner = runner
        self.binary = binary
        self.dialect = dialect
        self._timeout = timeout

    def call(self, module: str, command: str, *arguments: str) -> Answer:
        """One command with ``--json``; raises what :func:`parse_answer` raises."""
        result = self._run(["--json", module, command] + list(arguments))
        return parse_answer(result, self._title(module, command))

    def help(self, module: str, command: str) -> CommandHelp:
        """What this platform's command takes. Raises :class:`DialectError` when it has no such command."""
        result = self._run(["help", module, command])
        if UNREACHABLE_TEXT in result.out or result.rc != 0 or command.lower() not in result.out.lower():
            # Raises for the causes it knows, an unreachable server among them.
            parse_answer(result, self._title("help", f"{module} {command}"))
        return parse_help(result.out, command, self.dialect)

    def storage_module(self) -> Optional[str]:
        """``powerstore`` (Suite, Carbonio) or ``hsm`` (NG), whichever this command line has a help page for."""
        for name in STORAGE_MODULES:
            result = self._run(["help", name])
            try:
                if UNREACHABLE_TEXT not in result.out and f" {name} " in result.out:
                    return name
                parse_answer(result, self._title("help", name))
            except DialectError:
                continue
        return None

    def operations(self) -> List[Operation]:
        """What is queued or running in the Backup module's queue of this server."""
        return read_operations(self.call("backup", "getAllOperations"))

    def all_operations(self) -> List[Operation]:
        """What is queued or running in any module of this server."""
        return read_operations(self.call("core", "getAllOperations"))

    def operation_log(self) -> List[Operation]:
        """Operations that are over."""
        return read_operations(self.call("core", "getOperationLog"))

    def unfinished_operations(self) -> List[Operation]:
        """Operations that were cut short; empty where the command does not exist."""
        try:
            return read_operations(self.call("core", "getUnfinishedOperationLog"))
        except (DialectError, ParseError):
            return []

    def reports(self, operation_id: str) -> List[Report]:
        """What the operation itself said, from the notifications or, if its end is not there, from its monitor."""
        try:
            reports = reports_in(self.call("core", "getNotification"))
        except (DialectError, ParseError):
            reports = []
        if final_report(reports, operation_id) is None:
            reports = reports + self.sample(operation_id, FINISHED_MONITOR).reports
        return [one for one in reports if one.operation_id == operation_id.lower()]

    def sample(self, operation_id: str, seconds: float) -> Sample:
        """Watch an operation for at most ``seconds``; Ctrl+C ends the watching only, never the operation."""
        argv = [self.binary, "backup", "monitor", operation_id]
        result = self._runner.run(argv, timeout=seconds, interrupt=True)
        reports = reports_in_text(result.out)
        ended = final_report(reports, operation_id) is not None
        return Sample(read_progress(result.out), reports, ended)

    def start(self, command: str, arguments: Sequence[str]) -> Answer:
        """Enqueue a long operation of the Backup module. The answer holds its id somewhere."""
        return self.call("backup", command, *arguments)

    def services(self, module: str = "backup") -> Dict[str, Dict[str, Any]]:
        """Service name to its facts (``running``, ``could_start`` ...), as the platform lists them."""
        answer = self.call(module, "getServices")
        services = find(answer.response, "services")
        services = services if services is not None else answer.response
        if isinstance(services, list):
            services = {str(find(one, "name", "service")): one for one in services if isinstance(one, dict)}
        if not isinstance(services, dict) or not any(isinstance(one, dict) for one in services.values()):
            raise ParseError(f"{module} getServices lists no services.", stdout=answer.text[-2000:])
        return {name: facts for name, facts in services.items() if isinstance(facts, dict)}

    def set_service(self, action: str, service: str, module: str = "backup") -> None:
        """``action``: ``doStartService``, ``doStopService`` or ``doRestartService``. Read the services to see it."""
        answer = self.call(module, action, service)
        reason = find(answer.response, "could_not_start_because", "could_not_stop_because")
        if reason or "cannot be started directly" in answer.text:
            raise CommandError(f"{action} {service}: {reason or answer.text.strip()}", service=service)

    def get_property(self, server: str, name: str) -> Optional[str]:
        """A property of this server, ``None`` when it is not set. The dialect decides the command (reference 2.8)."""
        if self.dialect != NG:
            try:
                return read_property(self.call("config", "get", "server", server, name), name)
            except DialectError:
                if self.dialect == CARBONIO:
                    raise
        return read_property(self.call("backup", "getProperty", name), name)

    def set_property(self, server: str, name: str, value: str) -> None:
        """Write a property of this server. Success is what a later read says, not this answer."""
        if self.dialect != NG:
            try:
                self.call("config", "set", "server", server, name, value)
                return
            except DialectError:
                if self.dialect == CARBONIO:
                    raise
        self.call("backup", "setProperty", name, value)

    def _run(self, words: List[str]) -> Result:
        return self._runner.run([self.binary] + words, timeout=self._timeout)

    def _title(self, module: str, command: str) -> str:
        program = self.binary.rpartition("/")[2]
        return f"{program} {module} {command}"


def read_property(answer: Answer, name: str) -> Optional[str]:
    """The value of one property in any of its shapes: ``attribute``/``value`` records, name to value, two words."""
    for server in answer.servers:
        for entry in walk(server.response):
            keys = {plain_key(str(key)): value for key, value in entry.items()}
            named = keys.get("attribute", keys.get("name", keys.get("property")))
            if named is not None and str(named).lower() == name.lower() and "value" in keys:
                return _scalar(keys["value"])
        found = find(server.response, name)
        if isinstance(found, dict):
            found = find(found, "value")
        if found is not None and not isinstance(found, (dict, list)):
            return _scalar(found)
    if not answer.is_json:
        # One blank between the name and its value is not read as two columns.
        for line in answer.text.splitlines():
            words = line.split(None, 1)
            if len(words) == 2 and words[0].lower() == name.lower():
                return words[1].strip()
    return None


def _scalar(value: Any) -> Optional[str]:
    if value is None:
        return None
    return ("TRUE" if value else "FALSE") if isinstance(value, bool) else str(value)
