#!/usr/bin/python
# Copyright (c) 2026, mailops.zimbra contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A store on disk, and one running server for the tests of the surfaces."""

from __future__ import annotations

import http.client
import json
import ssl
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from xml.etree import ElementTree

import pytest

from zimsim.model import Entry, Mailbox, Store, attribute_schema


@pytest.fixture(params=["zimbra", "carbonio"])
def product(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def make_store(home: Path, product: str) -> Store:
    """What ``create`` puts into a directory, without its certificate and programs."""
    (home / ".zimsim").mkdir(parents=True)
    store = Store(home, create=True, product=product)
    cos_id, cos = attribute_schema.default_cos(product)
    store.directory.create("config", "config")
    store.directory.seed("cos", "default", cos, cos_id)
    store.directory.create("server", "mail.test", {"zimbraServiceHostname": "mail.test"})
    store.set_server("mail.test")
    store.directory.create("domain", "a.test")
    return store


@pytest.fixture
def store(tmp_path: Path, product: str) -> Iterator[Store]:
    made = make_store(tmp_path, product)
    yield made
    made.close()


@pytest.fixture
def anna(store: Store) -> Entry:
    return store.directory.create("account", "anna@a.test", {"displayName": "Anna"}, password="geheim123")


@pytest.fixture
def mailbox(store: Store, anna: Entry) -> Mailbox:
    return store.mailboxes.open(anna.id)


@dataclass(frozen=True)
class Reply:
    status: int
    headers: dict[str, str]
    body: bytes


@dataclass
class Running:
    """A started server: its directory, target file and what tests ask of it."""

    directory: Path
    target: dict[str, Any]
    tokens: dict[str, str] = field(default_factory=dict)

    @property
    def home(self) -> Path:
        return Path(json.loads((self.directory / "zimsim.json").read_text())["home"])

    def http(
        self, base: str, method: str, path: str, body: bytes | None = None, headers: dict[str, str] | None = None
    ) -> Reply:
        parts = urlsplit(base)
        context = ssl.create_default_context()
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        connection = http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=60)
        if parts.scheme == "https":
            connection = http.client.HTTPSConnection(parts.hostname or "", parts.port, timeout=60, context=context)
        connection.request(method, path, body, headers or {})
        reply = connection.getresponse()
        result = Reply(reply.status, {key.lower(): value for key, value in reply.getheaders()}, reply.read())
        connection.close()
        return result

    def soap(self, body: str, *, account: str = "", token: str | None = None) -> ElementTree.Element:
        """The answer's body, as an admin on the admin port."""
        held = self.admin if token is None else token
        context = f'<account by="name">{account}</account>' if account else ""
        envelope = (
            '<soap:Envelope xmlns:soap="http://www.w3.org/2003/05/soap-envelope"><soap:Header>'
            f'<context xmlns="urn:zimbra">{context}<authToken>{held}</authToken></context></soap:Header>'
            f"<soap:Body>{body}</soap:Body></soap:Envelope>"
        )
        parts = urlsplit(self.target["admin_url"])
        reply = self.http(f"{parts.scheme}://{parts.netloc}", "POST", parts.path, envelope.encode())
        found = ElementTree.fromstring(reply.body).find("{*}Body")
        assert found is not None
        return found[0]

    @property
    def admin(self) -> str:
        if "admin" not in self.tokens:
            answer = self.soap(
                f'<AuthRequest xmlns="urn:zimbraAdmin"><name>{self.target["admin"]}</name>'
                f"<password>{self.target['password']}</password></AuthRequest>",
                token="none",
            )
            self.tokens["admin"] = answer.findtext("{*}authToken") or ""
        return self.tokens["admin"]

    def rest(self, method: str, path: str, body: bytes | None = None, headers: dict[str, str] | None = None) -> Reply:
        parts = urlsplit(self.target["admin_url"])
        cookie = {"Cookie": f"ZM_ADMIN_AUTH_TOKEN={self.admin}", **(headers or {})}
        return self.http(f"{parts.scheme}://{parts.netloc}", method, f"/service/home/{path}", body, cookie)


def zimsim(*arguments: str | Path, check: bool = True) -> subprocess.CompletedProcess[str]:
    argv = [sys.executable, "-m", "zimsim.cli", *map(str, arguments)]
    return subprocess.run(argv, capture_output=True, text=True, timeout=120, check=check)


@pytest.fixture(scope="session")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    directory = tmp_path_factory.mktemp("server")
    zimsim("create", directory)
    zimsim("start", directory)
    yield Running(directory, json.loads(zimsim("target", directory).stdout))
    zimsim("stop", directory)
