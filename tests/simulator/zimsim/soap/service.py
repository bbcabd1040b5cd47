#!/usr/bin/python
# Copyright (c) 2026, mailops.zimbra contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""``/service/soap`` and ``/service/admin/soap`` over HTTP."""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from typing import TYPE_CHECKING

from aiohttp import web

from zimsim.http_streams import stream
from zimsim.model import ServiceError, errors
from zimsim.soap.dispatch import Dispatcher
from zimsim.soap.element import Element, json_pieces
from zimsim.soap.envelope import Envelope, Protocol, fault, parse, wrap

if TYPE_CHECKING:
    from zimsim.server import Server

ADMIN_COOKIE = "ZM_ADMIN_AUTH_TOKEN"
USER_COOKIE = "ZM_AUTH_TOKEN"


class SoapService:
    def __init__(self, server: Server) -> None:
        self._server = server
        self._dispatcher = Dispatcher(server)
        self._carbonio = server.config.is_carbonio

    def routes(self, app: web.Application, *, admin_port: bool, port: int) -> None:
        async def admin(request: web.Request) -> web.StreamResponse:
            if not admin_port:
                problem = errors.failure(f"Request not allowed on port {port}")
                return self._plain("soap12", fault("soap12", problem), None, 500)
            return await self._serve(request, True)

        async def user(request: web.Request) -> web.StreamResponse:
            return await self._serve(request, False)

        for path in ("/service/admin/soap", "/service/admin/soap/{name:.*}"):
            app.router.add_route("*", path, admin)
        for path in ("/service/soap", "/service/soap/{name:.*}"):
            app.router.add_route("*", path, user)

    async def _serve(self, request: web.Request, admin_port: bool) -> web.StreamResponse:
        raw = await request.read() if request.method == "POST" else b""
        try:
            envelope = parse(raw)
        except ServiceError as problem:
            return self._plain("soap12", fault("soap12", problem), None, self._fault_status)
        cookie = request.cookies.get(ADMIN_COOKIE if admin_port else USER_COOKIE, "")
        answer = await self._server.call(self._answer, envelope, admin_port, cookie, request.remote or "")
        return await self._respond(request, *answer)

    def _answer(
        self, envelope: Envelope, admin_port: bool, cookie: str, peer: str
    ) -> tuple[Protocol, Element, int, list[tuple[str, str, int | None]]]:
        session = self._dispatcher.open_session(envelope, admin_port=admin_port, cookie=cookie, peer=peer)
        body, failed = self._dispatcher.answer(session, envelope)
        wanted = envelope.context.find("format")
        protocol: Protocol = envelope.protocol
        if wanted is not None and wanted.get("type") in ("js", "xml") and not failed:
            protocol = "json" if wanted.get("type") == "js" else "soap12"
        document = wrap(protocol, body, self._dispatcher.context(session))
        return protocol, document, self._fault_status if failed else 200, session.cookies

    @property
    def _fault_status(self) -> int:
        """422 on Carbonio, 500 on Zimbra (R1)."""
        return 422 if self._carbonio else 500

    def _content_type(self, protocol: Protocol) -> str:
        if protocol == "json":
            return "text/javascript; charset=utf-8"
        if protocol == "soap12" and self._carbonio:
            return "application/soap+xml; charset=utf-8"
        return "text/xml;charset=utf-8"

    def _plain(self, protocol: Protocol, body: Element, context: Element | None, status: int) -> web.Response:
        text = "".join(_pieces(protocol, wrap(protocol, body, context)))
        return web.Response(
            body=text.encode("utf-8", "surrogatepass"),
            status=status,
            headers={"Content-Type": self._content_type(protocol)},
        )

    async def _respond(
        self,
        request: web.Request,
        protocol: Protocol,
        document: Element,
        status: int,
        cookies: list[tuple[str, str, int | None]],
    ) -> web.StreamResponse:
        response = web.StreamResponse(status=status, headers={"Content-Type": self._content_type(protocol)})
        for name, value, lives in cookies:
            same_site = "Lax" if self._carbonio else None
            response.set_cookie(name, value, path="/", secure=True, httponly=True, max_age=lives, samesite=same_site)
        zipped = "gzip" in request.headers.get("Accept-Encoding", "")
        pieces = (piece.encode("utf-8", "surrogatepass") for piece in _pieces(protocol, document))
        return await stream(self._server, request, response, _gzip(pieces) if zipped else pieces, gzip=zipped)


def _pieces(protocol: Protocol, document: Element) -> Iterator[str]:
    return json_pieces(document) if protocol == "json" else document.xml()


def _gzip(pieces: Iterator[bytes]) -> Iterator[bytes]:
    packer = zlib.compressobj(1, zlib.DEFLATED, 31)
    for piece in pieces:
        if packed := packer.compress(piece):
            yield packed
    yield packer.flush()
