#!/usr/bin/python
# Copyright (c) 2026, mailops.zimbra contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

DOCUMENTATION = r"""
module: migration_report
short_description: Write the report of a migration
version_added: 0.1.0
description:
  - Writes one HTML file that says how a migration went. It holds the verdict in big words, what moved, every pass with
    its duration and operations, how long the window was expected to be and was, every finding with account, folder,
    subject and date, and which settings were put back or still have to be.
  - The file needs nothing but itself. It has no script and loads nothing, and is made for a screen, a phone and paper.
  - The same is written as JSON.
  - Everything is taken from the ledger. M(mailops.zimbra.mailbox_evidence) records the verdict there.
author:
  - mailops.zimbra contributors (@mailops)
extends_documentation_fragment:
  - mailops.zimbra.attributes
options:
  ledger:
    description: The ledger file, on the host of the task.
    type: path
    required: true
  dest:
    description: The HTML file to write, mode 0600. Its directory must exist.
    type: path
    required: true
  json:
    description: The JSON file to write, mode 0600. By default O(dest) with the ending C(.json).
    type: path
attributes:
  check_mode:
    support: full
    details:
      - Reads the ledger and writes nothing. A ledger that is not there reads as empty.
  diff_mode:
    support: full
    details:
      - Shows the verdict before and after.
  idempotent:
    support: full
    details:
      - The same ledger gives the same files.
seealso:
  - module: mailops.zimbra.migration_ledger
  - module: mailops.zimbra.mailbox_evidence
"""

EXAMPLES = r"""
- name: Write the report next to the ledger
  mailops.zimbra.migration_report:
    ledger: /opt/migration/ledger.db
    dest: /opt/migration/report.html
  register: report

- name: Take it to the controller
  ansible.builtin.fetch:
    src: "{{ report.dest }}"
    dest: report/
    flat: true
"""

RETURN = r"""
dest:
  description: The HTML file.
  returned: success
  type: str
json:
  description: The JSON file.
  returned: success
  type: str
verdict:
  description:
    - The worst verdict of all units, V(complete), V(explained) or V(incomplete).
    - V(open) while a unit has no evidence.
  returned: success
  type: str
sentence:
  description: The verdict in words.
  returned: success
  type: str
counts:
  description: Counts of the evidence, over all units.
  returned: success
  type: dict
moved:
  description: What the passes moved, over all units.
  returned: success
  type: dict
windows:
  description: The window of each unit with opened, mail_switched, closed, seconds and predicted_seconds.
  returned: success
  type: dict
outstanding:
  description: Settings that are not as before the migration, each with C(remedy).
  returned: success
  type: list
  elements: dict
kept:
  description:
    - Changes that stay on purpose, with host, kind, captured, objects (how many) and C(remedy). The mail routes of the
      Source are the only ones.
  returned: success
  type: list
  elements: dict
"""

import os
from typing import Any, Dict

from ansible.module_utils.basic import AnsibleModule

from ansible_collections.mailops.zimbra.plugins.module_utils._errors import MailopsError
from ansible_collections.mailops.zimbra.plugins.module_utils._evidence_run import as_json, same_file, write_file
from ansible_collections.mailops.zimbra.plugins.module_utils._ledger import Ledger
from ansible_collections.mailops.zimbra.plugins.module_utils._ledger_errors import LedgerMissing
from ansible_collections.mailops.zimbra.plugins.module_utils._report import all_captures, build, verdict_in
from ansible_collections.mailops.zimbra.plugins.module_utils._report_html import render


def run(module: Any) -> Dict[str, Any]:
    """Read the ledger, write both files."""
    path, dest = module.params["ledger"], module.params["dest"]
    json_path = module.params["json"] or os.path.splitext(dest)[0] + ".json"
    ledger = Ledger(path, check_mode=True)
    if not ledger.exists and not module.check_mode:
        raise LedgerMissing(f"There is no ledger at {path}: nothing to report on.", path=path)
    report = build(ledger.read(), all_captures(path))
    before = verdict_in(json_path)
    files = {json_path: as_json(report), dest: render(report).encode("utf-8")}
    changed = [name for name, data in files.items() if not same_file(name, data)]
    if not module.check_mode:
        for name in changed:
            write_file(name, files[name])
    return {
        "changed": bool(changed),
        "dest": dest,
        "json": json_path,
        "windows": {unit["name"]: unit["window"] for unit in report["units"]},
        "diff": {"before": {"verdict": before}, "after": {"verdict": report["verdict"]}},
        **{key: report[key] for key in ("verdict", "sentence", "counts", "moved", "outstanding", "kept")},
    }


def main() -> None:
    """Spec, report, exit."""
    module = AnsibleModule(
        argument_spec={
            "ledger": {"type": "path", "required": True},
            "dest": {"type": "path", "required": True},
            "json": {"type": "path"},
        },
        supports_check_mode=True,
    )
    try:
        result = run(module)
    except MailopsError as error:
        module.fail_json(**error.as_failure())
    module.exit_json(**result)


if __name__ == "__main__":
    main()
