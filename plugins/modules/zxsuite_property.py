#!/usr/bin/python
# Copyright (c) 2026, mailops.zimbra contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

DOCUMENTATION = r"""
module: zxsuite_property
short_description: Read and set properties of a mail server's Backup module
version_added: 0.1.0
description:
  - Reads properties such as the RealTime Scanner and the backup path, sets those that differ, and reads them again to
    prove it. The commands are those of the platform's own dialect.
author:
  - mailops.zimbra contributors (@mailops)
extends_documentation_fragment:
  - mailops.zimbra.attributes
  - mailops.zimbra.zxsuite
attributes:
  check_mode:
    support: full
  diff_mode:
    support: full
  idempotent:
    support: full
options:
  properties:
    description:
      - Names to values. A null value only reads the property.
      - A boolean is written as C(TRUE) or C(FALSE), a dictionary as JSON.
    type: dict
    required: true
  server:
    description: The server whose properties they are. The default is the host itself.
    type: str
seealso:
  - module: mailops.zimbra.zxsuite_service
"""

EXAMPLES = r"""
- name: Turn the RealTime Scanner off
  mailops.zimbra.zxsuite_property:
    properties:
      ZxBackup_RealTimeScanner: false
  register: scanner

- name: Read the backup path
  mailops.zimbra.zxsuite_property:
    properties:
      ZxBackup_DestPath:
  register: backup_path
"""

RETURN = r"""
properties:
  description: Values after the task, as the platform writes them; null for one that is not set.
  returned: success
  type: dict
  sample: {"ZxBackup_RealTimeScanner": "FALSE"}
before:
  description: Values before the task.
  returned: success
  type: dict
  sample: {"ZxBackup_RealTimeScanner": "TRUE"}
"""

from ansible.module_utils.basic import AnsibleModule

from ansible_collections.mailops.zimbra.plugins.module_utils._errors import MailopsError, PlatformError
from ansible_collections.mailops.zimbra.plugins.module_utils._platform import localconfig
from ansible_collections.mailops.zimbra.plugins.module_utils._settings import property_values, settle
from ansible_collections.mailops.zimbra.plugins.module_utils._zxsuite_argspec import client_of, platform_spec


def main() -> None:
    module = AnsibleModule(
        argument_spec=dict(platform_spec(), properties={"type": "dict", "required": True}, server={"type": "str"}),
        supports_check_mode=True,
    )
    try:
        platform, runner, client = client_of(module)
        key = "zimbra_server_hostname"
        server = module.params["server"] or localconfig(runner, platform, [key]).get(key)
        if not server:
            raise PlatformError(f"localconfig of {platform.home} has no {key}: name the server with 'server'.")
        outcome = settle(
            wanted=property_values(module.params["properties"]),
            read=lambda names: {name: client.get_property(server, name) for name in names},
            write=lambda name, value: client.set_property(server, name, value),
            check_mode=module.check_mode,
        )
    except MailopsError as error:
        module.fail_json(**error.as_failure())
    module.exit_json(
        changed=bool(outcome.changed),
        properties=outcome.after,
        before=outcome.before,
        diff={"before": outcome.before, "after": outcome.after},
    )


if __name__ == "__main__":
    main()
