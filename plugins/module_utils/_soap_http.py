# Copyright (c) 2026, mailops.zimbra contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The one place where SOAP and REST touch the network: HTTP/1.1 over TLS or plain, answers as streams.

The standard library alone (Python 3.6). A test gives the client a scripted :class:`Transport` instead.
"""

import abc
import gzip
import http.client
import socket
import ssl
import zlib
from typing import Any, Dict, NamedTuple, Optional
from urllib.parse import urlsplit

from ansible_collections.mailops.zimbra.plugins.module_utils._soap_errors import (
    SoapConfigurationError,
    SoapTransportError,
    SoapTrustError,
)


class Reply(NamedTuple):
    """An HTTP answer. ``stream.read(size)`` gives the body, decompressed; it raises :class:`SoapTransportError`."""

    status: int
    headers: Dict[str, str]
    stream: Any


class Transport(abc.ABC):
    """Sends one request at a time to one server."""

    @abc.abstractmethod
    def request(self, method: str, path: str, body: Optional[bytes], headers: Dict[str, str], fresh: bool) -> Reply:
        """Send and return as soon as the head of the answer is there; what is left of the last answer is dropped.

        ``fresh``: on a new connection, so that a lost one is never taken for a request that did not arrive.
        Header names of the reply are in lower case. Raises :class:`SoapTransportError`, :class:`SoapTrustError`.
        """

    @abc.abstractmethod
    def close(self) -> None:
        """Let go of the connection."""


class _Connection(http.client.HTTPConnection):
    """A connection that speaks TLS whenever it is opened, also when http.client opens it again by itself."""

    def __init__(self, host: str, port: int, timeout: float, tls: Optional[ssl.SSLContext], server_name: str) -> None:
        super().__init__(host, port, timeout=timeout)
        self._tls = tls
        self._server_name = server_name

    def connect(self) -> None:
        super().connect()
        if self._tls is not None:
            self.sock = self._tls.wrap_socket(self.sock, server_hostname=self._server_name)


class HttpTransport(Transport):
    """HTTP to ``url``'s host and port, one kept connection."""

    def __init__(
        self,
        url: str,
        timeout: float = 60.0,
        verify: bool = True,
        ca_path: Optional[str] = None,
        server_name: Optional[str] = None,
    ) -> None:
        """``timeout``: seconds without a byte. ``server_name``: the certificate's name, if it is not the URL's host."""
        parts = urlsplit(url)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise SoapConfigurationError(f"url={url} is no http or https URL. Give it as https://HOST:7071.", url=url)
        self.origin = f"{parts.scheme}://{parts.netloc}"
        self._host = parts.hostname
        self._port = parts.port or (443 if parts.scheme == "https" else 80)
        self._timeout = timeout
        self._server_name = server_name or self._host
        self._tls = _tls(verify, ca_path) if parts.scheme == "https" else None
        self._connection: Optional[_Connection] = None
        self._answer: Optional[http.client.HTTPResponse] = None

    def request(self, method: str, path: str, body: Optional[bytes], headers: Dict[str, str], fresh: bool) -> Reply:
        """See :meth:`Transport.request`."""
        if fresh or (self._answer is not None and not self._answer.isclosed()):
            self.close()
        connection = self._connected()
        try:
            connection.request(method, path, body=body, headers=headers)
            answer = connection.getresponse()
        except (OSError, http.client.HTTPException) as error:
            self.close()
            raise self._explained(error, sent=True) from error
        self._answer = answer
        stream: Any = answer
        if answer.getheader("Content-Encoding", "").lower() == "gzip":
            stream = gzip.GzipFile(fileobj=answer)
        given = {name.lower(): value for name, value in answer.getheaders()}
        return Reply(answer.status, given, _Body(stream, self))

    def close(self) -> None:
        """See :meth:`Transport.close`."""
        if self._connection is not None:
            self._connection.close()
        self._connection = self._answer = None

    def _connected(self) -> _Connection:
        """An open connection; errors before the request left are told apart from those after."""
        connection = self._connection
        if connection is not None and connection.sock is not None:
            return connection
        connection = _Connection(self._host, self._port, self._timeout, self._tls, self._server_name)
        try:
            connection.connect()
        except (OSError, ssl.CertificateError) as error:
            connection.close()
            if isinstance(error, ssl.CertificateError) or "CERTIFICATE_VERIFY_FAILED" in str(error):
                raise SoapTrustError(
                    f"The certificate of {self.origin} is not trusted: {error}. "
                    "Name the authority that signed it in 'ca_path', or set 'validate_certs: false'.",
                    url=self.origin,
                ) from error
            raise self._explained(error, sent=False) from error
        self._connection = connection
        return connection

    def _explained(self, error: Exception, sent: bool) -> SoapTransportError:
        reason = f"no answer within {self._timeout:g} s" if isinstance(error, socket.timeout) else str(error)
        done = "The connection to {} broke" if sent else "Cannot connect to {}"
        return SoapTransportError(
            done.format(self.origin) + f": {reason or type(error).__name__}.", sent=sent, url=self.origin
        )


class _Body:
    """The body of an answer; what goes wrong on the way is said in our own terms."""

    def __init__(self, stream: Any, transport: HttpTransport) -> None:
        self._stream = stream
        self._transport = transport

    def read(self, size: int = -1) -> bytes:
        try:
            # A negative size would wait for the connection's end, not for the answer's (http.client before 3.12).
            data: bytes = self._stream.read(size) if size >= 0 else self._stream.read()
            return data
        except (OSError, EOFError, zlib.error, http.client.HTTPException) as error:
            self._transport.close()
            raise SoapTransportError(
                f"The answer of {self._transport.origin} stops in the middle: {error or type(error).__name__}."
            ) from error


def _tls(verify: bool, ca_path: Optional[str]) -> ssl.SSLContext:
    try:
        context = ssl.create_default_context(cafile=ca_path)
    except (OSError, ssl.SSLError) as error:
        raise SoapConfigurationError(f"ca_path={ca_path} cannot be used: {error}.", ca_path=ca_path) from error
    if not verify:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    return context
