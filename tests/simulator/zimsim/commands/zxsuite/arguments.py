# Copyright (c) 2026, mailops.zimbra contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The command line taken apart: global options, module, command, positional and named parameters."""

from __future__ import annotations

import uuid
from dataclasses import dataclass, field

from zimsim.commands.zxsuite.specs import ACCOUNT, BOOLEAN, EMAIL, EMAILS, INTEGER, Command, Parameter


class UsageError(Exception):
    """Wrong syntax: the message is the first line, the help page follows."""


@dataclass
class Invocation:
    """Global options and the words after them."""

    words: list[str] = field(default_factory=list)
    host: str = ""
    as_json: bool = False
    progress: bool = False
    sync: bool = False
    offline: bool = False


def parse_options(argv: list[str]) -> Invocation:
    """Global options stand before the module; raises UsageError for an unknown one."""
    result, index = Invocation(), 0
    flags = {"--json": "as_json", "--progress": "progress", "--sync": "sync", "--offline": "offline"}
    while index < len(argv) and argv[index].startswith("--"):
        option = argv[index]
        if option in flags:
            setattr(result, flags[option], True)
        elif option in ("--host", "--hostname") and index + 1 < len(argv):
            index += 1
            result.host = argv[index]
        else:
            raise UsageError(f"Invalid option {option}")
        index += 1
    result.words = argv[index:]
    return result


def _checked(parameter: Parameter, value: str) -> str:
    if parameter.type == BOOLEAN and value.lower() not in ("true", "false"):
        raise UsageError(f"Invalid value {value} for parameter {parameter.name}, expected true|false")
    if parameter.type in (INTEGER, "Long") and not value.lstrip("-").isdigit():
        raise UsageError(f"Invalid value {value} for parameter {parameter.name}, expected {parameter.type}")
    if parameter.type in (EMAIL, EMAILS):
        addresses = value.split(",") if parameter.type == EMAILS else [value]
        if any(address.count("@") != 1 or address.startswith("@") or " " in address for address in addresses):
            raise UsageError(f"Invalid value {value} for parameter {parameter.name}, expected {parameter.type}")
        if parameter.type == EMAIL and "," in value:
            raise UsageError(f"Invalid value {value} for parameter {parameter.name}, expected {parameter.type}")
    if parameter.type == ACCOUNT and not value:
        raise UsageError(f"Invalid value for parameter {parameter.name}")
    if parameter.type == "Uuid":
        try:
            uuid.UUID(value)
        except ValueError:
            raise UsageError(f"Invalid value {value} for parameter {parameter.name}, expected Uuid") from None
    if parameter.name == "action" and value.lower() != parameter.values:
        raise UsageError(f"Invalid value {value} for parameter action, expected {parameter.values}")
    return value


def parse_parameters(command: Command, words: list[str]) -> dict[str, str]:
    """Parameters by name, defaults filled in, absent ones left out. Raises UsageError."""
    positional = command.positional
    if len(words) < len(positional):
        raise UsageError(f"command {command.name} requires more parameters")
    values = {parameter.name: parameter.default for parameter in command.optional if parameter.default}
    for parameter, word in zip(positional, words, strict=False):
        values[parameter.name] = _checked(parameter, word)
    rest = words[len(positional) :]
    by_name = {parameter.name.lower(): parameter for parameter in command.optional}
    if len(rest) % 2:
        raise UsageError(f"Invalid parameter {rest[-1]}: a value is missing")
    for name, value in zip(rest[::2], rest[1::2], strict=True):
        known = by_name.get(name.lower())
        if known is None:
            raise UsageError(f"Unknown parameter {name}")
        values[known.name] = _checked(known, value)
    return values
