# Copyright (c) 2026, mailops.zimbra contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What differs between Zextras Suite, the NG modules and Carbonio (zextras-cli.md, sections 1.1, 2 and 7)."""

from __future__ import annotations

from dataclasses import dataclass, replace


@dataclass(frozen=True)
class Dialect:
    """One command line and the words of its products."""

    name: str
    program: str
    product: str
    brand: str
    version: str
    zal_version: str
    backup_directory: str
    storage_module: str
    start_positional: bool
    config_commands: bool
    deprecated_config: bool
    property_commands: bool
    services_status: bool


SUITE = Dialect(
    name="suite",
    program="zxsuite",
    product="ZeXtras Suite",
    brand="Zextras Backup",
    version="3.20.0",
    zal_version="3.20.0",
    backup_directory="zextras",
    storage_module="powerstore",
    start_positional=True,
    config_commands=True,
    deprecated_config=True,
    property_commands=True,
    services_status=False,
)
NG = Dialect(
    name="ng",
    program="zxsuite",
    product="Zimbra NG",
    brand="NG Backup",
    version="8.8.15",
    zal_version="2.9.1",
    backup_directory="ng",
    storage_module="hsm",
    start_positional=False,
    config_commands=False,
    deprecated_config=False,
    property_commands=True,
    services_status=False,
)
CARBONIO = Dialect(
    name="carbonio",
    program="carbonio",
    product="Carbonio",
    brand="Carbonio Backup",
    version="25.9.0",
    zal_version="25.9.0",
    backup_directory="zextras",
    storage_module="powerstore",
    start_positional=True,
    config_commands=True,
    deprecated_config=False,
    property_commands=False,
    services_status=True,
)


def dialect_of(product: str, suite: str, version: str) -> Dialect:
    """The dialect of a server: `product` zimbra or carbonio, `suite` suite or ng; Carbonio is its own version."""
    if product == "carbonio":
        return replace(CARBONIO, version=version, zal_version=version)
    return NG if suite == "ng" else SUITE
