# Copyright (c) 2026, mailops.zimbra contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The transport against a real HTTP server on loopback: compression, kept and cut connections, certificates."""

from __future__ import annotations

import contextlib
import gzip
import socket
import ssl
import subprocess
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.mailops.zimbra.plugins.module_utils._soap_errors import (
    SoapConfigurationError,
    SoapTransportError,
    SoapTrustError,
)
from ansible_collections.mailops.zimbra.plugins.module_utils._soap_http import HttpTransport

BODY = b"<x>" + b"0123456789" * 20000 + b"</x>"


class Handler(BaseHTTPRequestHandler):
    """Answers by path; the port of the client tells connections apart."""

    protocol_version = "HTTP/1.1"
    ports: list[int] = []

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"]))
        Handler.ports.append(self.client_address[1])
        if self.path == "/close":
            self._send(b"bye", [("Connection", "close")])
        elif self.path == "/cut":
            self.send_response(200)
            self.send_header("Content-Length", str(len(BODY)))
            self.end_headers()
            self.wfile.write(BODY[:1000])
            self.close_connection = True
        elif self.path == "/gzip":
            self._send(gzip.compress(BODY), [("Content-Encoding", "gzip")])
        elif self.path == "/gzip-cut":
            packed = gzip.compress(BODY)
            self._send(packed[: len(packed) // 2], [("Content-Encoding", "gzip")])
        elif self.path == "/chunked":
            self.send_response(200)
            self.send_header("Transfer-Encoding", "chunked")
            self.end_headers()
            for start in range(0, len(BODY), 50000):
                piece = BODY[start : start + 50000]
                self.wfile.write(b"%x\r\n%s\r\n" % (len(piece), piece))
            self.wfile.write(b"0\r\n\r\n")
        else:
            self._send(BODY, [])

    def _send(self, data: bytes, headers: list[tuple[str, str]]) -> None:
        self.send_response(200)
        for name, value in headers:
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, *_args: Any) -> None:
        """Nothing on the test's standard error."""


@contextlib.contextmanager
def serving(tls: ssl.SSLContext | None = None) -> Iterator[int]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    if tls is not None:
        server.socket = tls.wrap_socket(server.socket, server_side=True)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    Handler.ports = []
    try:
        yield server.server_address[1]
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def post(transport: HttpTransport, path: str, fresh: bool = False) -> bytes:
    reply = transport.request("POST", path, b"<q/>", {"Accept-Encoding": "gzip"}, fresh)
    data: bytes = reply.stream.read()
    return data


def test_bodies_come_whole_plain_compressed_and_in_pieces() -> None:
    with serving() as port:
        transport = HttpTransport(f"http://127.0.0.1:{port}")
        assert [post(transport, path) for path in ("/plain", "/gzip", "/chunked")] == [BODY] * 3
        assert len(set(Handler.ports)) == 1


def test_a_connection_is_kept_unless_it_is_asked_otherwise_or_not_read_to_the_end() -> None:
    with serving() as port:
        transport = HttpTransport(f"http://127.0.0.1:{port}")
        post(transport, "/plain")
        post(transport, "/plain", fresh=True)
        transport.request("POST", "/plain", b"<q/>", {}, False).stream.read(10)
        assert post(transport, "/plain") == BODY
        first, second, third, fourth = Handler.ports
        assert first != second == third != fourth


@pytest.mark.parametrize("path", ["/cut", "/gzip-cut"])
def test_a_body_that_stops_early_is_an_error(path: str) -> None:
    with serving() as port:
        transport = HttpTransport(f"http://127.0.0.1:{port}")
        with pytest.raises(SoapTransportError, match="stops in the middle") as caught:
            post(transport, path)
        assert caught.value.sent is True
        assert post(transport, "/plain") == BODY


def test_a_refused_connection_says_that_nothing_was_sent() -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    with pytest.raises(SoapTransportError, match=f"Cannot connect to http://127.0.0.1:{port}") as caught:
        post(HttpTransport(f"http://127.0.0.1:{port}"), "/plain")
    assert caught.value.sent is False


def test_silence_is_given_up() -> None:
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen()
        transport = HttpTransport(f"http://127.0.0.1:{silent.getsockname()[1]}", timeout=0.2)
        with pytest.raises(SoapTransportError, match="no answer within 0.2 s") as caught:
            post(transport, "/plain")
        assert caught.value.sent is True


@pytest.mark.parametrize("url", ["mail.test:7071", "ftp://mail.test", "https://", "https:///x"])
def test_an_url_that_is_none_is_named(url: str) -> None:
    with pytest.raises(SoapConfigurationError, match="url="):
        HttpTransport(url)


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Certificate and key of mail.test in one file, signed by itself."""
    top = tmp_path_factory.mktemp("tls")
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=mail.test"]
        + ["-addext", "subjectAltName=DNS:mail.test", "-keyout", str(top / "key.pem"), "-out", str(top / "cert.pem")],
        check=True,
        capture_output=True,
    )
    both = top / "both.pem"
    both.write_text((top / "key.pem").read_text() + (top / "cert.pem").read_text())
    return both


@pytest.fixture
def tls_port(certificate: Path) -> Iterator[int]:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    with serving(context) as port:
        yield port


def test_a_certificate_is_trusted_by_its_authority_and_name(tls_port: int, certificate: Path) -> None:
    url = f"https://127.0.0.1:{tls_port}"
    authority = str(certificate.with_name("cert.pem"))
    assert post(HttpTransport(url, ca_path=authority, server_name="mail.test"), "/gzip") == BODY
    for transport in (HttpTransport(url), HttpTransport(url, ca_path=authority)):
        with pytest.raises(SoapTrustError, match="ca_path.*validate_certs"):
            post(transport, "/plain")
    assert post(HttpTransport(url, verify=False), "/plain") == BODY


def test_a_connection_the_server_closed_is_opened_again_with_tls(tls_port: int) -> None:
    transport = HttpTransport(f"https://127.0.0.1:{tls_port}", verify=False)
    assert post(transport, "/close") == b"bye"
    assert post(transport, "/plain") == BODY


def test_a_missing_file_of_authorities_is_named(tmp_path: Path) -> None:
    with pytest.raises(SoapConfigurationError, match="ca_path=.*none.pem"):
        HttpTransport("https://127.0.0.1:1", ca_path=str(tmp_path / "none.pem"))
