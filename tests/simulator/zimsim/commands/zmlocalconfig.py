#!/usr/bin/python
# Copyright (c) 2026, mailops.zimbra contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""``zmlocalconfig``: prints and changes HOME/conf/localconfig.xml (zimbra-operations.md 1.4)."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path
from xml.sax.saxutils import escape

from zimsim.commands.context import CommandContext
from zimsim.commands.localconfig import expand, read_localconfig, write_localconfig
from zimsim.commands.registry import Program

_FORMATS = ("plain", "xml", "shell", "export", "nokey")
# Editing these by accident ends a server; -f allows it.
_DANGEROUS = frozenset(
    ("zimbra_ldap_password", "ldap_root_password", "mysql_root_password", "zimbra_mysql_password", "zimbra_ldap_userdn")
)
# Short option, long option, help text.
_OPTIONS = (
    ("c", "config", "File in which configuration is stored."),
    ("d", "default", "Show default values for keys listed in [args]."),
    ("e", "edit", "Edit configuration file, changing keys and values specified in [args] in key=value form."),
    ("f", "force", "Allow editing of keys whose change is known to be potentially dangerous."),
    ("h", "help", "Show this usage information."),
    ("i", "info", "Show documentation for keys listed in [args]."),
    ("l", "reload", "Send a SOAP request to the server to reload its local config."),
    ("m", "format", "Show values in one of these formats: plain (default), xml, shell, export, nokey."),
    ("n", "changed", "Show values for only those keys listed in [args] that have been changed from their defaults."),
    ("p", "path", "Show which configuration file will be used."),
    ("q", "quiet", "Suppress logging."),
    ("r", "random", "Used with the edit option, sets specified key to random password string."),
    ("s", "show", "Force display of password strings."),
    ("u", "unset", "Remove a configuration key."),
    ("x", "expand", "Expand values."),
)
_SHORT = {short: name for short, name, _ in _OPTIONS}
_LONG = frozenset((*_SHORT.values(), "all"))


def _help() -> str:
    lines = "".join(f" -{short},--{name:<15} {text}\n" for short, name, text in _OPTIONS)
    return f"usage: zmlocalconfig [options] [args]\n{lines}"


class _Problem(Exception):
    """An ``Error: `` line and exit status 1."""


@dataclass
class Arguments:
    options: set[str] = field(default_factory=set)
    format: str = "plain"
    config: str = ""
    words: list[str] = field(default_factory=list)


def parse(argv: Iterable[str]) -> Arguments:
    """Options may stand anywhere; ValueError for an unknown one."""
    found = Arguments()
    words = list(argv)
    while words:
        word = words.pop(0)
        if not word.startswith("-") or word == "-":
            found.words.append(word)
            continue
        names = [word[2:]] if word.startswith("--") else [_SHORT.get(letter, "?") for letter in word[1:]]
        for name in names:
            if name not in _LONG:
                raise ValueError(word)
            if name in ("config", "format"):
                if not words:
                    raise ValueError(word)
                setattr(found, name, words.pop(0))
            found.options.add(name)
    if found.format not in _FORMATS:
        raise ValueError(found.format)
    return found


class LocalConfig:
    """One run; ``out`` and ``err`` are the caller's streams, ``as_root``: whether root is the caller."""

    def __init__(self, path: Path, as_root: bool, out: Callable[[str], None], err: Callable[[str], None]) -> None:
        self._path = path
        self._as_root = as_root
        self._out = out
        self._err = err

    def run(self, argv: Iterable[str]) -> int:
        """Exit status 0 or 1; an unknown key is a warning and 0."""
        try:
            arguments = parse(argv)
        except ValueError:
            self._err("Failed to parse command line\n")
            return 1
        if "help" in arguments.options:
            self._out(_help())
            return 0
        path = Path(arguments.config) if arguments.config else self._path
        try:
            if "path" in arguments.options:
                self._out(f"{path}\n")
            elif arguments.options & {"edit", "unset"}:
                self._change(path, arguments)
            else:
                self._show(path, arguments)
        except _Problem as problem:
            if "quiet" not in arguments.options:
                self._err(f"Error: {problem}\n")
            return 1
        return 0

    def _change(self, path: Path, arguments: Arguments) -> None:
        verb = "edit" if "edit" in arguments.options else "unset"
        if {"edit", "unset"} <= arguments.options:
            raise _Problem("option 'e' can not be used with option 'u'")
        if self._as_root:
            raise _Problem(f"cannot use -{verb[0]} when running as root")
        values = read_localconfig(path)
        for word in arguments.words:
            name, equals, value = word.partition("=")
            if verb == "edit" and "random" in arguments.options:
                value, equals = secrets.token_urlsafe(9), "="
            if verb == "edit" and not equals:
                raise _Problem(f"argument '{word}' not in key=value form")
            if name in _DANGEROUS and "force" not in arguments.options:
                raise _Problem(f"can not edit key {name}")
            if verb == "edit":
                values[name] = value
            elif name in values:
                del values[name]
            else:
                raise _Problem(f"key {name} is not set")
        try:
            write_localconfig(path, values)
        except OSError:
            raise _Problem(f"save to {path} failed") from None

    def _show(self, path: Path, arguments: Arguments) -> None:
        if "reload" in arguments.options:
            return
        values = read_localconfig(path)
        chosen: dict[str, str] = {}
        for name in arguments.words or sorted(values):
            if name in values:
                chosen[name] = values[name]
            elif "quiet" not in arguments.options:
                self._err(f"Warning: null valued key '{name}'\n")
        for name in chosen:
            if "expand" in arguments.options or arguments.format in ("shell", "export"):
                chosen[name] = expand(chosen[name], values)
            if "password" in name and "show" not in arguments.options and arguments.format not in ("shell", "export"):
                chosen[name] = "*"
        self._out(render(chosen, arguments.format))


def render(values: dict[str, str], form: str) -> str:
    """``form`` is one of the program's formats."""
    if form == "xml":
        keys = "".join(
            f'  <key name="{escape(name)}">\n    <value>{escape(value)}</value>\n  </key>\n'
            for name, value in values.items()
        )
        return f'<?xml version="1.0" encoding="UTF-8"?>\n\n<localconfig>\n{keys}</localconfig>\n'
    patterns = {"plain": "{} = {}\n", "shell": "{}='{}';\n", "export": "export {}='{}';\n"}
    if form == "nokey":
        return "".join(f"{value}\n" for value in values.values())
    return "".join(patterns[form].format(name, value) for name, value in values.items())


def run(context: CommandContext) -> int:
    config = context.server.config
    before = config.localconfig.read_bytes()
    # Where a laboratory runs as root, root is the service user too, and may edit as that.
    as_root = context.uid == 0 and config.service_user != "root"
    status = LocalConfig(config.localconfig, as_root, context.out, context.err).run(context.argv)
    if config.localconfig.read_bytes() != before:
        context.journal("edit localconfig", str(config.localconfig))
    return status


PROGRAMS: dict[str, Program] = {"zmlocalconfig": run}
