#!/usr/bin/python
# Copyright (c) 2026, mailops.zimbra contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Global configuration and what belongs to the whole platform."""

from __future__ import annotations

from zimsim.model import errors
from zimsim.soap.call import Call
from zimsim.soap.element import Element
from zimsim.soap.registry import Registry

_CACHES = (
    "acl", "account", "cos", "domain", "galgroup", "grantee", "group", "ldap", "locale", "mime", "server", "skin",
    "uistrings", "license", "zimlet", "all",
)  # fmt: skip


def register(registry: Registry) -> None:
    registry.add(get_config, "GetConfig")
    registry.add(get_all_config, "GetAllConfig")
    registry.add(modify_config, "ModifyConfig")
    registry.add(flush_cache, "FlushCache")
    registry.add(get_license, "GetLicenseInfo")
    registry.add(ping, "Ping")
    registry.add(get_service_status, "GetServiceStatus")


def get_config(call: Call) -> Element:
    """Unknown and unset names are simply not there (R14)."""
    config = call.directory.config
    response = call.response()
    for child in call.request.all("a"):
        for value in config.values(child.get("n")):
            response.add("a", value, n=child.get("n"))
    return response


def get_all_config(call: Call) -> Element:
    response = call.response()
    for name, values in call.directory.config.attrs.items():
        for value in values:
            response.add("a", value, n=name)
    return response


def modify_config(call: Call) -> Element:
    call.directory.modify(call.directory.config.id, call.attributes())
    call.journal("config", attributes=sorted(call.attributes()))
    return call.response()


def flush_cache(call: Call) -> Element:
    """Nothing is cached; the request is only checked."""
    cache = call.request.find("cache")
    for kind in (cache.get("type") if cache is not None else "").split(","):
        if kind.strip().lower() not in _CACHES:
            raise errors.invalid_request(f"unknown cache type: {kind}")
    return call.response()


def get_license(call: Call) -> Element:
    response = call.response()
    response.add("expiration", "20991231", date="20991231")
    return response


def ping(call: Call) -> Element:
    return call.response()


def get_service_status(call: Call) -> Element:
    """There is no logger host, as on every server the transcripts saw."""
    raise errors.failure("zimbraLogHostname is not configured")
