# Copyright (c) 2026, mailops.zimbra contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Run one long operation of the Backup module by its own command line, and wait for its end."""

from __future__ import annotations

import json
import re
import subprocess
import time

from maillab.servers import MailServer

_PAUSE = 0.1
_ID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")


def run_operation(server: MailServer, *words: str, limit: float = 900) -> float:
    """Start it, wait for its end, and return the seconds it took; RuntimeError when it did not end well."""
    begun = time.perf_counter()
    found = _ID.search(_zxsuite(server, "backup", *words))
    if found is None:
        raise RuntimeError(f"{' '.join(words)} was not started")
    while time.perf_counter() - begun < limit:
        if found[0] not in _zxsuite(server, "--json", "backup", "getAllOperations"):
            seconds = time.perf_counter() - begun
            break
        time.sleep(_PAUSE)
    else:
        raise RuntimeError(f"{' '.join(words)} has not ended after {limit:.0f} s")
    log = json.loads(_zxsuite(server, "--json", "core", "getOperationLog"))["response"]["operationList"]
    ends = [entry["type"] for entry in log if entry["id"] == found[0]]
    if ends != ["Finished"]:
        raise RuntimeError(f"{' '.join(words)} ended as {ends}")
    return seconds


def _zxsuite(server: MailServer, *words: str) -> str:
    command = [str(server.home / "bin" / "zxsuite"), *words]
    return subprocess.run(command, capture_output=True, text=True, timeout=60, check=True).stdout
