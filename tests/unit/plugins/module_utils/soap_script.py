# Copyright (c) 2026, mailops.zimbra contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A SOAP service that answers from a script, below the client: what it is sent is read as XML by another reader.

The envelopes have the form of the recorded exchanges (R2, R9, R10). A request whose name begins with neither of the
words of reading counts as a change and is kept in ``changes``.
"""

from __future__ import annotations

import io
import xml.dom.minidom
from collections.abc import Callable, Sequence

from ansible_collections.mailops.zimbra.plugins.module_utils._soap_errors import SoapTransportError
from ansible_collections.mailops.zimbra.plugins.module_utils._soap_http import Reply, Transport

ENVELOPE = (
    '<soap:Envelope xmlns:soap="http://www.w3.org/2003/05/soap-envelope"><soap:Header><context xmlns="urn:zimbra">'
    '<change token="1"/></context></soap:Header><soap:Body>{}</soap:Body></soap:Envelope>'
)
READING = ("Get", "Search", "Auth", "Batch", "NoOp", "Sync")
Node = xml.dom.minidom.Element
Handler = Callable[[Node], str]


def fault(code: str, reason: str = "no", request_id: str = "", who: str = "Sender") -> str:
    """A SOAP 1.2 fault as the service writes it, inline in a batch when ``request_id`` is given."""
    mark = f' requestId="{request_id}"' if request_id else ""
    return (
        f"<soap:Fault{mark}><soap:Code><soap:Value>soap:{who}</soap:Value></soap:Code><soap:Reason><soap:Text>{reason}"
        f'</soap:Text></soap:Reason><soap:Detail><Error xmlns="urn:zimbra"><Code>{code}</Code><Trace>T</Trace></Error>'
        "</soap:Detail></soap:Fault>"
    )


def elements(node: Node) -> list[Node]:
    return [child for child in node.childNodes if child.nodeType == child.ELEMENT_NODE]


def text(node: Node) -> str:
    return "".join(child.data for child in node.childNodes if child.nodeType == child.TEXT_NODE)


def only(node: Node, name: str) -> Node:
    """The one element of this name inside ``node``."""
    (found,) = node.getElementsByTagName(name)
    return found


class ScriptedService(Transport):
    """``handlers``: request name -> function of the request that returns the answer (or a fault) as XML.

    ``broken``: for each next request an exception to raise instead, None to answer.
    """

    def __init__(self, handlers: dict[str, Handler], password: str = "geheim", status: int = 500) -> None:
        self.handlers = handlers
        self.password = password
        self.fault_status = status
        self.asked: list[str] = []
        self.changes: list[str] = []
        self.contexts: list[str] = []
        self.fresh: list[bool] = []
        self.broken: Sequence[Exception | None] = []
        self.tokens: set[str] = set()
        self.closed = 0

    def expire(self) -> None:
        """Make every token given so far worthless."""
        self.tokens.clear()

    def request(self, method: str, path: str, body: bytes | None, headers: dict[str, str], fresh: bool) -> Reply:
        self.fresh.append(fresh)
        problem, self.broken = (self.broken[0], self.broken[1:]) if self.broken else (None, [])
        if problem is not None:
            raise problem
        assert body is not None
        root = xml.dom.minidom.parseString(body).documentElement
        assert root is not None
        header, soap_body = elements(root)
        (asked,) = elements(soap_body)
        context = only(header, "context")
        self.contexts.append(context.toxml())
        tokens = context.getElementsByTagName("authToken")
        answer = self._answer(asked, bool(tokens) and text(tokens[0]) in self.tokens)
        status = self.fault_status if answer.startswith("<soap:Fault") else 200
        return Reply(status, {}, io.BytesIO(ENVELOPE.format(answer).encode()))

    def close(self) -> None:
        self.closed += 1

    def _answer(self, asked: Node, authenticated: bool) -> str:
        name = asked.tagName
        if name == "AuthRequest":
            self.asked.append(name)
            if text(only(asked, "password")) != self.password:
                return fault("account.AUTH_FAILED", "authentication failed for [admin]")
            token = f"token-{self.asked.count(name)}"
            self.tokens.add(token)
            return f'<AuthResponse xmlns="urn:zimbraAdmin"><authToken>{token}</authToken></AuthResponse>'
        if name == "BatchRequest":
            inner = "".join(self._numbered(child, authenticated) for child in elements(asked))
            return f'<BatchResponse xmlns="urn:zimbra">{inner}</BatchResponse>'
        return self._single(asked, authenticated)

    def _numbered(self, asked: Node, authenticated: bool) -> str:
        """The answer inside a batch: with its number, a fault inline."""
        number = asked.getAttribute("requestId")
        answer = self._single(asked, authenticated)
        head, space, rest = answer.partition(">") if not answer.endswith("/>") else (answer[:-2], "/>", "")
        return f'{head} requestId="{number}"{space}{rest}' if answer else ""

    def _single(self, asked: Node, authenticated: bool) -> str:
        if not authenticated:
            return fault("service.AUTH_REQUIRED", "no valid authtoken present")
        self.asked.append(asked.tagName)
        if not asked.tagName.startswith(READING):
            self.changes.append(asked.tagName)
        handler = self.handlers.get(asked.tagName)
        if handler is None:
            return fault("service.UNKNOWN_DOCUMENT", f"unknown document: {asked.tagName}")
        return handler(asked)


def lost(sent: bool = True) -> SoapTransportError:
    """A connection that broke."""
    return SoapTransportError("The connection broke: reset.", sent=sent)
