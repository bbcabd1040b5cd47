#!/usr/bin/python
# Copyright (c) 2026, mailops.zimbra contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The HTTP surfaces: admin HTTPS, user HTTP and user HTTPS, each with SOAP and REST."""

from __future__ import annotations

import ssl

from aiohttp import web

from zimsim.rest.service import RestService
from zimsim.server import Server
from zimsim.soap.service import SoapService

# The platform refuses SOAP bodies over this size itself (R7); the transport lets more through.
_BODY_LIMIT = 1 << 32
# Longer request lines than the platform takes, so that its own refusal (414) can be given.
_LINE_LIMIT = 1 << 16


class HttpService:
    name = "http"

    def __init__(self, server: Server) -> None:
        self._server = server
        self._soap = SoapService(server)
        self._rest = RestService(server)
        self._runners: list[web.AppRunner] = []

    async def start(self) -> None:
        tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        tls.load_cert_chain(self._server.config.state / "tls" / "server.pem")
        for name, context in (("admin_https", tls), ("user_http", None), ("user_https", tls)):
            app = web.Application(client_max_size=_BODY_LIMIT)
            admin_port, port = name == "admin_https", self._server.config.ports[name]
            self._soap.routes(app, admin_port=admin_port, port=port)
            self._rest.routes(app, admin_port=admin_port)
            runner = web.AppRunner(app, access_log=None, handler_cancellation=True, max_line_size=_LINE_LIMIT)
            await runner.setup()
            self._runners.append(runner)
            await web.SockSite(runner, self._server.sockets[name], ssl_context=context).start()

    async def stop(self) -> None:
        for runner in self._runners:
            await runner.cleanup()


def create(server: Server) -> HttpService:
    return HttpService(server)
