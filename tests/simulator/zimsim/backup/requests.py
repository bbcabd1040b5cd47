# Copyright (c) 2026, mailops.zimbra contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""From the parameters of a `do*` command to a job: what is checked before it is queued, what is noted of it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from zimsim.backup.coherency import CoherencyCheck, check_path
from zimsim.backup.context import OperationContext
from zimsim.backup.errors import InvalidPath, InvalidValue, NoSuchAccount
from zimsim.backup.export import Export, check_destination
from zimsim.backup.layout import Layout
from zimsim.backup.localconfig import read_localconfig
from zimsim.backup.progress import CoherencyProgress, Progress, RestoreProgress, ScanProgress, SharesProgress
from zimsim.backup.queue import Body, Job
from zimsim.backup.records import Operation
from zimsim.backup.restore import ExternalRestore
from zimsim.backup.restoreoptions import RestoreOptions
from zimsim.backup.scanner import ScanOptions
from zimsim.backup.serverdata import read_backupstat
from zimsim.backup.shares import ShareRun, find_map
from zimsim.backup.smartscan import AccountScan, SmartScan
from zimsim.backup.source import check_source

if TYPE_CHECKING:
    from zimsim.backup.service import BackupModule

Values = Mapping[str, str]
Request = Callable[["BackupModule", Values, str], Job]
LDAP_WARNING = "Unable to backup LDAP config schema: missing `ldap_root_password` in localconfig."


def is_true(values: Values, name: str, default: bool = False) -> bool:
    """A Boolean parameter in any case."""
    return values[name].lower() == "true" if name in values else default


def listed(values: Values, name: str) -> list[str]:
    """A list parameter; `all` and nothing mean no restriction."""
    text = values.get(name, "")
    return [] if text.lower() in ("", "all") else [word for word in text.split(",") if word]


def number(values: Values, name: str) -> int | None:
    """An Integer parameter, None when it was not given."""
    return int(values[name]) if values.get(name) else None


def _job(
    module: BackupModule, name: str, described: str, values: Values, origin: str, progress: Progress, body: Body,
    **parameters: Any,
) -> Job:  # fmt: skip
    everything: dict[str, Any] = {
        "requesterAddress": "zimbra",
        "additionalNotificationAddresses": listed(values, "notifications"),
        "origin": origin,
        **parameters,
    }
    operation = Operation("ZxBackup", name, described, module.host, module.server_id, everything)
    return Job(operation, progress, body)


def smart_scan(module: BackupModule, values: Values, origin: str = "ZxLink") -> Job:
    """doSmartScan: the first one initialises the backup path."""
    layout, recipients = module.layout, values.get("notifications", "")
    progress = ScanProgress(backup_path=layout.root, recipients=recipients)
    deep, fake = is_true(values, "deep"), is_true(values, "create_fake_blob")
    options = ScanOptions(deep, fake, number(values, "read_error_threshold"))
    scan = SmartScan(module.store, layout, progress, options, module.path_lock, module.mail_version, module.home)

    def body(context: OperationContext) -> None:
        scan.run(context)
        wants_dump = module.properties.true("ldapDumpEnabled")
        if wants_dump and not read_localconfig(module.home).get("ldap_root_password"):
            module.notifier.warning(context.operation, LDAP_WARNING)

    return _job(module, "SmartScan", "Smart Scan", values, origin, progress, body, isDeep=deep, createFakeBlob=fake)


def account_scan(module: BackupModule, values: Values, origin: str = "ZxLink") -> Job:
    """doAccountScan. Raises NoSuchAccount."""
    if module.store.directory.find("account", values["account"]) is None:
        raise NoSuchAccount("no such account: {account}", account=values["account"])
    layout, deep = module.layout, is_true(values, "deep")
    progress = ScanProgress(backup_path=layout.root, recipients=values.get("notifications", ""))
    scan = AccountScan(
        module.store, layout, progress, ScanOptions(deep), module.path_lock, module.mail_version, values["account"]
    )
    return _job(
        module,
        "AccountScan",
        "Account Scan",
        values,
        origin,
        progress,
        scan.run,
        account=values["account"],
        isDeep=deep,
    )


def export(module: BackupModule, values: Values, origin: str = "ZxLink") -> Job:
    """doExport. Raises InvalidPath."""
    path = values["destination_path"]
    check_destination(path, module.layout.root, module.switches.export_into_non_empty)
    domains = [name.lower() for name in listed(values, "domains")]
    for name in domains:
        if module.store.directory.find("domain", name) is None:
            raise InvalidValue("no such domain: {domain}", domain=name)
    progress = ScanProgress(backup_path=path, recipients=values.get("notifications", ""))
    run = Export(
        module.store,
        Path(path),
        progress,
        module.mail_version,
        domains,
        listed(values, "cos"),
        number(values, "threshold"),
        number(values, "read_error_threshold"),
        is_true(values, "skip_items"),
    )
    return _job(module, "Export", "Export", values, origin, progress, run.run, destinationPath=path, domains=domains)


def _input_file(path: str) -> list[str]:
    try:
        lines = Path(path).read_text().splitlines()
    except OSError as error:
        raise InvalidPath("unable to read {path}: {cause}", path=path, cause=str(error)) from error
    return [line.strip() for line in lines if line.strip()]


def external_restore(module: BackupModule, values: Values, origin: str = "ZxLink") -> Job:
    """doExternalRestore. Raises InvalidPath, InvalidValue."""
    path, switches = values["source_path"], module.switches
    check_source(path, module.layout.root, switches.restore_from_parent)
    source_server = read_backupstat(Layout(path)).get("serverId")
    if source_server == module.server_id and not is_true(values, "force_as_external_restore"):
        raise InvalidPath("the path {path} is a backup of this server", path=path)
    if values.get("blobs_archive"):
        raise InvalidValue("no such archive: {archive}", archive=values["blobs_archive"])
    accounts = listed(values, "accounts")
    if values.get("input_file"):
        accounts += _input_file(values["input_file"])
    domains = [name.lower() for name in listed(values, "domains")]
    local = read_localconfig(module.home)
    size = number(values, "max_file_size")
    options = RestoreOptions(
        accounts=[name.lower() for name in accounts],
        domains=domains,
        filter_deleted=is_true(values, "filter_deleted", True),
        skip_system_accounts=is_true(values, "skip_system_accounts", True),
        skip_aliases=is_true(values, "skip_aliases"),
        skip_distribution_lists=is_true(values, "skip_distribution_lists"),
        skip_coses=is_true(values, "skip_coses"),
        skip_account_provisioning=is_true(values, "skip_account_provisioning"),
        skip_domain_provisioning=is_true(values, "skip_domain_provisioning"),
        provisioning_only=is_true(values, "provisioning_only"),
        max_file_bytes=size * switches.max_file_size_unit if size is not None else None,
        validate_messages=local.get("zimbra_lmtp_validate_messages", "true").lower() != "false",
        max_line_length=int(local.get("zimbra_lmtp_max_line_length") or 10240),
    )
    progress = RestoreProgress()
    restore = ExternalRestore(module.store, path, module.layout, options, progress, module.notifier, switches)
    return _job(
        module,
        "ExternalRestore",
        "External Restore",
        values,
        origin,
        progress,
        restore.run,
        sourcePath=path,
        accounts=options.accounts,
        domains=domains,
        filterDeleted=options.filter_deleted,
        skipSystemAccounts=options.skip_system_accounts,
        provisioningOnly=options.provisioning_only,
        concurrentAccounts=number(values, "concurrent_accounts") or 1,
    )


def check_shares(module: BackupModule, values: Values, origin: str = "ZxLink") -> Job:
    """doCheckShares."""
    progress = SharesProgress()
    run = ShareRun(module.store, module.layout, progress)
    return _job(module, "CheckShares", "Check Shares", values, origin, progress, run.run)


def fix_shares(module: BackupModule, values: Values, origin: str = "ZxLink") -> Job:
    """doFixShares. Raises InvalidPath when the map is not there."""
    progress, path = SharesProgress(), find_map(module.layout, values["import_idmap_file"])
    if not Path(path).is_file():
        raise InvalidPath("map file {path} does not exist", path=path)
    run = ShareRun(module.store, module.layout, progress, path)
    return _job(module, "FixShares", "Fix Shares", values, origin, progress, run.run, importIdMapFile=path)


def coherency_check(module: BackupModule, values: Values, origin: str = "ZxLink") -> Job:
    """doCoherencyCheck. Raises InvalidPath."""
    path = values["backup_path"]
    check_path(path)
    progress = CoherencyProgress()
    run = CoherencyCheck(
        module.store,
        path,
        progress,
        listed(values, "accountIds") or listed(values, "accounts"),
        is_true(values, "fixBackup"),
        is_true(values, "checkZimbra"),
        values.get("fixDoubleGzip", "skip"),
    )
    return _job(module, "CoherencyCheck", "Coherency Check", values, origin, progress, run.run, backupPath=path)


REQUESTS: dict[str, Request] = {
    "doSmartScan": smart_scan,
    "doAccountScan": account_scan,
    "doExport": export,
    "doExternalRestore": external_restore,
    "doCheckShares": check_shares,
    "doFixShares": fix_shares,
    "doCoherencyCheck": coherency_check,
}
