#!/usr/bin/python
# Copyright (c) 2026, mailops.zimbra contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One run of ``zmprov``: options, then one command, or a file or standard input full of them."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

from zimsim.commands.context import CommandContext
from zimsim.commands.standalone import read_localconfig
from zimsim.commands.zmprov.lines import as_console, console_echo, split_line
from zimsim.commands.zmprov.options import OptionError, Options, parse_options
from zimsim.commands.zmprov.session import ClientError, Refused, Session, UsageError, connection_failed
from zimsim.commands.zmprov.table import LDAP, SOAP, Command, category_help, find_command
from zimsim.commands.zmprov.usage import CATEGORIES, general_usage, help_overview
from zimsim.model import errors
from zimsim.model.errors import ServiceError

_PROMPT = "prov> "
_UNKNOWN = "Unknown command. Type: 'help commands' for a list\n"


def run(context: CommandContext) -> int:
    """Exit status: 0, 1 for a usage error, 2 for a refusal of the server (R54)."""
    return run_words(context, context.argv)


def run_words(context: CommandContext, argv: list[str]) -> int:
    """As ``run`` with other words than the caller's own (``carbonio prov ...``)."""
    try:
        options = parse_options(argv)
    except OptionError as error:
        context.err(f"error: {error}\n")
        if error.status == 1:
            context.out(general_usage())
        return error.status
    if "help" in options.flags:
        context.out(general_usage())
        return 1
    try:
        _authenticate(context, options)
    except ServiceError as error:
        context.err(error_line(error, ldap=False))
        return 2
    local = read_localconfig(os.fspath(context.server.config.localconfig))
    guarded = local.get("zmprov_safeguarded_attrs", "zimbraServiceEnabled,zimbraServiceInstalled")
    session = Session(context, options.ldap, "replace" in options.flags, frozenset(guarded.split(",")))
    words = options.command[1:] if options.command[:1] == ["prov"] else options.command
    if words:
        return _Runner(session).one_shot(words)
    if "file" in options.values:
        return _from_file(context, session, options.values["file"])
    editor = local.get("command_line_editing_enabled", "true") == "true"
    return _Runner(session).interactive(_console_lines(context) if editor else _stdin_lines(context), echo=editor)


def error_line(error: ServiceError, *, ldap: bool) -> str:
    """In LDAP mode the cause is named too (63i)."""
    cause = f" (cause: {error.cause})" if isinstance(error, ClientError) else ""
    if ldap and error.code.startswith("ldap."):
        cause = f" (cause: com.unboundid.ldap.sdk.LDAPException {error.text.rpartition(': ')[2]})"
    return f"ERROR: {error.code} ({error.text}){cause}\n"


def _authenticate(context: CommandContext, options: Options) -> None:
    """The localconfig identity, or the one given: it must be an administrator's."""
    config = context.server.config
    server = options.values.get("server")
    if server is not None:
        host, _, port = server.partition(":")
        if host not in (config.address, config.hostname, "localhost") or port not in (
            "",
            str(config.ports["admin_https"]),
        ):
            raise connection_failed("Connection refused", host, "java.net.ConnectException Connection refused")
    name = options.values.get("account")
    password = options.values.get("password")
    if "passfile" in options.values:
        path = Path(context.cwd, options.values["passfile"])
        password = path.read_text(encoding="utf-8").partition("\n")[0]
    if name is None or password is None:
        return
    directory = context.server.store.directory
    account = directory.find("account", name)
    if account is None or not directory.password_matches(account, password):
        raise errors.auth_failed(name)
    if not account.is_admin:
        raise errors.permission_denied("not an admin account")


def _from_file(context: CommandContext, session: Session, name: str) -> int:
    path = Path(context.cwd, name)
    try:
        text = path.read_text(encoding="utf-8", errors="replace")
    except OSError as error:
        reason = os.strerror(error.errno or 0)
        context.err(
            f'Exception in thread "main" java.io.FileNotFoundException: {name} ({reason})\n'
            "\tat java.base/java.io.FileInputStream.open0(Native Method)\n"
        )
        return 1
    return _Runner(session).interactive(iter(text.splitlines()), echo=False)


def _stdin_lines(context: CommandContext) -> Iterator[str]:
    while raw := context.stdin.readline():
        yield raw.decode("utf-8", "replace").rstrip("\r\n")


def _console_lines(context: CommandContext) -> Iterator[str]:
    """A carriage return ends a line as a line feed does; a last line without either is shown and not executed."""
    while raw := context.stdin.readline():
        text = raw.decode("utf-8", "replace")
        if not text.endswith("\n"):
            context.out(console_echo(text))
            raise _EndOfConsole
        yield from text.removesuffix("\n").split("\r")


class _EndOfConsole(Exception):
    """Standard input ended in the middle of a line."""


class _Runner:
    def __init__(self, session: Session) -> None:
        self._session = session
        self._failed = False

    def _check(self, command: Command, words: list[str]) -> str | None:
        """What is wrong with the words, as Carbonio says it; None when nothing is. Zimbra says only the usage."""
        count = len(words)
        if command.least <= count <= command.most:
            return None
        if command.least == command.most:
            wanted = f"{command.least} arguments"
        elif count < command.least:
            wanted = f"at least {command.least} arguments"
        else:
            wanted = f"at most {command.most} arguments"
        have = "1 argument has" if count == 1 else f"{count} arguments have"
        return f"{command.name} is expecting {wanted} but {have} been provided\n"

    def _wrong_mode(self, command: Command) -> str:
        if command.via == LDAP and not self._session.ldap:
            return f'{command.name} can only be used with  "zmprov -l/--ldap"\n'
        return ""

    def _usage(self, command: Command) -> str:
        return f"usage:  {command.usage_line}\n"

    def _execute(self, command: Command, words: list[str]) -> str:
        """``ok``, ``usage`` or ``failed``; what is to be said on standard error has been said."""
        session = self._session
        complaint = self._check(command, words)
        if complaint is not None:
            if session.context.server.config.is_carbonio:
                session.context.err(complaint)
            return "usage"
        try:
            command.run(session, words)
        except UsageError:
            return "usage"
        except ServiceError as error:
            session.context.err(error_line(error, ldap=session.ldap))
            return "failed"
        return "ok"

    def one_shot(self, words: list[str]) -> int:
        """The command of the caller's own command line."""
        session = self._session
        if words[0] == "help":
            session.out(_help(words[1:]))
            return 0
        command = find_command(words[0])
        if command is None:
            session.out(general_usage())
            return 1
        wrong = self._wrong_mode(command)
        if wrong:
            session.out(f"{wrong}\n{general_usage()}")
            return 1
        try:
            result = self._execute(command, words[1:])
        except Refused as refusal:
            session.context.err(f"{refusal}\n")
            return 2
        if result == "usage":
            session.out(f"{self._usage(command)}\nFor general help, type : zmprov --help\n")
        return {"ok": 0, "usage": 1, "failed": 2}[result]

    def interactive(self, lines: Iterator[str], *, echo: bool) -> int:
        """Errors do not stop it; only ``exit`` tells that there were any (R55)."""
        session = self._session
        session.out(_PROMPT)
        try:
            for words in self._commands(lines, echo=echo):
                if words[:1] in (["exit"], ["quit"]):
                    return 2 if self._failed else 0
                if words:
                    self._line(words)
                session.out(_PROMPT)
        except _EndOfConsole:
            return 0
        except Refused as refusal:
            session.context.err(f"{refusal}\n")
            return 2
        return 0

    def _commands(self, lines: Iterator[str], *, echo: bool) -> Iterator[list[str]]:
        """A backslash at a line's end joins it with the next."""
        pending = ""
        for line in lines:
            if echo:
                self._session.out(f"{console_echo(line)}\n")
                line = as_console(line)
            if line.endswith("\\"):
                pending += line[:-1]
                continue
            words = split_line(pending + line)
            pending = ""
            yield words[1:] if words[:1] == ["prov"] else words

    def _line(self, words: list[str]) -> None:
        session = self._session
        if words[0] in (".ldap", ".l", ".soap", ".s"):
            session.ldap = words[0] in (".ldap", ".l")
            return
        if words[0] == "help":
            session.out(_help(words[1:]))
            return
        command = find_command(words[0])
        if command is None:
            session.out(_UNKNOWN)
            return
        wrong = self._wrong_mode(command)
        if wrong:
            session.out(f"{wrong}\n")
            return
        result = self._execute(command, words[1:])
        if result == "usage":
            session.out(f"{self._usage(command)}\n")
        self._failed = self._failed or result == "failed"


def _help(words: list[str]) -> str:
    if words and words[0] in CATEGORIES:
        return category_help(words[0])
    return help_overview()


__all__ = ["SOAP", "error_line", "run", "run_words"]
