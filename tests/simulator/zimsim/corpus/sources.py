#!/usr/bin/python
# Copyright (c) 2026, mailops.zimbra contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Where the real messages, calendars and cards come from: pinned packages of public registries.

Nothing of it is part of this repository; ``zimsim.corpus.fetch`` brings it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

MAIL = "mail"
CALENDAR = "calendar"
CARD = "card"
KINDS = (MAIL, CALENDAR, CARD)

# A compound document of an office program, not a message in the sense of RFC 5322.
_OLE_MAGIC = b"\xd0\xcf\x11\xe0"


@dataclass(frozen=True)
class PythonSource:
    """The source distribution of a Python package; its digest is pinned."""

    name: str
    version: str
    sha256: str
    licence: str
    classify: Callable[[str, bytes], str | None]


@dataclass(frozen=True)
class DebianSource:
    """A Debian package, in whatever version the release offers: the archive keeps no older one.

    ``packages`` are the names it has in different releases; the first one that can be had is taken.
    """

    name: str
    packages: tuple[str, ...]
    licence: str
    classify: Callable[[str, bytes], str | None]


def _mail_parser(path: str, data: bytes) -> str | None:
    return MAIL if "/tests/mails/" in path and not data.startswith(_OLE_MAGIC) else None


def _icalendar(path: str, data: bytes) -> str | None:
    return CALENDAR if path.endswith(".ics") and "/tests/" in path else None


def _vobject(path: str, data: bytes) -> str | None:
    if "/test_files/" not in path or not path.endswith(".ics"):
        return None
    return CARD if b"BEGIN:VCARD" in data.upper() else CALENDAR


def _python_testsuite(path: str, data: bytes) -> str | None:
    name = path.rsplit("/", 1)[-1]
    return MAIL if "/test_email/data/" in path and name.startswith("msg_") else None


PYTHON_SOURCES = (
    PythonSource(
        "mail-parser",
        "4.8.0",
        "602e659b159652d378b0f9cce2d682bee692bedae72687786e2b2e52eaeb9afc",
        "Apache-2.0",
        _mail_parser,
    ),
    PythonSource(
        "icalendar",
        "7.3.2",
        "f15380927aed4318860e001c03b543c48578c73aec46e2d384c5d0802082b808",
        "BSD-2-Clause",
        _icalendar,
    ),
    PythonSource(
        "vobject",
        "0.9.7",
        "ab727bf81de88984ada5c11f066f1e1649903d3e3d7ec91f1ce968172afd5256",
        "Apache-2.0",
        _vobject,
    ),
)

DEBIAN_SOURCES = (
    DebianSource(
        "python-testsuite", ("libpython3.11-testsuite", "libpython3.13-testsuite"), "PSF-2.0", _python_testsuite
    ),
)
