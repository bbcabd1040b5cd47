# Copyright (c) 2026, mailops.zimbra contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Answers: one value, printed as a JSON envelope or as indented `key  value` lines (zextras-cli.md, section 1.6)."""

from __future__ import annotations

import json
import time
from collections.abc import Mapping
from typing import Any

from zimsim.backup.errors import BackupError
from zimsim.backup.notifications import value_text

INDENT = 8
WIDTH = 60


def text_of(value: Any, indent: int = INDENT) -> str:
    """A structured answer as text: nesting by indentation, at least two blanks before a value."""
    pad = " " * indent
    if isinstance(value, Mapping):
        return "\n".join(_line(key, inner, indent) for key, inner in value.items())
    if isinstance(value, list):
        separator = "\n\n" if any(isinstance(inner, Mapping) for inner in value) else "\n"
        return separator.join(text_of(inner, indent) for inner in value)
    return f"{pad}{value_text(value)}"


def _line(key: str, value: Any, indent: int) -> str:
    pad = " " * indent
    if isinstance(value, Mapping):
        return f"{pad}{key}\n{text_of(value, indent + INDENT)}".rstrip()
    if isinstance(value, list):
        gap = "\n\n" if any(isinstance(inner, Mapping) for inner in value) else "\n"
        return f"{pad}{key}{gap}{text_of(value, indent + INDENT)}".rstrip()
    padded = f"{key}  " if len(key) >= WIDTH else f"{key:<{WIDTH}}"
    return f"{pad}{padded}{value_text(value)}".rstrip()


def envelope(value: Any, server: str | None) -> dict[str, Any]:
    """The JSON of a success: local, or nested below a server's name for `--host`."""
    local = {"response": value, "ok": True}
    return local if server is None else {"response": {server: local}, "nested": True, "ok": True}


def error_object(error: BackupError) -> dict[str, Any]:
    """A serialised error: placeholders of the message stay as they are."""
    return {
        "code": error.code,
        "message": error.message,
        "time": int(time.time() * 1000),
        "details": {**error.details, "cause": str(error)},
        "stackTrace": [],
        "cause": None,
    }


def error_envelope(error: BackupError, server: str | None) -> dict[str, Any]:
    """The JSON of a failure, in the same two forms."""
    local = {"ok": False, "error": error_object(error)}
    return local if server is None else {"response": {server: local}, "nested": True, "ok": False}


def json_text(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
