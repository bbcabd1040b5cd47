# Copyright (c) 2026, mailops.zimbra contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Two hosts of their own, made and removed: run as root only (see ``make unit``)."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from labhosts import network
from labhosts.lab import Lab
from labhosts.plan import LabError, plan

NETWORK = "10.79.0.0/24"


def links() -> set[str]:
    return {line.split(": ")[1] for line in network.ip("-o", "link", "show").splitlines()}


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    made = Lab(plan("selftest", ["one", "two"], tmp_path_factory.mktemp("lab") / "hosts", NETWORK))
    made.up()
    yield made
    made.down()


def output(lab: Lab, host: str, command: str) -> str:
    done = lab.run(host, command)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def test_each_host_has_its_own_name_address_and_files(lab: Lab) -> None:
    output(lab, "one", "echo only here > /opt/mark")
    assert output(lab, "one", "hostname; cat /opt/mark") == "one\nonly here"
    assert output(lab, "two", "hostname; ls /opt | grep -c mark || true") == "two\n0"
    assert "10.79.0.11/24" in output(lab, "one", "ip -o -4 addr show eth0")
    assert not Path("/opt/mark").exists()


def test_hosts_reach_each_other_by_name(lab: Lab) -> None:
    output(lab, "one", "ssh-keyscan -T 5 -t ed25519 two | grep -q ssh-ed25519")


def test_the_service_user_owns_an_empty_home_and_may_use_low_ports(lab: Lab) -> None:
    assert output(lab, "one", "stat -c %U /opt/zimbra") == "zimbra"
    bind = 'import socket; socket.socket().bind(("0.0.0.0", 25)); print("bound")'
    assert output(lab, "one", f"runuser -u zimbra -- python3 -c '{bind}'") == "bound"


def test_the_checkout_is_there_and_cannot_be_changed(lab: Lab) -> None:
    checkout = Path(__file__).resolve().parents[3]
    assert output(lab, "one", f"ls {checkout}/galaxy.yml") == f"{checkout}/galaxy.yml"
    assert lab.run("one", f"touch {checkout}/mark").returncode != 0


def test_an_address_range_in_use_is_refused_and_nothing_is_left(lab: Lab, tmp_path: Path) -> None:
    second = Lab(plan("selftesttwo", ["one"], tmp_path / "hosts", NETWORK))
    with pytest.raises(LabError, match="already in use"):
        second.up()
    assert network.namespaces(second.plan.prefix) == []


def test_nothing_is_left_after_down_even_of_daemons(tmp_path: Path) -> None:
    before = links()
    mine = Lab(plan("selftestgone", ["one"], tmp_path / "hosts", "10.80.0.0/24"))
    mine.up()
    output(mine, "one", "setsid sleep 300 >/dev/null 2>&1 </dev/null & echo started")
    (host,) = mine.plan.hosts
    pids = [int(pid) for pid in network.ip("netns", "pids", mine.plan.namespace(host)).split()]
    assert len(pids) >= 3
    mine.down()
    assert network.namespaces(mine.plan.prefix) == []
    assert not [pid for pid in pids if os.path.exists(f"/proc/{pid}")]
    assert links() == before
    assert str(tmp_path) not in Path("/proc/mounts").read_text()
