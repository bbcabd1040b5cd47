# Copyright (c) 2026, mailops.zimbra contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The controller of the lab: runs the installed collection's playbooks against the lab's inventory."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

_RECAP = re.compile(
    r"^(?P<host>\S+)\s+: ok=(?P<ok>\d+)\s+changed=(?P<changed>\d+)\s+unreachable=(?P<unreachable>\d+)"
    r"\s+failed=(?P<failed>\d+)"
)
_ANSI = re.compile(r"\x1b\[[0-9;]*m")
ANSIBLE_PLAYBOOK = Path(sys.executable).with_name("ansible-playbook")


@dataclass(frozen=True)
class PlaybookRun:
    """What one run of a playbook came to."""

    rc: int
    output: str
    seconds: float

    @property
    def recap(self) -> dict[str, dict[str, int]]:
        """Counters per host, from the PLAY RECAP."""
        found = (_RECAP.match(line) for line in self.output.splitlines())
        return {
            match["host"]: {name: int(match[name]) for name in ("ok", "changed", "unreachable", "failed")}
            for match in found
            if match
        }

    @property
    def changed(self) -> int:
        """Tasks that changed something, over all hosts."""
        return sum(host["changed"] for host in self.recap.values())

    @property
    def changed_tasks(self) -> list[str]:
        """Names of the tasks that said "changed", for the message of a failing test."""
        names, current = [], ""
        for line in self.output.splitlines():
            if line.startswith(("TASK [", "RUNNING HANDLER [")):
                current = line.split("[", 1)[1].rsplit("]", 1)[0]
            elif line.startswith("changed: "):
                names.append(current)
        return names


@dataclass(frozen=True)
class Controller:
    """Where the collection is installed, which inventory it is run on, and where its logs go."""

    directory: Path
    collections: Path
    inventory: Path
    settings: dict[str, str] = field(default_factory=dict)

    @property
    def environment(self) -> dict[str, str]:
        """Environment of ansible-playbook: nothing of the user's own Ansible configuration reaches in."""
        inherited = {key: value for key, value in os.environ.items() if not key.startswith("ANSIBLE_")}
        return (
            inherited
            | {
                "ANSIBLE_CONFIG": str(self.directory / "ansible.cfg"),
                "ANSIBLE_HOME": str(self.directory / "ansible"),
                "ANSIBLE_COLLECTIONS_PATH": str(self.collections),
                "ANSIBLE_PIPELINING": "true",
                # As the default, without compression: there is no wire to save.
                "ANSIBLE_SSH_ARGS": "-o ControlMaster=auto -o ControlPersist=60s",
                "ANSIBLE_FORKS": "10",
                "ANSIBLE_NOCOLOR": "true",
                "ANSIBLE_DEPRECATION_WARNINGS": "false",
                "ANSIBLE_RETRY_FILES_ENABLED": "false",
                "PYTHONUNBUFFERED": "1",
            }
            | self.settings
        )

    def command(self, playbook: str, *arguments: str, **extra_vars: str) -> list[str]:
        pairs = [part for key, value in extra_vars.items() for part in ("-e", f"{key}={value}")]
        return [str(ANSIBLE_PLAYBOOK), "-i", str(self.inventory), playbook, *pairs, *arguments]

    @contextmanager
    def started(self, playbook: str, *arguments: str, **extra_vars: str) -> Iterator[subprocess.Popen[str]]:
        """Start a playbook in a process group of its own and hand out the process; the group ends with the block."""
        process = subprocess.Popen(
            self.command(playbook, *arguments, **extra_vars),
            env=self.environment,
            cwd=self.directory,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            start_new_session=True,
        )
        try:
            yield process
        finally:
            if process.poll() is None:
                os.killpg(process.pid, signal.SIGKILL)
                process.wait()
            if process.stdout:
                process.stdout.close()

    def run(
        self,
        playbook: str,
        *arguments: str,
        each_line: Callable[[str], None] | None = None,
        **extra_vars: str,
    ) -> PlaybookRun:
        """Run a playbook to its end; each_line sees every line as it comes."""
        begun, lines = time.monotonic(), []
        with self.started(playbook, *arguments, **extra_vars) as process:
            if process.stdout is None:
                raise RuntimeError("no output of ansible-playbook to read")
            for raw in process.stdout:
                line = _ANSI.sub("", raw.rstrip("\n"))
                lines.append(line)
                if each_line:
                    each_line(line)
            process.wait()
        run = PlaybookRun(process.returncode, "\n".join(lines), time.monotonic() - begun)
        self._keep(extra_vars, run)
        return run

    def phase(
        self, phase: str, *arguments: str, each_line: Callable[[str], None] | None = None, **extra_vars: str
    ) -> PlaybookRun:
        """Run one phase of the smartscan procedure."""
        chosen = {"procedure": "smartscan", "phase": phase} | extra_vars
        return self.run("mailops.zimbra.migrate", *arguments, each_line=each_line, **chosen)

    def _keep(self, extra_vars: dict[str, str], run: PlaybookRun) -> None:
        logs = self.directory / "logs"
        logs.mkdir(exist_ok=True)
        name = f"{len(list(logs.iterdir())):02d}-{extra_vars.get('phase', 'playbook')}.log"
        (logs / name).write_text(run.output + "\n")
