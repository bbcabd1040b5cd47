#!/usr/bin/python
# Copyright (c) 2026, mailops.zimbra contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One tree for requests and answers, written as XML and as the platform's JSON.

JSON shapes: a child is a list of objects (``add``), a single object (``unique``) or a bare value (``content``);
attributes are members, text is ``_content``, the namespace ``_jsns``. Numbers and truth values keep their type in JSON
and become text (``1``/``0``) in XML.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from typing import Any, Literal

SOAP12 = "http://www.w3.org/2003/05/soap-envelope"
SOAP11 = "http://schemas.xmlsoap.org/soap/envelope/"
ZIMBRA = "urn:zimbra"
ADMIN = "urn:zimbraAdmin"
ACCOUNT = "urn:zimbraAccount"
MAIL = "urn:zimbraMail"

Scalar = str | int | bool
Shape = Literal["list", "unique", "content"]
_CHUNK = 32 * 1024


class Element:
    """``name`` without prefix, or with ``soap:``. ``lazy`` children are made while the answer is written."""

    __slots__ = ("attrs", "children", "lazy", "name", "ns", "shape", "text")

    def __init__(
        self,
        name: str,
        attrs: dict[str, Scalar] | None = None,
        text: Scalar | None = None,
        ns: str = "",
        shape: Shape = "list",
    ) -> None:
        self.name = name
        self.attrs: dict[str, Scalar] = attrs if attrs is not None else {}
        self.text = text
        self.ns = ns
        self.shape: Shape = shape
        self.children: list[Element] = []
        self.lazy: Iterable[Element] = ()

    # -- building --------------------------------------------------------------------------------------------

    def add(self, name: str, text: Scalar | None = None, /, **attrs: Scalar | None) -> Element:
        """A child; attributes that are None are left out."""
        return self.append(Element(name, {key: value for key, value in attrs.items() if value is not None}, text))

    def unique(self, name: str, text: Scalar | None = None, /, **attrs: Scalar | None) -> Element:
        child = self.add(name, text, **attrs)
        child.shape = "unique"
        return child

    def content(self, name: str, value: Scalar) -> Element:
        child = self.add(name, value)
        child.shape = "content"
        return child

    def append(self, child: Element) -> Element:
        self.children.append(child)
        return child

    # -- reading ---------------------------------------------------------------------------------------------

    def get(self, name: str, default: str = "") -> str:
        """An attribute as text."""
        value = self.attrs.get(name)
        return default if value is None else str(value)

    def find(self, name: str) -> Element | None:
        return next((child for child in self.children if child.name == name), None)

    def all(self, name: str) -> list[Element]:
        return [child for child in self.children if child.name == name]

    @property
    def string(self) -> str:
        return "" if self.text is None else str(self.text)

    def value(self, name: str) -> str | None:
        """An attribute, or the text of a child of that name."""
        if name in self.attrs:
            return str(self.attrs[name])
        child = self.find(name)
        return None if child is None else child.string

    # -- writing ---------------------------------------------------------------------------------------------

    def members(self) -> Iterator[Element]:
        yield from self.children
        yield from self.lazy

    def xml(self) -> Iterator[str]:
        """Pieces of XML, each of some size."""
        buffer: list[str] = []
        size = 0
        for piece in _xml(self):
            buffer.append(piece)
            size += len(piece)
            if size > _CHUNK:
                yield "".join(buffer)
                buffer, size = [], 0
        yield "".join(buffer)

    def json(self) -> dict[str, Any]:
        result: dict[str, Any] = dict(self.attrs)
        for child in self.members():
            name = child.name.removeprefix("soap:")
            if child.shape == "content":
                result[name] = child.text
            elif child.shape == "unique":
                result[name] = child.json()
            else:
                result.setdefault(name, []).append(child.json())
        if self.text is not None:
            result["_content"] = self.string
        if self.ns:
            result["_jsns"] = self.ns
        return result


def _text(value: Scalar) -> str:
    if isinstance(value, bool):
        return "1" if value else "0"
    return str(value)


def escape(value: Scalar) -> str:
    """Only ``&`` and ``<``: the platform leaves ``>`` and line ends as they are (R18)."""
    return _text(value).replace("&", "&amp;").replace("<", "&lt;")


def _xml(element: Element) -> Iterator[str]:
    parts = [f"<{element.name}"]
    parts += [f' {key}="{escape(value).replace(chr(34), "&quot;")}"' for key, value in element.attrs.items()]
    if element.ns:
        name = "xmlns:soap" if element.name.startswith("soap:") else "xmlns"
        parts.append(f' {name}="{element.ns}"')
    head = "".join(parts)
    first = True
    for child in element.members():
        if first:
            yield head + ">"
            first = False
        yield from _xml(child)
    if not first:
        yield f"</{element.name}>"
    elif element.text is not None:
        yield f"{head}>{escape(element.text)}</{element.name}>"
    else:
        yield head + "/>"


def json_pieces(element: Element) -> Iterator[str]:
    text = json.dumps(element.json(), ensure_ascii=False, separators=(",", ":"))
    for at in range(0, len(text), _CHUNK):
        yield text[at : at + _CHUNK]
