# Copyright (c) 2026, mailops.zimbra contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A real sshd on loopback, run by whoever runs the tests, with keys of its own."""

from __future__ import annotations

import contextlib
import getpass
import os
import shutil
import socket
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ADDRESS = "127.0.0.1"
TRIES = 200


@dataclass(frozen=True)
class Sshd:
    """Where it listens and what opens it."""

    port: int
    user: str
    private_key: Path
    known_hosts: Path
    authorized_keys: Path

    def options(self) -> dict[str, Any]:
        """The options of ``backup_sync`` that lead here."""
        return {
            "host": ADDRESS,
            "port": self.port,
            "user": self.user,
            "private_key": str(self.private_key),
            "known_hosts": str(self.known_hosts),
        }

    def restrict(self, command: str) -> None:
        """Let the key run ``command`` only."""
        public = self.private_key.with_suffix(".pub").read_text()
        self.authorized_keys.write_text(f'restrict,command="{command}" {public}')


def _keygen(path: Path) -> None:
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(path)], check=True)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind((ADDRESS, 0))
        return int(probe.getsockname()[1])


@contextlib.contextmanager
def running_sshd(directory: Path) -> Iterator[Sshd]:
    """Start it in ``directory``, and end it by its process."""
    binary = shutil.which("sshd", path=os.environ["PATH"] + ":/usr/sbin")
    assert binary, "openssh-server is not installed: make setup"
    if os.geteuid() == 0:
        # Its separated process wants this directory; the package makes it at boot only.
        Path("/run/sshd").mkdir(mode=0o755, exist_ok=True)
    host_key, key = directory / "host_key", directory / "key"
    _keygen(host_key)
    _keygen(key)
    authorized = directory / "authorized_keys"
    authorized.write_text(key.with_suffix(".pub").read_text())
    port = _free_port()
    settings = directory / "sshd_config"
    settings.write_text(
        f"Port {port}\nListenAddress {ADDRESS}\nHostKey {host_key}\nAuthorizedKeysFile {authorized}\n"
        "StrictModes no\nUsePAM no\nPasswordAuthentication no\nPidFile none\nPermitRootLogin prohibit-password\n"
    )
    known = directory / "known_hosts"
    known.write_text(f"[{ADDRESS}]:{port} " + " ".join(host_key.with_suffix(".pub").read_text().split()[:2]) + "\n")
    with (directory / "sshd.log").open("wb") as log:
        process = subprocess.Popen([binary, "-D", "-e", "-f", str(settings)], stdin=subprocess.DEVNULL, stderr=log)
        try:
            _wait_for(port, process)
            yield Sshd(port, getpass.getuser(), key, known, authorized)
        finally:
            process.terminate()
            process.wait(timeout=10)


def _wait_for(port: int, process: subprocess.Popen[bytes]) -> None:
    for _attempt in range(TRIES):
        assert process.poll() is None, "sshd ended at once"
        with contextlib.suppress(OSError), socket.create_connection((ADDRESS, port), timeout=0.2):
            return
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(timeout=0.05)
    raise AssertionError("sshd does not listen")
