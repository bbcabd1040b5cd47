#!/usr/bin/python
# Copyright (c) 2026, mailops.zimbra contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

DOCUMENTATION = r"""
module: migration_ledger
short_description: Keep the durable record of a migration
version_added: 0.1.0
description:
  - Reads and writes the ledger of a migration. It is one SQLite file on the Destination and the only place where the
    progress of the migration is kept, so that any controller can go on after any interruption.
  - The ledger enforces the rules of a migration. Procedure and method never change, nothing comes before a finished
    initial pass, one import runs at a time, map files are unchanged since the last import, what ended is kept as it
    ended. A rule that would be broken fails the task with the value, the rule and the remedy.
author:
  - mailops.zimbra contributors (@mailops)
options:
  action:
    description:
      - What to do.
      - V(open) makes the ledger, or checks that it is the one of this migration.
      - V(read) returns all of it, or what it holds about O(unit).
      - V(declare_unit) makes a unit known with its O(method).
      - V(begin_pass) opens the next pass of O(phase), continues the unfinished one, or returns the finished initial or
        cutover.
      - V(finish_step) notes that a step of a pass is done, V(finish_pass) closes the pass.
      - V(claim) says whether an operation is to be started, attached to, waited for or is finished, and notes the
        intent before the start. V(record_attempt) notes how it goes and how it ended.
      - V(capture) notes a setting's value before it is changed, V(release) that it was put back, V(leave) ends
        O(unit)'s hold on what other units still need and returns what it has to put back itself, V(outstanding) lists
        what is not back yet.
      - V(record_maps) remembers the map files of the imports, V(check_maps) refuses when they are gone or were changed.
      - V(record_evidence) keeps a verdict with its counts and findings, V(record_event) notes that something happened.
    type: str
    required: true
    choices:
      - open
      - read
      - declare_unit
      - begin_pass
      - finish_step
      - finish_pass
      - claim
      - record_attempt
      - capture
      - release
      - leave
      - outstanding
      - record_maps
      - check_maps
      - record_evidence
      - record_event
  path:
    description: The ledger file, on the host of the task. It is created with mode 0600; its directory must exist.
    type: path
    required: true
  migration:
    description: Name of the migration, for O(action=open).
    type: str
  procedure:
    description: Procedure of the migration, for O(action=open).
    type: str
  source:
    description: Hosts of the Source, for O(action=open). Hosts may be added later.
    type: list
    elements: str
  destination:
    description: Hosts of the Destination, for O(action=open). They never change.
    type: list
    elements: str
  unit:
    description:
      - Name of the unit.
      - With O(action=capture) and O(action=release) the holder of the setting.
      - A setting goes back when its last holder releases it.
    type: str
  method:
    description: How the unit is exported, for O(action=declare_unit), for instance V(smartscan).
    type: str
  phase:
    description: Phase of the pass, or of the event.
    type: str
    choices: [precheck, initial, delta, cutover, postcheck, rollback, report]
  pass:
    description: Number of the pass, as O(action=begin_pass) returned it.
    type: int
  step:
    description: Name of the step, for O(action=finish_step).
    type: str
  details:
    description: Facts to keep with a step or an event.
    type: dict
  moved:
    description: What the pass moved, for O(action=finish_pass), for instance numbers of items and bytes.
    type: dict
  operation:
    description: Name of the operation, for instance V(external_restore).
    type: str
  parameters:
    description:
      - The parameters of the operation that change its result.
      - Together with unit, pass and operation they are its key.
    type: dict
  host:
    description:
      - Host an operation runs on, a setting or the map files belong to. Imports exclude each other per host.
    type: str
  claimant:
    description:
      - Name of this run of the controller, for O(action=claim).
      - An intent of another run is taken over after 20 seconds only.
    type: str
    default: ""
  attempt:
    description: Number of the attempt, as O(action=claim) returned it.
    type: int
  state:
    description: Where the attempt stands, for O(action=record_attempt).
    type: str
    choices: [running, finished, failed, interrupted, stopped, unknown, vanished]
  operation_id:
    description: Id of the operation on its server.
    type: str
  started:
    description: When the operation started, ISO 8601 in UTC.
    type: str
  ended:
    description: When the operation ended, ISO 8601 in UTC.
    type: str
  result:
    description: Result of the operation, kept as it is given.
    type: dict
  note:
    description: What is to be said about the attempt. It is returned as its message.
    type: str
  kind:
    description: Kind of a setting, for instance V(property), V(service) or V(transport).
    type: str
  name:
    description: Name of a setting or of an event.
    type: str
  before:
    description: Value of the setting before the change, of any type.
    type: raw
  set_to:
    description: Value the setting is changed to, of any type.
    type: raw
  map_dir:
    description:
      - The Destination's backup path, in which the imports keep their map files.
      - Required for O(action=record_maps) and O(action=check_maps).
      - With O(action=begin_pass) the map files are checked first.
    type: path
  verdict:
    description: Verdict of a comparison.
    type: str
    choices: [complete, explained, incomplete]
  counts:
    description: Counts that belong to the verdict.
    type: dict
  findings:
    description: Findings that belong to the verdict.
    type: list
    elements: dict
  again:
    description:
      - With O(action=record_event), note the event once more even if it was noted in this phase and pass before.
    type: bool
    default: false
attributes:
  check_mode:
    description: Can run in check mode and return changed status prediction without modifying target.
    support: full
    details:
      - The verb runs on the ledger and is undone. A ledger that does not exist yet is not created and reads as empty.
      - Where a real run would be refused because an earlier phase did not run, check mode warns and goes on.
  diff_mode:
    description: Will return details on what has changed (or possibly needs changing in check_mode), when in diff mode.
    support: full
    details:
      - Shown for what counts as a change, not for the books kept about a pass.
  idempotent:
    description:
      - When run twice in a row outside check mode, with the same arguments, the second invocation indicates no change.
    support: full
    details:
      - RV(ignore:changed) is about facts of the migration, such as ledger made, unit declared, setting captured or
        released, verdict changed. Books kept about a pass are told as RV(opened) and RV(recorded).
notes:
  - Written for SQLite 3.7.17 and newer, as it comes with Python 3.6 on old mail servers.
  - Two controllers may use the ledger at the same time.
seealso:
  - module: mailops.zimbra.zxsuite_backup
"""

EXAMPLES = r"""
- name: Open the ledger of this migration
  mailops.zimbra.migration_ledger:
    action: open
    path: /opt/migration/ledger.db
    migration: spring
    procedure: smartscan
    source: [mail.old.example]
    destination: [mail.new.example]

- name: Begin or continue the pass of this phase
  mailops.zimbra.migration_ledger:
    action: begin_pass
    path: /opt/migration/ledger.db
    unit: smartscan-mail.old.example
    phase: delta
    map_dir: /opt/zimbra/backup/zextras
  register: ledger_pass

- name: Note the scanner's value before it is turned off
  mailops.zimbra.migration_ledger:
    action: capture
    path: /opt/migration/ledger.db
    unit: smartscan-mail.old.example
    host: mail.old.example
    kind: property
    name: ZxBackup_RealTimeScanner
    before: true
    set_to: false

- name: What is not as it was before the migration
  mailops.zimbra.migration_ledger:
    action: outstanding
    path: /opt/migration/ledger.db
  register: ledger_left
"""

RETURN = r"""
exists:
  description: Whether the ledger file is there.
  returned: O(action=read)
  type: bool
migration:
  description: Name, procedure, source, destination and time of creation; null while there is none.
  returned: O(action=read)
  type: dict
units:
  description:
    - The units with name, method and passes.
    - A pass has number, phase, state, opened, finished, moved, steps and operations.
    - An operation has operation, parameters, host, state (of its last attempt) and attempts.
  returned: O(action=read)
  type: list
  elements: dict
maps:
  description: The recorded map files, or with O(action=record_maps) and O(action=check_maps) how many there are.
  returned: O(action=read), O(action=record_maps), O(action=check_maps)
  type: raw
evidence:
  description: The newest verdict of each unit with pass, counts, findings and time.
  returned: O(action=read)
  type: list
  elements: dict
events:
  description: What happened, in order.
  returned: O(action=read)
  type: list
  elements: dict
number:
  description: Number of the pass.
  returned: O(action=begin_pass), O(action=finish_step), O(action=finish_pass)
  type: int
phase:
  description: Phase of the pass.
  returned: O(action=begin_pass), O(action=finish_pass)
  type: str
state:
  description: State of the pass, V(open) or V(finished).
  returned: O(action=begin_pass), O(action=finish_pass)
  type: str
opened:
  description: Whether this call made the pass.
  returned: O(action=begin_pass), O(action=finish_pass)
  type: bool
steps_done:
  description: Names of the steps that are done in this pass.
  returned: O(action=begin_pass), O(action=finish_pass)
  type: list
  elements: str
steps:
  description: Details of the steps that are done, by name.
  returned: O(action=begin_pass), O(action=finish_pass)
  type: dict
after_cutover:
  description:
    - Whether a cutover was finished before this pass.
    - An import then resets what people changed on the Destination.
  returned: O(action=begin_pass)
  type: bool
recorded:
  description: Whether this call wrote something new into the books.
  returned: all actions that keep books
  type: bool
decision:
  description:
    - V(finished), the operation was done in this pass and RV(attempt) holds what was recorded.
    - V(attach), it is running as RV(operation_id).
    - V(start), start it as RV(attempt); the intent is noted.
    - V(busy), RV(holder) has it or is importing on this host; ask again later.
    - V(recorded), answer of O(action=record_attempt).
  returned: O(action=claim), O(action=record_attempt)
  type: str
adopt:
  description:
    - With RV(decision=start), whether a run that died may have started it.
    - Look for such an operation since RV(attempt.intended) first.
  returned: O(action=claim)
  type: bool
holder:
  description:
    - Who holds the claim.
    - It has unit, number (of the pass), operation, attempt, state, operation_id, intended and claimant.
  returned: RV(decision=busy)
  type: dict
operation_id:
  description: Id of the operation, null when none is known.
  returned: O(action=claim), O(action=record_attempt)
  type: str
attempt:
  description: The last attempt, null when there is none.
  returned: O(action=claim), O(action=record_attempt)
  type: dict
  contains:
    number:
      description: Its number, from 1.
      type: int
    state:
      description:
        - V(intent) before an id is known, then V(running), then V(finished), V(failed), V(interrupted), V(stopped),
          V(unknown) or V(vanished).
      type: str
    operation_id:
      description: Id of the operation on its server, null when none is known.
      type: str
    claimant:
      description: The run of the controller that claimed it last.
      type: str
    intended:
      description: When the intent was noted, before the start. ISO 8601 in UTC.
      type: str
    started:
      description: When the operation started, as it was recorded.
      type: str
    ended:
      description: When the operation ended, as it was recorded.
      type: str
    result:
      description: Its result, as it was recorded.
      type: dict
    message:
      description: What was noted about it.
      type: str
attempts:
  description: All attempts of this key, oldest first.
  returned: O(action=claim), O(action=record_attempt)
  type: list
  elements: dict
fingerprint:
  description: SHA-256 of the parameters.
  returned: O(action=claim), O(action=record_attempt)
  type: str
capture:
  description: The setting with host, kind, name, before, set_to, captured, released and holders.
  returned: O(action=capture), O(action=release) when released
  type: dict
captured:
  description: Whether the setting was not captured before.
  returned: O(action=capture)
  type: bool
released:
  description: Whether this call released the setting.
  returned: O(action=release)
  type: bool
still_held_by:
  description: Units that still need the changed setting.
  returned: O(action=release)
  type: list
  elements: str
put_back:
  description: Settings this unit has to put back and release, because nobody else holds them.
  returned: O(action=leave)
  type: list
  elements: dict
outstanding:
  description: Settings that are captured and not released.
  returned: O(action=read), O(action=outstanding)
  type: list
  elements: dict
event:
  description: The event as it is recorded.
  returned: O(action=record_event)
  type: dict
verdict:
  description: The recorded verdict.
  returned: O(action=record_evidence)
  type: str
previous_verdict:
  description: The verdict before this one, null when there was none.
  returned: O(action=record_evidence)
  type: str
"""

from typing import Any, Callable, Dict

from ansible.module_utils.basic import AnsibleModule

from ansible_collections.mailops.zimbra.plugins.module_utils._errors import MailopsError
from ansible_collections.mailops.zimbra.plugins.module_utils._ledger import Ledger
from ansible_collections.mailops.zimbra.plugins.module_utils._ledger_maps import find_maps
from ansible_collections.mailops.zimbra.plugins.module_utils._ledger_values import (
    ATTEMPT_STATES,
    EVENT_PHASES,
    PHASES,
    VERDICTS,
    Answer,
)

Params = Dict[str, Any]


def begin_pass(ledger: Ledger, p: Params) -> Answer:
    """Check the map files where they are given, then begin the pass."""
    if p["phase"] not in PHASES:
        raise MailopsError("phase={} has no passes; use one of: {}.".format(p["phase"], ", ".join(PHASES)))
    if p["map_dir"] is not None:
        ledger.check_maps(p["host"] or "", find_maps(p["map_dir"], absent_is_empty=True))
    return ledger.begin_pass(p["unit"], p["phase"])


def record_maps(ledger: Ledger, p: Params) -> Answer:
    """Remember the map files; where nothing was imported, as in check mode, there may be no backup path yet."""
    files = find_maps(p["map_dir"], absent_is_empty=ledger.check_mode)
    return ledger.record_maps(p["host"] or "", files, p["unit"], p["pass"])


def record_attempt(ledger: Ledger, p: Params) -> Answer:
    """Note where an attempt stands."""
    facts = {key: p[key] for key in ("operation_id", "started", "ended", "result")}
    facts["message"] = p["note"]
    return ledger.record_attempt(
        p["unit"], p["pass"], p["operation"], p["parameters"], p["attempt"], p["state"], **facts
    )


VERBS: Dict[str, Callable[[Ledger, Params], Answer]] = {
    "open": lambda ledger, p: ledger.open(p["migration"], p["procedure"], p["source"], p["destination"]),
    "read": lambda ledger, p: ledger.read(p["unit"]),
    "declare_unit": lambda ledger, p: ledger.declare_unit(p["unit"], p["method"]),
    "begin_pass": begin_pass,
    "finish_step": lambda ledger, p: ledger.finish_step(p["unit"], p["pass"], p["step"], p["details"]),
    "finish_pass": lambda ledger, p: ledger.finish_pass(p["unit"], p["pass"], p["moved"]),
    "claim": lambda ledger, p: ledger.claim(
        p["unit"], p["pass"], p["operation"], p["parameters"], p["host"] or "", p["claimant"]
    ),
    "record_attempt": record_attempt,
    "capture": lambda ledger, p: ledger.capture(
        p["host"], p["kind"], p["name"], p["before"], p["set_to"], p["unit"] or ""
    ),
    "release": lambda ledger, p: ledger.release(p["host"], p["kind"], p["name"], p["unit"] or ""),
    "leave": lambda ledger, p: ledger.leave(p["unit"], p["host"]),
    "outstanding": lambda ledger, p: ledger.outstanding(p["unit"], p["host"]),
    "record_maps": record_maps,
    "check_maps": lambda ledger, p: ledger.check_maps(p["host"] or "", find_maps(p["map_dir"], absent_is_empty=True)),
    "record_evidence": lambda ledger, p: ledger.record_evidence(
        p["unit"], p["pass"] or 0, p["verdict"], p["counts"], p["findings"]
    ),
    "record_event": lambda ledger, p: ledger.record_event(
        p["unit"], p["phase"], p["name"], p["details"], p["pass"] or 0, p["again"]
    ),
}

_KEY = ["unit", "pass", "operation", "parameters"]
REQUIRED = {
    "open": ["migration", "procedure", "source", "destination"],
    "declare_unit": ["unit", "method"],
    "begin_pass": ["unit", "phase"],
    "finish_step": ["unit", "pass", "step"],
    "finish_pass": ["unit", "pass"],
    "claim": _KEY,
    "record_attempt": _KEY + ["attempt", "state"],
    "capture": ["host", "kind", "name"],
    "release": ["host", "kind", "name"],
    "leave": ["unit"],
    "record_maps": ["unit", "pass", "map_dir"],
    "check_maps": ["map_dir"],
    "record_evidence": ["unit", "verdict"],
    "record_event": ["unit", "phase", "name"],
}


def argument_spec() -> Dict[str, Any]:
    """The options of the module."""
    texts = [
        "migration",
        "procedure",
        "unit",
        "method",
        "step",
        "operation",
        "host",
        "operation_id",
        "started",
        "ended",
        "note",
        "kind",
        "name",
    ]
    spec: Dict[str, Any] = {name: {"type": "str"} for name in texts}
    spec.update({name: {"type": "dict"} for name in ("details", "moved", "parameters", "result", "counts")})
    spec.update(
        action={"type": "str", "required": True, "choices": list(VERBS)},
        path={"type": "path", "required": True},
        source={"type": "list", "elements": "str"},
        destination={"type": "list", "elements": "str"},
        phase={"type": "str", "choices": list(EVENT_PHASES)},
        attempt={"type": "int"},
        claimant={"type": "str", "default": ""},
        state={"type": "str", "choices": [state for state in ATTEMPT_STATES if state != "intent"]},
        before={"type": "raw"},
        set_to={"type": "raw"},
        map_dir={"type": "path"},
        verdict={"type": "str", "choices": list(VERDICTS)},
        findings={"type": "list", "elements": "dict"},
        again={"type": "bool", "default": False},
    )
    # Not a password: said so that Ansible does not warn.
    spec["pass"] = {"type": "int", "no_log": False}
    return spec


def main() -> None:
    """Spec, ledger, one verb, exit."""
    module = AnsibleModule(
        argument_spec=argument_spec(),
        required_if=[("action", action, options) for action, options in REQUIRED.items()],
        supports_check_mode=True,
    )
    ledger = Ledger(module.params["path"], check_mode=module.check_mode)
    try:
        answer = VERBS[module.params["action"]](ledger, module.params)
    except MailopsError as error:
        module.fail_json(**error.as_failure())
    for warning in ledger.warnings:
        module.warn(warning)
    if not module._diff:
        answer.pop("diff", None)
    module.exit_json(**answer)


if __name__ == "__main__":
    main()
