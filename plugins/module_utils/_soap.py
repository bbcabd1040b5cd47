# Copyright (c) 2026, mailops.zimbra contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The SOAP client: admin and mail requests over one login, in batches, with answers read as streams.

It logs in when it has to, again when the token expired (also inside a batch that answers 200, R10), and tries again
after a broken connection where nothing can be done twice by it: reads, and requests that never left.
"""

import re
import time
from typing import Callable, Iterable, Iterator, List, NamedTuple, Optional, Sequence, Tuple, TypeVar, Union

from ansible_collections.mailops.zimbra.plugins.module_utils._soap_envelope import (
    ADMIN,
    COMMON,
    Answer,
    Element,
    Node,
    envelope,
    fault_of,
    node,
    read_answer,
    render,
    request,
)
from ansible_collections.mailops.zimbra.plugins.module_utils._soap_errors import (
    SoapAnswerError,
    SoapFault,
    SoapReadOnly,
    SoapTransportError,
)
from ansible_collections.mailops.zimbra.plugins.module_utils._soap_http import Reply, Transport

ADMIN_PATH = "/service/admin/soap"
AGENT = "mailops.zimbra"
TOKEN_GONE = ("service.AUTH_EXPIRED", "service.AUTH_REQUIRED")
# Seconds between tries after a broken connection.
PAUSES = (0.5, 1.0, 2.0, 4.0)
BATCH_SIZE = 100
# The service refuses bodies over 15,360,000 bytes (R7).
BATCH_BYTES = 4000000
# GetMailbox is no read: it makes a mailbox where there is none (R32).
_READ = re.compile(r"^(?!GetMailboxRequest$)((Get|Search|Count|Check)[A-Za-z]+|Sync|NoOp|Auth)Request$")
# Proxies in front of the service answer these when it is restarting.
_AWAY = (502, 503, 504)

T = TypeVar("T")


class Login(NamedTuple):
    """Who logs in: an admin account, or ``zimbra`` with zimbra_ldap_password."""

    name: str
    password: str


class SoapClient:
    """One server's SOAP service. ``account`` of a request: address or id of the mailbox it is about (R41)."""

    def __init__(
        self,
        transport: Transport,
        login: Login,
        path: str = ADMIN_PATH,
        read_only: bool = False,
        pause: Callable[[float], None] = time.sleep,
    ) -> None:
        """``read_only``: refuse to send what changes something (check mode)."""
        self._transport = transport
        self._login = login
        self._path = path
        self._read_only = read_only
        self._pause = pause
        self._token: Optional[str] = None

    def call(self, body: Node, account: Optional[str] = None) -> Element:
        """Send one request and return its whole answer. Raises :class:`SoapFault` and the errors of the transport."""
        return self._steadily(body, lambda: self._answer(body, account).whole())

    def stream(self, body: Node, account: Optional[str] = None) -> Answer:
        """Send one request and return its answer while it arrives, for answers of any size.

        A connection that breaks while the answer is read is the caller's :class:`SoapTransportError`.
        """
        return self._steadily(body, lambda: self._answer(body, account))

    def batch(
        self, bodies: Iterable[Node], account: Optional[str] = None, size: int = BATCH_SIZE
    ) -> Iterator[Tuple[int, Union[Element, SoapFault]]]:
        """Send many requests, ``size`` in one BatchRequest, and yield (index of the request, answer or fault).

        One that fails does not stop the others. Every request is answered for: one the service passed over in silence
        (R63) raises :class:`SoapAnswerError`.
        """
        for start, group in _grouped(bodies, size):
            for index, answer in self._batch(group, account):
                yield start + index, answer

    def get(self, path: str) -> Reply:
        """GET of the REST service with the admin's token (admin port only, R42); the body is not unpacked (R82)."""

        def attempt() -> Reply:
            headers = {"Cookie": f"ZM_ADMIN_AUTH_TOKEN={self._authenticated()}"}
            return self._transport.request("GET", path, None, headers, fresh=False)

        reply = self._again(attempt, safe=True)
        if reply.status == 401:
            self._token = None
            reply = self._again(attempt, safe=True)
        return reply

    def close(self) -> None:
        """Let go of the connection; the token is forgotten."""
        self._token = None
        self._transport.close()

    def _batch(self, group: Sequence[Node], account: Optional[str]) -> Iterator[Tuple[int, Union[Element, SoapFault]]]:
        waiting = list(range(len(group)))
        # The second round sends again what only lacked a valid token, so it cannot have been done.
        for last_round in (False, True):
            numbered = [group[i]._replace(attributes=dict(group[i].attributes, requestId=str(i))) for i in waiting]
            body = request(COMMON, "BatchRequest", {"onerror": "continue"}, numbered)
            refused: List[int] = []
            open_ones = set(waiting)
            for element in self.call(body, account):
                index = _request_id(element, open_ones)
                open_ones.remove(index)
                answer: Union[Element, SoapFault] = element
                if element.tag == "Fault":
                    answer = fault_of(element, group[index].name)
                    if answer.code in TOKEN_GONE and not last_round:
                        refused.append(index)
                        continue
                yield index, answer
            if open_ones:
                raise SoapAnswerError(
                    f"The service answered {len(waiting) - len(open_ones)} of {len(waiting)} requests of a batch and "
                    "passed over the rest. What they asked for is unknown; run the task again."
                )
            if not refused:
                return
            self._token = None
            waiting = refused

    def _answer(self, body: Node, account: Optional[str]) -> Answer:
        token = self._authenticated()
        try:
            return self._exchange(body, token, account)
        except SoapFault as fault:
            if fault.code not in TOKEN_GONE:
                raise
        # Refused before it was looked at: it can be sent again, whatever it is.
        self._token = None
        return self._exchange(body, self._authenticated(), account)

    def _authenticated(self) -> str:
        if self._token is None:
            body = request(
                ADMIN,
                "AuthRequest",
                children=[node("name", text=self._login.name), node("password", text=self._login.password)],
            )
            token = self._exchange(body, None, None).whole().findtext("authToken")
            if not token:
                raise SoapAnswerError("The service accepted the login, but gave no token.")
            self._token = token
        return self._token

    def _exchange(self, body: Node, token: Optional[str], account: Optional[str]) -> Answer:
        reads = _reads(body)
        if self._read_only and not reads:
            raise SoapReadOnly(f"{body.name} changes something and was about to be sent in check mode.")
        headers = {"Content-Type": "application/soap+xml; charset=utf-8", "Accept-Encoding": "gzip"}
        data = envelope(body, token, account, AGENT)
        reply = self._transport.request("POST", self._path, data, headers, fresh=not reads)
        try:
            return read_answer(reply.stream, body.name)
        except SoapAnswerError as error:
            if reply.status in _AWAY:
                raise SoapTransportError(f"The service is away (HTTP {reply.status}).") from error
            raise SoapAnswerError(f"{error.message} HTTP status {reply.status}; is the URL right?") from error

    def _steadily(self, body: Node, attempt: Callable[[], T]) -> T:
        return self._again(attempt, safe=_reads(body))

    def _again(self, attempt: Callable[[], T], safe: bool) -> T:
        for pause in PAUSES:
            try:
                return attempt()
            except SoapTransportError as error:
                if error.sent and not safe:
                    raise
            self._pause(pause)
        return attempt()


def _reads(body: Node) -> bool:
    if body.name == "BatchRequest":
        return all(_reads(child) for child in body.children)
    return _READ.match(body.name) is not None


def _request_id(element: Element, expected: Iterable[int]) -> int:
    given = element.get("requestId", "")
    if not given.isdigit() or int(given) not in expected:
        raise SoapAnswerError(f"The batch holds an answer to a request that was not sent (requestId {given!r}).")
    return int(given)


def _grouped(bodies: Iterable[Node], size: int) -> Iterator[Tuple[int, List[Node]]]:
    group: List[Node] = []
    start = length = 0
    for body in bodies:
        group.append(body)
        length += len(render(body))
        if len(group) >= size or length >= BATCH_BYTES:
            yield start, group
            start, group, length = start + len(group), [], 0
    if group:
        yield start, group
