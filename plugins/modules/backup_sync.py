#!/usr/bin/python
# Copyright (c) 2026, mailops.zimbra contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

DOCUMENTATION = r"""
module: backup_sync
short_description: Copy a backup path to the Destination and prove the copy
version_added: 0.1.0
description:
  - Runs on the Source and pushes a backup path or an export directory to the Destination with rsync over ssh.
  - It uses the given key and known hosts only, asks nothing, and deletes nothing on the Destination.
  - A second pass compares both sides by checksum. What differs is copied once more; if something still differs, the
    task fails and names it.
  - A second run waits for a copy of the same directory that is still running, for instance after a lost connection.
author:
  - mailops.zimbra contributors (@mailops)
options:
  source:
    description: Directory on this host whose contents are copied.
    type: path
    required: true
  destination:
    description:
      - Directory on O(host) that receives them. It must exist.
      - Leave it out when the key is restricted to one directory with C(rrsync) on O(host).
    type: str
  host:
    description: Name or address of the Destination as this host reaches it.
    type: str
    required: true
  port:
    description: Port of ssh on O(host).
    type: int
    default: 22
  user:
    description: User to log in as on O(host).
    type: str
    required: true
  private_key:
    description: File with the private key, on this host.
    type: path
    required: true
  known_hosts:
    description: File with the host key of O(host), on this host. An unknown or another host key is refused.
    type: path
    required: true
  verify:
    description: Whether to compare both sides by checksum after the copy.
    type: bool
    default: true
  exclude:
    description: Further patterns of C(rsync --exclude), anchored at O(source) when they begin with a slash.
    type: list
    elements: str
    default: []
  exclude_maps:
    description: Leave the map files of earlier imports out. They belong to the server that wrote them.
    type: bool
    default: true
  chown:
    description:
      - Owner of the copy on O(host), as C(user:group). Needs O(user=root).
      - Without it the files belong to O(user).
    type: str
  bandwidth_limit:
    description: Limit in KiB/s. V(0) means none.
    type: int
    default: 0
  io_timeout:
    description: Seconds without a byte after which the copy is given up.
    type: int
    default: 600
  timeout:
    description: Seconds each of the passes may take, waiting for another copy included.
    type: int
    default: 259200
  retries:
    description: Further tries after files vanished or the connection broke. Each goes on where the last one stopped.
    type: int
    default: 3
attributes:
  check_mode:
    description: Can run in check mode and return changed status prediction without modifying target.
    support: partial
    details:
      - Compares both sides by size and time (C(rsync --dry-run)), not by checksum.
      - Where the key, the known hosts or the source is not there yet, nothing can be compared. It warns and predicts a
        change if the source holds anything.
  diff_mode:
    description: Will return details on what has changed (or possibly needs changing in check_mode), when in diff mode.
    support: none
    details:
      - A copy may hold millions of files. The numbers are in the result.
  idempotent:
    description:
      - When run twice in a row outside check mode, with the same arguments, the second invocation indicates no change.
    support: full
    details:
      - Provided that nothing writes into O(source) in between.
requirements:
  - rsync 3.1 or newer on both hosts, C(ssh), and C(flock) of util-linux on the Source
seealso:
  - module: mailops.zimbra.zxsuite_backup
"""

EXAMPLES = r"""
- name: Copy the backup path with a key that may write into one directory only
  mailops.zimbra.backup_sync:
    source: /opt/zimbra/backup/zextras
    host: mail.new.example
    user: zextras
    private_key: /opt/migration/keys/sync
    known_hosts: /opt/migration/keys/sync.known_hosts
  register: sync_result

- name: Copy as root into a directory, for another owner, at 50 MiB/s
  mailops.zimbra.backup_sync:
    source: /opt/zimbra/backup/zextras
    destination: /opt/migration/import/smartscan-mail.old.example
    host: mail.new.example
    user: root
    chown: zextras:zextras
    bandwidth_limit: 51200
    private_key: /opt/migration/keys/sync
    known_hosts: /opt/migration/keys/sync.known_hosts
"""

RETURN = r"""
files:
  description: Number of files and directories in the source.
  returned: when compared
  type: int
bytes:
  description: Size of the source in bytes.
  returned: when compared
  type: int
created:
  description: Number of files and directories that are new on the Destination.
  returned: when compared
  type: int
transferred:
  description: Number of files whose content was sent.
  returned: when compared
  type: int
transferred_bytes:
  description: Size of the files whose content was sent, in bytes.
  returned: when compared
  type: int
items:
  description: Number of files and directories that were changed in any way, their times and permissions included.
  returned: when compared
  type: int
compared:
  description: Whether both sides were compared at all. Only check mode may not be able to.
  returned: always
  type: bool
verified:
  description: Whether the copy was proven by checksum.
  returned: always
  type: bool
repaired:
  description: Number of items that differed by checksum and were copied again.
  returned: when compared
  type: int
tries:
  description: How often rsync was started.
  returned: when compared
  type: int
waited:
  description: Whether another copy of the same directory was running.
  returned: when compared
  type: bool
duration:
  description: Seconds it took.
  returned: when compared
  type: float
"""

import os
from typing import Any, Dict

from ansible.module_utils.basic import AnsibleModule

from ansible_collections.mailops.zimbra.plugins.module_utils._errors import MailopsError, ParameterError
from ansible_collections.mailops.zimbra.plugins.module_utils._rsync import MAP_FILES, Rules, Target
from ansible_collections.mailops.zimbra.plugins.module_utils._runner import module_runner
from ansible_collections.mailops.zimbra.plugins.module_utils._sync import Plan, Sync

ARGUMENT_SPEC: Dict[str, Any] = {
    "source": {"type": "path", "required": True},
    "destination": {"type": "str"},
    "host": {"type": "str", "required": True},
    "port": {"type": "int", "default": 22},
    "user": {"type": "str", "required": True},
    "private_key": {"type": "path", "required": True, "no_log": False},
    "known_hosts": {"type": "path", "required": True},
    "verify": {"type": "bool", "default": True},
    "exclude": {"type": "list", "elements": "str", "default": []},
    "exclude_maps": {"type": "bool", "default": True},
    "chown": {"type": "str"},
    "bandwidth_limit": {"type": "int", "default": 0},
    "io_timeout": {"type": "int", "default": 600},
    "timeout": {"type": "int", "default": 259200},
    "retries": {"type": "int", "default": 3},
}


def plan_of(params: Dict[str, Any]) -> Plan:
    """The plan the options describe. Raises :class:`ParameterError` for those that cannot work."""
    if params["chown"] and params["user"] != "root":
        raise ParameterError(
            f"chown={params['chown']} needs a receiver that is root, user={params['user']} is not. "
            "Leave 'chown' out: the files will belong to that user."
        )
    for name in ("bandwidth_limit", "io_timeout", "retries"):
        if params[name] < 0:
            raise ParameterError(f"{name}={params[name]} is negative. Use 0 or more.")
    target = Target(
        host=params["host"],
        port=params["port"],
        user=params["user"],
        path=params["destination"],
        private_key=params["private_key"],
        known_hosts=params["known_hosts"],
    )
    exclude = list(params["exclude"]) + (list(MAP_FILES) if params["exclude_maps"] else [])
    rules = Rules(exclude, params["bandwidth_limit"], params["io_timeout"], params["chown"])
    return Plan(params["source"], target, rules, params["timeout"], params["retries"], params["verify"])


def missing(params: Dict[str, Any]) -> Dict[str, str]:
    """Options that name something that is not there: {option: path}."""
    found = {name: params[name] for name in ("private_key", "known_hosts") if not os.path.isfile(params[name])}
    if not os.path.isdir(params["source"]):
        found["source"] = params["source"]
    return found


def main() -> None:
    """Spec, plan, one copy, exit."""
    module = AnsibleModule(argument_spec=ARGUMENT_SPEC, supports_check_mode=True)
    try:
        plan = plan_of(module.params)
        absent = missing(module.params)
        named = ", ".join(f"{name}={path}" for name, path in sorted(absent.items()))
        if absent and not module.check_mode:
            raise ParameterError(f"Not there on this host: {named}. Make it first, or correct the option.")
        if absent:
            module.warn(f"Check mode cannot compare the two sides yet: {named} is not there.")
            holds = "source" not in absent and bool(os.listdir(plan.source))
            module.exit_json(changed=holds, compared=False, verified=False)
        answer = Sync(module_runner(module), plan).run(dry_run=module.check_mode)
    except MailopsError as error:
        module.fail_json(**error.as_failure())
    module.exit_json(compared=True, **answer)


if __name__ == "__main__":
    main()
