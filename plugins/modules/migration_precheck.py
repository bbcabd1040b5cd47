#!/usr/bin/python
# Copyright (c) 2026, mailops.zimbra contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

DOCUMENTATION = r"""
module: migration_precheck
short_description: Say what stands in the way of a migration
version_added: 0.1.0
description:
  - Judges the facts of both platforms by the vendor's rules and known failure modes. Versions, licence and seats, state
    of the backup, paths, file systems, room, scanner, queues, accounts that would be left out.
  - Fails when there are errors, with each of them and its remedy. Warnings and information are returned only.
author:
  - mailops.zimbra contributors (@mailops)
extends_documentation_fragment:
  - mailops.zimbra.attributes
attributes:
  check_mode:
    support: full
    details:
      - This module reads only.
  diff_mode:
    support: N/A
    details:
      - This module changes nothing.
  idempotent:
    support: full
    details:
      - This module changes nothing.
options:
  source:
    description: RV(mailops.zimbra.zimbra_platform_info#module:platform) of the Source.
    type: dict
    required: true
  destination:
    description:
      - RV(mailops.zimbra.zimbra_platform_info#module:platform) of the Destination.
      - Ask it with O(import_path) in its O(mailops.zimbra.zimbra_platform_info#module:paths).
    type: dict
    required: true
  import_path:
    description: Directory on the Destination the copy of the Source's backup lies in or will lie in.
    type: path
  started:
    description: An initial pass is done. The rules about room for the whole platform no longer apply then.
    type: bool
    default: false
  accept:
    description: Codes of errors that are known and accepted; they become warnings.
    type: list
    elements: str
    default: []
  fail:
    description: Fail when there are errors.
    type: bool
    default: true
notes:
  - Looks at nothing itself, so it can run anywhere.
seealso:
  - module: mailops.zimbra.zimbra_platform_info
"""

EXAMPLES = r"""
- name: Check both platforms
  mailops.zimbra.migration_precheck:
    source: "{{ source_info.platform }}"
    destination: "{{ destination_info.platform }}"
    import_path: /opt/migration/import/smartscan-mail1
  register: precheck_result
"""

RETURN = r"""
findings:
  description: Errors first. Each with level, code, side, what and remedy.
  returned: always
  type: list
  elements: dict
  sample:
    - level: error
      code: F7
      side: destination
      what: /opt/zimbra/backup is on a file system that does not tell upper from lower case.
      remedy: Use one that does (ext4, xfs).
errors:
  description: Number of errors.
  returned: always
  type: int
warnings_count:
  description: Number of warnings.
  returned: always
  type: int
"""

import datetime

from ansible.module_utils.basic import AnsibleModule

from ansible_collections.mailops.zimbra.plugins.module_utils._precheck import ERROR, WARNING, Case
from ansible_collections.mailops.zimbra.plugins.module_utils._precheck_run import as_dict, run_checks, summary

# A licence that ends sooner is worth a warning.
LICENCE_DAYS = 14


def main() -> None:
    module = AnsibleModule(
        argument_spec={
            "source": {"type": "dict", "required": True},
            "destination": {"type": "dict", "required": True},
            "import_path": {"type": "path"},
            "started": {"type": "bool", "default": False},
            "accept": {"type": "list", "elements": "str", "default": []},
            "fail": {"type": "bool", "default": True},
        },
        supports_check_mode=True,
    )
    params = module.params
    for side in ("source", "destination"):
        if "product" not in params[side]:
            module.fail_json(msg=f"{side} is not what zimbra_platform_info returns under 'platform'.")
    soon = (datetime.date.today() + datetime.timedelta(days=LICENCE_DAYS)).isoformat()
    case = Case(params["source"], params["destination"], params["import_path"], params["started"], soon)
    findings = run_checks(case, params["accept"])
    levels = [one.level for one in findings]
    result = {
        "changed": False,
        "findings": [as_dict(one) for one in findings],
        "errors": levels.count(ERROR),
        "warnings_count": levels.count(WARNING),
    }
    if result["errors"] and params["fail"]:
        module.fail_json(msg=summary(findings), **result)
    module.exit_json(**result)


if __name__ == "__main__":
    main()
