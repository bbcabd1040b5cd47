# Copyright (c) 2026, mailops.zimbra contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Help pages: `help`, `help MODULE`, `help MODULE COMMAND`, and what is printed on wrong syntax."""

from __future__ import annotations

from collections.abc import Mapping

from zimsim.backup.dialect import Dialect
from zimsim.commands.zxsuite.specs import Command, Parameter

CONFIG_FORMS = (
    "get server {host} {attribute}",
    "set server {host} {attribute} {value}",
    "get global {attribute}",
    "set global {attribute} {value}",
    "unset server {host} {attribute}",
    "dump server {host}",
)
DEPRECATED_FORMS = (
    "server get {host} attribute {attribute}",
    "server set {host} attribute {attribute} value {value}",
)


def _positional(parameter: Parameter) -> str:
    return f"*{parameter.values}*" if parameter.name == "action" else "{" + parameter.name + "}"


def syntax(dialect: Dialect, module: str, command: Command) -> str:
    """The syntax line: fixed words between stars, values in braces."""
    words = [dialect.program, module, command.name, *map(_positional, command.positional)]
    if command.optional:
        words.append("[attr1 value1 [attr2 value2...")
    return " ".join(words)


def command_page(dialect: Dialect, module: str, command: Command) -> str:
    """The page of one command."""
    lines = ["", "Syntax:", f"   {syntax(dialect, module, command)}", ""]
    if command.parameters:
        lines += ["PARAMETER LIST", "", f"{'NAME':<32}{'TYPE':<24}{'EXPECTED VALUES':<44}DEFAULT"]
        for parameter in command.parameters:
            name = f"{parameter.name}({'M' if parameter.mandatory else 'O'})"
            lines.append(f"{name:<32}{parameter.type:<24}{parameter.values:<44}{parameter.default}".rstrip())
        lines += ["", "(M) == mandatory parameter, (O) == optional parameter", ""]
    example = command.example.replace("{service}", "smartscan-cron" if module == "backup" else "module")
    lines += ["Usage example:", "", f"{dialect.program} {module} {command.name} {example}".rstrip()]
    if command.about:
        lines.append(command.about)
    return "\n".join(lines) + "\n"


def module_page(dialect: Dialect, module: str, commands: Mapping[str, Command]) -> str:
    """The commands of a module with a line each."""
    lines = [""]
    for command in commands.values():
        lines += [f"  {command.name:<28}- {command.about or command.name}", f"      {syntax(dialect, module, command)}"]
    return "\n".join(lines) + "\n"


def config_page(dialect: Dialect) -> str:
    """The page of `config`, which has sentences rather than commands."""
    forms = CONFIG_FORMS + (DEPRECATED_FORMS if dialect.deprecated_config else ())
    return "\n" + "\n".join(f"      {dialect.program} config {form}" for form in forms) + "\n"


def scheduler_page(dialect: Dialect) -> str:
    """The page of `backup scheduler`."""
    rest = ("get global", "get server [target_server HOST]", "set global|server [enabled true|false] [pattern CRON]")
    forms = [f"{name} {words}" for name in ("SmartScan", "purge") for words in rest]
    return "\n" + "\n".join(f"      {dialect.program} backup scheduler {form}" for form in forms) + "\n"


def main_page(dialect: Dialect, modules: list[str]) -> str:
    """The page printed without arguments."""
    options = [] if dialect.name == "carbonio" else ["   --offline    use while the server is stopped"]
    lines = [
        "",
        f"{dialect.program} [option]... [module] [command] [parameter]...",
        "",
        "   --host HOST  run on another server, all_servers for all of them",
        "   --json       answer in JSON",
        "   --progress   follow the operation that was started",
        "   --sync       wait for the operation and return its result as exit status",
        *options,
        "",
        f"Modules: {', '.join(modules)}",
        "",
        f"Type {dialect.program} help MODULE [COMMAND] for more.",
    ]
    return "\n".join(lines) + "\n"
