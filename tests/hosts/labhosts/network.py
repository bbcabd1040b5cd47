# Copyright (c) 2026, mailops.zimbra contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The network of a lab: one bridge in a namespace of its own, one cable to each host and one to the machine."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from contextlib import suppress
from pathlib import Path

from labhosts.plan import LabError, Plan

GONE_WITHIN = 10.0


def ip(*words: str) -> str:
    """Run ``ip`` and return what it printed. Raises LabError with its message."""
    done = subprocess.run(["ip", *words], stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False)
    if done.returncode:
        raise LabError(f"ip {' '.join(words)}: {done.stderr.strip()}")
    return done.stdout


def namespaces(prefix: str) -> list[str]:
    """Names of the existing network namespaces that begin with ``prefix``."""
    return [line.split()[0] for line in ip("netns", "list").splitlines() if line.startswith(prefix)]


def make(plan: Plan) -> None:
    """Bridge, namespaces and cables. An address range that is already routed elsewhere is refused."""
    route = ip("-o", "route", "show", "root", str(plan.network), "match", str(plan.network), "scope", "link").strip()
    if route:
        raise LabError(f"{plan.network} is already in use on this machine: {route}")
    switch, length = plan.switch, plan.network.prefixlen
    ip("netns", "add", switch)
    ip("-n", switch, "link", "set", "lo", "up")
    ip("-n", switch, "link", "add", "bridge", "type", "bridge")
    ip("-n", switch, "link", "set", "bridge", "up")
    ip("link", "add", plan.cable, "type", "veth", "peer", "name", "controller", "netns", switch)
    ip("-n", switch, "link", "set", "controller", "master", "bridge", "up")
    ip("addr", "add", f"{plan.controller_address}/{length}", "dev", plan.cable)
    ip("link", "set", plan.cable, "up")
    for host in plan.hosts:
        namespace = plan.namespace(host)
        ip("netns", "add", namespace)
        ip("-n", namespace, "link", "set", "lo", "up")
        ip("-n", switch, "link", "add", host.name, "type", "veth", "peer", "name", "eth0", "netns", namespace)
        ip("-n", switch, "link", "set", host.name, "master", "bridge", "up")
        ip("-n", namespace, "addr", "add", f"{host.address}/{length}", "dev", "eth0")
        ip("-n", namespace, "link", "set", "eth0", "up")


def remove(prefix: str) -> list[str]:
    """End every process in the namespaces that begin with ``prefix``, then delete them; returns their names."""
    found = namespaces(prefix)
    # The cables stay until all servers have ended, so that their clients hear of it and end too.
    for namespace in found:
        end_processes(namespace)
    for namespace in found:
        # The kernel tidies a deleted namespace up later; a cable taken out by hand is gone at once, at both ends.
        for line in ip("-n", namespace, "-o", "link", "show", "type", "veth").splitlines():
            ip("-n", namespace, "link", "delete", line.split(": ")[1].split("@")[0])
        ip("netns", "delete", namespace)
    return found


def end_processes(namespace: str) -> None:
    """Kill by pid what runs in ``namespace`` and wait until it is gone. Raises LabError when something stays."""
    deadline = time.monotonic() + GONE_WITHIN
    while pids := [int(word) for word in ip("netns", "pids", namespace).split()]:
        if time.monotonic() > deadline:
            raise LabError(f"processes stay in {namespace}: {pids}")
        # With the first process of a host the kernel ends all others of that host, and its parent collects it.
        for pid in [pid for pid in pids if is_first(pid)] or pids:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        time.sleep(0.05)


def is_first(pid: int) -> bool:
    """Whether ``pid`` is number 1 in a process number space of its own."""
    try:
        status = Path(f"/proc/{pid}/status").read_text()
    except OSError:
        return False
    numbers = next(line for line in status.splitlines() if line.startswith("NSpid:")).split()[1:]
    return len(numbers) > 1 and numbers[-1] == "1"
