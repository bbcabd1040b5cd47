#!/usr/bin/python
# Copyright (c) 2026, mailops.zimbra contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The HTTP side of the REST interface."""

from __future__ import annotations

import asyncio
import tempfile
import zlib
from collections.abc import Iterator
from typing import TYPE_CHECKING, BinaryIO, cast
from urllib.parse import unquote

from aiohttp import web

from zimsim.http_streams import stream
from zimsim.rest import export, importer, pages, store_items
from zimsim.rest.export import Answer
from zimsim.rest.pack import PACKERS
from zimsim.rest.request import Credentials, RestRequest, resolve

if TYPE_CHECKING:
    from zimsim.server import Server

_SPOOL = 8 * 1024 * 1024
_LONGEST_URL = 8192


class RestService:
    def __init__(self, server: Server) -> None:
        self._server = server

    def routes(self, app: web.Application, *, admin_port: bool) -> None:
        async def serve(request: web.Request) -> web.StreamResponse:
            return await self._serve(request, admin_port)

        for prefix in ("/home", "/service/home"):
            app.router.add_route("*", prefix + "/{user}", serve)
            app.router.add_route("*", prefix + "/{user}/{path:.*}", serve)

    async def _serve(self, request: web.Request, admin_port: bool) -> web.StreamResponse:
        if len(request.raw_path) > _LONGEST_URL:
            return web.Response(status=414)
        try:
            answer = await self._answer(request, admin_port)
        except pages.RestError as problem:
            return self._refusal(request, problem)
        response = web.StreamResponse(status=answer.status, headers=answer.headers)
        if answer.status == 204:
            await response.prepare(request)
            await response.write_eof()
            return response
        # Archives are packed once more for a client that takes gzip (R82).
        zipped = "gzip" in request.headers.get("Accept-Encoding", "") and request.query.get("fmt") in PACKERS
        pieces = _gzip(answer.pieces) if zipped else answer.pieces
        return await stream(self._server, request, response, pieces, gzip=zipped)

    async def _answer(self, request: web.Request, admin_port: bool) -> Answer:
        call = self._server.call
        cookie = "ZM_ADMIN_AUTH_TOKEN" if admin_port else "ZM_AUTH_TOKEN"
        credentials = Credentials(
            admin_port=admin_port,
            cookie=request.cookies.get(cookie, ""),
            query_token=request.query.get("zauthtoken", ""),
            basic=request.headers.get("Authorization", ""),
            method=request.query.get("auth", ""),
        )
        user = unquote(request.match_info["user"])
        path = request.match_info.get("path", "")
        params = dict(request.query)
        rest = await call(resolve, self._server, credentials, user, path, params, request.remote or "")
        if request.method in ("GET", "HEAD"):
            return await call(export.get, rest)
        if request.method == "PUT":
            content_type = request.headers.get("Content-Type", "application/octet-stream")
            return await call(store_items.put_document, rest, await request.read(), content_type)
        if request.method == "POST":
            return await self._post(request, rest)
        raise pages.RestError(501, "method not supported")

    async def _post(self, request: web.Request, rest: RestRequest) -> Answer:
        fmt = rest.params.get("fmt", "eml")
        if fmt in PACKERS:
            return await self._import(request, rest, fmt)
        if fmt in ("", "eml"):
            return await self._server.call(store_items.post_message, rest, await request.read())
        raise pages.RestError(501, "can only handle messages/appointments/tasks/documents")

    async def _import(self, request: web.Request, rest: RestRequest, fmt: str) -> Answer:
        """The archive goes to a file first; once it is here the import goes on even when the client gives up (R51)."""
        body = cast(BinaryIO, tempfile.SpooledTemporaryFile(max_size=_SPOOL))  # noqa: SIM115  # the import closes it
        try:
            async for piece in request.content.iter_chunked(64 * 1024):
                await self._server.call(body.write, piece)
            body.seek(0)
        except BaseException:
            body.close()
            raise
        return await asyncio.shield(self._server.call(_import_and_close, rest, fmt, body))

    def _refusal(self, request: web.Request, problem: pages.RestError) -> web.Response:
        headers = {"Content-Type": "text/html;charset=iso-8859-1"}
        if problem.challenge:
            headers["WWW-Authenticate"] = 'BASIC realm="Zimbra"'
        path = request.path if request.path.startswith("/service") else f"/service{request.path}"
        body = pages.page(problem, path).encode("iso-8859-1", "xmlcharrefreplace") if problem.message else b""
        return web.Response(status=problem.status, reason=None, body=body, headers=headers)


def _import_and_close(rest: RestRequest, fmt: str, body: BinaryIO) -> Answer:
    with body:
        return importer.run(rest, fmt, body)


def _gzip(pieces: Iterator[bytes]) -> Iterator[bytes]:
    packer = zlib.compressobj(1, zlib.DEFLATED, 31)
    for piece in pieces:
        packed = packer.compress(piece)
        if packed:
            yield packed
    yield packer.flush()
