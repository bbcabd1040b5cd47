#!/usr/bin/python
# Copyright (c) 2026, mailops.zimbra contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

DOCUMENTATION = r"""
module: zxsuite_backup_info
short_description: What the Backup module says about itself
version_added: 0.1.0
description:
  - Returns the state of a backup path, the accounts and domains in it, and the operations that are queued, running and
    over, with the report of one that is over.
author:
  - mailops.zimbra contributors (@mailops)
extends_documentation_fragment:
  - mailops.zimbra.attributes
  - mailops.zimbra.zxsuite
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
  gather:
    description:
      - What to ask for. Each starts a JVM on the server.
      - V(log) are the operations that are over, with what became of them.
    type: list
    elements: str
    choices: [state, accounts, domains, operations, log]
    default: [state, operations]
  backup_path:
    description: Ask about this backup path, for instance an imported copy, instead of the server's own.
    type: path
  operation_id:
    description: Return the report of this operation, too.
    type: str
seealso:
  - module: mailops.zimbra.zxsuite_backup
"""

EXAMPLES = r"""
- name: Which accounts does the copy hold
  mailops.zimbra.zxsuite_backup_info:
    gather: [accounts, domains]
    backup_path: /opt/migration/import/smartscan-mail1
  register: copy_info
"""

RETURN = r"""
backup:
  description: What was asked for.
  returned: success
  type: dict
  contains:
    state:
      description: State with initialized, first_scan, last_scan (ISO 8601, null means never) and told (the rest).
      returned: with V(state) in O(gather)
      type: dict
    accounts:
      description: Addresses of the accounts in the backup, sorted.
      returned: with V(accounts) in O(gather)
      type: list
      elements: str
    domains:
      description: Domains in the backup, sorted.
      returned: with V(domains) in O(gather)
      type: list
      elements: str
    operations:
      description: Queued and running operations with id, name, kind, state, queued, started, ended and parameters.
      returned: with V(operations) in O(gather)
      type: list
      elements: dict
    log:
      description: Operations that are over, in the same form.
      returned: with V(log) in O(gather)
      type: list
      elements: dict
    report:
      description: The operation's last notification with event, subject, level, statistics, unrestored and text.
      returned: with O(operation_id)
      type: dict
"""

from ansible.module_utils.basic import AnsibleModule

from ansible_collections.mailops.zimbra.plugins.module_utils._backup_info import gather
from ansible_collections.mailops.zimbra.plugins.module_utils._errors import MailopsError
from ansible_collections.mailops.zimbra.plugins.module_utils._zxsuite_argspec import client_of, platform_spec


def main() -> None:
    spec = dict(
        platform_spec(),
        gather={
            "type": "list",
            "elements": "str",
            "choices": ["state", "accounts", "domains", "operations", "log"],
            "default": ["state", "operations"],
        },
        backup_path={"type": "path"},
        operation_id={"type": "str"},
    )
    module = AnsibleModule(argument_spec=spec, supports_check_mode=True)
    params = module.params
    try:
        _platform, _runner, client = client_of(module)
        facts = gather(client, params["gather"], params["backup_path"], params["operation_id"])
    except MailopsError as error:
        module.fail_json(**error.as_failure())
    module.exit_json(changed=False, backup=facts)


if __name__ == "__main__":
    main()
