# Copyright (c) 2026, mailops.zimbra contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Brings the hosts of a plan up, runs commands on them, takes them down."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path

from labhosts import network
from labhosts.plan import Host, LabError, Plan

CHECKOUT = Path(__file__).resolve().parents[3]
PACKAGE = Path(__file__).resolve().parent
READY_WITHIN = 30.0
SSH_CONFIG = """\
Host {names}
  User root
  IdentityFile {key}
  IdentitiesOnly yes
  UserKnownHostsFile {known_hosts}
  StrictHostKeyChecking yes
  BatchMode yes
  ConnectTimeout 10
"""


class Lab:
    """The hosts of one plan. ``service_user`` exists on each of them, with an empty home."""

    def __init__(self, plan: Plan, service_user: str = "zimbra", service_home: str = "/opt/zimbra") -> None:
        self.plan = plan
        self.service_user = service_user
        self.service_home = service_home
        self._started: list[subprocess.Popen[str]] = []

    def up(self) -> None:
        """Make all hosts and wait until each answers over ssh; leftovers of an earlier lab of that name go first."""
        if os.geteuid() != 0:
            raise LabError("the hosts are made of namespaces and mounts: this needs root")
        self.down()
        directory = self.plan.directory
        directory.mkdir(parents=True, mode=0o700)
        try:
            self._write_ssh_files()
            network.make(self.plan)
            for host in self.plan.hosts:
                self._start(host)
            for host in self.plan.hosts:
                self._wait(host)
        except BaseException:
            self.down()
            raise

    def down(self) -> list[str]:
        """Remove the hosts and what was kept about them; returns the names of the namespaces that were there."""
        found = network.remove(self.plan.prefix)
        for process in self._started:
            process.wait()
        self._started.clear()
        shutil.rmtree(self.plan.directory, ignore_errors=True)
        return found

    def run(self, host: str, command: str) -> subprocess.CompletedProcess[str]:
        """Run a shell command on a host as root over ssh; its output and exit status."""
        return subprocess.run(
            self.ssh_argv(host, command), stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False
        )

    def ssh_argv(self, host: str, *command: str) -> list[str]:
        return ["ssh", "-F", str(self.plan.ssh_config), host, *command]

    def _write_ssh_files(self) -> None:
        plan = self.plan
        words = ["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", f"{plan.lab} controller", "-f", str(plan.key)]
        subprocess.run(words, stdin=subprocess.DEVNULL, check=True)
        names = " ".join(name for host in plan.hosts for name in (host.name, host.address))
        text = SSH_CONFIG.format(names=names, key=plan.key, known_hosts=plan.known_hosts)
        text += "".join(f"Host {host.name}\n  HostName {host.address}\n" for host in plan.hosts)
        plan.ssh_config.write_text(text)

    def _start(self, host: Host) -> None:
        work = self.plan.directory / host.name
        work.mkdir()
        settings = {
            "name": host.name,
            "address": host.address,
            "peers": {peer.name: peer.address for peer in self.plan.hosts},
            "work": str(work),
            "visible": [str(path) for path in self._visible()],
            "service_user": self.service_user,
            "service_home": self.service_home,
            "controller_key": self.plan.key.with_suffix(".pub").read_text(),
            "interpreter": os.path.realpath(sys.executable),
        }
        # Ordinary users may listen on port 25 of this host: the service user plays every server of a mail platform.
        inside = "echo 0 > /proc/sys/net/ipv4/ip_unprivileged_port_start && exec \"$@\""
        argv = ["ip", "netns", "exec", self.plan.namespace(host), "sh", "-c", inside, "sh"]
        argv += ["unshare", "--mount", "--uts", "--ipc", "--pid", "--fork", "--kill-child"]
        argv += [sys.executable, "-m", "labhosts.inside"]
        # A session of its own and no pipes: the hosts outlive the program that makes them.
        with self._log(host).open("w") as log:
            process = subprocess.Popen(
                argv,
                stdin=subprocess.PIPE,
                stdout=log,
                stderr=log,
                text=True,
                cwd="/",
                env={"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "PYTHONPATH": str(PACKAGE.parent), "LC_ALL": "C.UTF-8"},
                start_new_session=True,
            )
            self._started.append(process)
            assert process.stdin is not None
            process.stdin.write(json.dumps(settings))
            process.stdin.close()

    def _visible(self) -> list[Path]:
        """The checkout with its virtual environment, and the interpreter where it lies on another file system."""
        root_device = Path("/").stat().st_dev
        interpreter = Path(sys.base_prefix)
        return [CHECKOUT, *([interpreter] if interpreter.stat().st_dev != root_device else [])]

    def _wait(self, host: Host) -> None:
        """Take the host's key from the host itself, not from the network, then wait for its sshd."""
        deadline = time.monotonic() + READY_WITHIN
        last = ""
        while time.monotonic() < deadline:
            key = self._host_key(host)
            if key:
                self._trust(host, key)
                answer = self.run(host.name, "true")
                if answer.returncode == 0:
                    return
                last = answer.stderr
            time.sleep(0.1)
        raise LabError(f"{host.name} does not answer: {last.strip()}\n{self._log(host).read_text()[-2000:]}")

    def _host_key(self, host: Host) -> str:
        """The private root is mounted in the host's own mount namespace: seen from here through /proc."""
        machine = Path("/").stat().st_dev
        for pid in network.ip("netns", "pids", self.plan.namespace(host)).split():
            root = Path(f"/proc/{pid}/root/")
            try:
                # Before its chroot the process still shows the machine's own files.
                if (root / ".").stat().st_dev != machine:
                    return (root / "etc/ssh/ssh_host_ed25519_key.pub").read_text().rsplit(" ", 1)[0]
            except OSError:
                continue
        return ""

    def _trust(self, host: Host, key: str) -> None:
        known = self.plan.known_hosts
        lines = known.read_text().splitlines() if known.exists() else []
        line = f"{host.name},{host.address} {key}"
        if line not in lines:
            known.write_text("\n".join([*lines, line]) + "\n")

    def _log(self, host: Host) -> Path:
        return self.plan.directory / f"{host.name}.log"


def exec_on(lab: Lab, host: str, command: Sequence[str]) -> None:
    """Replace this process by ssh to the host: a terminal, signals and the exit status work as usual."""
    argv = lab.ssh_argv(host, *command)
    os.execvp(argv[0], argv)
