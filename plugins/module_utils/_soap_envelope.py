# Copyright (c) 2026, mailops.zimbra contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""SOAP requests as text, SOAP answers as a stream of elements. Nothing here knows how they travel.

Answers of the admin service can be 50 MB (R20): only one child of the answer is held at a time. Element tags come
without their namespaces: ``account``, not ``{urn:zimbraAdmin}account``.
"""

import re
from typing import Any, Dict, Iterable, Iterator, List, NamedTuple, Optional, Sequence, Tuple
from xml.etree import ElementTree

from ansible_collections.mailops.zimbra.plugins.module_utils._soap_errors import (
    SoapAnswerError,
    SoapError,
    SoapFault,
    SoapTransportError,
)

ADMIN = "urn:zimbraAdmin"
MAIL = "urn:zimbraMail"
ACCOUNT = "urn:zimbraAccount"
COMMON = "urn:zimbra"

Element = ElementTree.Element

# What XML 1.0 cannot carry, as a reference neither. The service would drop it or refuse all (R18, R7).
_FORBIDDEN = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
# A raw CR LF arrives as LF (R18); only the reference keeps it.
_TEXT = {ord("&"): "&amp;", ord("<"): "&lt;", ord(">"): "&gt;", ord("\r"): "&#13;"}
_ATTRIBUTE = {**_TEXT, ord('"'): "&quot;", ord("\n"): "&#10;", ord("\t"): "&#9;"}
# expat: no element found, unclosed token, partial character, unclosed CDATA: what a text that is cut short gives.
_CUT_SHORT = (3, 5, 6, 20)


class Node(NamedTuple):
    """One element of a request; ``name`` without prefix, the namespace is the attribute ``xmlns`` of the outermost."""

    name: str
    attributes: Dict[str, str]
    children: Sequence[Any]
    text: str


def node(name: str, attributes: Optional[Dict[str, str]] = None, children: Iterable[Node] = (), text: str = "") -> Node:
    """An element inside a request."""
    return Node(name, attributes or {}, list(children), text)


def request(
    namespace: str, name: str, attributes: Optional[Dict[str, str]] = None, children: Iterable[Node] = ()
) -> Node:
    """A request such as ``request(ADMIN, "GetDomainRequest", {"applyConfig": "0"}, [...])``."""
    return node(name, dict(attributes or {}, xmlns=namespace), children)


def values(attributes: Dict[str, str]) -> List[Node]:
    """Attributes of a directory entry: ``<a n="zimbraMailTransport">...</a>``; an empty value deletes."""
    return [node("a", {"n": name}, text=value) for name, value in attributes.items()]


def render(item: Node) -> str:
    """The element as XML. Raises :class:`SoapError` for a character that XML cannot carry."""
    attributes = "".join(
        f' {name}="{_checked(value).translate(_ATTRIBUTE)}"' for name, value in item.attributes.items()
    )
    inner = _checked(item.text).translate(_TEXT) + "".join(render(child) for child in item.children)
    return f"<{item.name}{attributes}>{inner}</{item.name}>" if inner else f"<{item.name}{attributes}/>"


def _checked(text: str) -> str:
    found = _FORBIDDEN.search(text)
    if found:
        raise SoapError(
            f"The value {text[:60]!r} holds the character {found.group(0)!r}, which XML cannot carry. "
            "Remove it from the value."
        )
    return text


def envelope(body: Node, token: Optional[str] = None, account: Optional[str] = None, agent: str = "") -> bytes:
    """The whole request. ``account``: address or id of the account the request is about (R41)."""
    context = [node("nosession")]
    if agent:
        context.append(node("userAgent", {"name": agent}))
    if token:
        context.append(node("authToken", text=token))
    if account:
        context.append(node("account", {"by": "name" if "@" in account else "id"}, text=account))
    whole = node(
        "soap:Envelope",
        {"xmlns:soap": "http://www.w3.org/2003/05/soap-envelope"},
        [
            node("soap:Header", {}, [node("context", {"xmlns": COMMON}, context)]),
            node("soap:Body", {}, [body]),
        ],
    )
    return ('<?xml version="1.0" encoding="utf-8"?>' + render(whole)).encode("utf-8")


class Answer:
    """An answer while it arrives: ``name`` and ``attributes`` at once, the children by iterating, each only once."""

    def __init__(self, name: str, attributes: Dict[str, str], children: Iterator[Element]) -> None:
        self.name = name
        self.attributes = attributes
        self._children = children

    def __iter__(self) -> Iterator[Element]:
        """The direct children. Raises :class:`SoapTransportError` when the answer stops early."""
        return self._children

    def whole(self) -> Element:
        """The answer as one element with all its children."""
        element = Element(self.name, self.attributes)
        element.extend(list(self))
        return element


def read_answer(stream: Any, asked: str) -> Answer:
    """Read ``stream`` (``read(size) -> bytes``) up to the answer's own element.

    Raises :class:`SoapFault` for a fault, :class:`SoapAnswerError` for what is no envelope. ``asked``: name of the
    request, for messages.
    """
    events = _events(stream, asked)
    for depth, element, ended in events:
        if depth == 3 and not ended and _local(element.tag) != "Fault":
            return Answer(_local(element.tag), dict(element.attrib), _children(events, element, asked))
        if depth == 3 and ended:
            raise fault_of(element, asked)
    raise SoapAnswerError(f"The answer to {asked} has an empty SOAP body.")


def fault_of(element: Element, asked: str) -> SoapFault:
    """The fault of a ``Fault`` element, in the forms of SOAP 1.2 and 1.1."""
    code = element.findtext("Detail/Error/Code") or element.findtext("detail/Error/Code") or "unknown"
    reason = element.findtext("Reason/Text") or element.findtext("faultstring") or "no reason given"
    who = element.findtext("Code/Value") or element.findtext("faultcode") or ""
    return SoapFault(code, reason, who.rpartition(":")[2] in ("Sender", "Client"), asked)


def attributes_of(element: Element) -> Dict[str, List[str]]:
    """The ``<a n=...>`` of a directory entry: lists of values by name."""
    found: Dict[str, List[str]] = {}
    for item in element.findall("a"):
        found.setdefault(item.get("n", ""), []).append(item.text or "")
    return found


def _children(events: Iterator[Tuple[int, Element, bool]], answer: Element, asked: str) -> Iterator[Element]:
    complete = False
    for depth, element, ended in events:
        if depth == 4 and ended:
            yield element
            # What was handed out is let go here: the tree never grows.
            answer.clear()
        complete = complete or (depth == 3 and ended)
    if not complete:
        raise SoapTransportError(f"The answer to {asked} stops in the middle.")


def _events(stream: Any, asked: str) -> Iterator[Tuple[int, Element, bool]]:
    """(depth, element, whether it ended) of what is inside the body: 3 is the answer, 4 its children."""
    depth = 0
    in_body = False
    try:
        for event, element in ElementTree.iterparse(stream, events=("start", "end")):
            if event == "start":
                depth += 1
                if depth == 1 and _local(element.tag) != "Envelope":
                    raise SoapAnswerError(f"The answer to {asked} is XML, but no SOAP envelope.")
                if depth == 2:
                    in_body = _local(element.tag) == "Body"
            else:
                element.tag = _local(element.tag)
            if in_body and depth >= 3:
                yield depth, element, event == "end"
            if event == "end":
                depth -= 1
    except ElementTree.ParseError as error:
        if error.code in _CUT_SHORT:
            raise SoapTransportError(f"The answer to {asked} stops in the middle.") from error
        raise SoapAnswerError(f"The answer to {asked} is not XML: {error}.") from error


def _local(tag: str) -> str:
    return tag.rpartition("}")[2]
