# Copyright (c) 2026, mailops.zimbra contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One step of a long operation: find it, or start it, then one look at it. Never waits for its end.

The loop that repeats steps lives on the controller (action plugin); the claim that makes a run repeatable lives in the
ledger. Here is what only the server can answer: is it there already, is something in its way, how far is it.
"""

import os
import re
from typing import Any, Dict, List, NamedTuple, Optional, Tuple

from ansible_collections.mailops.zimbra.plugins.module_utils._errors import (
    OperationBusy,
    OperationFailed,
    OperationInterrupted,
    OperationUnknown,
)
from ansible_collections.mailops.zimbra.plugins.module_utils._times import iso
from ansible_collections.mailops.zimbra.plugins.module_utils._zxsuite import Zxsuite
from ansible_collections.mailops.zimbra.plugins.module_utils._zxsuite_arguments import COMMANDS, arguments
from ansible_collections.mailops.zimbra.plugins.module_utils._zxsuite_judge import Verdict, judge
from ansible_collections.mailops.zimbra.plugins.module_utils._zxsuite_queue import (
    ALIVE,
    FAILED,
    FINISHED,
    INTERRUPTED,
    RUNNING,
    STOPPED,
    Operation,
    find_operation_id,
    find_uuids,
)
from ansible_collections.mailops.zimbra.plugins.module_utils._zxsuite_text import plain_key

# Two imports at once double items (reference F22): the second waits until the first is gone.
EXCLUSIVE = ("external_restore",)
# Seconds of clock rounding between a start and the times the server notes for it.
ROUNDING = 5.0
# Entries of an operation's parameters that say who asked, not what for.
_ABOUT_THE_CALLER = ("requesteraddress", "additionalnotificationaddresses", "notifications", "origin")

Step = Dict[str, Any]


class Request(NamedTuple):
    """``parameters``: options of the operation as the user gave them.

    ``operation_id``: follow this one. ``age``: adopt one of the same kind and parameters that was queued at most so
    many seconds ago, running or over. ``attach``: go on with the same operation if it is queued or running now.
    ``known``: ids that belong to earlier attempts. ``watch``: seconds one look may watch a running operation.
    """

    operation: str
    parameters: Dict[str, Any]
    operation_id: Optional[str] = None
    age: Optional[float] = None
    attach: bool = True
    known: Tuple[str, ...] = ()
    watch: float = 3.0


def step(client: Zxsuite, request: Request, now: float, check_mode: bool = False) -> Step:
    """One step; ``now`` is this server's clock. Returns what :func:`_step` makes.

    ``how`` says where the operation came from: ``followed``, ``attached``, ``adopted``, ``started``, or in check mode
    ``would_attach``/``would_start``. Raises :class:`OperationBusy` when something else is in the way.
    """
    if request.operation_id:
        return dict(look(client, request, request.operation_id), how="followed")
    queue = client.operations()
    found = _find(client, request, queue, now)
    if found is not None:
        entry, how = found
        if check_mode:
            return _step(entry.id, entry.state, how="would_attach", changed=False)
        return dict(look(client, request, entry.id), how=how)
    _refuse_if_busy(request, queue)
    if check_mode:
        return _step(None, "absent", how="would_start", changed=True)
    operation_id = _start(client, request, queue)
    return _step(operation_id, "queued", how="started")


def look(client: Zxsuite, request: Request, operation_id: str) -> Step:
    """Where one operation stands now: alive with its progress, or over with the verdict on it."""
    alive = _by_id(client.operations(), operation_id)
    if alive is not None and alive.state in ALIVE:
        if alive.state != RUNNING or request.watch <= 0:
            return _step(operation_id, alive.state, started=iso(alive.started))
        sample = client.sample(operation_id, request.watch)
        if not sample.ended:
            return _step(operation_id, alive.state, started=iso(alive.started), progress=sample.progress)
        # It ended before our eyes; the log may need a moment, the next look will find it then.
        if _by_id(client.operations(), operation_id) is not None:
            return _step(operation_id, alive.state, started=iso(alive.started), progress=sample.progress)
    logged = _by_id(client.operation_log(), operation_id)
    cut_short = None if logged else _by_id(client.unfinished_operations(), operation_id)
    reports = client.reports(operation_id)
    verdict = judge(request.operation, operation_id, request.parameters, logged, cut_short, reports)
    return _ended(operation_id, verdict)


def require_good_end(result: Step) -> None:
    """Raise the error a settled bad end stands for, with the whole step as its details."""
    if not result["settled"] or result["state"] in ALIVE or result["state"] in (FINISHED, "absent"):
        return
    leaf = {FAILED: OperationFailed, INTERRUPTED: OperationInterrupted, STOPPED: OperationInterrupted}
    raise leaf.get(result["state"], OperationUnknown)(result["message"], **result)


def same_parameters(ours: Dict[str, Any], theirs: Dict[str, Any]) -> Optional[bool]:
    """Whether an entry of the queue was started with our parameters; ``None`` when it does not tell.

    The platform's names for them are not documented: paths and addresses are looked for by value, switches by name.
    """
    theirs = {key: value for key, value in theirs.items() if plain_key(str(key)) not in _ABOUT_THE_CALLER}
    texts = [os.path.normpath(one) if one.startswith("/") else one for one in _texts(theirs)]
    proven: Optional[bool] = True
    for name in ("path", "map_file", "account"):
        if name not in ours:
            continue
        wanted = str(ours[name])
        wanted = os.path.normpath(wanted) if wanted.startswith("/") else wanted
        if wanted in texts:
            continue
        # A map file is named bare or with its directory, as the platform wants it.
        if name == "map_file" and os.path.basename(wanted) in [os.path.basename(one) for one in texts]:
            continue
        if any(_comparable(name, one) for one in texts):
            return False
        proven = None
    named = {re.sub(r"^is", "", plain_key(str(key))): value for key, value in theirs.items()}
    for name, value in ours.items():
        other = named.get(plain_key(name))
        if isinstance(value, bool) and other is not None and plain_key(str(other)) != plain_key(str(value)):
            return False
        if isinstance(value, list) and other:
            listed = [part.strip() for text in _texts(other) for part in text.split(",")]
            if sorted(listed) != sorted(str(one) for one in value):
                return False
    return proven


def _find(client: Zxsuite, request: Request, queue: List[Operation], now: float) -> Optional[Tuple[Operation, str]]:
    """The operation that is ours already: queued or running, or (within ``age``) over."""
    mine = [one for one in queue if one.state in ALIVE and _ours(request, one)]
    if request.age is not None:
        since = now - request.age - ROUNDING
        recent = [one for one in mine if _began(one) is None or (_began(one) or 0.0) >= since]
        if recent:
            return recent[-1], "adopted"
        over = [one for one in client.operation_log() + client.unfinished_operations() if _ours(request, one)]
        over = [one for one in over if (_began(one) or 0.0) >= since]
        if over:
            return max(over, key=lambda one: _began(one) or 0.0), "adopted"
    if request.attach:
        certain = [one for one in mine if same_parameters(request.parameters, one.parameters)]
        if certain:
            return certain[-1], "attached"
    return None


def _ours(request: Request, entry: Operation) -> bool:
    if entry.kind != request.operation or entry.id in request.known:
        return False
    return same_parameters(request.parameters, entry.parameters) is not False


def _refuse_if_busy(request: Request, queue: List[Operation]) -> None:
    if request.operation not in EXCLUSIVE:
        return
    others = [one for one in queue if one.kind == request.operation and one.state in ALIVE]
    if others:
        title = COMMANDS[request.operation].title
        raise OperationBusy(
            f"{title} {others[0].id} is {others[0].state} on this server; two at once would double items. "
            "Wait until it is over, or stop it with doStopOperation.",
            operation_id=others[0].id,
        )


def _start(client: Zxsuite, request: Request, before: List[Operation]) -> str:
    """Enqueue it and return its id: from the answer, else by what is new in the queue."""
    command = COMMANDS[request.operation].command
    words = arguments(request.operation, request.parameters, client.help("backup", command))
    answer = client.start(command, words)
    response = [one.response for one in answer.servers]
    known = {one.id for one in before} | set(request.known)
    operation_id = find_operation_id(response)
    if operation_id is not None and operation_id not in known:
        return operation_id
    # No key names it: a UUID in the text is believed when the queue or the log knows it.
    listed = client.operations() + client.operation_log()
    new = {one.id for one in listed if one.kind in (request.operation, None)} - known
    mentioned = [one for one in find_uuids(answer.text) if one in new]
    if mentioned:
        return mentioned[0]
    after = {one.id for one in listed if one.kind == request.operation and one.state in ALIVE} - known
    if len(after) == 1:
        return after.pop()
    raise OperationUnknown(
        f"{command} gave no operation id, and the queue does not show exactly one new operation. "
        "Look at getAllOperations and core getOperationLog on the server.",
        stdout=answer.text[-2000:],
    )


def _step(
    operation_id: Optional[str],
    state: str,
    how: str = "",
    started: Optional[str] = None,
    progress: Optional[Dict[str, Any]] = None,
    changed: bool = False,
) -> Step:
    return {
        "operation_id": operation_id,
        "state": state,
        "settled": False,
        "how": how,
        "started": started,
        "ended": None,
        "progress": progress,
        "statistics": {},
        "provisioning": {},
        "unrestored": {},
        "notes": [],
        "message": "",
        "changed": changed,
    }


def _ended(operation_id: str, verdict: Verdict) -> Step:
    return dict(
        _step(operation_id, verdict.state, started=iso(verdict.started), changed=verdict.changed),
        settled=verdict.settled,
        ended=iso(verdict.ended),
        statistics=verdict.statistics,
        provisioning=verdict.provisioning,
        unrestored=verdict.unrestored,
        notes=verdict.warnings,
        message=verdict.message,
    )


def _by_id(entries: List[Operation], operation_id: str) -> Optional[Operation]:
    return next((one for one in entries if one.id == operation_id.lower()), None)


def _began(entry: Operation) -> Optional[float]:
    return entry.queued or entry.started


def _texts(value: Any) -> List[str]:
    if isinstance(value, dict):
        return [text for inner in value.values() for text in _texts(inner)]
    if isinstance(value, (list, tuple)):
        return [text for inner in value for text in _texts(inner)]
    return [value] if isinstance(value, str) else []


def _comparable(name: str, text: str) -> bool:
    """Whether a text could be the parameter ``name`` at all: a path, an address, a map file's name."""
    if name == "path":
        return text.startswith("/")
    if name == "map_file":
        return os.path.basename(text).startswith("map_")
    return "@" in text
