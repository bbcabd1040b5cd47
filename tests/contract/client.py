#!/usr/bin/python
# Copyright (c) 2026, mailops.zimbra contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The plainest client there can be: what goes out and comes back is what the cases compare."""

from __future__ import annotations

import http.client
import io
import json
import ssl
import subprocess
import tarfile
import uuid
import zipfile
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

SOAP = "http://www.w3.org/2003/05/soap-envelope"


@dataclass(frozen=True)
class Answer:
    """An HTTP answer; header names in lower case."""

    status: int
    headers: dict[str, str]
    body: bytes


@dataclass(frozen=True)
class Entry:
    """One entry of an archive; ``meta`` the decoded JSON of a .meta entry."""

    name: str
    group: str
    mtime: int
    data: bytes

    @property
    def meta(self) -> dict[str, Any]:
        value: dict[str, Any] = json.loads(self.data)
        return value


@dataclass
class Target:
    """A server under test, as its target file describes it."""

    product: str
    admin_url: str
    user_url: str
    admin: str
    password: str
    verify: bool = True
    user_https: dict[str, Any] = field(default_factory=dict)
    imap: dict[str, Any] = field(default_factory=dict)
    zmprov: list[str] = field(default_factory=list)
    zmmailbox: list[str] = field(default_factory=list)

    def request(
        self, base: str, method: str, path: str, body: bytes | None = None, headers: dict[str, str] | None = None
    ) -> Answer:
        parts = urlsplit(base)
        host, port = parts.hostname or "", parts.port
        connection: http.client.HTTPConnection
        if parts.scheme == "https":
            context = ssl.create_default_context()
            if not self.verify:
                context.check_hostname = False
                context.verify_mode = ssl.CERT_NONE
            connection = http.client.HTTPSConnection(host, port, timeout=60, context=context)
        else:
            connection = http.client.HTTPConnection(host, port, timeout=60)
        try:
            connection.request(method, path, body, headers or {})
            reply = connection.getresponse()
            found = {name.lower(): value for name, value in reply.getheaders()}
            return Answer(reply.status, found, reply.read())
        finally:
            connection.close()

    def base(self, port: str) -> str:
        """``admin``, ``user`` or ``user_https``."""
        if port == "admin":
            parts = urlsplit(self.admin_url)
            return f"{parts.scheme}://{parts.netloc}"
        if port == "user_https":
            return f"https://{self.user_https['host']}:{self.user_https['port']}"
        return self.user_url

    def soap(self, port: str, body: str, token: str = "", context: str = "") -> Answer:
        path = urlsplit(self.admin_url).path if port == "admin" else "/service/soap"
        held = f"<authToken>{token}</authToken>" if token else ""
        envelope = (
            f'<soap:Envelope xmlns:soap="{SOAP}"><soap:Header><context xmlns="urn:zimbra">{context}{held}</context>'
            f"</soap:Header><soap:Body>{body}</soap:Body></soap:Envelope>"
        )
        headers = {"Content-Type": "application/soap+xml; charset=utf-8"}
        return self.request(self.base(port), "POST", path, envelope.encode(), headers)

    def run(self, program: str, arguments: list[str]) -> subprocess.CompletedProcess[str]:
        command = self.zmprov if program == "zmprov" else self.zmmailbox
        return subprocess.run(
            [*command, *arguments], stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=120, check=False
        )


def archive(answer: Answer) -> list[Entry]:
    """The entries of a tgz, tar or zip."""
    if answer.body[:2] == b"PK":
        with zipfile.ZipFile(io.BytesIO(answer.body)) as packed:
            return [Entry(info.filename, "", 0, packed.read(info)) for info in packed.infolist()]
    entries = []
    with tarfile.open(fileobj=io.BytesIO(answer.body)) as packed_tar:
        for info in packed_tar:
            stream = packed_tar.extractfile(info)
            entries.append(Entry(info.name, info.gname, int(info.mtime), stream.read() if stream else b""))
    return entries


def unique() -> str:
    """A short name nobody else uses."""
    return uuid.uuid4().hex[:8]
