#!/usr/bin/python
# Copyright (c) 2026, mailops.zimbra contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

DOCUMENTATION = r"""
module: zxsuite_backup
short_description: Run a long operation of the Backup module to its proven end
version_added: 0.1.0
description:
  - Runs SmartScan, export, External Restore (import) and the checks of the Backup module of Zextras Suite, Zimbra NG or
    Carbonio, waits for the end with progress on the controller, and judges it by the operation's own report.
  - With O(unit), O(pass) and O(ledger) it is idempotent. An operation that finished in this pass is not run again, one
    that is still queued or running is attached to, one that failed or was interrupted is started as the next attempt.
  - An exit status proves nothing here. Unrestored items, an exception, an interruption, an end nobody tells of, and an
    operation that vanished are failures that say what to look at.
author:
  - mailops.zimbra contributors (@mailops)
extends_documentation_fragment:
  - mailops.zimbra.attributes
  - mailops.zimbra.zxsuite
attributes:
  check_mode:
    support: full
    details:
      - Nothing is started and nothing is written into the ledger; RV(how) says what would be done.
  diff_mode:
    support: none
    details:
      - An operation has no state to compare; RV(statistics) says what it did.
  idempotent:
    support: partial
    details:
      - Full with O(unit), O(pass) and O(ledger).
      - Without them every call that finds no such operation running starts one.
options:
  operation:
    description: What to run.
    type: str
    required: true
    choices:
      - smart_scan
      - export
      - external_restore
      - account_scan
      - check_shares
      - fix_shares
      - coherency_check
  path:
    description:
      - Directory to export to (empty, of the service user), to import from, or whose coherency is checked.
      - An import never takes the server's own backup path, a part of it or a directory around it.
    type: path
  account:
    description: Account to scan, for O(operation=account_scan).
    type: str
  map_file:
    description:
      - Map file of the import whose shares are to be fixed, for O(operation=fix_shares). A name without a directory
        lies in the server's backup path.
    type: path
  accounts:
    description: Restrict an import or a coherency check to these accounts.
    type: list
    elements: str
  input_file:
    description: File on the host with the accounts to import, one a line.
    type: path
  domains:
    description: Restrict an export or an import to these domains.
    type: list
    elements: str
  cos:
    description: Restrict an export to accounts of these classes of service.
    type: list
    elements: str
  filter_deleted:
    description: Leave deleted accounts and items out of the import. The platform's default is V(true).
    type: bool
  skip_system_accounts:
    description: Leave GalSync, ham, spam and quarantine accounts out of the import. The platform's default is V(true).
    type: bool
  skip_aliases:
    description: Import no aliases.
    type: bool
  skip_distribution_lists:
    description: Import no distribution lists.
    type: bool
  skip_coses:
    description: Import no classes of service.
    type: bool
  skip_account_provisioning:
    description: Import into accounts as they are, without creating or resetting them.
    type: bool
  skip_domain_provisioning:
    description: Import into existing domains only.
    type: bool
  provisioning_only:
    description: Import domains, classes of service, accounts and lists without items.
    type: bool
  concurrent_accounts:
    description: How many accounts are imported at once. Start low.
    type: int
  max_file_size:
    description: Leave larger files out of the import, in the platform's own unit (not documented by the vendor).
    type: int
  restore_datasource:
    description: Import external data sources of accounts. The platform's default is V(true).
    type: bool
  force_as_external_restore:
    description: Import a path of the same infrastructure.
    type: bool
  blobs_archive:
    description: Id of the bucket or volume that holds the blobs, where they are not in O(path).
    type: str
  deep:
    description: Let a SmartScan or an account scan look at every item.
    type: bool
  remote_metadata_upload:
    description: Let a scan upload metadata to the remote volume.
    type: bool
  create_fake_blob:
    description: Let a SmartScan write a stand-in for blobs that are missing.
    type: bool
  read_error_threshold:
    description: How many read errors a scan or an export takes before it gives up.
    type: int
  space_threshold:
    description: Free space in MB at which an export stops.
    type: int
  skip_items:
    description: Export accounts without their items.
    type: bool
  check_zimbra:
    description: Compare with the mail server, too, in a coherency check.
    type: bool
  fix_backup:
    description: Let a coherency check move corrupted and unreferenced files out of the backup.
    type: bool
  fix_double_gzip:
    description: What a coherency check does about blobs that were compressed twice.
    type: str
    choices: [skip, check, fix]
  notifications:
    description:
      - Addresses the platform sends its notifications to.
      - O(operation=external_restore) and O(operation=account_scan) take one address only.
    type: list
    elements: str
  unit:
    description: Unit of the migration this belongs to. Together with O(pass) and O(ledger).
    type: str
  pass:
    description: Number of the pass this belongs to.
    type: int
  ledger:
    description: Path of the migration's ledger on O(ledger_host).
    type: path
  ledger_host:
    description:
      - Inventory host the ledger is on. The default is the host of the task.
      - The controller reaches it by that host's own connection variables, with the task's privilege escalation.
    type: str
  timeout:
    description:
      - Seconds to wait for the end.
      - When they are over the task fails and the operation goes on. The same task run again attaches to it.
    type: int
    default: 86400
  poll_interval:
    description: Seconds between two looks. Each look starts a JVM on the server.
    type: float
    default: 5.0
  operation_id:
    description: Follow this operation instead of looking for one or starting one.
    type: str
  attach:
    description:
      - Go on with the same operation if it is queued or running.
      - What to do about the operations of a unit is decided by the ledger; this is for calls without one.
    type: bool
    default: true
  adopt_age:
    description:
      - Go on with an operation of the same kind and parameters that was queued at most so many seconds ago, also one
        that is over by now. Set by the action plugin after a run that died between the start and its record.
    type: float
  known_operations:
    description: Ids of operations that are not to be adopted or attached to. Set by the action plugin.
    type: list
    elements: str
    default: []
  watch:
    description: Seconds one look may watch a running operation for its progress. Set by the action plugin.
    type: float
    default: 3.0
notes:
  - Progress is printed by an action plugin on the controller. The module itself starts or finds the operation, looks at
    it once and returns.
  - A connection that breaks, and a server that does not answer for a while, are waited out until O(timeout). The
    operation goes on in the server meanwhile.
seealso:
  - module: mailops.zimbra.migration_ledger
  - module: mailops.zimbra.zxsuite_backup_info
"""

EXAMPLES = r"""
- name: Scan what is new on the Source
  mailops.zimbra.zxsuite_backup:
    operation: smart_scan
    unit: smartscan-mail1
    pass: 2
    ledger: /opt/migration/ledger.db
    ledger_host: new1
  register: smart_scan

- name: Import it on the Destination
  mailops.zimbra.zxsuite_backup:
    operation: external_restore
    path: /opt/migration/import/smartscan-mail1
    concurrent_accounts: 5
    unit: smartscan-mail1
    pass: 2
    ledger: /opt/migration/ledger.db

- name: Check the shares, without a ledger
  mailops.zimbra.zxsuite_backup:
    operation: check_shares
    timeout: 3600
"""

RETURN = r"""
operation_id:
  description: Id of the operation; null in check mode when it would be started.
  returned: always
  type: str
  sample: f200b3e9-c694-482e-a46f-a13d58920003
state:
  description:
    - V(finished) is the only good end. V(failed), V(interrupted), V(stopped), V(unknown) and V(vanished) fail the task.
    - V(absent) in check mode when it would be started.
  returned: always
  type: str
  sample: finished
how:
  description:
    - Where the operation came from, one of V(started), V(attached), V(adopted), V(followed), V(recorded).
    - In check mode V(would_start) or V(would_attach).
  returned: always
  type: str
  sample: started
started:
  description: Start in ISO 8601, UTC.
  returned: when the server tells
  type: str
ended:
  description: End in ISO 8601, UTC.
  returned: when it is over and the server tells
  type: str
statistics:
  description: The statistics of the operation's own report, labels in snake case, numbers as numbers.
  returned: always
  type: dict
  sample: {"restored_items": 15233, "skipped_items": 125, "unrestored_items": 0}
provisioning:
  description: The statistics of the first phase of an import.
  returned: always
  type: dict
unrestored:
  description: Ids of the items that were not restored, per account.
  returned: always
  type: dict
  sample: {"account1@example.com": ["1255", "1369"]}
notes:
  description: What the statistics show that is no failure but worth knowing, such as read errors.
  returned: always
  type: list
  elements: str
progress:
  description: The last progress seen, with accounts_done, accounts_total, items_done, items_total and counters.
  returned: while it runs
  type: dict
attempts:
  description: All attempts of this operation in this pass, as the ledger keeps them.
  returned: with a ledger
  type: list
  elements: dict
message:
  description: One sentence about the end.
  returned: always
  type: str
settled:
  description: Whether the server has written down the end for good.
  returned: always
  type: bool
"""

import time

from ansible.module_utils.basic import AnsibleModule

from ansible_collections.mailops.zimbra.plugins.module_utils._errors import MailopsError
from ansible_collections.mailops.zimbra.plugins.module_utils._operations import Request, require_good_end, step
from ansible_collections.mailops.zimbra.plugins.module_utils._operations_paths import settle_paths
from ansible_collections.mailops.zimbra.plugins.module_utils._zxsuite_argspec import client_of
from ansible_collections.mailops.zimbra.plugins.module_utils._zxsuite_arguments import given
from ansible_collections.mailops.zimbra.plugins.module_utils._zxsuite_backup_argspec import backup_spec


def main() -> None:
    module = AnsibleModule(
        argument_spec=backup_spec(),
        required_together=[("unit", "pass", "ledger")],
        supports_check_mode=True,
    )
    params = module.params
    try:
        parameters = given(params["operation"], params)
        platform, runner, client = client_of(module)
        request = Request(
            operation=params["operation"],
            parameters=parameters,
            operation_id=params["operation_id"],
            age=params["adopt_age"],
            attach=params["attach"],
            known=tuple(params["known_operations"]),
            watch=params["watch"],
        )
        if not request.operation_id:
            request = settle_paths(request, client, runner, platform)
        result = step(client, request, time.time(), module.check_mode)
        require_good_end(result)
    except MailopsError as error:
        module.fail_json(**error.as_failure())
    module.exit_json(**result)


if __name__ == "__main__":
    main()
