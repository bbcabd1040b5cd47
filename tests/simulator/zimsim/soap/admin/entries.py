#!/usr/bin/python
# Copyright (c) 2026, mailops.zimbra contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Directory entries as the admin service shows them."""

from __future__ import annotations

from collections.abc import Iterable

from zimsim.model import Directory, Entry, attribute_schema, errors
from zimsim.model.entries import Attributes
from zimsim.model.names import to_unicode
from zimsim.soap.call import Call
from zimsim.soap.element import Element, Scalar

_NAMES = {
    "account": "account",
    "resource": "calresource",
    "domain": "domain",
    "cos": "cos",
    "dl": "dl",
    "server": "server",
}
# Names the platform's data classes know although no account has them shown by GetAccount (R14).
_NEVER_REQUESTED = frozenset(("objectClass",))


def wanted(call: Call) -> list[str]:
    """``attrs="a,b"``; empty for all."""
    return [name for name in call.request.get("attrs").split(",") if name]


def check_wanted(names: Iterable[str], what: str) -> None:
    """One unknown name fails the whole request (R14)."""
    for name in names:
        if not attribute_schema.is_known(name) or name in _NEVER_REQUESTED:
            raise errors.invalid_request(f"requested attribute {name} is not on {what}")


def values_of(directory: Directory, entry: Entry, *, inherited: bool = True) -> Attributes:
    """The attributes an answer shows: hashes are blocked (R19)."""
    values = directory.effective(entry) if inherited else dict(entry.attrs)
    if "userPassword" in values:
        values["userPassword"] = ["VALUE-BLOCKED"]
    return values


def entry_element(
    directory: Directory, entry: Entry, names: list[str] | None = None, *, inherited: bool = True
) -> Element:
    """``names``: only these attributes; None or empty for all."""
    attrs: dict[str, Scalar] = {"name": to_unicode(entry.name), "id": entry.id}
    if entry.kind == "cos" and entry.name in ("default", "defaultExternal"):
        attrs["isDefaultCos"] = True
    if entry.kind == "dl":
        attrs["dynamic"] = "groupOfURLs" in entry.attrs.get("objectClass", ())
    element = Element(_NAMES[entry.kind], attrs)
    values = values_of(directory, entry, inherited=inherited)
    keep = {attribute_schema.spelled(name) for name in names} if names else None
    for name, each in values.items():
        if keep is None or name in keep:
            for value in each:
                child = element.add("a", value, n=name)
                if entry.kind == "cos" and not attribute_schema.is_inherited("cos", name):
                    child.attrs["c"] = True
    return element


def by_selector(call: Call, name: str, kind: str) -> Entry:
    """``<account by="id|name|...">``."""
    by, key = call.selector(name)
    if by == "adminName":
        key = key if "@" in key else f"{key}@{call.directory.config.first('zimbraDefaultDomainName')}"
    return call.directory.get(kind, key)


def by_id(call: Call, kind: str) -> Entry:
    """``<id>`` of a request that changes something."""
    key = call.request.value("id")
    if not key:
        raise errors.invalid_request("missing required attribute: id")
    found = call.directory.by_id(key)
    if found is None or (found.kind != kind and not (kind == "account" and found.kind == "resource")):
        raise errors.no_such(kind, key)
    return found


def is_full_admin(call: Call) -> bool:
    return call.session.account is not None and call.session.account.is_admin
