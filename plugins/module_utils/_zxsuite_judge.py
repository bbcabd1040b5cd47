# Copyright (c) 2026, mailops.zimbra contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How an operation ended, judged by what it says itself. Pure: entries and reports in, a verdict out.

``finished`` needs two witnesses that agree: the log's outcome and, for operations that always report numbers, the
statistics of the operation's own notification. Everything else is a failure that says what to look at.
"""

import re
from typing import Any, Dict, List, NamedTuple, Optional, Union

from ansible_collections.mailops.zimbra.plugins.module_utils._zxsuite_arguments import COMMANDS
from ansible_collections.mailops.zimbra.plugins.module_utils._zxsuite_queue import (
    FAILED,
    FINISHED,
    INTERRUPTED,
    REMOVED,
    STOPPED,
    UNKNOWN,
    Operation,
)
from ansible_collections.mailops.zimbra.plugins.module_utils._zxsuite_report import (
    COMPLETED,
    OTHER,
    Report,
    final_report,
    phase_report,
)

# The id is neither in the queue nor in any log.
VANISHED = "vanished"
ENDED_BADLY = (FAILED, INTERRUPTED, STOPPED, UNKNOWN, VANISHED)
# Operations whose completed notification always has statistics, and the numbers no verdict is possible without
# (reference: zextras-cli 2.1, 2.4).
_WITH_STATISTICS = {"smart_scan": (), "external_restore": ("restored_items", "unrestored_items")}
_SCAN_NEWS = (
    "new_accounts", "accounts_updated", "accounts_deleted",
    "item_updated", "item_deleted", "items_updated", "items_deleted", "new_metadata", "new_files",
)  # fmt: skip
_LOOK_AT = "Look at 'core getNotification', 'core getOperationLog' and log/mailbox.log on the server."


class Verdict(NamedTuple):
    """``state``: finished, failed, interrupted, stopped, unknown or vanished.

    ``settled``: false when the server may just not have written down the end yet; look again before believing it.
    ``statistics`` and ``provisioning`` (an import's first phase): labels in snake case to numbers or text.
    """

    state: str
    settled: bool
    message: str
    changed: bool
    started: Optional[float]
    ended: Optional[float]
    statistics: Dict[str, Union[int, str]]
    provisioning: Dict[str, Union[int, str]]
    unrestored: Dict[str, List[str]]
    warnings: List[str]


def judge(
    operation: str,
    operation_id: str,
    parameters: Dict[str, Any],
    logged: Optional[Operation],
    cut_short: Optional[Operation],
    reports: List[Report],
) -> Verdict:
    """The verdict on an operation that is in the queue no more.

    ``logged``: its entry in the operation log. ``cut_short``: its entry among the unfinished ones. ``reports``: its
    own notifications. ``parameters``: what it was started with, for thresholds.
    """
    title = f"{COMMANDS[operation].title} {operation_id}"
    report = final_report(reports, operation_id)
    phase = phase_report(reports, operation_id)
    state, settled, message = _state(operation, title, logged, cut_short, report)
    statistics = report.statistics if report else {}
    provisioning = phase.statistics if phase else {}
    started, ended = _span(logged or cut_short, report)
    return Verdict(
        state=state,
        settled=settled,
        message=message,
        changed=state == FINISHED and _changed(operation, parameters, statistics, provisioning),
        started=started,
        ended=ended,
        statistics=statistics,
        provisioning=provisioning,
        unrestored=report.unrestored if report else {},
        warnings=_warnings(operation, statistics),
    )


def _state(
    operation: str,
    title: str,
    logged: Optional[Operation],
    cut_short: Optional[Operation],
    report: Optional[Report],
) -> Any:
    said = report.event if report else None
    if said == INTERRUPTED or (logged and logged.state == INTERRUPTED) or (logged is None and cut_short):
        text = "was interrupted: mailboxd ended or was restarted while it ran. Run it again, it goes on where it was."
        return INTERRUPTED, True, f"{title} {text}"
    if logged is None:
        text = "is neither in the queue nor in the operation log: its end is unknown"
        return VANISHED, False, f"{title} {text}. {_LOOK_AT}"
    if said == FAILED or logged.state == FAILED:
        return FAILED, True, f"{title} failed: {_reason(report)}. {_LOOK_AT}"
    if logged.state == REMOVED:
        return STOPPED, True, f"{title} was removed from the queue before it ran. Run it again."
    if said == STOPPED or logged.state == STOPPED:
        return STOPPED, True, f"{title} was stopped by somebody. Find out why before it is run again."
    if logged.state != FINISHED and said != COMPLETED:
        return UNKNOWN, False, f"{title} is over, but the server does not say how it ended. {_LOOK_AT}"
    return _finished(operation, title, report)


def _finished(operation: str, title: str, report: Optional[Report]) -> Any:
    statistics = report.statistics if report else {}
    if operation in _WITH_STATISTICS and not (statistics and report and report.event in (COMPLETED, OTHER)):
        return UNKNOWN, False, f"{title} is logged as finished, but its own report is not to be found. {_LOOK_AT}"
    missing = [name for name in _WITH_STATISTICS.get(operation, ()) if not isinstance(statistics.get(name), int)]
    if missing:
        return UNKNOWN, False, f"{title}: its report has no number for {', '.join(missing)}. {_LOOK_AT}"
    count = statistics.get("unrestored_items", 0)
    lost = count if isinstance(count, int) else 0
    listed = sum(len(ids) for ids in report.unrestored.values()) if report else 0
    if lost or listed:
        names = ", ".join(sorted(report.unrestored)[:5]) if report else ""
        where = f" of {names}" if names else ""
        return (
            FAILED,
            True,
            f"{title} ended with {max(lost, listed)} unrestored item(s){where}: 'unrestored' lists them. Either the "
            "service user cannot read them (owner and permissions of the imported directory), or they are broken, or "
            "the LMTP validator refuses them: then 'zmlocalconfig -e zimbra_lmtp_validate_messages=false' for the "
            "import, and back to true after it. Run it again when the cause is gone: what is restored is skipped.",
        )
    return FINISHED, True, f"{title} finished."


def _reason(report: Optional[Report]) -> str:
    if report is None:
        return "the operation log says Exception"
    line = re.search(r"^\s*((?:[\w.$]*Exception|Error|Cause)\b.*)$", report.text, re.MULTILINE)
    return line.group(1).strip() if line else report.subject or "its report gives no reason"


def _changed(
    operation: str,
    parameters: Dict[str, Any],
    statistics: Dict[str, Union[int, str]],
    provisioning: Dict[str, Union[int, str]],
) -> bool:
    if operation in ("smart_scan", "account_scan"):
        known = [name for name in _SCAN_NEWS if name in statistics]
        return not known or any(_positive(statistics[name]) for name in known)
    if operation == "external_restore":
        created = [value for name, value in {**statistics, **provisioning}.items() if re.search(r"created|new_", name)]
        return _positive(statistics.get("restored_items")) or any(_positive(value) for value in created)
    if operation == "coherency_check":
        return bool(parameters.get("fix_backup") or parameters.get("fix_double_gzip") == "fix")
    if operation == "fix_shares":
        fixed = [value for name, value in statistics.items() if "fixed" in name]
        return not fixed or any(_positive(value) for value in fixed)
    return operation != "check_shares"


def _positive(value: Any) -> bool:
    return isinstance(value, int) and value > 0


def _warnings(operation: str, statistics: Dict[str, Union[int, str]]) -> List[str]:
    if operation == "external_restore":
        # What an import skips it has restored before: normal from the second run on.
        return []
    said = {
        "io_read_exception": "read error(s): items with missing or unreadable blobs are not in the backup",
        "skipped_items": "item(s) skipped",
        "num_skipped_files": "file(s) skipped",
        "broken_shares": "broken share(s) found",
    }
    return [f"{statistics[name]} {text}" for name, text in said.items() if _positive(statistics.get(name))]


def _span(entry: Optional[Operation], report: Optional[Report]) -> Any:
    started = entry.started if entry and entry.started else None
    if started is None and report:
        started = report.started
    ended = entry.ended if entry and entry.ended else None
    if ended is None and started is not None and report and report.duration is not None:
        ended = started + report.duration
    return started, ended
