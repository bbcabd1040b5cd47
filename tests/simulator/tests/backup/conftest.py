# Copyright (c) 2026, mailops.zimbra contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Servers without their network side: the real store, faults and journal, the Backup module and its command line."""

from __future__ import annotations

import asyncio
import json
import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from zimsim import creation
from zimsim.backup.records import State
from zimsim.backup.service import BackupModule
from zimsim.commands.context import CommandContext, Stdin
from zimsim.commands.zxsuite.program import run
from zimsim.config import Config
from zimsim.faults import Faults
from zimsim.journal import Journal
from zimsim.model import Entry, Mailbox, Store
from zimsim.model.items import Grant

MAIL = "Message-ID: <{name}@x.test>\r\nSubject: {name}\r\nFrom: a@x.test\r\nTo: b@x.test\r\n\r\nbody of {name}\r\n"
DATE = 1_700_000_000_000


def mail(name: str) -> bytes:
    """A small message with its name in Message-ID, Subject and body."""
    return MAIL.format(name=name).encode()


class SimServer:
    """One server in a directory, made on first use. `started` and `stop` are what `zimsim start` and `stop` do."""

    def __init__(self, directory: Path, hostname: str, **settings: Any) -> None:
        home = directory / "opt" / "zimbra"
        if not (home / ".zimsim").exists():
            creation.create(Config(directory=directory, home=home, hostname=hostname, **settings))
        self.config = Config.of_home(home)
        self.store = Store(home)
        self.faults = Faults(self.config.state / "faults.json")
        self.journal = Journal(self.config.state / "journal.jsonl")
        self.backup = BackupModule(self)  # type: ignore[arg-type]  # the parts a BackupModule uses
        self.program = self.backup.dialect.program
        asyncio.run(self.backup.start())

    def part(self, name: str) -> Any:
        return {"backup": self.backup}[name]

    def stop(self) -> None:
        asyncio.run(self.backup.stop())
        self.store.close()

    def call(self, *argv: str, stdin: bytes = b"", uid: int | None = None) -> tuple[int, str]:
        """Run zxsuite (or carbonio): exit status and everything it printed."""
        printed: list[str] = []
        pieces = [stdin, b""]
        context = CommandContext(
            server=self,  # type: ignore[arg-type]  # stands in for a Server
            prog=self.program,
            argv=list(argv),
            cwd="/",
            environ={},
            uid=os.getuid() if uid is None else uid,
            stdin=Stdin(lambda: pieces.pop(0)),
            send=lambda _kind, data: printed.append(data.decode()),
        )
        status = run(context)
        return status, "".join(printed)

    def json(self, *argv: str) -> Any:
        """The answer of a call with --json."""
        return json.loads(self.call("--json", *argv)[1])

    def wait(self, *argv: str) -> str:
        """Start an operation, wait for its end; the text of its last notification."""
        answer = self.json(*argv)
        assert answer["ok"], answer
        operation_id = answer["response"]["operationId"]
        queue = self.backup.queues["ZxBackup"]
        assert queue.wait(operation_id, 60)
        return self.last_text(operation_id)

    def until_started(self, operation_id: str) -> None:
        """Wait until an operation has left the queue."""
        while self.backup.operation(operation_id).state is State.QUEUED:
            self.backup.queues["ZxBackup"].wait(operation_id, 0.01)

    def last_text(self, operation_id: str) -> str:
        return str(self.backup.database.notifications(operation_id)[-1]["text"])

    def scan(self, *more: str) -> str:
        return self.wait("backup", "doSmartScan", "start", *more)

    def restore(self, path: Path, *more: str) -> str:
        return self.wait("backup", "doExternalRestore", str(path), *more)

    # people and mail

    def account(self, name: str, **attributes: str) -> Entry:
        domain = name.partition("@")[2]
        if self.store.directory.find("domain", domain) is None:
            self.store.directory.create("domain", domain)
        return self.store.directory.create("account", name, attributes, password="secret")

    def mailbox(self, name: str) -> Mailbox:
        return self.store.mailboxes.open(self.store.directory.get("account", name).id)

    def fill(self, name: str, count: int, folder_id: int = 2) -> None:
        box = self.mailbox(name)
        for number in range(count):
            box.add_message(mail(f"{name.partition('@')[0]}-{number}"), folder_id, date=DATE + number * 1000)

    def subjects(self, name: str, folder: str = "/Inbox") -> list[str]:
        box = self.mailbox(name)
        return sorted(item.subject or "" for item in box.items(folder_id=box.folder_by_path(folder).id))

    def share(self, owner: str, folder: str, grantee: str, link: str) -> None:
        """Grant a folder and mount it at the grantee's root."""
        box, person = self.mailbox(owner), self.store.directory.get("account", grantee)
        shared = box.folder_by_path(folder)
        box.grant(shared.id, Grant(person.id, "usr", "rw", person.name))
        self.mailbox(grantee).create_folder(
            link,
            kind=13,
            view=5,
            owner_id=box.account_id,
            owner_name=owner,
            remote_id=shared.id,
            remote_uuid=shared.uuid,
        )


MakeServer = Callable[..., SimServer]


@pytest.fixture
def make_server(tmp_path: Path) -> Iterator[MakeServer]:
    """Makes servers below the test's directory and stops them at its end."""
    running: list[SimServer] = []

    def make(name: str, **settings: str) -> SimServer:
        server = SimServer(tmp_path / name, f"mail.{name}.test", **settings)
        running.append(server)
        return server

    yield make
    for server in running:
        server.stop()


@pytest.fixture
def source(make_server: MakeServer) -> SimServer:
    """A Source with anna and ben at a.test, carl at b.test; the RealTime Scanner is off."""
    server = make_server("source")
    server.backup.properties.set("ZxBackup_RealTimeScanner", "FALSE")
    for name, count in (("anna@a.test", 12), ("ben@a.test", 5), ("carl@b.test", 3)):
        server.account(name)
        server.fill(name, count)
    return server


@pytest.fixture
def destination(make_server: MakeServer) -> SimServer:
    """An empty Destination."""
    server = make_server("dest")
    server.backup.properties.set("ZxBackup_RealTimeScanner", "FALSE")
    return server


@pytest.fixture
def sync(tmp_path: Path, source: SimServer) -> Callable[[], Path]:
    """Copies the Source's backup path as rsync without --delete would; the copy's path."""

    def copy() -> Path:
        target = tmp_path / "import"
        shutil.copytree(source.backup.layout.root, target, dirs_exist_ok=True)
        return target

    return copy
