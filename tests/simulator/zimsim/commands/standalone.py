#!/usr/bin/python
# Copyright (c) 2026, mailops.zimbra contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""zmcontrol and zmlocalconfig, which work while the server's process is down.

They read HOME alone. The file may be copied and run by itself: the standard library, Python 3.6 or newer, so no newer
syntax; annotations of newer form stand in quotes.
"""

import json
import os
import pwd
import re
import secrets
import sys
import xml.etree.ElementTree as ElementTree
from collections.abc import Callable
from typing import Any
from xml.sax.saxutils import escape

SERVICES = (
    "amavis", "antispam", "antivirus", "ldap", "logger", "mailbox", "memcached", "mta", "opendkim", "proxy",
    "service webapp", "snmp", "spell", "stats", "zimbra webapp", "zimbraAdmin webapp", "zimlet webapp", "zmconfigd",
)  # fmt: skip
# What stands still while the mail process is down, and what its control script says then.
DOWN = {
    "mailbox": "mailboxd is not running.",
    "service webapp": "mailboxd is not running.",
    "zimbra webapp": "mailboxd is not running.",
    "zimbraAdmin webapp": "mailboxd is not running.",
    "zimlet webapp": "mailboxd is not running.",
}
# Their being stopped is no failure (zmcontrol_service_status_list).
_UNIMPORTANT = frozenset(("stats", "snmp", "logger", "spell"))
_PATCHES = {"8.8.15": "8.8.15_P40", "9.0.0": "9.0.0_P39"}
_CONTROLS = (
    ("restart", "Restart services"), ("shutdown", "Stop services"), ("start", "Start services"),
    ("startup", "Start services"), ("status", "Display service status"), ("stop", "Stop services"),
)  # fmt: skip


def read_config(home: str) -> "dict[str, Any]":
    """What the server is: product, version, hostname, service user."""
    with open(os.path.join(home, ".zimsim", "config.json"), encoding="utf-8") as stream:
        values: dict[str, Any] = json.load(stream)
    return values


# -- zmcontrol (zimbra-operations.md 1.1, 1.3) ---------------------------------------------------------------------


def version_line(product: str, version: str) -> str:
    """As ``zmcontrol -v`` of that product prints it."""
    if product == "carbonio":
        return f"Carbonio Release {version}\n"
    base = version if version.count(".") == 2 else version + ".0"
    patch = ", Patch " + _PATCHES[base] if base in _PATCHES else ""
    return f"Release {base}_GA_3869.UBUNTU18_64.20190918004220 UBUNTU18_64 FOSS edition{patch}.\n"


def status_lines(hostname: str, stopped: "dict[str, str]") -> "tuple[str, int]":
    """The listing and its exit status; ``stopped`` maps a service to what its control script says about it."""
    lines = [f"Host {hostname}\n"]
    for name in SERVICES:
        lines.append("\t{:<20} {:>10}\n".format(name, "Stopped" if name in stopped else "Running"))
        if stopped.get(name):
            lines.append(f"\t\t{stopped[name]}\n")
    return "".join(lines), int(any(name not in _UNIMPORTANT for name in stopped))


def control_usage(home: str, product: str, version: str) -> str:
    commands = "".join(f"\t\t{name:<32}{text}\n" for name, text in _CONTROLS)
    return (
        f"{version_line(product, version)}\n{home}/bin/zmcontrol [-v -h -H <host>] command [args]\n\n"
        "\t-v:\tdisplay version\n\t-h:\tprint usage statement\n\t-H:\tHost name (localhost)\n\n"
        f"\tCommand in:\n{commands}"
    )


def zmcontrol(
    home: str,
    argv: "list[str]",
    uid: int,
    out: "Callable[[str], object]",
    err: "Callable[[str], object]",
    stopped: "dict[str, str]",
) -> int:
    """Exit status 255 is perl's ``die``."""
    config = read_config(home)
    product, version = config["product"], config["version"]
    try:
        allowed = uid == pwd.getpwnam(config["service_user"]).pw_uid
    except KeyError:
        allowed = False
    if not allowed:
        err("Run as the {} user!\n".format("zextras" if product == "carbonio" else "zimbra"))
        return 255
    word = argv[0] if argv else ""
    if word == "-v":
        out(version_line(product, version))
        return 0
    if word == "status":
        text, status = status_lines(config["hostname"], stopped)
        out(text)
        return status
    out(control_usage(home, product, version))
    return 1


# -- zmlocalconfig (zimbra-operations.md 1.4) ------------------------------------------------------------------------

_REFERENCE = re.compile(r"\$\{([^}]+)\}")
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
_LONG = frozenset([name for _, name, _ in _OPTIONS] + ["all"])


class Problem(Exception):
    """An ``Error: `` line and exit status 1."""


class Arguments:
    """``options`` given, ``format`` and ``config`` where they were, ``words`` the rest."""

    def __init__(self) -> None:
        self.options: set[str] = set()
        self.values = {"format": "plain", "config": ""}
        self.words: list[str] = []


def read_localconfig(path: str) -> "dict[str, str]":
    """Key to value, references to other keys as they are written."""
    root = ElementTree.parse(path).getroot()
    return {key.get("name", ""): (key.findtext("value") or "").strip() for key in root.iter("key")}


def expand(value: str, values: "dict[str, str]") -> str:
    """``${other_key}`` replaced, through several steps; an unknown or circular one stays."""
    for _ in range(len(values) + 1):
        replaced = _REFERENCE.sub(lambda match: values.get(match.group(1), match.group(0)), value)
        if replaced == value:
            break
        value = replaced
    return value


def render(values: "dict[str, str]", form: str) -> str:
    """``form`` is one of the program's formats."""
    if form == "xml":
        keys = "".join(
            f'  <key name="{escape(name)}">\n    <value>{escape(value)}</value>\n  </key>\n'
            for name, value in values.items()
        )
        return f'<?xml version="1.0" encoding="UTF-8"?>\n\n<localconfig>\n{keys}</localconfig>\n'
    if form == "nokey":
        return "".join(value + "\n" for value in values.values())
    pattern = {"plain": "{} = {}\n", "shell": "{}='{}';\n", "export": "export {}='{}';\n"}[form]
    return "".join(pattern.format(name, value) for name, value in values.items())


def write_localconfig(path: str, values: "dict[str, str]") -> None:
    """Replaces the file as a whole; its mode stays."""
    partial = path + ".new"
    mode = os.stat(path).st_mode & 0o777
    handle = os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, mode)
    with os.fdopen(handle, "w", encoding="utf-8") as stream:
        stream.write(render({name: values[name] for name in sorted(values)}, "xml"))
    os.replace(partial, path)


def parse_arguments(argv: "list[str]") -> Arguments:
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
            if name not in _LONG or (name in found.values and not words):
                raise ValueError(word)
            if name in found.values:
                found.values[name] = words.pop(0)
            found.options.add(name)
    if found.values["format"] not in _FORMATS:
        raise ValueError(found.values["format"])
    return found


def zmlocalconfig(
    path: str, argv: "list[str]", as_root: bool, out: "Callable[[str], object]", err: "Callable[[str], object]"
) -> int:
    """Exit status 0 or 1; an unknown key is a warning and 0. ``as_root`` callers may not edit."""
    try:
        arguments = parse_arguments(argv)
    except ValueError:
        err("Failed to parse command line\n")
        return 1
    if "help" in arguments.options:
        lines = "".join(" -{},--{:<15} {}\n".format(*option) for option in _OPTIONS)
        out("usage: zmlocalconfig [options] [args]\n" + lines)
        return 0
    path = arguments.values["config"] or path
    try:
        if "path" in arguments.options:
            out(path + "\n")
        elif arguments.options & {"edit", "unset"}:
            _change(path, arguments, as_root)
        elif "reload" not in arguments.options:
            _show(path, arguments, out, err)
    except Problem as problem:
        if "quiet" not in arguments.options:
            err(f"Error: {problem}\n")
        return 1
    return 0


def _change(path: str, arguments: Arguments, as_root: bool) -> None:
    editing = "edit" in arguments.options
    if editing and "unset" in arguments.options:
        raise Problem("option 'e' can not be used with option 'u'")
    if as_root:
        raise Problem("cannot use -{} when running as root".format("e" if editing else "u"))
    values = read_localconfig(path)
    for word in arguments.words:
        name, equals, value = word.partition("=")
        if editing and "random" in arguments.options:
            value, equals = secrets.token_urlsafe(9), "="
        if editing and not equals:
            raise Problem(f"argument '{word}' not in key=value form")
        if name in _DANGEROUS and "force" not in arguments.options:
            raise Problem(f"can not edit key {name}")
        if editing:
            values[name] = value
        elif name in values:
            del values[name]
        else:
            raise Problem(f"key {name} is not set")
    try:
        write_localconfig(path, values)
    except OSError:
        raise Problem(f"save to {path} failed") from None


def _show(path: str, arguments: Arguments, out: "Callable[[str], object]", err: "Callable[[str], object]") -> None:
    values = read_localconfig(path)
    form, options = arguments.values["format"], arguments.options
    chosen: dict[str, str] = {}
    for name in arguments.words or sorted(values):
        if name not in values:
            if "quiet" not in options:
                err(f"Warning: null valued key '{name}'\n")
            continue
        unmasked = "show" in options or form in ("shell", "export") or "password" not in name
        value = expand(values[name], values) if "expand" in options or form in ("shell", "export") else values[name]
        chosen[name] = value if unmasked else "*"
    out(render(chosen, form))


def main(home: str, prog: str, argv: "list[str]") -> int:
    """The program as it runs by itself, the mail process being down; ``prog`` zmcontrol or zmlocalconfig."""
    if prog == "zmcontrol":
        return zmcontrol(home, argv, os.getuid(), sys.stdout.write, sys.stderr.write, DOWN)
    path = os.path.join(home, "conf", "localconfig.xml")
    as_root = os.getuid() == 0 and read_config(home)["service_user"] != "root"
    return zmlocalconfig(path, argv, as_root, sys.stdout.write, sys.stderr.write)
