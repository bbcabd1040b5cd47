#!/usr/bin/python
# Copyright (c) 2026, mailops.zimbra contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

DOCUMENTATION = r"""
module: zimbra_localconfig
short_description: Read and set keys of a mail server's localconfig
version_added: 0.1.0
description:
  - Reads keys of localconfig, sets those that differ, and reads them again to prove it.
  - Made for what a migration changes for a while, as C(zimbra_lmtp_validate_messages). Keys that hold passwords are
    refused, because a value would travel in the argument list of a program.
  - The platform reads most keys when a service starts; those of an import are read when the import is queued.
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
  keys:
    description:
      - Keys to values. A null value only reads the key. A boolean is written as C(true) or C(false).
    type: dict
    required: true
seealso:
  - module: mailops.zimbra.zxsuite_property
"""

EXAMPLES = r"""
- name: Let an import take mail that the LMTP validator would refuse
  mailops.zimbra.zimbra_localconfig:
    keys:
      zimbra_lmtp_validate_messages: false
  register: validator

- name: Put it back as it was
  mailops.zimbra.zimbra_localconfig:
    keys: "{{ validator.before }}"
"""

RETURN = r"""
localconfig:
  description: Values after the task, as localconfig prints them; null for a key that has no value.
  returned: success
  type: dict
  sample: {"zimbra_lmtp_validate_messages": "false"}
before:
  description: Values before the task.
  returned: success
  type: dict
  sample: {"zimbra_lmtp_validate_messages": "true"}
"""

from ansible.module_utils.basic import AnsibleModule

from ansible_collections.mailops.zimbra.plugins.module_utils._errors import MailopsError
from ansible_collections.mailops.zimbra.plugins.module_utils._localconfig import key_values, read_keys, write_key
from ansible_collections.mailops.zimbra.plugins.module_utils._settings import settle
from ansible_collections.mailops.zimbra.plugins.module_utils._zxsuite_argspec import platform_of, platform_spec


def main() -> None:
    module = AnsibleModule(
        # The keys are names of settings; those of passwords are refused.
        argument_spec=dict(platform_spec(), keys={"type": "dict", "required": True, "no_log": False}),
        supports_check_mode=True,
    )
    try:
        wanted = key_values(module.params["keys"])
        platform, runner = platform_of(module)
        outcome = settle(
            wanted=wanted,
            read=lambda names: read_keys(runner, platform, names),
            write=lambda name, value: write_key(runner, platform, name, value),
            check_mode=module.check_mode,
        )
    except MailopsError as error:
        module.fail_json(**error.as_failure())
    module.exit_json(
        changed=bool(outcome.changed),
        localconfig=outcome.after,
        before=outcome.before,
        diff={"before": outcome.before, "after": outcome.after},
    )


if __name__ == "__main__":
    main()
