# Copyright (c) 2026, mailops.zimbra contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The two mail servers of the lab: each a simulated server with an sshd in front of it."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from maillab.sshd import Sshd

ZIMSIM = Path(sys.executable).with_name("zimsim")


def zimsim_status(*arguments: str | Path, timeout: float = 300) -> tuple[int, str, str]:
    """Run the simulator's program; return its exit status and what it wrote to stdout and stderr."""
    command = [str(ZIMSIM), *map(str, arguments)]
    run = subprocess.run(command, capture_output=True, text=True, timeout=timeout, check=False)
    return run.returncode, run.stdout, run.stderr


def zimsim(*arguments: str | Path, timeout: float = 300) -> str:
    """Run the simulator's program and return what it printed; a failure shows its own words."""
    status, out, err = zimsim_status(*arguments, timeout=timeout)
    if status != 0:
        raise RuntimeError(f"zimsim {' '.join(map(str, arguments))} ended with {status}: {err or out}")
    return out


@dataclass(frozen=True)
class MailServer:
    """A simulated mail server in a directory of its own, with its sshd."""

    name: str
    directory: Path
    address: str
    sshd: Sshd

    @property
    def config(self) -> dict[str, Any]:
        """The server's own description (home, ports, product), as the simulator keeps it."""
        found = list(self.directory.glob("opt/*/.zimsim/config.json"))
        if len(found) != 1:
            raise RuntimeError(f"no simulated server in {self.directory}")
        config: dict[str, Any] = json.loads(found[0].read_text())
        return config

    @property
    def home(self) -> Path:
        return Path(next(self.directory.glob("opt/*/.zimsim")).parent)

    @property
    def migration_dir(self) -> Path:
        return self.directory / "migration"

    def create(self, product: str, hostname: str) -> None:
        zimsim("create", self.directory, "--product", product, "--address", self.address, "--hostname", hostname)

    def start(self) -> None:
        zimsim("start", self.directory)

    def stop(self) -> None:
        zimsim("stop", self.directory)

    def kill(self) -> None:
        """End the server process with SIGKILL, as a crash would."""
        zimsim("kill", self.directory)

    def accept_any_mail(self) -> None:
        """Turn the LMTP validator off for imports, as the service user would."""
        program = str(self.home / "bin" / "zmlocalconfig")
        subprocess.run([program, "-e", "zimbra_lmtp_validate_messages=false"], check=True, timeout=60)

    def fault(self, name: str, **settings: object) -> None:
        zimsim("fault", self.directory, "set", name, *(f"{key}={value}" for key, value in settings.items()))

    def clear_faults(self) -> None:
        zimsim("fault", self.directory, "clear")

    def tamper(self, *arguments: str) -> str:
        """Change the store behind the server's back (remove, truncate, double)."""
        return zimsim("inspect", self.directory, "tamper", *arguments)

    def accounts(self) -> dict[str, dict[str, Any]]:
        """What every account holds, by address, read from the database directly."""
        _status, out, _err = zimsim_status("inspect", self.directory, "--json", "--no-blobs")
        found: dict[str, dict[str, Any]] = json.loads(out)["accounts"]
        return found

    def journal(self, since: int = 0) -> list[dict[str, Any]]:
        """The mutating calls the server has seen, oldest first."""
        lines = zimsim("journal", self.directory, "--since", str(since), "--json").splitlines()
        return [json.loads(line) for line in lines if line.startswith("{")]
