#!/usr/bin/python
# Copyright (c) 2026, mailops.zimbra contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The wire of the command stand-ins.

From the caller: one frame (4 bytes length, JSON ``{prog, argv, cwd, environ}``); further frames are pieces of its
standard input, sent only on request (an empty one is its end). To the caller: frames of one letter (``o`` output,
``e`` errors, ``i`` send input, ``x`` exit status) and 4 bytes length.
"""

from __future__ import annotations

import asyncio
import json
import logging
import os
import socket
import struct
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from zimsim.commands import registry
from zimsim.commands.context import CallerGone, CommandContext, Stdin
from zimsim.server import Server

log = logging.getLogger("zimsim.commands")
_CALLERS = 64
_LIMIT = 64 * 1024 * 1024


def bind(path: str) -> socket.socket:
    """A listening socket at ``path``, which may be longer than a socket address allows."""
    directory, name = os.path.split(path)
    handle = os.open(directory, os.O_RDONLY | os.O_DIRECTORY)
    try:
        listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        short = f"/proc/self/fd/{handle}/{name}"
        if os.path.lexists(path):
            os.unlink(path)
        listener.bind(short)
        os.chmod(path, 0o666)
        listener.setblocking(False)
        return listener
    finally:
        os.close(handle)


class CommandService:
    name = "commands"

    def __init__(self, server: Server) -> None:
        self._server = server
        self._programs = registry.load(server.config)
        # Commands may wait for minutes: they have threads of their own.
        self._executor = ThreadPoolExecutor(_CALLERS, thread_name_prefix="command")
        self._listener: asyncio.Server | None = None
        self._contexts: set[CommandContext] = set()

    async def start(self) -> None:
        listener = bind(os.fspath(self._server.config.socket))
        self._listener = await asyncio.start_unix_server(self._serve, sock=listener)

    async def stop(self) -> None:
        if self._listener is not None:
            self._listener.close()
        for context in list(self._contexts):
            context.closed.set()
        self._executor.shutdown(wait=False, cancel_futures=True)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            request = json.loads(await _frame(reader))
            pieces: asyncio.Queue[bytes] = asyncio.Queue()
            context = self._context(request, pieces, writer)
            watcher = asyncio.ensure_future(_watch(reader, pieces, context))
            try:
                status = await self._run(context)
            finally:
                watcher.cancel()
            await self._send(writer, b"x", str(status).encode())
        except (asyncio.IncompleteReadError, ConnectionError, json.JSONDecodeError):
            log.debug("a caller went away")
        finally:
            writer.close()

    def _context(
        self, request: dict[str, Any], pieces: asyncio.Queue[bytes], writer: asyncio.StreamWriter
    ) -> CommandContext:
        loop = asyncio.get_running_loop()

        def send(kind: bytes, data: bytes) -> None:
            try:
                asyncio.run_coroutine_threadsafe(self._send(writer, kind, data), loop).result()
            except ConnectionError:
                raise CallerGone from None

        def fetch() -> bytes:
            send(b"i", b"")
            return asyncio.run_coroutine_threadsafe(pieces.get(), loop).result()

        peer = writer.get_extra_info("socket").getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, struct.calcsize("3i"))
        return CommandContext(
            server=self._server,
            prog=request["prog"],
            argv=list(request["argv"]),
            cwd=request["cwd"],
            environ=request["environ"],
            uid=struct.unpack("3i", peer)[1],
            stdin=Stdin(fetch),
            send=send,
        )

    async def _run(self, context: CommandContext) -> int:
        self._contexts.add(context)
        try:
            return await asyncio.get_running_loop().run_in_executor(self._executor, self._answer, context)
        finally:
            self._contexts.discard(context)

    def _answer(self, context: CommandContext) -> int:
        program = self._programs.get(context.prog)
        if program is None:
            context.err(f"{context.prog}: command not found\n")
            return 127
        try:
            return program(context)
        except CallerGone:
            return 130
        except Exception:
            log.exception("%s %s", context.prog, context.argv[:2])
            context.err(f"{context.prog}: the simulator failed, see its server.log\n")
            return 70

    @staticmethod
    async def _send(writer: asyncio.StreamWriter, kind: bytes, data: bytes) -> None:
        writer.write(kind + struct.pack(">I", len(data)) + data)
        await writer.drain()


async def _watch(reader: asyncio.StreamReader, pieces: asyncio.Queue[bytes], context: CommandContext) -> None:
    """Passes the caller's input on and notices when it goes away."""
    try:
        while True:
            pieces.put_nowait(await _frame(reader))
    except (asyncio.IncompleteReadError, ConnectionError):
        context.closed.set()
        pieces.put_nowait(b"")


async def _frame(reader: asyncio.StreamReader) -> bytes:
    (length,) = struct.unpack(">I", await reader.readexactly(4))
    if length > _LIMIT:
        raise ConnectionError("a frame beyond all measure")
    return await reader.readexactly(length)


def create(server: Server) -> CommandService:
    return CommandService(server)
