# Copyright (c) 2026, mailops.zimbra contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Attributes of the server and of the infrastructure that `config` and `getProperty` read and write (section 2.8)."""

from __future__ import annotations

import json
import os
from dataclasses import dataclass
from pathlib import Path

from zimsim.backup.database import Database
from zimsim.backup.errors import InvalidPath, InvalidValue
from zimsim.backup.layout import Layout
from zimsim.backup.serverdata import read_backupstat

BOOLEAN, INTEGER, TEXT, JSON, PATH = "boolean", "integer", "text", "json", "path"
SCAN_SCHEDULE = '{"cron-pattern":"0 4 * * *","cron-enabled":true}'
PURGE_SCHEDULE = '{"cron-pattern":"0 3 * * *","cron-enabled":true}'


@dataclass(frozen=True)
class Attribute:
    """A known attribute with its kind of value, default and module."""

    name: str
    kind: str
    default: str
    module: str = "ZxBackup"


ATTRIBUTES = (
    Attribute("ZxBackup_DestPath", PATH, ""),
    Attribute("ZxBackup_RealTimeScanner", BOOLEAN, "TRUE"),
    Attribute("ZxBackup_ModuleEnabledAtStartup", BOOLEAN, "TRUE"),
    Attribute("ZxBackup_DoSmartScanOnStartup", BOOLEAN, "FALSE"),
    Attribute("ZxBackup_SpaceThreshold", INTEGER, "512"),
    Attribute("ZxBackup_DataRetentionDays", INTEGER, "30"),
    Attribute("ZxBackup_BackupCustomizations", BOOLEAN, "TRUE"),
    Attribute("ZxBackup_PurgeCustomizations", BOOLEAN, "TRUE"),
    Attribute("backupAccountsRetentionDays", INTEGER, "30"),
    Attribute("backupSmartScanScheduler", JSON, SCAN_SCHEDULE),
    Attribute("backupPurgeScheduler", JSON, PURGE_SCHEDULE),
    Attribute("ldapDumpEnabled", BOOLEAN, "TRUE"),
    Attribute("backupNumberThreadsForItems", INTEGER, "12"),
    Attribute("backupNumberThreadsForAccounts", INTEGER, "1"),
    Attribute("backupCompressionLevel", INTEGER, "4"),
    Attribute("backupBloblessMode", BOOLEAN, "FALSE"),
    Attribute("backupSkipDLAndDynamicGroups", BOOLEAN, "FALSE"),
    Attribute("backupArchivingStore", TEXT, ""),
    Attribute("backupEnabled", BOOLEAN, "TRUE"),
    Attribute("ZxCore_LogLevel", INTEGER, "1", "ZxCore"),
    Attribute("ZxPowerstore_ModuleEnabledAtStartup", BOOLEAN, "TRUE", "ZxPowerstore"),
)
_BY_NAME = {attribute.name.lower(): attribute for attribute in ATTRIBUTES}
SERVER, GLOBAL = "server", "global"


class UnknownAttribute(InvalidValue):
    """No module has an attribute of this name."""

    code = "UNKNOWN_ATTRIBUTE"


@dataclass(frozen=True)
class Value:
    """A value as it is in force; `inherited` when it comes from the infrastructure or is the default."""

    attribute: Attribute
    text: str
    inherited: bool

    @property
    def plain(self) -> str | bool | int:
        """For JSON: booleans and numbers as such."""
        if self.attribute.kind == BOOLEAN:
            return self.text == "TRUE"
        if self.attribute.kind == INTEGER:
            return int(self.text)
        return self.text


def find(name: str) -> Attribute:
    """Names are case-insensitive. Raises UnknownAttribute."""
    try:
        return _BY_NAME[name.lower()]
    except KeyError:
        raise UnknownAttribute("unknown attribute {name}", name=name) from None


class Properties:
    """Reads and writes values of this server and of the infrastructure; a server's value wins."""

    def __init__(self, database: Database, backup_path: Path, server_id: str, scan_on_startup: bool) -> None:
        self._database = database
        self._server_id = server_id
        self._defaults = {
            "ZxBackup_DestPath": os.fspath(backup_path),
            "ZxBackup_DoSmartScanOnStartup": "TRUE" if scan_on_startup else "FALSE",
        }

    def get(self, name: str, scope: str = SERVER) -> Value:
        """Raises UnknownAttribute."""
        attribute = find(name)
        own = self._database.property(scope, attribute.name)
        if own is not None:
            return Value(attribute, own, False)
        inherited = self._database.property(GLOBAL, attribute.name) if scope == SERVER else None
        default = self._defaults.get(attribute.name, attribute.default)
        return Value(attribute, inherited if inherited is not None else default, True)

    def all(self, scope: str = SERVER) -> list[Value]:
        return [self.get(attribute.name, scope) for attribute in ATTRIBUTES]

    def true(self, name: str) -> bool:
        return self.get(name).text == "TRUE"

    def set(self, name: str, text: str, scope: str = SERVER) -> Value:
        """Raises UnknownAttribute, InvalidValue, InvalidPath (a backup path that belongs to another server)."""
        attribute = find(name)
        value = self._checked(attribute, text)
        self._database.set_property(scope, attribute.name, value)
        return Value(attribute, value, False)

    def unset(self, name: str, scope: str = SERVER) -> None:
        """Go back to what is inherited. Raises UnknownAttribute."""
        self._database.set_property(scope, find(name).name, None)

    def _checked(self, attribute: Attribute, text: str) -> str:
        if attribute.kind == BOOLEAN:
            if text.upper() not in ("TRUE", "FALSE"):
                raise InvalidValue("{name} must be TRUE or FALSE", name=attribute.name)
            return text.upper()
        if attribute.kind == INTEGER and not text.isdigit():
            raise InvalidValue("{name} must be a number", name=attribute.name)
        if attribute.kind == JSON:
            try:
                json.loads(text)
            except ValueError:
                raise InvalidValue("{name} must be JSON", name=attribute.name) from None
        if attribute.kind == PATH:
            self._check_path(text)
        return text

    def _check_path(self, path: str) -> None:
        if not os.path.isdir(path) or not os.access(path, os.R_OK | os.W_OK | os.X_OK):
            raise InvalidPath("the path {path} is no directory the server can read and write", path=path)
        owner = read_backupstat(Layout(path)).get("serverId", self._server_id)
        if owner != self._server_id:
            raise InvalidPath("the backup path {path} belongs to the server {server}", path=path, server=str(owner))
