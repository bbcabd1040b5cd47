# Copyright (c) 2026, mailops.zimbra contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The first process of a host: makes its private root, starts ``sshd`` in it and collects orphans.

Run by `labhosts.lab` in new mount, UTS and PID namespaces, so that everything mounted or started here ends with
this process. Reads its settings as JSON from standard input.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

SSHD_CONFIG = """\
HostKey /etc/ssh/ssh_host_ed25519_key
AuthorizedKeysFile .ssh/authorized_keys /etc/ssh/lab_controller.pub
PermitRootLogin prohibit-password
PasswordAuthentication no
KbdInteractiveAuthentication no
UsePAM no
UseDNS no
PidFile none
MaxStartups 50
Subsystem sftp internal-sftp
"""


@dataclass(frozen=True)
class Settings:
    """``work`` is an empty directory of the machine; ``visible`` are directories that the host sees read-only."""

    name: str
    address: str
    peers: dict[str, str]
    work: Path
    visible: tuple[Path, ...]
    service_user: str
    service_home: str
    controller_key: str
    interpreter: Path


def read_settings(text: str) -> Settings:
    raw = json.loads(text)
    return Settings(
        **{
            **raw,
            "work": Path(raw["work"]),
            "visible": tuple(Path(path) for path in raw["visible"]),
            "interpreter": Path(raw["interpreter"]),
        }
    )


def run(*argv: str | Path) -> None:
    subprocess.run([str(word) for word in argv], stdin=subprocess.DEVNULL, check=True)


def make_root(settings: Settings) -> Path:
    """An overlay of ``/`` whose changes are kept in memory, with its own /proc, /dev/shm, /run and /tmp."""
    work = settings.work
    run("mount", "-t", "tmpfs", "-o", "mode=0755", "labhosts", work)
    root = work / "root"
    for name in ("upper", "overlay", "root"):
        (work / name).mkdir()
    options = f"lowerdir=/,upperdir={work / 'upper'},workdir={work / 'overlay'}"
    run("mount", "-t", "overlay", "-o", options, "labhosts", root)
    run("mount", "-t", "proc", "proc", root / "proc")
    run("mount", "--rbind", "/dev", root / "dev")
    run("mount", "--rbind", "/sys", root / "sys")
    for name, mode in (("dev/shm", "1777"), ("run", "0755"), ("tmp", "1777"), ("var/tmp", "1777")):
        run("mount", "-t", "tmpfs", "-o", f"mode={mode}", "labhosts", root / name)
    for path in settings.visible:
        # Not every directory is on the same file system as /: an overlay does not follow mounts.
        inside = root / path.relative_to("/")
        inside.mkdir(parents=True, exist_ok=True)
        run("mount", "--bind", path, inside)
        run("mount", "-o", "remount,bind,ro", inside)
    return root


def furnish(root: Path, settings: Settings) -> None:
    """Host name, host keys, service user: all of it in the private root only."""
    run("hostname", settings.name)
    (root / "etc/hostname").write_text(f"{settings.name}\n")
    peers = "".join(f"{address} {name}\n" for name, address in settings.peers.items())
    (root / "etc/hosts").write_text(f"127.0.0.1 localhost\n{peers}")
    # The machine's own keys are none of the hosts' business, nor is what its root's shell starts with.
    personal = (".bashrc", ".bash_profile", ".bash_login", ".profile", ".ssh", ".ansible", ".cache", ".config")
    run("rm", "-rf", root / "etc/ssh", *(root / "root" / name for name in personal))
    ssh = root / "etc/ssh"
    ssh.mkdir(mode=0o755)
    (root / "run/sshd").mkdir(mode=0o755)
    run("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", settings.name, "-f", ssh / "ssh_host_ed25519_key")
    (ssh / "sshd_config").write_text(SSHD_CONFIG)
    (ssh / "lab_controller.pub").write_text(settings.controller_key)
    in_root: Sequence[str | Path] = ("chroot", root)
    home = root / settings.service_home.lstrip("/")
    run("rm", "-rf", home)
    home.parent.mkdir(parents=True, exist_ok=True)
    run(*in_root, "useradd", "--system", "--create-home", "--home-dir", settings.service_home, "--shell", "/bin/bash",
        settings.service_user)  # fmt: skip
    # "!" in /etc/shadow counts as locked for a sshd without PAM; "*" only means that no password fits.
    for user in ("root", settings.service_user):
        run(*in_root, "usermod", "--password", "*", user)
    # The service user runs the interpreter, which may lie below a home that only its owner enters.
    for parent in settings.interpreter.parents:
        inside = root / parent.relative_to("/")
        if not inside.stat().st_mode & 0o001:
            inside.chmod(inside.stat().st_mode | 0o011)


def main() -> None:
    settings = read_settings(sys.stdin.read())
    root = make_root(settings)
    furnish(root, settings)
    os.chroot(root)
    os.chdir("/")
    sshd = subprocess.Popen(["/usr/sbin/sshd", "-D", "-e"], stdin=subprocess.DEVNULL)
    # As process 1 it inherits every orphan (daemons of the tests): collected here, or they would stay as zombies.
    while os.wait()[0] != sshd.pid:
        continue
    sys.exit("sshd has ended")


if __name__ == "__main__":
    main()
