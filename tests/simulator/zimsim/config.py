#!/usr/bin/python
# Copyright (c) 2026, mailops.zimbra contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What one simulated server is: product, version, addresses, ports, secrets, switches.

``DIR/zimsim.json`` points at the home, ``HOME/.zimsim/config.json`` holds the rest.
"""

from __future__ import annotations

import json
import os
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

STATE = ".zimsim"
POINTER = "zimsim.json"
PORT_NAMES = ("admin_https", "user_http", "user_https", "smtp", "lmtp")
REAL_PORTS = {"admin_https": 7071, "user_http": 8080, "user_https": 8443, "smtp": 25, "lmtp": 7025}
# What the references leave open: strictest answer first (listed as guesses in the README).
SWITCHES: dict[str, bool] = {}


@dataclass(slots=True)
class Config:
    """``suite``: ``suite`` (Zextras Suite), ``ng`` (Zimbra NG) or, on Carbonio, ``carbonio``."""

    directory: Path
    home: Path
    product: str = "zimbra"
    version: str = "8.8.15"
    suite: str = "suite"
    address: str = "127.0.0.1"
    hostname: str = "mail.source.test"
    service_user: str = ""
    ports: dict[str, int] = field(default_factory=dict)
    admin: str = "admin@test.com"
    admin_password: str = ""
    ldap_password: str = ""
    token_key: str = ""
    server_id: str = ""
    switches: dict[str, bool] = field(default_factory=dict)

    @property
    def state(self) -> Path:
        return self.home / STATE

    @property
    def bin(self) -> Path:
        return self.home / "bin"

    @property
    def socket(self) -> Path:
        return self.state / "sock"

    @property
    def pid_file(self) -> Path:
        return self.state / "pid"

    @property
    def log_file(self) -> Path:
        return self.state / "server.log"

    @property
    def localconfig(self) -> Path:
        return self.home / "conf" / "localconfig.xml"

    @property
    def backup_path(self) -> Path:
        """The initial backup path: ``HOME/backup/zextras``, on NG and Carbonio ``ng`` and ``zextras``."""
        return self.home / "backup" / ("ng" if self.suite == "ng" else "zextras")

    @property
    def is_carbonio(self) -> bool:
        return self.product == "carbonio"

    def switch(self, name: str) -> bool:
        return self.switches.get(name, SWITCHES[name])

    def save(self) -> None:
        values = {key: os.fspath(value) if isinstance(value, Path) else value for key, value in asdict(self).items()}
        path = self.state / "config.json"
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(handle, "w", encoding="utf-8") as stream:
            json.dump(values, stream, indent=1)
            stream.write("\n")
        self.directory.joinpath(POINTER).write_text(json.dumps({"home": os.fspath(self.home)}) + "\n", encoding="utf-8")

    @classmethod
    def of_home(cls, home: Path) -> Config:
        values: dict[str, Any] = json.loads((home / STATE / "config.json").read_text(encoding="utf-8"))
        values.update(directory=Path(values["directory"]), home=home)
        return cls(**values)

    @classmethod
    def load(cls, directory: Path) -> Config:
        """FileNotFoundError where no server was created."""
        pointer = json.loads((directory / POINTER).read_text(encoding="utf-8"))
        return cls.of_home(Path(pointer["home"]))

    def target(self) -> dict[str, Any]:
        """The target file of the contract tests."""
        return {
            "product": self.product,
            "admin_url": f"https://{self.address}:{self.ports['admin_https']}/service/admin/soap",
            "user_url": f"http://{self.address}:{self.ports['user_http']}",
            "admin": self.admin,
            "password": self.admin_password,
            "verify": False,
            "user_https": {"host": self.address, "port": self.ports["user_https"]},
            "zmprov": [os.fspath(self.bin / "zmprov")],
            "zmmailbox": [os.fspath(self.bin / "zmmailbox")],
        }
