#!/usr/bin/python
# Copyright (c) 2026, mailops.zimbra contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A mail server within a test's process: the real MTA on real ports, without HTTP, commands and backup."""

from __future__ import annotations

import asyncio
import smtplib
import threading
import time
from collections.abc import Callable
from pathlib import Path

from zimsim import creation
from zimsim.config import Config
from zimsim.model import Entry, Item, Store
from zimsim.model.types import INBOX
from zimsim.server import Server, bind
from zimsim.smtp.service import SmtpService

SENDER = "friend@outside.example"


def eventually(condition: Callable[[], object], seconds: float = 20.0) -> None:
    """Wait for something the server does on its own; fails when it does not happen in time."""
    end = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > end:
            raise AssertionError("it never happened")
        time.sleep(0.02)


class MailServer:
    """One MTA. ``store`` is a second handle on the same database, as another process would have it."""

    def __init__(self, directory: Path, hostname: str, address: str, mta: str) -> None:
        home = directory / "opt" / "zimbra"
        self.config = creation.create(Config(directory=directory, home=home, hostname=hostname, address=address))
        (self.config.state / "mta.json").write_text(mta)
        self.store = Store(home)
        self.directory = self.store.directory
        self._thread: threading.Thread | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._ending: asyncio.Event
        self.part: SmtpService

    @property
    def port(self) -> int:
        return self.config.ports["smtp"]

    def domain(self, name: str, **attrs: str) -> Entry:
        return self.directory.find("domain", name) or self.directory.create("domain", name, attrs)

    def account(self, address: str, **attrs: str) -> Entry:
        self.domain(address.partition("@")[2])
        return self.directory.create("account", address, attrs)

    def start(self) -> None:
        ready = threading.Event()
        self._thread = threading.Thread(target=lambda: asyncio.run(self._main(ready)), name=self.config.hostname)
        self._thread.start()
        if not ready.wait(20):
            raise RuntimeError(f"{self.config.hostname} does not start")

    async def _main(self, ready: threading.Event) -> None:
        self._loop = asyncio.get_running_loop()
        self._ending = asyncio.Event()
        server = Server(self.config)
        server.sockets = bind(self.config)
        self.part = SmtpService(server)
        await self.part.start()
        ready.set()
        await self._ending.wait()
        await self.part.stop()
        server.executor.shutdown(wait=True, cancel_futures=True)
        server.store.close()
        for each in server.sockets.values():
            each.close()

    def stop(self) -> None:
        """In order: what is being delivered is finished."""
        if self._thread is not None and self._loop is not None:
            self._loop.call_soon_threadsafe(self._ending.set)
            self._thread.join(30)
            if self._thread.is_alive():
                raise RuntimeError(f"{self.config.hostname} does not stop")
        self._thread = None

    def close(self) -> None:
        self.stop()
        self.store.close()

    def client(self) -> smtplib.SMTP:
        return smtplib.SMTP(self.config.address, self.port, "client.example", timeout=20)

    def send(self, raw: bytes, *recipients: str, sender: str = SENDER) -> None:
        """Every recipient must be accepted."""
        with self.client() as client:
            client.sendmail(sender, list(recipients), raw)

    def inbox(self, account: Entry, folder: int = INBOX) -> list[Item]:
        mailbox = self.store.mailboxes.find(account.id)
        return list(mailbox.items(folder_id=folder)) if mailbox is not None else []

    def bodies(self, account: Entry, folder: int = INBOX) -> list[bytes]:
        mailbox = self.store.mailboxes.open(account.id)
        return [mailbox.blob(item) or b"" for item in self.inbox(account, folder)]

    def idle(self) -> bool:
        """Nothing is left in the queue."""
        return not self.part.queue.entries()


def message(name: str, body: str = "text") -> bytes:
    """A small message with its name as subject and in the Message-ID."""
    return (
        f"From: {SENDER}\r\nTo: somebody@a.test\r\nSubject: {name}\r\n"
        f"Message-ID: <{name}@outside.example>\r\n\r\n{body}\r\n"
    ).encode()
