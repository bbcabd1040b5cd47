#!/usr/bin/python
# Copyright (c) 2026, mailops.zimbra contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The MTA as a part of the server: ``server.part("smtp").queue`` is the queue other parts look into."""

from __future__ import annotations

import asyncio
import logging

from zimsim.server import Server
from zimsim.smtp.agent import Agent, Router
from zimsim.smtp.deliver import LocalDelivery
from zimsim.smtp.lmtp import LmtpHandler, LmtpSession
from zimsim.smtp.maillog import MailLog
from zimsim.smtp.maps import Maps
from zimsim.smtp.queue import MailQueue
from zimsim.smtp.receive import SmtpHandler, SmtpSession
from zimsim.smtp.relay import Relay
from zimsim.smtp.settings import KEEPS_ROUTE, load_settings

SPOOL = "data/postfix/spool"
# The port of the platform's transports (lmtp:host:7025), wherever this server really listens.
_LMTP_PORT = 7025


class SmtpService:
    """``queue``, ``maps`` and ``local`` are there for other parts; the ports open with ``start``."""

    name = "smtp"

    def __init__(self, server: Server) -> None:
        config = server.config
        self._server = server
        self._settings = load_settings(config.home)
        self.journal = server.journal
        self.queue = MailQueue(config.home / SPOOL)
        self.maps = Maps(server.store.directory)
        self.local = LocalDelivery(server.store, config, server.journal)
        self._log = MailLog(config.home, config.hostname)
        own = {(host, config.ports["smtp"]) for host in (config.hostname, config.address)}
        lmtp_ports = {_LMTP_PORT, config.ports["lmtp"]}
        self.agent = Agent(
            queue=self.queue,
            maps=self.maps,
            router=Router(self.maps, config.hostname, own, lmtp_ports, self._settings.mx),
            local=self.local,
            relay=Relay(config.hostname, config.address, self._settings.connect_timeout),
            settings=self._settings,
            mail_log=self._log,
            hostname=config.hostname,
            keeps_route=config.switch(KEEPS_ROUTE),
        )
        self._listeners: list[asyncio.Server] = []

    def _smtp(self) -> SmtpSession:
        handler = SmtpHandler(self._server, self.queue, self.maps, self._settings, self._log)
        hostname = self._server.config.hostname
        # The size is checked by the handler, with the MTA's own words.
        return SmtpSession(handler, data_size_limit=None, hostname=hostname, ident="ESMTP Postfix", decode_data=False)

    def _lmtp(self) -> LmtpSession:
        handler = LmtpHandler(self._server, self.local)
        hostname = self._server.config.hostname
        return LmtpSession(handler, data_size_limit=None, hostname=hostname, ident="Zimbra LMTP server ready")

    async def start(self) -> None:
        loop = asyncio.get_running_loop()
        # aiosmtpd tells every command; HOME/log/zimbra.log has what is worth keeping.
        logging.getLogger("mail.log").setLevel(logging.WARNING)
        await self.agent.start()
        self._listeners = [
            await loop.create_server(self._smtp, sock=self._server.sockets["smtp"]),
            await loop.create_server(self._lmtp, sock=self._server.sockets["lmtp"]),
        ]

    async def stop(self) -> None:
        """No new connection, what is being delivered is finished."""
        for listener in self._listeners:
            listener.close()
        await self.agent.stop()


def create(server: Server) -> SmtpService:
    return SmtpService(server)
