#!/usr/bin/python
# Copyright (c) 2026, mailops.zimbra contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

DOCUMENTATION = r"""
module: mailbox_evidence
short_description: Prove that everything arrived, once and unchanged
version_added: 0.1.0
description:
  - Compares two inventories that M(mailops.zimbra.mailbox_inventory) took, one of the Source and one of the
    Destination, and names every item that is missing, doubled or different, with account, folder, subject and date.
  - Equal messages are counted, not only looked for. Two copies on the Destination of what the Source has once are
    V(doubled), one copy of what the Source has twice is V(missing).
  - A rule may explain a finding, for instance that a message arrived after the mail was switched. It stays in the list,
    with the rule that explains it. No rule explains what is missing or doubled in a person's mailbox.
  - The files are read as streams, a million items need no more memory than a thousand.
author:
  - mailops.zimbra contributors (@mailops)
extends_documentation_fragment:
  - mailops.zimbra.attributes
options:
  source:
    description: Inventory file of the Source, on the host of the task.
    type: path
    required: true
  destination:
    description: Inventory file of the Destination, on the host of the task.
    type: path
    required: true
  mail_switched:
    description:
      - When mail began to go to the Destination, ISO 8601. What arrived there later is V(extra) and explained.
      - By default what the ledger holds as event C(mail_switched) of O(unit).
    type: str
  window_closed:
    description:
      - When the last import was over, ISO 8601. What people read, moved or made on the Destination later is explained.
      - By default what the ledger holds as event C(window_closed) of O(unit).
    type: str
  ledger:
    description:
      - The ledger file, on the host of the task. The verdict of O(unit) is recorded there.
      - Without it nothing is recorded.
    type: path
  unit:
    description: Unit whose evidence it is. Required with O(ledger).
    type: str
  pass:
    description: Number of the pass the evidence is about.
    type: int
    default: 0
  dest:
    description: Write the whole result into this JSON file, mode 0600.
    type: path
  max_findings:
    description:
      - How many findings are returned and recorded. All are counted. Those that nothing explains come first.
    type: int
    default: 500
  gate:
    description: Fail unless the verdict is V(complete) or V(explained). The verdict is recorded before.
    type: bool
    default: false
attributes:
  check_mode:
    support: full
    details:
      - Compares, but records and writes nothing. Where an inventory file is not there, because it was not written in
        check mode either, RV(verdict) is empty.
  diff_mode:
    support: full
    details:
      - Shows the verdict before and after.
  idempotent:
    support: full
    details:
      - RV(ignore:changed) tells that the recorded verdict, or the file O(dest), is another one than before.
seealso:
  - module: mailops.zimbra.mailbox_inventory
  - module: mailops.zimbra.migration_report
"""

EXAMPLES = r"""
- name: Prove it, and stop when something is missing
  mailops.zimbra.mailbox_evidence:
    source: /opt/migration/evidence/source.jsonl.gz
    destination: /opt/migration/evidence/destination.jsonl.gz
    ledger: /opt/migration/ledger.db
    unit: smartscan-mail.old.example
    gate: true

- name: Compare two inventories without a ledger
  mailops.zimbra.mailbox_evidence:
    source: /tmp/a.jsonl.gz
    destination: /tmp/b.jsonl.gz
    mail_switched: "2026-11-24T13:05:00Z"
    dest: /tmp/evidence.json
  register: evidence
"""

RETURN = r"""
verdict:
  description:
    - V(complete), everything is there once and unchanged. More may have arrived since the mail was switched.
    - V(explained), there are findings and a rule explains each of them.
    - V(incomplete), a person has to look, or a mailbox could not be read.
    - Empty when there was nothing to compare in check mode.
  returned: success
  type: str
counts:
  description:
    - Numbers over all accounts.
    - C(source) and C(destination) are items, C(matched) those found on both sides, C(missing), C(doubled),
      C(differing), C(extra) and C(unproven) those with a finding.
    - C(folder_findings) and C(account_findings) are about folders and about accounts that are not there.
    - Of all findings, C(afterwards) came to be on the Destination after the mail was switched and take nothing from
      the verdict, C(explained) are explained by another rule, and C(open) are not.
    - C(accounts), and C(accounts_complete), C(accounts_explained), C(accounts_incomplete) of them.
    - C(accounts_only_on_destination) and C(accounts_system), which were not compared.
  returned: success
  type: dict
findings:
  description:
    - What is not equal, at most O(max_findings), those that nothing explains first.
  returned: success
  type: list
  elements: dict
  contains:
    account:
      description: Address of the account.
      type: str
    class:
      description:
        - V(missing), V(doubled), V(differing) or V(extra).
        - V(unproven) when an inventory could not be completed.
      type: str
    type:
      description: Type of the item, or V(folder), V(account) or V(mailbox).
      type: str
    folder:
      description: Path of the folder.
      type: str
    subject:
      description: Subject, or name of a file or contact.
      type: str
    date:
      description: Date of the item, ISO 8601 in UTC.
      type: str
    reason:
      description: What is the matter.
      type: str
    fields:
      description: What differs, with the values on the Source and on the Destination.
      type: dict
    explained:
      description: Whether a rule explains it.
      type: bool
    rule:
      description: Name of the rule.
      type: str
    source_id:
      description: Id of the item on the Source, 0 where it has none.
      type: int
    destination_id:
      description: Id of the item on the Destination, 0 where it has none.
      type: int
findings_total:
  description: Number of all findings.
  returned: success
  type: int
accounts:
  description: Verdict, reasons and counts of each account of the Source.
  returned: success
  type: list
  elements: dict
rules:
  description: The rules that explained something, with reason and count.
  returned: success
  type: dict
only_on_destination:
  description: The first 100 accounts that only the Destination has. They were not compared.
  returned: success
  type: list
  elements: str
system_accounts:
  description:
    - The first 100 accounts that are marked as system accounts. Spam, ham, quarantine and GAL sync accounts belong to
      the platform that made them. They are not migrated and were not compared.
  returned: success
  type: list
  elements: str
source:
  description: Server, time and content of the Source's inventory.
  returned: success
  type: dict
destination:
  description: Server, time and content of the Destination's inventory.
  returned: success
  type: dict
"""

import os
from typing import Any, Dict, Optional

from ansible.module_utils.basic import AnsibleModule

from ansible_collections.mailops.zimbra.plugins.module_utils._errors import MailopsError
from ansible_collections.mailops.zimbra.plugins.module_utils._evidence_run import (
    Sides,
    as_json,
    gather,
    same_file,
    say,
    seconds,
    write_file,
)
from ansible_collections.mailops.zimbra.plugins.module_utils._inventory_errors import EvidenceError
from ansible_collections.mailops.zimbra.plugins.module_utils._ledger import Ledger

NOTHING = {
    "verdict": "",
    "counts": {},
    "findings": [],
    "findings_total": 0,
    "accounts": [],
    "rules": {},
    "only_on_destination": [],
    "system_accounts": [],
    "source": {},
    "destination": {},
}


def event_time(params: Dict[str, Any], name: str, ledger: Optional[Ledger]) -> Optional[int]:
    """Time of an event: the option, else the newest record of the ledger."""
    text = params[name]
    if not text and ledger:
        times = [event["at"] for event in ledger.read(params["unit"])["events"] if event["name"] == name]
        text = max(times) if times else None
    return seconds(text, name)


def run(module: Any) -> Dict[str, Any]:
    """Compare, write, record."""
    params = module.params
    absent = [params[side] for side in ("source", "destination") if not os.path.exists(params[side])]
    if absent and module.check_mode:
        module.warn(f"Not compared: {absent[0]} is not there, inventories are not written in check mode.")
        return dict(NOTHING, changed=False)
    ledger = Ledger(params["ledger"], check_mode=module.check_mode) if params["ledger"] else None
    times = [event_time(params, name, ledger) for name in ("mail_switched", "window_closed")]
    evidence = gather(Sides(params["source"], params["destination"], *times), params["max_findings"])
    changed = bool(params["dest"]) and not same_file(params["dest"], as_json(evidence))
    if changed and not module.check_mode:
        write_file(params["dest"], as_json(evidence))
    result = dict(evidence, changed=changed)
    if ledger:
        answer = ledger.record_evidence(
            params["unit"], params["pass"], evidence["verdict"], evidence["counts"], evidence["findings"]
        )
        result["changed"] = changed or answer["changed"]
        result.update({key: answer[key] for key in ("diff",) if key in answer})
    if params["gate"] and evidence["verdict"] == "incomplete":
        raise EvidenceError(say(evidence), **result)
    return result


def main() -> None:
    """Spec, compare, exit."""
    module = AnsibleModule(
        argument_spec={
            "source": {"type": "path", "required": True},
            "destination": {"type": "path", "required": True},
            "mail_switched": {"type": "str"},
            "window_closed": {"type": "str"},
            "ledger": {"type": "path"},
            "unit": {"type": "str"},
            # Not a password: said so that Ansible does not warn.
            "pass": {"type": "int", "default": 0, "no_log": False},
            "dest": {"type": "path"},
            "max_findings": {"type": "int", "default": 500},
            "gate": {"type": "bool", "default": False},
        },
        required_by={"ledger": ["unit"]},
        supports_check_mode=True,
    )
    try:
        result = run(module)
    except EvidenceError as error:
        module.fail_json(**dict(error.details, msg=error.message, error=type(error).__name__))
    except MailopsError as error:
        module.fail_json(**error.as_failure())
    module.exit_json(**result)


if __name__ == "__main__":
    main()
