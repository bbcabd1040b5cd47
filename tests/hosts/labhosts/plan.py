# Copyright (c) 2026, mailops.zimbra contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the hosts of a lab are called and where they are found; nothing here touches the machine."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

# Interface names hold 15 characters at most; the namespace of a host is called PREFIX-<lab>-<host>.
PREFIX = "labh"
NAME = re.compile(r"[a-z][a-z0-9]{0,11}")
SWITCH = "switch"


class LabError(Exception):
    """The lab cannot be made, reached or removed; the message says why."""


@dataclass(frozen=True)
class Host:
    name: str
    address: str


@dataclass(frozen=True)
class Plan:
    """The hosts of one lab. The first address of ``network`` is the controller's, on the machine itself."""

    lab: str
    network: ipaddress.IPv4Network
    hosts: tuple[Host, ...]
    directory: Path

    @property
    def controller_address(self) -> str:
        return str(self.network[1])

    @property
    def prefix(self) -> str:
        return f"{PREFIX}-{self.lab}-"

    @property
    def switch(self) -> str:
        return f"{self.prefix}{SWITCH}"

    @property
    def cable(self) -> str:
        """The interface on the machine itself."""
        return f"{PREFIX}{self.lab}"[:15]

    @property
    def ssh_config(self) -> Path:
        return self.directory / "ssh_config"

    @property
    def key(self) -> Path:
        return self.directory / "controller_key"

    @property
    def known_hosts(self) -> Path:
        return self.directory / "known_hosts"

    def namespace(self, host: Host) -> str:
        return f"{self.prefix}{host.name}"


def plan(lab: str, hosts: Sequence[str], directory: Path, network: str = "10.77.0.0/24") -> Plan:
    """A plan with the addresses .11, .12, ... for ``hosts``. Raises LabError for names that cannot be used."""
    for name in (lab, *hosts):
        if not NAME.fullmatch(name):
            raise LabError(f"{name!r} is no usable name: a small letter, then up to 11 small letters or digits")
    if SWITCH in hosts or len(set(hosts)) != len(hosts):
        raise LabError(f"the names of the hosts must differ from each other and from {SWITCH!r}: {', '.join(hosts)}")
    net = ipaddress.IPv4Network(network)
    made = tuple(Host(name, str(net[11 + number])) for number, name in enumerate(hosts))
    return Plan(lab, net, made, directory)
