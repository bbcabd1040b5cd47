# Copyright (c) 2026, mailops.zimbra contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the Backup module says about a backup path and its operations (reference: zextras-cli 2.7)."""

import re
from typing import Any, Dict, List, Optional

from ansible_collections.mailops.zimbra.plugins.module_utils._errors import ParseError
from ansible_collections.mailops.zimbra.plugins.module_utils._times import iso, scan_time
from ansible_collections.mailops.zimbra.plugins.module_utils._zxsuite import Zxsuite
from ansible_collections.mailops.zimbra.plugins.module_utils._zxsuite_answer import Answer
from ansible_collections.mailops.zimbra.plugins.module_utils._zxsuite_queue import Operation
from ansible_collections.mailops.zimbra.plugins.module_utils._zxsuite_report import final_report
from ansible_collections.mailops.zimbra.plugins.module_utils._zxsuite_text import find, truth

Facts = Dict[str, Any]

_ADDRESS = re.compile(r"^[^@\s]+@[^@\s]+$")
_DOMAIN = re.compile(r"^[^@\s/]+\.[^@\s/]+$")


def gather(client: Zxsuite, what: List[str], backup_path: Optional[str], operation_id: Optional[str]) -> Facts:
    """Ask for everything in ``what``; names as documented in ``zxsuite_backup_info``."""
    facts: Facts = {}
    own = ["backup_path", backup_path] if backup_path else []
    if "state" in what:
        facts["state"] = backup_state(client.call("backup", "getBackupInfo", *own))
    if "accounts" in what:
        facts["accounts"] = addresses(client.call("backup", "getAvailableAccounts", *own))
    if "domains" in what:
        # Both parameters are positional here (reference 2.7); the path has no default.
        path = backup_path or _own_path(client)
        facts["domains"] = domains(client.call("backup", "getAvailableDomains", "last", path))
    if "operations" in what:
        facts["operations"] = [operation_facts(one) for one in client.operations()]
    if "log" in what:
        facts["log"] = [operation_facts(one) for one in client.operation_log()]
    if operation_id:
        report = final_report(client.reports(operation_id), operation_id)
        facts["report"] = dict(report._asdict(), started=iso(report.started)) if report else None
    return facts


def backup_state(answer: Answer) -> Facts:
    """When it was scanned first and last, whether it is set up at all, and everything else the platform tells."""
    told = truth(find(answer.response, "backup_initialized"))
    last = scan_time(find(answer.response, "lastScan"))
    return {
        "initialized": told if told is not None else last is not None,
        "first_scan": scan_time(find(answer.response, "firstScan")),
        "last_scan": last,
        "told": answer.response,
    }


def addresses(answer: Answer) -> List[str]:
    """Every account address in the ``accountMap``, or where there is none, anywhere in the answer."""
    found = find(answer.response, "accountMap", "accounts", "accountList")
    return sorted(set(_strings(answer.response if found is None else found, _ADDRESS)))


def domains(answer: Answer) -> List[str]:
    """Every domain in the answer."""
    found = find(answer.response, "domains", "domainList")
    return sorted(set(_strings(answer.response if found is None else found, _DOMAIN)))


def operation_facts(entry: Operation) -> Facts:
    """An operation as JSON values, times in ISO 8601."""
    return dict(entry._asdict(), queued=iso(entry.queued), started=iso(entry.started), ended=iso(entry.ended))


def _own_path(client: Zxsuite) -> str:
    info = client.call("backup", "getBackupInfo").response
    path = find(info, "backup_path", "backupPath", "destPath", "path")
    if not path:
        raise ParseError("getBackupInfo does not tell the backup path; give it as 'backup_path'.")
    return str(path)


def _strings(value: Any, pattern: Any) -> List[str]:
    if isinstance(value, dict):
        inner = [text for key, one in value.items() for text in [*_strings(str(key), pattern), *_strings(one, pattern)]]
        return inner
    if isinstance(value, list):
        return [text for one in value for text in _strings(one, pattern)]
    if isinstance(value, str):
        return [part for part in re.split(r"[,\s]+", value) if pattern.match(part)]
    return []
