# Copyright (c) 2026, mailops.zimbra contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A host whose programs answer by a script, for tests of main()."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from ansible_collections.mailops.zimbra.plugins.module_utils._runner import Result
from ansible_collections.mailops.zimbra.tests.unit.plugins.module_utils.zxsuite_script import ScriptedRunner, ok, text

EMPTY = ok({"operationList": []})
HOSTNAME = ("zmlocalconfig", text("zimbra_server_hostname = mail.example.com\n"))

# Takes rules; every runner a module asks for then answers by them.
Script = Callable[..., ScriptedRunner]


def backup_path(path: Path | str) -> tuple[str, Result]:
    """The rule that answers with the server's own backup path."""
    return "config get ZxBackup_DestPath", ok({"values": [{"attribute": "ZxBackup_DestPath", "value": str(path)}]})
