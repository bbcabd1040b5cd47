# Copyright (c) 2026, mailops.zimbra contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the references leave unknown, as switches with the strictest default; GUESSES-backup.md explains each.

`HOME/.zimsim/backup-switches.json` holds the ones that were changed: `{"exit_on_error": 1}`.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, fields
from pathlib import Path

FILE = "backup-switches.json"


@dataclass(frozen=True)
class Switches:
    """Defaults are what is hardest on a client."""

    exit_on_error: int = 0  # exit status of a refused command
    exit_on_usage: int = 0  # exit status of a command with wrong syntax
    export_into_non_empty: bool = False  # doExport accepts a directory with files in it
    restore_known_changes: bool = False  # a re-import updates flags, tags and grants of items it knows
    restore_domain_transport: bool = False  # a re-import writes zimbraMailTransport of the Source's domains
    id_mapper_without_map: bool = False  # id_mapper.log is still used when map_<server id> is gone
    restore_from_parent: bool = False  # source path may hold, or lie in, the server's own backup path
    max_file_size_unit: int = 1024 * 1024  # bytes per unit of max_file_size
    unfinished_state: str = "Started"  # state of an operation in getUnfinishedOperationLog
    id_key: str = "operationId"  # key of the id in the answer of a do* command
    scan_on_startup: bool = False  # default of ZxBackup_DoSmartScanOnStartup

    @classmethod
    def load(cls, state_directory: Path) -> Switches:
        """Read the changed ones; raises ValueError for a name that is not a switch."""
        path = state_directory / FILE
        if not path.exists():
            return cls()
        given = json.loads(path.read_text())
        unknown = set(given) - {field.name for field in fields(cls)}
        if unknown:
            raise ValueError(f"{path}: unknown switches {', '.join(sorted(unknown))}")
        return cls(**given)
