# Copyright (c) 2026, mailops.zimbra contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Operations as the queue and the log list them: ids, states, what an operation was started with.

Sources: reference zextras-cli 1.3 (where an id appears), 1.4 (states), 1.6 (shapes of the lists).
"""

import re
from typing import Any, Dict, List, NamedTuple, Optional

from ansible_collections.mailops.zimbra.plugins.module_utils._zxsuite_answer import Answer
from ansible_collections.mailops.zimbra.plugins.module_utils._zxsuite_text import number, plain_key, walk

UUID = re.compile(r"\b[0-9a-fA-F]{8}-(?:[0-9a-fA-F]{4}-){3}[0-9a-fA-F]{12}\b")

QUEUED = "queued"
RUNNING = "running"
STOPPING = "stopping"
FINISHED = "finished"
FAILED = "failed"
STOPPED = "stopped"
REMOVED = "removed"
INTERRUPTED = "interrupted"
UNKNOWN = "unknown"
ALIVE = (QUEUED, RUNNING, STOPPING)

# Names by what they mean. Only SmartScan's spelling is confirmed (`SmartScan`, `Smart Scan`); the others are what
# their command is called, with and without `do`.
NAMES = {
    "smart_scan": ("smartscan",),
    "export": ("export", "backupexport", "exportbackup"),
    "external_restore": ("externalrestore",),
    "account_scan": ("accountscan",),
    "check_shares": ("checkshares", "sharescheck"),
    "fix_shares": ("fixshares", "sharesfix"),
    "coherency_check": ("coherencycheck", "backupcoherencycheck"),
}


class Operation(NamedTuple):
    """One entry of the queue or of the log. Times are seconds since the epoch, ``None`` where not told."""

    id: str
    name: str
    kind: Optional[str]
    state: str
    queued: Optional[float]
    started: Optional[float]
    ended: Optional[float]
    host: Optional[str]
    parameters: Dict[str, Any]


def find_operation_id(response: Any) -> Optional[str]:
    """The id in the answer of a ``do*`` command, by its key or by the monitor command; ``None`` without either."""
    for wanted in (("operationid", "operationuuid"), ("monitorcommand",)):
        for dictionary in walk(response):
            for key, value in dictionary.items():
                found = find_uuids(str(value)) if plain_key(str(key)) in wanted else []
                if found:
                    return found[-1]
    return None


def find_uuids(text: str) -> List[str]:
    """All UUIDs in a text, in order, in lower case. Which of them is an operation's, the queue knows."""
    return [str(one).lower() for one in UUID.findall(text)]


def read_operations(answer: Answer) -> List[Operation]:
    """All operations an answer lists, of every server in it, in its order."""
    operations = []
    for server in answer.servers:
        for entry in walk(server.response):
            identity = _value(entry, "id", "operationid", "uuid")
            if identity is None or not UUID.match(str(identity)):
                continue
            if _value(entry, "state", "type", "name") is None:
                continue
            operations.append(_operation(str(identity).lower(), entry, server.server))
    return operations


def state_of(state: Optional[str], outcome: Optional[str]) -> str:
    """One of this file's states from the platform's ``state`` and, in the log, ``type``.

    A bare ``Finished`` state without an outcome says that it is over, not how: ``unknown``.
    """
    word = plain_key(state or "")
    if word in ("queued", "waiting"):
        return QUEUED
    if word in ("started", "running"):
        return RUNNING
    if word == "stopping":
        return STOPPING
    end = plain_key(outcome or "") or ("" if word == "finished" else word)
    if end in ("finished", "successful", "success", "completed"):
        return FINISHED
    for part, meaning in (
        ("interrupt", INTERRUPTED),
        ("stop", STOPPED),
        ("remov", REMOVED),
        ("exception", FAILED),
        ("fail", FAILED),
        ("error", FAILED),
    ):
        if part in end:
            return meaning
    return UNKNOWN


def kind_of(*names: Optional[str]) -> Optional[str]:
    """Which of the module's operations the platform's name or description means, ``None`` for any other."""
    for name in names:
        plain = re.sub(r"^do", "", plain_key(name or ""))
        for kind, known in NAMES.items():
            if plain in known:
                return kind
    return None


def _operation(identity: str, entry: Dict[str, Any], server: Optional[str]) -> Operation:
    name = _value(entry, "name")
    described = _value(entry, "descname", "description")
    parameters = _value(entry, "parameters")
    host = _value(entry, "host", "operationhost", "serverid")
    return Operation(
        id=identity,
        name=str(described or name or ""),
        kind=kind_of(name, described),
        state=state_of(_text(_value(entry, "state")), _text(_value(entry, "type", "result", "outcome"))),
        queued=_seconds(_value(entry, "queuedtime", "queuetime")),
        started=_seconds(_value(entry, "starttime", "startedtime")),
        ended=_seconds(_value(entry, "endtime", "finishtime", "finishedtime", "stoptime")),
        host=_text(host) or server,
        parameters=parameters if isinstance(parameters, dict) else {},
    )


def _value(entry: Dict[str, Any], *names: str) -> Any:
    for key, value in entry.items():
        if plain_key(str(key)) in names and value is not None:
            return value
    return None


def _text(value: Any) -> Optional[str]:
    return None if value is None or isinstance(value, (dict, list)) else str(value)


def _seconds(value: Any) -> Optional[float]:
    milliseconds = number(value) if value is not None else None
    return milliseconds / 1000.0 if milliseconds and milliseconds > 0 else None
