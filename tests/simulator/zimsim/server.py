#!/usr/bin/python
# Copyright (c) 2026, mailops.zimbra contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The process of one server: opens its store, binds its ports, starts its parts, ends on SIGTERM.

The front ends run on one asyncio loop and call the synchronous model in a thread pool (``Server.call``).
"""

from __future__ import annotations

import asyncio
import grp
import importlib
import logging
import os
import pwd
import signal
import socket
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, ParamSpec, TypeVar

from zimsim.config import PORT_NAMES, Config
from zimsim.faults import Faults
from zimsim.journal import Journal
from zimsim.model import Store
from zimsim.server_parts import MODULES, Part

P = ParamSpec("P")
T = TypeVar("T")
_THREADS = 16
# Long answers hold a thread each while their client reads.
_STREAMS = 32
log = logging.getLogger("zimsim")


class Server:
    """What the parts share: ``config``, ``store``, ``journal``, ``faults``, the bound ``sockets`` by port name.

    ``executor`` runs short calls of the model, ``streams`` the making of long answers.
    """

    def __init__(self, config: Config) -> None:
        self.config = config
        self.store = Store(config.home)
        self.journal = Journal(config.state / "journal.jsonl")
        self.faults = Faults(config.state / "faults.json")
        self.sockets: dict[str, socket.socket] = {}
        self.executor = ThreadPoolExecutor(_THREADS, thread_name_prefix="zimsim")
        self.streams = ThreadPoolExecutor(_STREAMS, thread_name_prefix="stream")
        # By account: when its index was begun to be built anew, how many items it takes.
        self.reindexing: dict[str, tuple[float, int]] = {}
        self._parts: dict[str, Part] = {}
        self._stopping = asyncio.Event()

    def part(self, name: str) -> Any:
        """A started part; KeyError where there is none of that name."""
        return self._parts[name]

    async def call(self, function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Runs a function of the synchronous model in the thread pool."""
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self.executor, lambda: function(*args, **kwargs))

    async def run(self, ready: Callable[[], None]) -> None:
        """Until ``stop``; ``ready`` is called once every part listens. Parts stop in the reverse order."""
        try:
            for module in MODULES:
                part: Part = importlib.import_module(module).create(self)
                self._parts[part.name] = part
                await part.start()
            log.info("started")
            ready()
            await self._stopping.wait()
        finally:
            for part in reversed(self._parts.values()):
                await part.stop()
            self.streams.shutdown(wait=False, cancel_futures=True)
            self.executor.shutdown(wait=True, cancel_futures=True)
            self.store.close()

    def stop(self) -> None:
        self._stopping.set()


def bind(config: Config) -> dict[str, socket.socket]:
    """Listening sockets for every port, bound before privileges are dropped."""
    sockets = {}
    for name in PORT_NAMES:
        listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((config.address, config.ports[name]))
        listener.setblocking(False)
        sockets[name] = listener
    return sockets


def become(user: str) -> None:
    """From root to the service user; nothing when it already is that user."""
    entry = pwd.getpwnam(user)
    if os.geteuid() != 0 or entry.pw_uid == 0:
        return
    os.setgroups([each.gr_gid for each in grp.getgrall() if user in each.gr_mem] + [entry.pw_gid])
    os.setgid(entry.pw_gid)
    os.setuid(entry.pw_uid)


async def serve(config: Config, sockets: dict[str, socket.socket], ready: Callable[[], None]) -> None:
    server = Server(config)
    server.sockets = sockets
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, server.stop)
    await server.run(ready)


def main() -> None:
    """``python -m zimsim.server HOME READY_FD``: writes ``ready`` to the descriptor once everything listens."""
    home, ready_fd = Path(sys.argv[1]), int(sys.argv[2])
    config = Config.of_home(home)
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    logging.getLogger("aiohttp.access").setLevel(logging.WARNING)
    sockets = bind(config)
    become(config.service_user)
    os.umask(0o027)

    def ready() -> None:
        os.write(ready_fd, b"ready\n")
        os.close(ready_fd)

    asyncio.run(serve(config, sockets, ready))
    logging.shutdown()
    # Threads of commands that still wait for their caller must not hold up the end.
    os._exit(0)


if __name__ == "__main__":
    main()
