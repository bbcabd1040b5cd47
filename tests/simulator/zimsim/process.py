#!/usr/bin/python
# Copyright (c) 2026, mailops.zimbra contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Starting and ending a server's process, always by its own id."""

from __future__ import annotations

import os
import select
import signal
import subprocess
import sys
import time

from zimsim.config import Config

_START_SECONDS = 60.0
_STOP_SECONDS = 30.0


class NotStarted(Exception):
    """The server ended before it listened; the message holds the end of its log."""


def running(config: Config) -> int | None:
    """The process id of the server, None when it does not run."""
    try:
        pid, started = config.pid_file.read_text(encoding="ascii").split()
    except (FileNotFoundError, ValueError):
        return None
    return int(pid) if _start_time(int(pid)) == started else None


def _start_time(pid: int) -> str | None:
    """When a process began, in the kernel's ticks: tells it from a later one with the same id."""
    try:
        with open(f"/proc/{pid}/stat", encoding="ascii", errors="replace") as stream:
            fields = stream.read().rpartition(")")[2].split()
    except (FileNotFoundError, ProcessLookupError):
        return None
    return None if fields[0] in ("Z", "X") else fields[19]


def start(config: Config) -> int:
    """Starts the server detached and returns once it listens."""
    if running(config):
        return 0
    reader, writer = os.pipe()
    with config.log_file.open("ab") as log:
        child = subprocess.Popen(
            [sys.executable, "-m", "zimsim.server", os.fspath(config.home), str(writer)],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,
            pass_fds=(writer,),
            cwd=config.home,
        )
    os.close(writer)
    config.pid_file.write_text(f"{child.pid} {_start_time(child.pid) or ''}\n", encoding="ascii")
    ready, _, _ = select.select([reader], [], [], _START_SECONDS)
    said = os.read(reader, 16) if ready else b""
    os.close(reader)
    if said == b"ready\n":
        # The server lives on: its end is not this process's to wait for.
        child.returncode = 0
        return 0
    if child.poll() is None:
        child.kill()
        child.wait()
    config.pid_file.unlink(missing_ok=True)
    tail = config.log_file.read_text(encoding="utf-8", errors="replace")[-2000:]
    raise NotStarted(f"the server did not start:\n{tail}")


def stop(config: Config) -> int:
    """SIGTERM and wait; SIGKILL when it does not end."""
    pid = running(config)
    if pid is None:
        return 0
    os.kill(pid, signal.SIGTERM)
    if not _wait(config, _STOP_SECONDS):
        return kill(config)
    config.pid_file.unlink(missing_ok=True)
    return 0


def kill(config: Config) -> int:
    """SIGKILL: as a crash."""
    pid = running(config)
    if pid is not None:
        os.kill(pid, signal.SIGKILL)
        _wait(config, _STOP_SECONDS)
    config.pid_file.unlink(missing_ok=True)
    return 0


def _wait(config: Config, seconds: float) -> bool:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if running(config) is None:
            return True
        time.sleep(0.02)
    return False
