#!/usr/bin/python
# Copyright (c) 2026, mailops.zimbra contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

DOCUMENTATION = r"""
module: migration_phase
short_description: Check what is asked of a migration and plan its units
version_added: 0.1.0
description:
  - Runs on the controller, reads the inventory, and connects to no host.
  - Refuses an unknown procedure or phase, a missing group, a host in both groups and values that cannot be used.
    The message names the variable, its value and the remedy.
  - Plans the units. For the procedure V(smartscan) every host of the group C(zimbra_source) is one unit.
  - Reads these variables of the hosts in C(zimbra_source) and C(zimbra_destination) - C(migration_dir)
    (default C(/opt/migration)), C(zimbra_home) and C(zimbra_service_user) (the modules find them if they are not set),
    C(ansible_host), C(ansible_port).
  - Reads C(migration_destination) of a Source where there are several Destinations.
  - Reads how the Source reaches the Destination by ssh from the Destination's C(migration_ssh_address),
    C(migration_ssh_port), C(migration_ssh_user), C(migration_ssh_authorized_keys), C(migration_ssh_host_key) and
    C(migration_rrsync).
options:
  procedure:
    description: Way of migrating. This version knows V(smartscan).
    type: str
  phase:
    description:
      - What is to be done now.
      - For V(smartscan) one of V(precheck), V(initial), V(delta), V(cutover), V(postcheck), V(report).
    type: str
  name:
    description: Name of the migration, V(migration) if it is not given.
    type: str
  mail_target:
    description:
      - Transport that the Source's mail is sent to at the cutover, as the MTA writes it.
      - Default is the Destination's variable C(migration_mail_target), else C(smtp:[ADDRESS]:25) with its address.
    type: str
  report_dest:
    description:
      - Directory on the controller for the report.
      - A relative one lies in the directory where C(ansible-playbook) was started, which is also the default.
    type: str
extends_documentation_fragment:
  - mailops.zimbra.attributes
attributes:
  check_mode:
    support: full
    details: Nothing is ever changed.
  diff_mode:
    support: none
    details: There is nothing to compare.
  idempotent:
    support: full
    details: The same inventory and variables give the same plan.
author:
  - mailops.zimbra contributors (@mailops)
notes:
  - All work is done by an action plugin of the same name.
"""

EXAMPLES = r"""
- name: Plan the initial pass
  mailops.zimbra.migration_phase:
    procedure: smartscan
    phase: initial
  register: migration

- name: Make every unit a host of the inventory
  ansible.builtin.add_host:
    name: "{{ item.name }}"
    groups: [zimbra_units]
    unit_source: "{{ item.source.host }}"
    unit_destination: "{{ item.destination.host }}"
  loop: "{{ migration.plan.units }}"
  loop_control:
    label: "{{ item.name }}"
"""

RETURN = r"""
plan:
  description: What the plays work from.
  returned: success
  type: dict
  contains:
    procedure:
      description: The procedure.
      type: str
    phase:
      description: The phase.
      type: str
    name:
      description: Name of the migration.
      type: str
    report_dest:
      description: Absolute directory on the controller for the report.
      type: str
    units:
      description: One entry for each unit, in the order of the inventory.
      type: list
      elements: dict
      contains:
        name:
          description: Name of the unit, as C(smartscan-mail.example.com).
          type: str
        method:
          description: How the unit is exported, in the ledger's words.
          type: str
        source:
          description: Host, address, directory, home and service user of the Source; empty where a module finds it.
          type: dict
        destination:
          description: The same of the Destination, and under C(ssh) how the Source reaches it.
          type: dict
        mail_target:
          description: Transport of the cutover.
          type: str
        ledger:
          description: Path of the ledger on the Destination.
          type: str
        import_path:
          description: Directory on the Destination that takes the copy.
          type: str
        key_directory:
          description: Directory on the Source for the ssh key that a pass makes and removes.
          type: str
        evidence:
          description:
            - Paths of the inventories of the mailboxes.
            - C(source) is on the Source, C(source_copy) and C(destination) are on the Destination.
          type: dict
        alone:
          description: Whether this is the only unit.
          type: bool
        leads:
          description: Whether this is the first unit of its Destination.
          type: bool
"""

from ansible.module_utils.basic import AnsibleModule


def main() -> None:
    """Say where the work is done: only the action plugin of the same name can see the inventory."""
    module = AnsibleModule(
        argument_spec={
            "procedure": {"type": "str"},
            "phase": {"type": "str"},
            "name": {"type": "str"},
            "mail_target": {"type": "str"},
            "report_dest": {"type": "str"},
        },
        supports_check_mode=True,
    )
    module.fail_json(msg="This runs on the controller only. Call it by its full name, mailops.zimbra.migration_phase.")


if __name__ == "__main__":
    main()
