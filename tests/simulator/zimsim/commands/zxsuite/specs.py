# Copyright (c) 2026, mailops.zimbra contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Commands with their parameters, per dialect, as the help pages list them (zextras-cli.md, sections 2, 4 and 5)."""

from __future__ import annotations

from dataclasses import dataclass, replace

from zimsim.backup.dialect import Dialect

BOOLEAN = "Boolean"
INTEGER = "Integer"
STRING = "String"
PATH = "Path"
EMAIL = "Email Address"
EMAILS = "Email Address[,..]"
ACCOUNT = "Account Name/ID"
DATE = "Date"


@dataclass(frozen=True)
class Parameter:
    """One line of a PARAMETER LIST; `mandatory` ones are positional."""

    name: str
    type: str = STRING
    mandatory: bool = False
    values: str = ""
    default: str = ""


@dataclass(frozen=True)
class Command:
    """A command with its parameters in order and the arguments of its usage example."""

    name: str
    parameters: tuple[Parameter, ...] = ()
    example: str = ""
    about: str = ""
    dialects: tuple[str, ...] = ("suite", "ng", "carbonio")

    @property
    def positional(self) -> tuple[Parameter, ...]:
        return tuple(parameter for parameter in self.parameters if parameter.mandatory)

    @property
    def optional(self) -> tuple[Parameter, ...]:
        return tuple(parameter for parameter in self.parameters if not parameter.mandatory)

    @property
    def is_operation(self) -> bool:
        """Starts something that runs on the server."""
        return self.name.startswith("do") and not self.name.endswith(("Service", "Operation", "Operations"))


def must(name: str, type_: str = STRING, values: str = "") -> Parameter:
    return Parameter(name, type_, True, values)


def may(name: str, type_: str = STRING, default: str = "", values: str = "") -> Parameter:
    return Parameter(name, type_, False, values or ("true|false" if type_ == BOOLEAN else ""), default)


START = must("action", values="start")
UPLOAD = may("remote_metadata_upload", BOOLEAN, "false")
BACKUP_PATH = may("backup_path", PATH)
OLD = ("suite", "ng")
NEW = ("suite", "carbonio")

SERVICES = (
    Command("getServices", about="List the services of this module"),
    Command("doStartService", (must("service_name"),), "{service}", "Start a service"),
    Command("doStopService", (must("service_name"),), "{service}", "Stop a service"),
    Command("doRestartService", (must("service_name"),), "{service}", "Restart a service"),
)
OPERATIONS = (
    Command("getAllOperations", (may("verbose", BOOLEAN, "false"),), about="Running and queued operations"),
    Command(
        "monitor",
        (must("operation_uuid", "Uuid"), may("operation_host")),
        "50f8e4a8-27b6-4a0d-b6f9-2a6b5a7c0f4f",
        "Follow an operation",
    ),
    Command("doStopOperation", (must("operation_uuid", "Uuid"),), "50f8e4a8-27b6-4a0d-b6f9-2a6b5a7c0f4f"),
    Command("doStopAllOperations", about="Stop the running operation and empty the queue"),
)
PROPERTIES = (
    Command(
        "getProperty", (must("property_name"), may("verbose", BOOLEAN, "false")), "ZxBackup_DestPath", dialects=OLD
    ),
    Command(
        "setProperty", (must("property_name"), must("property_value")), "ZxBackup_SpaceThreshold 100", dialects=OLD
    ),
)

BACKUP = (
    Command(
        "doSmartScan",
        (
            START,
            may("notifications", EMAILS),
            may("read_error_threshold", INTEGER),
            may("deep", BOOLEAN),
            UPLOAD,
            may("create_fake_blob", BOOLEAN, "false"),
        ),
        "start notifications user1@example.com,user2@example.com",
        "Perform a SmartScan",
    ),
    Command(
        "doAccountScan",
        (must("account", ACCOUNT), may("deep", BOOLEAN, "false"), may("notifications", EMAIL), UPLOAD),
        "john@example.com deep true",
        "Scan one account",
    ),
    Command(
        "doExport",
        (
            must("destination_path", PATH),
            may("domains", "Domain Name[,..]", "all"),
            may("cos", "String[,..]", "all"),
            may("notifications", EMAILS),
            may("threshold", "Long"),
            may("read_error_threshold", INTEGER),
            may("skip_items", BOOLEAN, "false"),
        ),
        "/opt/zimbra/backup/export domains example.com",
        "Export to a directory",
    ),
    Command(
        "doExternalRestore",
        (
            must("source_path", PATH),
            may("accounts", "Account Name[,..]", "all"),
            may("input_file"),
            may("domains", "Domain Name[,..]", "all"),
            may("filter_deleted", BOOLEAN, "true"),
            may("skip_system_accounts", BOOLEAN, "true"),
            may("skip_aliases", BOOLEAN, "false"),
            may("skip_distribution_lists", BOOLEAN, "false"),
            may("skip_coses", BOOLEAN, "false"),
            may("skip_account_provisioning", BOOLEAN, "false"),
            may("skip_domain_provisioning", BOOLEAN, "false"),
            may("provisioning_only", BOOLEAN, "false"),
            may("notifications", EMAIL),
            may("concurrent_accounts", INTEGER),
            may("max_file_size", INTEGER),
            may("restore_datasource", BOOLEAN, "true"),
            may("force_as_external_restore", BOOLEAN, "false"),
            may("blobs_archive"),
        ),
        "/path/to/the/export concurrent_accounts 5",
        "Restore from a backup path or an export of another server",
    ),
    Command("doCheckShares", (START,), "start", "Check the shares of all local accounts"),
    Command("doFixShares", (must("import_idmap_file"),), "map_7bf38aba-a4d3-41bc-bbd0-1a2b7c6b1c1f", "Fix shares"),
    Command(
        "doCoherencyCheck",
        (
            must("backup_path", PATH),
            may("accountIds", "String[,..]", "all"),
            may("checkZimbra", BOOLEAN, "false"),
            may("fixBackup", BOOLEAN, "false"),
            may("notifications", EMAILS),
            may("fixDoubleGzip", STRING, "skip", "skip|check|fix"),
        ),
        "/opt/zimbra/backup/zextras",
        "Check a backup path",
    ),
    Command("getBackupInfo", (BACKUP_PATH,), about="Information on a backup path"),
    Command(
        "getAvailableAccounts",
        (
            may("date", DATE, "last", '"dd/MM/yyyy HH:mm:ss"|last|all'),
            BACKUP_PATH,
            may("domains", "Domain Name[,..]", "all"),
            may("hide_deleted", BOOLEAN, "false"),
            may("hide_system_accounts", BOOLEAN, "true"),
            may("hide_existing_accounts", BOOLEAN, "false"),
            may("output_file", PATH),
            may("output_headers", "String[,..]", "", "accountMap|accountList|accountIdList|accountAndIdList"),
        ),
        "date last domains example.com",
        "Accounts in a backup path",
    ),
    Command(
        "getAvailableDomains",
        (must("date", DATE, '"dd/MM/yyyy HH:mm:ss"|last|all'), must("backup_path", PATH)),
        "last /opt/zimbra/backup/zextras",
        "Domains in a backup path",
    ),
    Command(
        "getAccountInfo",
        (
            must("account", ACCOUNT),
            BACKUP_PATH,
            may("date", DATE, "most_recent", '"dd/MM/yyyy HH:mm:ss"|most_recent|least_recent|all'),
            may("backupstats", BOOLEAN, "false"),
        ),
        "john@example.com date last",
        "What the backup knows of an account",
    ),
    Command(
        "getItem",
        (
            must("account", ACCOUNT),
            must("item", INTEGER),
            BACKUP_PATH,
            may("dump_blob", BOOLEAN, "false"),
            may("date", DATE, "last", '"dd/MM/yyyy HH:mm:ss"|last|all'),
            may("blobs_archive"),
        ),
        "a7300a00-56ec-46c3-9773-c6ef7c4f3636 1",
        "States of an item",
    ),
    Command("getMap", (must("file_path", PATH),), "/opt/zimbra/backup/zextras/map_[server_id]", "Print a map"),
    Command(
        "getServerConfig",
        (
            must("type", values="standard|customizations"),
            may("date", DATE, "last"),
            BACKUP_PATH,
            may("file", PATH),
            may("query"),
            may("verbose", BOOLEAN, "false"),
            may("colors", BOOLEAN, "false"),
        ),
        "standard query zimlets/com_zimbra_ymemoticons",
        "Saved configuration of the server",
    ),
    Command("getCOSBackupStatus", (may("cos_name", STRING, "all"),), dialects=OLD),
    *OPERATIONS,
    *PROPERTIES,
    *SERVICES,
)

STORAGE = (*OPERATIONS, *PROPERTIES, *SERVICES)

CORE = (
    Command("getVersion", about="Versions of the command line and of the server"),
    Command("getLicenseInfo", about="The licence"),
    Command("getAllServicesStatus", about="Status of all modules", dialects=("carbonio",)),
    Command("getNotification", (may("id", INTEGER),), about="Notifications"),
    Command("getOperationLog", about="Operations that ended"),
    Command("getUnfinishedOperationLog", about="Operations that were cut short"),
    Command("getAllOperations", (may("verbose", BOOLEAN, "false"),), about="Running and queued operations"),
    *SERVICES,
)

# What the NG modules of 8.8.15 document of the longer commands.
_NG_PARAMETERS = {
    "doSmartScan": ("notifications",),
    "doExport": ("destination_path", "domains", "notifications"),
    "doExternalRestore": (
        "source_path",
        "accounts",
        "domains",
        "filter_deleted",
        "skip_system_accounts",
        "skip_aliases",
        "skip_distribution_lists",
        "provisioning_only",
        "skip_coses",
        "notifications",
        "concurrent_accounts",
    ),
    "doCheckShares": (),
    "doCoherencyCheck": ("backup_path", "accounts", "checkZimbra", "fixBackup", "notifications"),
    "getAvailableAccounts": ("date", "backup_path", "domains", "hide_deleted", "hide_system_accounts"),
}


def _for_dialect(command: Command, dialect: Dialect) -> Command:
    if command.name == "getAvailableAccounts" and dialect.name == "suite":
        return replace(command, parameters=command.parameters[:-2])
    names = _NG_PARAMETERS.get(command.name) if dialect.name == "ng" else None
    if names is None:
        return command
    parameters = [
        replace(parameter, name="accounts", type=f"{ACCOUNT}[,..]") if parameter.name == "accountIds" else parameter
        for parameter in command.parameters
    ]
    example = command.example.removeprefix("start").strip() if command.example.startswith("start") else command.example
    return replace(command, parameters=tuple(p for p in parameters if p.name in names), example=example)


def modules(dialect: Dialect) -> dict[str, dict[str, Command]]:
    """Module name -> lower-case command name -> command, of one dialect."""
    table = {"backup": BACKUP, "core": CORE, dialect.storage_module: STORAGE}
    return {
        module: {
            command.name.lower(): _for_dialect(command, dialect)
            for command in commands
            if dialect.name in command.dialects
        }
        for module, commands in table.items()
    }
