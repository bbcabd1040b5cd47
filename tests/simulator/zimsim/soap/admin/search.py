#!/usr/bin/python
# Copyright (c) 2026, mailops.zimbra contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""SearchDirectory and SearchAccounts, with their traps (R22, R70, Z2)."""

from __future__ import annotations

import uuid
from collections.abc import Iterator

from zimsim.model import Entry, ServiceError, errors
from zimsim.model.filters import FilterError, compile_filter
from zimsim.soap.admin.entries import entry_element, wanted
from zimsim.soap.call import Call
from zimsim.soap.element import Element, Scalar
from zimsim.soap.registry import Registry

_KINDS = {
    "accounts": "account",
    "resources": "resource",
    "distributionlists": "dl",
    "dynamicgroups": "dl",
    "domains": "domain",
    "coses": "cos",
    "servers": "server",
}

_ALIAS_IDS = "5d0c8f4e-6a0b-4f5a-9a59-3a0b7f6f1d52"


def register(registry: Registry) -> None:
    registry.add(search, "SearchDirectory", "SearchAccounts")


def _number(call: Call, name: str) -> int | None:
    text = call.request.get(name)
    try:
        return int(text) if text else None
    except ValueError:
        raise errors.invalid_request(f"invalid long value '{text}' for attribute: {name}") from None


def search(call: Call) -> Element:
    types = [each.strip().lower() for each in call.request.get("types", "accounts").split(",") if each.strip()]
    domain = call.request.get("domain")
    if domain:
        if "coses" in types:
            raise errors.invalid_request("cannot specify domain with coses flag")
        domain = call.directory.get("domain", domain).name
    hits = list(_hits(call, types, domain))
    most = _number(call, "maxResults")
    if most and len(hits) > most:
        raise ServiceError(
            "account.TOO_MANY_SEARCH_RESULTS",
            "number of results exceeded the limit: too many search results returned",
            sender=False,
        )
    response = call.response()
    if call.request.get("countOnly") in ("1", "true"):
        response.attrs["num"] = len(hits)
        return response
    _sort(call, hits)
    return _page(call, response, hits)


def _page(call: Call, response: Element, hits: list[tuple[str, Entry]]) -> Element:
    limit, offset = _number(call, "limit"), _number(call, "offset") or 0
    total = len(hits)
    if (limit is None and offset > 0) or (limit is not None and limit < 0):
        # No entries, and yet more to come (R70).
        response.attrs.update(searchTotal=total, more=True)
        return response
    if limit and not call.session.has_session and not call.server.config.is_carbonio:
        # Without a session the search itself ends at the page's end (Z2).
        total = min(total, offset + limit)
    page = hits[offset : offset + limit] if limit else hits[offset:]
    response.attrs.update(searchTotal=total, more=offset + len(page) < total and bool(page))
    # SearchAccounts does not look at attrs.
    names = wanted(call) if call.request.name == "SearchDirectoryRequest" else []
    inherited = call.request.get("applyCos", "1") not in ("0", "false")
    response.lazy = (_element(call, name, entry, names, inherited) for name, entry in page)
    return response


def _element(call: Call, name: str, entry: Entry, names: list[str], inherited: bool) -> Element:
    if name != entry.name:
        return _alias(name, entry, names)
    element = entry_element(call.directory, entry, names, inherited=inherited)
    if entry.kind == "account":
        # Wrong unless zimbraMailHost is asked for (R22).
        asked = not names or "zimbraMailHost" in names
        if call.request.name == "SearchAccountsRequest":
            asked = False
        transport = entry.first("zimbraMailTransport")
        external = not entry.first("zimbraMailHost") or not transport.startswith("lmtp:")
        attrs: dict[str, Scalar] = {"isExternal": external if asked else True}
        element.attrs = {**attrs, **element.attrs}
    return element


def _alias(name: str, entry: Entry, names: list[str]) -> Element:
    """An alias is an entry of its own, with an id of its own."""
    attrs = _alias_attributes(name, entry)
    element = Element("alias", {"targetName": entry.name, "name": name, "id": attrs["zimbraId"][0], "type": entry.kind})
    for attribute, values in attrs.items():
        if not names or attribute in names:
            for value in values:
                element.add("a", value, n=attribute)
    return element


def _hits(call: Call, types: list[str], domain: str) -> Iterator[tuple[str, Entry]]:
    """(name, entry): for an alias its own name."""
    text = call.request.value("query") or ""
    try:
        matches = compile_filter(text)
    except FilterError as problem:
        whole = f"(&(&(objectclass=zimbraAccount)(!(objectclass=zimbraCalendarResource)))({text}))"
        raise ServiceError(
            "ldap.INVALID_SEARCH_FILTER",
            f"invalid search filter - {whole}: Unable to parse string '{whole}' as an LDAP filter because there were a"
            f" {problem} found between positions 2 and {len(whole) - 2}.",
            sender=False,
        ) from None
    for kind in dict.fromkeys(_KINDS[each] for each in types if each in _KINDS):
        in_domain = domain if kind in ("account", "resource", "dl") else ""
        for entry in call.directory.all(kind, domain=in_domain):
            if kind == "domain" and domain and entry.name != domain and not entry.name.endswith(f".{domain}"):
                continue
            if _shown(types, entry) and matches(entry.attrs):
                yield entry.name, entry
    if "aliases" in types:
        for entry in call.directory.all("account", "resource", "dl"):
            for alias in call.directory.aliases(entry):
                if (not domain or alias.endswith(f"@{domain}")) and matches(_alias_attributes(alias, entry)):
                    yield alias, entry


def _shown(types: list[str], entry: Entry) -> bool:
    if entry.kind != "dl":
        return True
    dynamic = "groupOfURLs" in entry.attrs.get("objectClass", ())
    return ("dynamicgroups" if dynamic else "distributionlists") in types


def _alias_attributes(alias: str, entry: Entry) -> dict[str, list[str]]:
    return {
        "zimbraAliasTargetId": [entry.id],
        "objectClass": ["zimbraAlias"],
        "uid": [alias.partition("@")[0]],
        "zimbraCreateTimestamp": entry.attrs.get("zimbraCreateTimestamp", []),
        "zimbraId": [str(uuid.uuid5(uuid.UUID(_ALIAS_IDS), f"{entry.id} {alias}"))],
    }


def _sort(call: Call, hits: list[tuple[str, Entry]]) -> None:
    by = call.request.get("sortBy", "name")
    reverse = call.request.get("sortAscending", "1") in ("0", "false")
    if by in ("name", ""):
        hits.sort(key=lambda hit: hit[0], reverse=reverse)
    else:
        hits.sort(key=lambda hit: hit[1].first(by).casefold(), reverse=reverse)
