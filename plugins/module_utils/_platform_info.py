# Copyright (c) 2026, mailops.zimbra contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Everything a migration must know of one server, gathered part by part.

A part that cannot be read does not stop the others: it is ``None`` and named in ``problems``.
"""

from typing import Any, Callable, Dict, List, NamedTuple, Optional

from ansible_collections.mailops.zimbra.plugins.module_utils import _filesystem
from ansible_collections.mailops.zimbra.plugins.module_utils._dialect import CARBONIO, NG
from ansible_collections.mailops.zimbra.plugins.module_utils._errors import MailopsError
from ansible_collections.mailops.zimbra.plugins.module_utils._platform import (
    Platform,
    localconfig,
    read_version,
    zmprov_attributes,
    zmprov_lines,
    zxsuite_client,
)
from ansible_collections.mailops.zimbra.plugins.module_utils._runner import Runner
from ansible_collections.mailops.zimbra.plugins.module_utils._times import scan_time
from ansible_collections.mailops.zimbra.plugins.module_utils._zxsuite import Zxsuite
from ansible_collections.mailops.zimbra.plugins.module_utils._zxsuite_answer import Answer
from ansible_collections.mailops.zimbra.plugins.module_utils._zxsuite_text import find, number, truth

# COS notes with this marker keep its accounts out of the backup (reference: zextras-cli 2.8).
COS_MARKER = "${ZxBackup_Disabled}"
_HOST_KEYS = ["zimbra_server_hostname", "zimbra_zmprov_default_soap_server", "zimbra_admin_service_port"]
Facts = Dict[str, Any]


class Wish(NamedTuple):
    """``paths``: directories whose room is to be told, too. ``may_write``: false in check mode."""

    paths: List[str]
    may_write: bool
    timeout: float


class _Parts:
    """Collects parts and what went wrong with them."""

    def __init__(self) -> None:
        self.problems: List[Facts] = []

    def read(self, what: str, reader: Callable[[], Any]) -> Any:
        try:
            return reader()
        except MailopsError as error:
            self.problems.append({"what": what, "error": type(error).__name__, "message": error.message})
            return None


def gather(platform: Platform, runner: Runner, wish: Wish) -> Facts:
    """All facts; see the RETURN documentation of ``zimbra_platform_info`` for their names."""
    parts = _Parts()
    version = parts.read("version", lambda: read_version(runner, platform))
    names = parts.read("localconfig", lambda: localconfig(runner, platform, _HOST_KEYS)) or {}
    host = names.get("zimbra_server_hostname")
    entry = ["gs", str(host), "zimbraId"]
    server = parts.read("server entry", lambda: zmprov_attributes(runner, platform, entry)) or {}
    port = names.get("zimbra_admin_service_port")
    facts: Facts = {
        "product": platform.product,
        "home": platform.home,
        "service_user": platform.service_user,
        "dialect": platform.dialect,
        "zxsuite": platform.zxsuite,
        "storage_module": None,
        "version": {
            "text": version.text,
            "number": ".".join(str(one) for one in version.number),
            "edition": version.edition,
            "patch": version.patch,
        }
        if version
        else None,
        "hostname": host,
        "admin_host": names.get("zimbra_zmprov_default_soap_server") or host,
        "admin_port": int(port) if port and port.isdigit() else 7071,
        "server_id": (server.get("zimbraId") or [None])[0],
        "mailboxes": parts.read("mailboxes", lambda: mailboxes(zmprov_lines(runner, platform, ["gqu", str(host)]))),
        "excluded_coses": None,
        "suite": None,
        "licence": None,
        "services": None,
        "operations": None,
        "backup": None,
    }
    client = parts.read("zxsuite", lambda: zxsuite_client(platform, runner, wish.timeout))
    if client is not None:
        storage = parts.read("storage module", client.storage_module)
        facts["storage_module"] = storage
        # What the command line itself has says more than the edition it came with.
        facts["dialect"] = NG if storage == "hsm" else platform.dialect
    if client is not None and host:
        facts.update(_suite_facts(parts, client, host))
        facts["excluded_coses"] = parts.read("classes of service", lambda: excluded_coses(platform, runner, client))
    facts["spaces"] = _spaces(platform, facts["backup"], wish)
    facts["problems"] = parts.problems
    return facts


def mailboxes(lines: List[str]) -> Facts:
    """``{"count", "bytes"}`` of the lines of ``zmprov gqu``: address, limit, used."""
    used = [number(line.split()[-1]) for line in lines if len(line.split()) >= 3]
    sizes = [one for one in used if one is not None]
    return {"count": len(sizes), "bytes": sum(sizes)}


def excluded_coses(platform: Platform, runner: Runner, client: Zxsuite) -> List[str]:
    """Classes of service whose accounts the backup leaves out (F14)."""
    names = zmprov_lines(runner, platform, ["-l", "gac"])
    if client.dialect == CARBONIO:
        return [name for name in names if _carbonio_excludes(client, name)]
    excluded = []
    for name in names:
        notes = zmprov_attributes(runner, platform, ["gc", name, "zimbraNotes"]).get("zimbraNotes", [])
        if any(COS_MARKER in note for note in notes):
            excluded.append(name)
    return excluded


def licence(answer: Answer) -> Facts:
    """The licence as the platform tells it; ``expired`` is ``None`` when it does not say."""
    response = answer.response
    return {
        "expired": truth(find(response, "expired")),
        "starts": _scalar(find(response, "dateStart")),
        "ends": _scalar(find(response, "dateEnd")),
        "licensed_users": number(find(response, "licensedUsers")),
        "accounts": number(find(response, "accountCount")),
        "order_id": _scalar(find(response, "order_id")),
    }


def suite_version(answer: Answer) -> Facts:
    """Version of the modules: what the server runs, and what the command line is (they differ after a bare update)."""
    response = answer.response
    cli = find(response, "zextras_version", "cli_version")
    section = find(response, "server versions", "serverVersions", "server")
    server = find(section, "version") if isinstance(section, dict) else None
    return {
        "version": _scalar(server or find(response, "version") or cli),
        "cli_version": _scalar(cli),
        "product": _scalar(find(response, "product")),
    }


def _suite_facts(parts: _Parts, client: Zxsuite, host: str) -> Facts:
    facts: Facts = {
        # Carbonio has no such command any more: its version is the product's.
        "suite": None
        if client.dialect == CARBONIO
        else parts.read("suite version", lambda: suite_version(client.call("core", "getVersion"))),
        "licence": parts.read("licence", lambda: licence(client.call("core", "getLicenseInfo"))),
        "services": parts.read("services", client.services),
    }
    operations = parts.read("operations", client.all_operations)
    facts["operations"] = (
        None
        if operations is None
        else [{"id": one.id, "name": one.name, "kind": one.kind, "state": one.state} for one in operations]
    )

    def prop(name: str) -> Any:
        return parts.read(f"property {name}", lambda: client.get_property(host, name))

    info = parts.read("backup info", lambda: client.call("backup", "getBackupInfo").response)
    first, last = scan_time(find(info, "firstScan")), scan_time(find(info, "lastScan"))
    told = truth(find(info, "backup_initialized")) if info is not None else None
    facts["backup"] = {
        "path": prop("ZxBackup_DestPath"),
        "realtime_scanner": truth(prop("ZxBackup_RealTimeScanner")),
        "blobless": truth(prop("backupBloblessMode")),
        "archive": prop("backupArchivingStore"),
        "initialized": (told if told is not None else last is not None) if info is not None else None,
        "first_scan": first,
        "last_scan": last,
    }
    return facts


def _spaces(platform: Platform, backup: Optional[Facts], wish: Wish) -> List[Facts]:
    mounts = _filesystem.read_mounts()
    wanted = [("store", f"{platform.home}/store"), ("redolog", f"{platform.home}/redolog")]
    if backup and backup["path"]:
        wanted.append(("backup", backup["path"]))
    wanted += [("path", path) for path in wish.paths]
    return [dict(_filesystem.describe(path, mounts, wish.may_write), role=role) for role, path in wanted]


def _carbonio_excludes(client: Zxsuite, cos: str) -> bool:
    answer = client.call("config", "get", "cos", cos, "backupEnabled")
    return truth(find(answer.response, "value", "backupEnabled")) is False


def _scalar(value: Any) -> Optional[str]:
    return None if value is None or isinstance(value, (dict, list)) else str(value)
