# Copyright (c) 2026, mailops.zimbra contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Bring the whole lab up and down: two servers, one inventory, one controller."""

from __future__ import annotations

import json
import shutil
from dataclasses import dataclass
from pathlib import Path

from maillab.controller import Controller
from maillab.servers import MailServer, zimsim
from maillab.sshd import Sshd, login_name, make_key

SOURCE_ADDRESS = "127.0.0.11"
DESTINATION_ADDRESS = "127.0.0.12"


@dataclass(frozen=True)
class Population:
    """Who and what lives on the Source before the migration starts."""

    accounts: int = 60
    domains: tuple[str, ...] = ("alpha.test", "beta.test", "gamma.test")
    messages: int = 3000
    seed: int = 7


@dataclass(frozen=True)
class Lab:
    """Two servers under one directory; nothing of it lies outside of that directory."""

    directory: Path
    collections: Path
    corpus: Path | None
    source: MailServer
    destination: MailServer

    @classmethod
    def at(cls, directory: Path, collections: Path, corpus: Path | None = None) -> Lab:
        """Describe a lab; nothing is made before up()."""
        return cls(
            directory,
            collections,
            corpus,
            _server("mail", directory / "source", SOURCE_ADDRESS),
            _server("newmail", directory / "destination", DESTINATION_ADDRESS),
        )

    @property
    def client_key(self) -> Path:
        return self.directory / "controller_ed25519"

    @property
    def controller(self) -> Controller:
        return Controller(self.directory, self.collections, self.directory / "inventory.yml")

    def up(self, population: Population, destination_product: str = "zimbra") -> None:
        """Make, fill and start everything in an empty directory."""
        self.directory.mkdir(parents=True)
        make_key(self.client_key, "lab controller")
        self.source.create("zimbra", "mail.source.test")
        self.destination.create(destination_product, "mail.destination.test")
        self.fill(population)
        for server in (self.source, self.destination):
            server.sshd.start(self.client_key)
            server.start()
        self._write_inventory()

    def fill(self, population: Population) -> None:
        corpus: list[str | Path] = ["--corpus", self.corpus] if self.corpus else []
        zimsim(
            "fill", self.source.directory,
            "--accounts", str(population.accounts),
            "--domains", ",".join(population.domains),
            "--messages", str(population.messages),
            "--seed", str(population.seed),
            *corpus,
        )  # fmt: skip

    def people(self) -> list[str]:
        """Addresses of everybody on the Source who is not an account of the system."""
        accounts = self.source.accounts().values()
        return sorted(one["account"] for one in accounts if one["kind"] == "account" and not one["system"])

    def down(self) -> None:
        """Stop what runs; the directory stays for a look."""
        for server in (self.source, self.destination):
            server.sshd.stop()
            if server.directory.exists():
                server.stop()

    def remove(self) -> None:
        """Stop what runs and take the directory away."""
        if self.directory.exists():
            self.down()
            shutil.rmtree(self.directory)

    def _write_inventory(self) -> None:
        known_hosts = self.directory / "known_hosts"
        known_hosts.write_text(
            "".join(f"{server.sshd.known_hosts_line()}\n" for server in (self.source, self.destination))
        )
        smtp = self.destination.config["ports"]["smtp"]
        inventory = {
            "all": {
                "vars": {
                    "ansible_user": login_name(),
                    "ansible_ssh_private_key_file": str(self.client_key),
                    "ansible_ssh_common_args": f"-o UserKnownHostsFile={known_hosts} -o StrictHostKeyChecking=yes",
                    "ansible_ssh_control_path_dir": str(self.directory / "cp"),
                    "ansible_python_interpreter": _system_python(),
                    "migration_name": "lab",
                    "migration_mail_target": f"smtp:[{self.destination.address}]:{smtp}",
                    "migration_report_dest": str(self.directory / "report"),
                },
                "children": {
                    "zimbra_source": {"hosts": {self.source.name: _host_vars(self.source)}},
                    "zimbra_destination": {"hosts": {self.destination.name: _host_vars(self.destination)}},
                },
            }
        }
        (self.directory / "ansible.cfg").write_text("[defaults]\n")
        # JSON is YAML: one writer, no dependency.
        (self.directory / "inventory.yml").write_text(json.dumps(inventory, indent=2) + "\n")


def _server(name: str, directory: Path, address: str) -> MailServer:
    return MailServer(name, directory, address, Sshd(directory / "ssh", address))


def _host_vars(server: MailServer) -> dict[str, object]:
    return {
        "ansible_host": server.address,
        "ansible_port": server.sshd.port,
        "zimbra_home": str(server.home),
        "zimbra_service_user": login_name(),
        "migration_dir": str(server.migration_dir),
        # The corpus holds mail with lines no validator takes; it has to arrive all the same.
        "migration_lmtp_validate": False,
        "migration_ssh_user": login_name(),
        "migration_ssh_authorized_keys": str(server.sshd.authorized_keys),
        "migration_ssh_host_key": str(server.sshd.host_key.with_suffix(".pub")),
    }


def _system_python() -> str:
    """The interpreter the modules run with: the system's own, as on a mail server."""
    found = shutil.which("python3", path="/usr/bin:/usr/local/bin")
    return found or "auto_silent"
