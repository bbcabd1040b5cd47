#!/usr/bin/python
# Copyright (c) 2026, mailops.zimbra contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

DOCUMENTATION = r"""
module: zimbra_platform_info
short_description: What a migration must know of a mailstore
version_added: 0.1.0
description:
  - Tells product, version, edition, dialect of the command line, service user, paths, licence, services, running
    operations, the state of the backup, sizes, room on the file systems, and the ids and names the server goes by.
  - What cannot be read does not fail the task. It is null and named in RV(platform.problems).
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
  paths:
    description: More directories whose room and file system are to be told, such as the one the copy will lie in.
    type: list
    elements: path
    default: []
notes:
  - Whether a file system tells upper from lower case is seen from an entry that is there. In an empty directory, and
    not in check mode, a directory is made for that and removed at once.
seealso:
  - module: mailops.zimbra.migration_precheck
"""

EXAMPLES = r"""
- name: Look at the Destination
  mailops.zimbra.zimbra_platform_info:
    paths:
      - /opt/migration/import
  register: destination_info

- name: Say which version it is
  ansible.builtin.debug:
    msg: "{{ destination_info.platform.version.text }}"
"""

RETURN = r"""
platform:
  description: All facts.
  returned: always
  type: dict
  contains:
    product:
      description: V(zimbra) or V(carbonio).
      type: str
    home:
      description: Home directory of the platform.
      type: str
    service_user:
      description: User the platform's programs run as.
      type: str
    dialect:
      description: V(suite), V(ng) or V(carbonio); null without a Backup module.
      type: str
    zxsuite:
      description: Path of the Backup module's command line, null when there is none (as on every Zimbra 10).
      type: str
    storage_module:
      description: V(powerstore) or V(hsm), as this command line calls the module for volumes.
      type: str
    version:
      description: The product's version with text, number, edition and patch.
      type: dict
    suite:
      description: The modules' version with version (server), cli_version and product.
      type: dict
    hostname:
      description: Name of the server in the platform's directory.
      type: str
    admin_host:
      description: Host the admin service listens on, for programs on this server.
      type: str
    admin_port:
      description: Port of the admin service.
      type: int
    server_id:
      description: The zimbraId of the server. Map files of an import are named by that of the Source.
      type: str
    mailboxes:
      description: Number of mailboxes (count) and what they hold (bytes).
      type: dict
    licence:
      description: Licence with expired, starts, ends, licensed_users, accounts and order_id.
      type: dict
    services:
      description: Services of the Backup module with running, could_start and could_stop, by name.
      type: dict
    operations:
      description: What is queued or running, with id, name, kind and state.
      type: list
      elements: dict
    backup:
      description:
        - The Backup module with path, realtime_scanner, blobless, archive, initialized, first_scan and last_scan.
        - Times are ISO 8601 in UTC, null means never.
      type: dict
    excluded_coses:
      description: Classes of service whose accounts the backup leaves out.
      type: list
      elements: str
    spaces:
      description:
        - Room by role (store, redolog, backup, path) with path, exists, device, total, used, free (bytes), filesystem,
          mount_point, mount_options and case_sensitive.
      type: list
      elements: dict
    problems:
      description: What could not be read, with what, error and message.
      type: list
      elements: dict
"""

from ansible.module_utils.basic import AnsibleModule

from ansible_collections.mailops.zimbra.plugins.module_utils._errors import MailopsError
from ansible_collections.mailops.zimbra.plugins.module_utils._platform_info import Wish, gather
from ansible_collections.mailops.zimbra.plugins.module_utils._zxsuite_argspec import platform_of, platform_spec


def main() -> None:
    module = AnsibleModule(
        argument_spec=dict(platform_spec(), paths={"type": "list", "elements": "path", "default": []}),
        supports_check_mode=True,
    )
    try:
        platform, runner = platform_of(module)
        wish = Wish(module.params["paths"], not module.check_mode, module.params["command_timeout"])
        facts = gather(platform, runner, wish)
    except MailopsError as error:
        module.fail_json(**error.as_failure())
    module.exit_json(changed=False, platform=facts)


if __name__ == "__main__":
    main()
