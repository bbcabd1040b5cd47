# Copyright (c) 2026, mailops.zimbra contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""An sshd of the current user's own on a loopback address: no root, no file outside its directory."""

from __future__ import annotations

import getpass
import os
import shutil
import signal
import socket
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path

_CONFIG = """\
ListenAddress {address}
Port {port}
HostKey {host_key}
AuthorizedKeysFile {authorized_keys}
PidFile {pid_file}
StrictModes no
UsePAM no
PasswordAuthentication no
KbdInteractiveAuthentication no
PermitRootLogin prohibit-password
MaxStartups 100
MaxSessions 100
Subsystem sftp internal-sftp
LogLevel VERBOSE
# A shell one level down does not run the user's own ~/.bashrc: it is no part of a mail server, and costs every task.
SetEnv SHLVL=1
"""


def free_port(address: str) -> int:
    """Return a TCP port that was free on the address a moment ago."""
    with socket.socket() as probe:
        probe.bind((address, 0))
        port: int = probe.getsockname()[1]
        return port


def make_key(path: Path, comment: str) -> None:
    """Make an ed25519 key pair without passphrase, unless it is there already."""
    if not path.exists():
        subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", comment, "-f", str(path)], check=True)


@dataclass(frozen=True)
class Sshd:
    """One sshd: its directory holds host key, authorized_keys, configuration, log and pid."""

    directory: Path
    address: str

    @property
    def port(self) -> int:
        """The port it was started on, the same from any later process."""
        return int((self.directory / "port").read_text())

    @property
    def host_key(self) -> Path:
        return self.directory / "host_ed25519"

    @property
    def authorized_keys(self) -> Path:
        return self.directory / "authorized_keys"

    @property
    def _pid_file(self) -> Path:
        return self.directory / "sshd.pid"

    def known_hosts_line(self) -> str:
        """Return the line a client needs to know this host."""
        key = self.host_key.with_suffix(".pub").read_text().split()[:2]
        return f"[{self.address}]:{self.port} {' '.join(key)}"

    def start(self, client_key: Path) -> None:
        """Start it for the holder of client_key; returns once it answers."""
        self.directory.mkdir(parents=True, exist_ok=True)
        (self.directory / "port").write_text(str(free_port(self.address)))
        make_key(self.host_key, f"lab {self.address}")
        if not self.authorized_keys.exists():
            self.authorized_keys.write_text(client_key.with_suffix(".pub").read_text())
            self.authorized_keys.chmod(0o600)
        config = self.directory / "sshd_config"
        config.write_text(
            _CONFIG.format(
                address=self.address,
                port=self.port,
                host_key=self.host_key,
                authorized_keys=self.authorized_keys,
                pid_file=self._pid_file,
            )
        )
        if os.geteuid() == 0:
            Path("/run/sshd").mkdir(mode=0o755, exist_ok=True)
        sshd = shutil.which("sshd", path=f"{os.environ['PATH']}:/usr/sbin:/usr/local/sbin")
        if sshd is None:
            raise SystemExit("sshd is not installed: run 'make setup' as root, or install the package openssh-server")
        subprocess.run([sshd, "-f", str(config), "-E", str(self.directory / "sshd.log")], check=True)
        self._wait()

    def _wait(self) -> None:
        for _attempt in range(100):
            try:
                with socket.create_connection((self.address, self.port), timeout=1):
                    return
            except OSError:
                time.sleep(0.05)
        raise SystemExit(f"sshd of {self.directory} does not answer, see {self.directory / 'sshd.log'}")

    def stop(self) -> None:
        """End it by its process id; harmless when it does not run."""
        try:
            os.kill(int(self._pid_file.read_text()), signal.SIGTERM)
        except (FileNotFoundError, ProcessLookupError, ValueError):
            return


def login_name() -> str:
    """Return the name the lab's sshd lets in: the user that runs it."""
    return getpass.getuser()
