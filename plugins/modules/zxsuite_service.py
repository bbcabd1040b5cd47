#!/usr/bin/python
# Copyright (c) 2026, mailops.zimbra contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

DOCUMENTATION = r"""
module: zxsuite_service
short_description: Start and stop services of the Backup module
version_added: 0.1.0
description:
  - Starts and stops services such as the schedulers and the RealTime Scanner, and looks again to prove it.
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
  services:
    description:
      - Names of services to V(started) or V(stopped). A null value only reads the state.
      - Services of the Backup module are C(module), C(backup-realtime), C(smartscan-cron), C(purge-cron),
        C(drive-realtime) and C(backup-attributes-listener).
    type: dict
    required: true
  ignore_missing:
    description: A service this platform does not have is left out instead of failing the task.
    type: bool
    default: false
seealso:
  - module: mailops.zimbra.zxsuite_property
"""

EXAMPLES = r"""
- name: Keep scheduled scans and purges away from the migration
  mailops.zimbra.zxsuite_service:
    services:
      smartscan-cron: stopped
      purge-cron: stopped
  register: schedulers
"""

RETURN = r"""
services:
  description: States after the task; null for one that does not exist.
  returned: success
  type: dict
  sample: {"smartscan-cron": "stopped"}
before:
  description: States before the task.
  returned: success
  type: dict
  sample: {"smartscan-cron": "started"}
"""

import time

from ansible.module_utils.basic import AnsibleModule

from ansible_collections.mailops.zimbra.plugins.module_utils._errors import MailopsError
from ansible_collections.mailops.zimbra.plugins.module_utils._settings import (
    STARTED,
    service_states,
    service_values,
    settle,
)
from ansible_collections.mailops.zimbra.plugins.module_utils._zxsuite_argspec import client_of, platform_spec

# A service needs a moment to start or stop; each look takes a JVM's start on top.
TRIES = 5
PAUSE = 1.0


def main() -> None:
    spec = dict(
        platform_spec(),
        services={"type": "dict", "required": True},
        ignore_missing={"type": "bool", "default": False},
    )
    module = AnsibleModule(argument_spec=spec, supports_check_mode=True)
    missing_ok = module.params["ignore_missing"]
    try:
        wanted = service_values(module.params["services"])
        _platform, _runner, client = client_of(module)
        if missing_ok:
            listed = client.services()
            wanted = {name: state if name in listed else None for name, state in wanted.items()}
        outcome = settle(
            wanted=wanted,
            read=lambda names: service_states(client.services(), names, missing_ok),
            write=lambda name, state: client.set_service(
                "doStartService" if state == STARTED else "doStopService", name
            ),
            check_mode=module.check_mode,
            tries=TRIES,
            pause=lambda: time.sleep(PAUSE),
        )
    except MailopsError as error:
        module.fail_json(**error.as_failure())
    module.exit_json(
        changed=bool(outcome.changed),
        services=outcome.after,
        before=outcome.before,
        diff={"before": outcome.before, "after": outcome.after},
    )


if __name__ == "__main__":
    main()
