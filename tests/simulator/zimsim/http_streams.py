#!/usr/bin/python
# Copyright (c) 2026, mailops.zimbra contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Answers that are written while they are made: the making runs in a thread, a few pieces ahead of the client."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from typing import TYPE_CHECKING

from aiohttp import web

if TYPE_CHECKING:
    from zimsim.server import Server

_AHEAD = 8
_SMALL = 256 * 1024


async def stream(
    server: Server, request: web.Request, response: web.StreamResponse, pieces: Iterator[bytes], *, gzip: bool = False
) -> web.StreamResponse:
    """Sends ``pieces``; a short answer goes out whole with its length, a longer one in chunks."""
    if gzip:
        response.headers["Content-Encoding"] = "gzip"
    dropped = server.faults.consume("drop_connection")
    if dropped is not None:
        return await _drop(request, response, pieces, int(dropped.get("after", 100)))
    queue: asyncio.Queue[bytes | BaseException | None] = asyncio.Queue(_AHEAD)
    loop = asyncio.get_running_loop()
    gone = False

    def produce() -> None:
        end: BaseException | None = None
        try:
            for piece in pieces:
                if gone:
                    break
                if piece:
                    asyncio.run_coroutine_threadsafe(queue.put(piece), loop).result()
        except Exception as problem:
            end = problem
        asyncio.run_coroutine_threadsafe(queue.put(end), loop).result()

    producer = loop.run_in_executor(server.streams, produce)
    head: list[bytes] = []
    size = 0
    try:
        while True:
            piece = await queue.get()
            if isinstance(piece, BaseException):
                raise piece
            if piece is None:
                break
            if response.prepared:
                await response.write(piece)
                continue
            head.append(piece)
            size += len(piece)
            if size > _SMALL:
                await response.prepare(request)
                await response.write(b"".join(head))
        if not response.prepared:
            response.content_length = size
            await response.prepare(request)
            await response.write(b"".join(head))
        await response.write_eof()
    finally:
        gone = True
        while not producer.done():
            if queue.empty():
                await asyncio.sleep(0.001)
            else:
                queue.get_nowait()
    return response


async def _drop(
    request: web.Request, response: web.StreamResponse, pieces: Iterator[bytes], after: int
) -> web.StreamResponse:
    """The fault ``drop_connection``: the first bytes of an answer, then the connection is gone."""
    await response.prepare(request)
    sent = 0
    for piece in pieces:
        await response.write(piece[: after - sent])
        sent += len(piece)
        if sent >= after:
            break
    if request.transport is not None:
        request.transport.abort()
    return response
