#!/usr/bin/python
# Copyright (c) 2026, mailops.zimbra contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Names of the directory: addresses and domains as they are stored (ASCII, lower case) and as they are shown (R29)."""

from __future__ import annotations

import re

from zimsim.model import errors

_ADDRESS = re.compile(r"[^@\s]+@[^@\s]+\Z")
_DOMAIN = re.compile(r"[a-z0-9_]([a-z0-9_-]*[a-z0-9_])?(\.[a-z0-9_]([a-z0-9_-]*[a-z0-9_])?)*\Z")
_UUID = re.compile(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}\Z")


def is_address(text: str) -> bool:
    return bool(_ADDRESS.match(text))


def is_domain(text: str) -> bool:
    return bool(_DOMAIN.match(text))


def is_uuid(text: str) -> bool:
    return bool(_UUID.match(text))


def to_ascii(name: str) -> str:
    """A domain or address with its domain in punycode, lower case (R29)."""
    local, at, domain = name.rpartition("@")
    try:
        domain = domain.encode("idna").decode("ascii") if not domain.isascii() else domain
    except UnicodeError:
        raise errors.invalid_request(f"invalid domain name {domain}") from None
    return f"{local}{at}{domain}".lower()


def to_unicode(name: str) -> str:
    """The form answers show (R29)."""
    if "xn--" not in name:
        return name
    local, at, domain = name.rpartition("@")
    return f"{local}{at}{domain.encode('ascii').decode('idna')}"
