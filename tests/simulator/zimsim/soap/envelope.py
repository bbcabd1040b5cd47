#!/usr/bin/python
# Copyright (c) 2026, mailops.zimbra contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Reading requests (SOAP 1.2, SOAP 1.1, JSON) and wrapping answers and faults (R1, R2)."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from typing import Any, Literal

from lxml import etree

from zimsim.model import ServiceError, errors
from zimsim.soap.element import SOAP11, SOAP12, ZIMBRA, Element

Protocol = Literal["soap12", "soap11", "json"]
# Control characters vanish, as characters and as references (R18: number 11 is dropped silently).
_CONTROL = re.compile(rb"[\x00-\x08\x0b\x0c\x0e-\x1f]|&#(?:[0-8]|1[124-9]|2\d|3[01]|x0?[0-8bBcCeEfF]|x1[0-9a-fA-F]);")
_MAX_BODY = 15_360_000


@dataclass(slots=True)
class Envelope:
    """A request: its protocol, the ``context`` of its header (or an empty one), the single element of its body."""

    protocol: Protocol
    body: Element
    context: Element = field(default_factory=lambda: Element("context", ns=ZIMBRA))


def parse(raw: bytes) -> Envelope:
    """PARSE_ERROR or INVALID_REQUEST for what is not a request (R7)."""
    if len(raw) > _MAX_BODY:
        raise errors.invalid_request(f"SOAP request size exceeded maximum of {_MAX_BODY} bytes")
    stripped = raw.lstrip()
    if not stripped:
        raise errors.parse_error("parse error: empty request payload")
    return _from_json(stripped) if stripped[:1] == b"{" else _from_xml(stripped)


def _from_xml(raw: bytes) -> Envelope:
    parser = etree.XMLParser(resolve_entities=False, no_network=True, huge_tree=True, remove_comments=True)
    try:
        root = etree.fromstring(_CONTROL.sub(b"", raw), parser)
    except (etree.XMLSyntaxError, ValueError):
        raise errors.parse_error("Document parse failed") from None
    name = etree.QName(root)
    if name.localname != "Envelope" or name.namespace not in (SOAP11, SOAP12):
        raise errors.parse_error("Document parse failed")
    body = root.find(f"{{{name.namespace}}}Body")
    if body is None or len(body) == 0:
        raise errors.invalid_request("missing request in SOAP body")
    envelope = Envelope("soap12" if name.namespace == SOAP12 else "soap11", _element(body[0]))
    header = root.find(f"{{{name.namespace}}}Header")
    context = header.find(f"{{{ZIMBRA}}}context") if header is not None else None
    if context is not None:
        envelope.context = _element(context)
    return envelope


def _element(node: etree._Element) -> Element:
    """Text between the children makes the whole content text and the children vanish (R63)."""
    name = etree.QName(node)
    element = Element(name.localname, {etree.QName(key).localname: str(value) for key, value in node.attrib.items()})
    element.ns = name.namespace or ""
    children = [child for child in node if isinstance(child.tag, str)]
    mixed = bool((node.text or "").strip()) or any((child.tail or "").strip() for child in node)
    if children and not mixed:
        for child in children:
            element.append(_element(child))
    elif not children:
        element.text = (node.text or "") + "".join(child.tail or "" for child in node)
    return element


def _from_json(raw: bytes) -> Envelope:
    try:
        document = json.loads(raw)
        (name, content), *_ = [(key, value) for key, value in document["Body"].items() if key != "_jsns"]
    except (ValueError, KeyError, TypeError, AttributeError):
        raise errors.parse_error("Document parse failed") from None
    envelope = Envelope("json", _json_element(name, content, ""))
    context = (document.get("Header") or {}).get("context")
    if isinstance(context, dict):
        envelope.context = _json_element("context", context, ZIMBRA)
    return envelope


def _json_element(name: str, content: Any, inherited: str) -> Element:
    """A bare value is an attribute and may be read as a child too, as the platform does."""
    element = Element(name, ns=inherited)
    if not isinstance(content, dict):
        element.text = _json_text(content)
        return element
    element.ns = content.get("_jsns", inherited)
    for key, value in content.items():
        if key == "_jsns":
            continue
        if key == "_content":
            element.text = _json_text(value)
        elif isinstance(value, list):
            for each in value:
                element.append(_json_element(key, each, element.ns))
        elif isinstance(value, dict):
            element.append(_json_element(key, value, element.ns))
        elif value is not None:
            element.attrs[key] = _json_text(value)
            element.append(Element(key, text=_json_text(value), ns=element.ns))
    return element


def _json_text(value: Any) -> str:
    if isinstance(value, bool):
        return "1" if value else "0"
    return str(value)


def wrap(protocol: Protocol, body: Element, context: Element | None) -> Element:
    """The answer's envelope; ``context`` None leaves the header out (expired tokens, R3)."""
    if protocol == "json":
        envelope = Element("Envelope", ns="urn:zimbraSoap")
        if context is not None:
            envelope.unique("Header").append(context).shape = "unique"
        envelope.unique("Body").append(body).shape = "unique"
        return envelope
    envelope = Element("soap:Envelope", ns=SOAP12 if protocol == "soap12" else SOAP11)
    if context is not None:
        envelope.add("soap:Header").append(context)
    envelope.add("soap:Body").append(body)
    return envelope


def fault(protocol: Protocol, problem: ServiceError, *, inner: bool = False) -> Element:
    """``inner``: inside a BatchResponse, where ``<Error>`` has no namespace of its own (R9)."""
    code = "Sender" if problem.sender else "Receiver"
    if protocol == "json":
        result = Element("Fault", ns="urn:zimbraSoap" if inner else "")
        result.unique("Code").content("Value", f"soap:{code}")
        result.unique("Reason").content("Text", problem.text)
        error = result.unique("Detail").unique("Error")
        error.ns = ZIMBRA
        error.content("Code", problem.code)
        error.content("Trace", _TRACE)
    else:
        result = Element("soap:Fault")
        if protocol == "soap11":
            result.add("faultcode", "soap:Client" if problem.sender else "soap:Server")
            result.add("faultstring", problem.text)
            error = result.add("detail").add("Error")
        else:
            result.add("soap:Code").add("soap:Value", f"soap:{code}")
            result.add("soap:Reason").add("soap:Text", problem.text)
            error = result.add("soap:Detail").add("Error")
        error.ns = "" if inner else ZIMBRA
        error.add("Code", problem.code)
        error.add("Trace", _TRACE)
    for kind, name, value in problem.arguments:
        error.add("a", value, t=kind, n=name)
    return result


_TRACE = "qtp-simulator:https:/service/soap"
