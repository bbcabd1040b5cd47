# Copyright (c) 2026, mailops.zimbra contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a migration has to leave as it was, read with the platform's own programs."""

from __future__ import annotations

import json
import subprocess
from dataclasses import dataclass

from maillab.servers import MailServer

_SCANNER = "ZxBackup_RealTimeScanner"
_SERVICES = ("smartscan-cron", "purge-cron", "backup-realtime")


@dataclass(frozen=True)
class State:
    """Settings and services of one server, and who may log in on it."""

    scanner: str
    services: dict[str, bool]
    localconfig: str
    authorized_keys: str


def state_of(server: MailServer) -> State:
    listed = json.loads(_run(server, "zxsuite", "--json", "backup", "getServices"))["response"]["services"]
    return State(
        scanner=_run(server, "zxsuite", "backup", "getProperty", _SCANNER),
        services={name: bool(listed[name]["running"]) for name in _SERVICES},
        localconfig=_run(server, "zmlocalconfig"),
        authorized_keys=server.sshd.authorized_keys.read_text(),
    )


def _run(server: MailServer, program: str, *arguments: str) -> str:
    command = [str(server.home / "bin" / program), *arguments]
    return subprocess.run(command, capture_output=True, text=True, timeout=60, check=True).stdout
