# Copyright (c) 2026, mailops.zimbra contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The program: options, who may run it, which command, how its answer is printed, with which exit status."""

from __future__ import annotations

import pwd
import shlex
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from zimsim.backup.errors import BackupError, InvalidValue
from zimsim.commands import context as contexts
from zimsim.commands import registry
from zimsim.commands.zxsuite import (
    backupcommands,
    configcommands,
    corecommands,
    help,
    modulecommands,
    schedulercommands,
)
from zimsim.commands.zxsuite.arguments import Invocation, UsageError, parse_options, parse_parameters
from zimsim.commands.zxsuite.call import Answer, Call, Handler
from zimsim.commands.zxsuite.operations import EXIT_CODES, follow
from zimsim.commands.zxsuite.output import envelope, error_envelope, json_text, text_of
from zimsim.commands.zxsuite.specs import Command, modules

if TYPE_CHECKING:
    from zimsim.backup.service import BackupModule
    from zimsim.commands.context import CommandContext

Sentence = Callable[["CommandContext", "BackupModule", list[str]], Answer]
UNREACHABLE = "Unable to communicate with server"
HANDLERS: Mapping[str, Handler] = {
    **modulecommands.HANDLERS,
    **corecommands.HANDLERS,
    **backupcommands.HANDLERS,
}


def run(ctx: CommandContext) -> int:
    """One call of zxsuite or carbonio."""
    backup: BackupModule = ctx.server.part("backup")
    user = ctx.server.config.service_user
    if user and pwd.getpwnam(user).pw_uid != ctx.uid:
        ctx.err(f"{ctx.prog} must be run as user {user}\n")
        return 1
    if ctx.server.faults.consume("unreachable") is not None:
        ctx.out(f"{UNREACHABLE}\n")
        return 0
    if not ctx.argv and ctx.prog == "carbonio":
        return _batch(ctx, backup)
    return _Program(ctx, backup).run(ctx.argv)


def _batch(ctx: CommandContext, backup: BackupModule) -> int:
    """`cat file | carbonio`: a command per line."""
    status = 0
    for line in ctx.stdin.read().decode("utf-8", "replace").splitlines():
        if line.strip():
            status = _Program(ctx, backup).run(shlex.split(line))
    return status


class _Program:
    def __init__(self, ctx: CommandContext, backup: BackupModule) -> None:
        self._ctx = ctx
        self._backup = backup
        self._dialect = backup.dialect
        self._modules = modules(backup.dialect)
        self._invocation = Invocation()

    def run(self, argv: list[str]) -> int:
        try:
            self._invocation = parse_options(argv)
        except UsageError as error:
            return self._usage(str(error), self._main_page())
        words = self._invocation.words
        if not words:
            self._ctx.out(self._main_page())
            return 0
        module = words[0].lower()
        if module == "help":
            return self._help(words[1:])
        if module == "prov" and self._dialect.name == "carbonio":
            return self._provisioning(words[1:])
        if module == "config" and self._dialect.config_commands:
            return self._sentence(configcommands.run, words[1:], help.config_page(self._dialect))
        if words[:2] == [words[0], "scheduler"] and module == "backup" and self._dialect.name == "carbonio":
            return self._sentence(schedulercommands.run, words[2:], help.scheduler_page(self._dialect))
        if module not in self._modules:
            return self._usage(f"Unknown module {words[0]}", self._main_page())
        return self._command(module, words[1:])

    # help

    def _main_page(self) -> str:
        names = [*self._modules, *(["config"] if self._dialect.config_commands else [])]
        return help.main_page(self._dialect, names)

    def _usage(self, first_line: str, page: str) -> int:
        self._ctx.out(f"{first_line}\n{page}")
        return self._backup.switches.exit_on_usage

    def _help(self, words: list[str]) -> int:
        if not words:
            self._ctx.out(self._main_page())
            return 0
        module = words[0].lower()
        if module == "config" and self._dialect.config_commands:
            self._ctx.out(help.config_page(self._dialect))
            return 0
        commands = self._modules.get(module)
        if commands is None:
            return self._usage(f"Unknown module {words[0]}", self._main_page())
        if len(words) == 1:
            self._ctx.out(help.module_page(self._dialect, module, commands))
            return 0
        command = commands.get(words[1].lower())
        if command is None:
            return self._usage(f"Unknown command {words[1]}", help.module_page(self._dialect, module, commands))
        self._ctx.out(help.command_page(self._dialect, module, command))
        return 0

    # commands

    def _provisioning(self, words: list[str]) -> int:
        inner = contexts.CommandContext(
            server=self._ctx.server,
            prog="zmprov",
            argv=words,
            cwd=self._ctx.cwd,
            environ=self._ctx.environ,
            uid=self._ctx.uid,
            stdin=self._ctx.stdin,
            send=self._ctx.send,
            closed=self._ctx.closed,
        )
        return registry.load(self._ctx.server.config)["zmprov"](inner)

    def _sentence(self, run_: Sentence, words: list[str], page: str) -> int:
        """Commands that are sentences rather than a name with parameters."""
        try:
            server = self._target()
            return self._print(run_(self._ctx, self._backup, words), server)
        except UsageError as error:
            return self._usage(str(error), page)
        except BackupError as error:
            return self._refuse(error)

    def _command(self, module: str, words: list[str]) -> int:
        commands = self._modules[module]
        command = commands.get(words[0].lower()) if words else None
        if command is None:
            first = f"Unknown command {words[0]}" if words else f"command {module} requires more parameters"
            return self._usage(first, help.module_page(self._dialect, module, commands))
        try:
            values = parse_parameters(command, words[1:])
        except UsageError as error:
            return self._usage(f"{error}\n", help.command_page(self._dialect, module, command).lstrip("\n"))
        try:
            server = self._target()
            if command.name == "monitor":
                follow(self._ctx, self._backup, values["operation_uuid"].lower(), show=True)
                return 0
            return self._answer(module, command, values, server)
        except BackupError as error:
            return self._refuse(error)

    def _answer(self, module: str, command: Command, values: dict[str, str], server: str | None) -> int:
        answer = HANDLERS[command.name](Call(self._ctx, self._backup, module, command, values))
        status = self._print(answer, server)
        if answer.operation is None or not (self._invocation.sync or self._invocation.progress):
            return status
        operation = follow(self._ctx, self._backup, answer.operation, show=self._invocation.progress)
        return EXIT_CODES[operation.outcome] if self._invocation.sync and operation.outcome else status

    # answers

    def _target(self) -> str | None:
        """The server `--host` names, None for a local call. Raises InvalidValue."""
        host = self._invocation.host.lower()
        if not host:
            return None
        if host not in ("all_servers", self._backup.host, self._ctx.server.config.address, "localhost"):
            raise InvalidValue("no such server: {server}", server=self._invocation.host)
        return self._backup.host

    def _print(self, answer: Answer, server: str | None) -> int:
        if self._invocation.as_json:
            self._ctx.out(json_text(envelope(answer.response, server)) + "\n")
        elif answer.text is not None and server is None:
            self._ctx.out(answer.text + "\n")
        else:
            value: Any = answer.response if server is None else {server: answer.response}
            self._ctx.out("\n" + text_of(value) + "\n\n")
        return 0

    def _refuse(self, error: BackupError) -> int:
        if self._invocation.as_json:
            nested = self._backup.host if self._invocation.host else None
            self._ctx.out(json_text(error_envelope(error, nested)) + "\n")
        else:
            self._ctx.out(f"{error}\n")
        return self._backup.switches.exit_on_error
