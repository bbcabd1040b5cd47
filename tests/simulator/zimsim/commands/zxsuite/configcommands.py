# Copyright (c) 2026, mailops.zimbra contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""`config`: attributes of the server and of the infrastructure, in the new and the deprecated word order."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from zimsim.backup.errors import InvalidValue
from zimsim.backup.properties import GLOBAL, SERVER, Value
from zimsim.commands.zxsuite.arguments import UsageError
from zimsim.commands.zxsuite.call import Answer

if TYPE_CHECKING:
    from zimsim.backup.service import BackupModule
    from zimsim.commands.context import CommandContext

VERBS = ("get", "set", "unset", "empty")


def _entry(value: Value) -> dict[str, Any]:
    return {
        "attribute": value.attribute.name,
        "value": value.plain,
        "isInherited": value.inherited,
        "modules": [value.attribute.module],
    }


def _scope(backup: BackupModule, scope: str, host: str) -> dict[str, str]:
    if scope == GLOBAL:
        return {}
    if host.lower() not in (backup.host, backup.server_id, "localhost"):
        raise InvalidValue("no such server: {server}", server=host)
    return {"server": backup.server_id}


def _new_order(words: list[str]) -> tuple[str, str, str, list[str]]:
    """`get server HOST NAME`, `set global NAME VALUE`: verb, scope, host, the rest."""
    verb, scope = words[0].lower(), words[1].lower()
    if scope == GLOBAL:
        return verb, scope, "", words[2:]
    if len(words) < 3:
        raise UsageError("command config requires more parameters")
    return verb, scope, words[2], words[3:]


def _old_order(words: list[str]) -> tuple[str, str, str, list[str]]:
    """`server get HOST attribute NAME [value VALUE]`."""
    scope, verb = words[0].lower(), words[1].lower()
    host, rest = ("", words[2:]) if scope == GLOBAL else (words[2] if len(words) > 2 else "", words[3:])
    if len(rest) % 2:
        raise UsageError("command config requires more parameters")
    named = {name.lower(): value for name, value in zip(rest[::2], rest[1::2], strict=True)}
    return verb, scope, host, [named[name] for name in ("attribute", "value") if name in named]


def run(ctx: CommandContext, backup: BackupModule, words: list[str]) -> Answer:
    """Raises UsageError, BackupError."""
    if len(words) < 2:
        raise UsageError("command config requires more parameters")
    first, second = words[0].lower(), words[1].lower()
    if first == "dump" and second in (SERVER, GLOBAL):
        return _dump(backup, words)
    if first in VERBS and second in (SERVER, GLOBAL):
        verb, scope, host, rest = _new_order(words)
    elif first in (SERVER, GLOBAL) and second in VERBS and backup.dialect.deprecated_config:
        verb, scope, host, rest = _old_order(words)
    else:
        raise UsageError(f"command config does not know {' '.join(words[:2])}")
    expected = 2 if verb == "set" else 1
    if len(rest) < expected:
        raise UsageError("command config requires more parameters")
    answer: dict[str, Any] = dict(_scope(backup, scope, host))
    if verb == "get":
        answer["values"] = [_entry(backup.properties.get(rest[0], scope))]
        return Answer(answer)
    if verb == "set":
        value = backup.properties.set(rest[0], rest[1], scope)
        ctx.journal(f"config set {scope}", value.attribute.name, value=value.text)
    else:
        backup.properties.unset(rest[0], scope)
        ctx.journal(f"config unset {scope}", rest[0])
    return Answer("ok", text="ok")


def _dump(backup: BackupModule, words: list[str]) -> Answer:
    scope = words[1].lower()
    answer: dict[str, Any] = dict(_scope(backup, scope, words[2] if len(words) > 2 else ""))
    inherited = words[-2:-1] == ["show-inherited"] and words[-1].lower() == "true"
    values = backup.properties.all(scope)
    answer["values"] = [_entry(value) for value in values if inherited or not value.inherited]
    return Answer(answer)
