#!/usr/bin/python
# Copyright (c) 2026, mailops.zimbra contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""To another server: SMTP and LMTP as a client, over real connections."""

from __future__ import annotations

import re
import smtplib
import socket
from collections.abc import Sequence
from dataclasses import dataclass

from zimsim.smtp.replies import Reply, parse_reply

_TRANSPORT = re.compile(r"(?P<kind>smtp|lmtp|relay):(?P<host>\[[^\]]+\]|[^:\[\]]+)(?::(?P<port>\d+))?\Z")
_DEFAULT_PORTS = {"smtp": 25, "relay": 25, "lmtp": 24}


@dataclass(frozen=True)
class NextHop:
    """Where to go: ``kind`` smtp or lmtp; ``literal`` means no MX lookup (brackets)."""

    kind: str
    host: str
    port: int
    literal: bool

    def __str__(self) -> str:
        return f"{self.host}:{self.port}"


def parse_transport(transport: str) -> NextHop | None:
    """``lmtp:host:port``, ``smtp:[host]:port``, ``smtp:host``; None for anything else."""
    found = _TRANSPORT.match(transport)
    if found is None:
        return None
    kind, host = found["kind"], found["host"]
    port = int(found["port"]) if found["port"] else _DEFAULT_PORTS[kind]
    return NextHop("lmtp" if kind == "lmtp" else "smtp", host.strip("[]").lower(), port, host.startswith("["))


class _Lmtp(smtplib.SMTP):
    """LMTP over TCP: another greeting, and one answer for each recipient after the data."""

    ehlo_msg = "lhlo"

    def further_replies(self, count: int) -> list[tuple[int, bytes]]:
        return [self.getreply() for _ in range(count)]


class Relay:
    """Hands messages to other servers from this server's own address."""

    def __init__(self, hostname: str, address: str, timeout: float) -> None:
        self._hostname = hostname
        self._address = address
        self._timeout = timeout

    def _connect(self, hop: NextHop) -> smtplib.SMTP:
        client = _Lmtp if hop.kind == "lmtp" else smtplib.SMTP
        return client(hop.host, hop.port, self._hostname, self._timeout, (self._address, 0))

    def send(self, hop: NextHop, sender: str, recipients: Sequence[str], raw: bytes) -> dict[str, Reply]:
        """One transaction; the reply for each recipient. Connection troubles become temporary replies."""
        results: dict[str, Reply] = {}
        try:
            connection = self._connect(hop)
        except socket.gaierror as error:
            return dict.fromkeys(recipients, _lookup_failure(hop, error))
        except smtplib.SMTPConnectError as error:
            return dict.fromkeys(recipients, parse_reply(error.smtp_code, _bytes(error.smtp_error)))
        except (OSError, smtplib.SMTPException) as error:
            reason = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
            text = f"connect to {hop.host}[{hop.host}]:{hop.port}: {reason}"
            return dict.fromkeys(recipients, Reply(451, "4.4.1", text))
        try:
            self._transaction(connection, sender, recipients, raw, results)
            connection.quit()
        except (OSError, smtplib.SMTPException) as error:
            lost = Reply(451, "4.4.2", f"lost connection with {hop.host}[{hop.host}]: {error}")
            for recipient in recipients:
                results.setdefault(recipient, lost)
        finally:
            connection.close()
        return results

    def _transaction(
        self,
        connection: smtplib.SMTP,
        sender: str,
        recipients: Sequence[str],
        raw: bytes,
        results: dict[str, Reply],
    ) -> None:
        code, text = connection.ehlo()
        if code >= 400:
            results.update(dict.fromkeys(recipients, parse_reply(code, text)))
            return
        options = [f"SIZE={len(raw)}"] if connection.has_extn("size") else []
        options += ["BODY=8BITMIME"] if connection.has_extn("8bitmime") else []
        code, text = connection.mail(sender, options)
        if code >= 400:
            results.update(dict.fromkeys(recipients, parse_reply(code, text)))
            return
        accepted = []
        for recipient in recipients:
            code, text = connection.rcpt(recipient)
            if code >= 400:
                results[recipient] = parse_reply(code, text)
            else:
                accepted.append(recipient)
        if not accepted:
            return
        try:
            code, text = connection.data(raw)
        except smtplib.SMTPDataError as error:
            code, text = error.smtp_code, _bytes(error.smtp_error)
        answers = [(code, text)]
        if isinstance(connection, _Lmtp) and code < 400:
            answers += connection.further_replies(len(accepted) - 1)
        else:
            answers *= len(accepted)
        for recipient, (code, text) in zip(accepted, answers, strict=True):
            results[recipient] = parse_reply(code, text)


def _bytes(text: bytes | str) -> bytes:
    return text if isinstance(text, bytes) else text.encode()


def _lookup_failure(hop: NextHop, error: socket.gaierror) -> Reply:
    """No such host is for good, no answer from the resolver is not."""
    text = f"Host or domain name not found. Name service error for name={hop.host} type=A: "
    if error.errno in (socket.EAI_NONAME, socket.EAI_NODATA):
        return Reply(550, "5.4.4", text + "Host not found")
    return Reply(450, "4.4.3", text + "Host not found, try again")
