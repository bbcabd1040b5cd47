#!/usr/bin/python
# Copyright (c) 2026, mailops.zimbra contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

DOCUMENTATION = r"""
module: mailbox_inventory
short_description: List what the mailboxes of a server hold
version_added: 0.1.0
description:
  - Lists every folder and every item of the accounts of a mailstore, and writes the list into one sorted, compressed
    file of JSON lines. Two such files, one of the Source and one of the Destination, are what
    M(mailops.zimbra.mailbox_evidence) compares.
  - It asks through public interfaces only, and trusts none of them alone. The REST export says what the items are, a
    SyncRequest which ids there are, GetFolder how many. An account for which the three do not agree is
    V(incomplete), and what is missing is named with folder and, where the server still knows them, subject and date.
    An export that ends early, comes back empty or leaves an item out never reads as complete.
  - Trash and Junk are listed too. Mail that arrives while a mailbox is listed is listed as well.
  - Items are told apart by what is equal on every server. A message and a file by the digest of their bytes, an
    appointment and a task by their UID, a contact by its fields.
author:
  - mailops.zimbra contributors (@mailops)
extends_documentation_fragment:
  - mailops.zimbra.attributes
  - mailops.zimbra.soap
options:
  dest:
    description:
      - The file to write, on the host of the task. Its directory must exist.
      - It is written with mode 0600, for it holds subjects and addresses, and appears under its name only when it is
        whole.
      - The list is sorted on disk, next to O(dest). A million items need about 500 MB there meanwhile.
    type: path
    required: true
  domains:
    description: Only the accounts of these domains. All by default.
    type: list
    elements: str
    default: []
  accounts:
    description: Only these accounts. All by default. A name the directory does not know is an error.
    type: list
    elements: str
    default: []
  mail_host:
    description:
      - Only accounts whose mailbox is on this mailstore, as C(zimbraMailHost) names it. A mailbox of another mailstore
        cannot be read through this one.
      - By default the mailstore the task runs on, and all with O(url).
    type: str
  skip_system_accounts:
    description:
      - Leave out spam, ham, quarantine and GAL sync accounts.
      - By default they are listed and marked, and not compared.
    type: bool
    default: false
  content:
    description:
      - V(full) reads every message and every file to its end and compares its bytes with the digest and size the server
        has recorded. Only this finds a message that was cut or changed in the store behind the server's back.
      - V(metadata) leaves the bodies out. It takes about two thirds of the time and a fraction of the reading, and
        believes the recorded digests.
    type: str
    choices: [full, metadata]
    default: full
  parallel:
    description: Mailboxes to read at the same time.
    type: int
    default: 4
  delay:
    description: Seconds each reader waits after a mailbox, to be polite to a server that people work on.
    type: float
    default: 0
attributes:
  check_mode:
    support: full
    details:
      - Everything is read and counted, but O(dest) is not written.
  diff_mode:
    support: none
    details:
      - The file is compressed and as large as the mailboxes.
  idempotent:
    support: full
    details:
      - When every account reads the same as in the file that is there, the file stays as it is.
notes:
  - Reading the folders of an account that never had a mailbox makes one. Such accounts are found with GetAllMailboxes
    and left alone, they count as empty. Where a server does not answer that question, accounts that use no space are
    read nevertheless, but not in check mode.
  - A mailbox in status V(maintenance) cannot be read at all. Its account is V(incomplete). V(locked) accounts can be
    read.
seealso:
  - module: mailops.zimbra.mailbox_evidence
"""

EXAMPLES = r"""
- name: List all mailboxes of this mailstore
  mailops.zimbra.mailbox_inventory:
    dest: /opt/migration/evidence/source.jsonl.gz
  become: true
  register: source_inventory

- name: List two domains from anywhere, without reading message bodies
  mailops.zimbra.mailbox_inventory:
    url: https://mail.new.example:7071
    admin: admin@new.example
    password: "{{ vault_admin_password }}"
    dest: /var/lib/migration/destination.jsonl.gz
    domains: [a.example, b.example]
    content: metadata
    parallel: 2
    delay: 0.5

- name: Stop when a mailbox could not be read
  ansible.builtin.assert:
    that: source_inventory.incomplete | length == 0
    fail_msg: "Not complete: {{ source_inventory.incomplete | join(', ') }}"
"""

RETURN = r"""
dest:
  description: The file.
  returned: success
  type: str
counts:
  description:
    - Numbers over all accounts.
    - They are accounts, without_mailbox, incomplete, items, bytes, folders and types (items of each type).
  returned: success
  type: dict
  sample:
    accounts: 60
    bytes: 81402113
    folders: 512
    incomplete: 0
    items: 6012
    types: {appointment: 61, contact: 240, message: 5711}
    without_mailbox: 1
incomplete:
  description: Accounts whose inventory is not complete.
  returned: success
  type: list
  elements: str
accounts:
  description: What was seen in each account, sorted by address.
  returned: success
  type: list
  elements: dict
  contains:
    account:
      description: Address.
      type: str
    state:
      description: V(complete) or V(incomplete).
      type: str
    problems:
      description:
        - The first problems, at most 20. Each has C(what), and where it is about one item C(type), C(folder), C(id),
          C(name) and C(date) (seconds since 1970).
      type: list
      elements: dict
    problem_count:
      description: How many problems there are in all.
      type: int
    items:
      description: Number of items.
      type: int
    bytes:
      description: Size of the items.
      type: int
    folders:
      description: Number of folders.
      type: int
    counts:
      description: Number of items of each type.
      type: dict
    mailbox:
      description: Whether it has a mailbox.
      type: bool
    status:
      description: Status of the account.
      type: str
    system:
      description: Whether it is a system account.
      type: bool
"""

import datetime
from typing import Any, Callable, Dict

from ansible.module_utils.basic import AnsibleModule

from ansible_collections.mailops.zimbra.plugins.module_utils._argspec import SOAP, options
from ansible_collections.mailops.zimbra.plugins.module_utils._errors import MailopsError, ParameterError
from ansible_collections.mailops.zimbra.plugins.module_utils._inventory_accounts import Wanted
from ansible_collections.mailops.zimbra.plugins.module_utils._inventory_run import (
    Options,
    shown,
    summary,
    take_inventory,
)
from ansible_collections.mailops.zimbra.plugins.module_utils._runner import module_runner
from ansible_collections.mailops.zimbra.plugins.module_utils._soap import SoapClient
from ansible_collections.mailops.zimbra.plugins.module_utils._soap_connection import Endpoint, find_endpoint
from ansible_collections.mailops.zimbra.plugins.module_utils._soap_http import HttpTransport

SPEC = SOAP.merged(
    options(
        {
            "dest": {"type": "path", "required": True},
            "domains": {"type": "list", "elements": "str", "default": []},
            "accounts": {"type": "list", "elements": "str", "default": []},
            "mail_host": {"type": "str"},
            "skip_system_accounts": {"type": "bool", "default": False},
            "content": {"type": "str", "choices": ["full", "metadata"], "default": "full"},
            "parallel": {"type": "int", "default": 4},
            "delay": {"type": "float", "default": 0},
        }
    )
)


def connector(module: Any, endpoint: Endpoint) -> Callable[[], SoapClient]:
    """Gives every reader a connection of its own."""

    def connect() -> SoapClient:
        transport = HttpTransport(
            endpoint.url,
            module.params["soap_timeout"],
            endpoint.verify,
            module.params["ca_path"],
            endpoint.server_name,
        )
        return SoapClient(transport, endpoint.login, read_only=module.check_mode)

    return connect


def run(module: Any) -> Dict[str, Any]:
    """Read the mailboxes and write the file."""
    params = module.params
    if not 1 <= params["parallel"] <= 64:
        raise ParameterError("parallel={} must be between 1 and 64.".format(params["parallel"]))
    endpoint = find_endpoint(params, lambda user: module_runner(module, user))
    module.no_log_values.update({endpoint.login.password})
    # With an URL nobody knows which mailstore answers; on a mailstore its own name is in localconfig.
    host = params["mail_host"] or (None if params["url"] else endpoint.server_name)
    wanted = Wanted(params["domains"], params["accounts"], host, params["skip_system_accounts"])
    taken = take_inventory(
        connector(module, endpoint),
        wanted,
        None if module.check_mode else params["dest"],
        {
            "server": endpoint.server_name or endpoint.url,
            "content": params["content"],
            "taken": datetime.datetime.now(datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ"),
        },
        Options(params["content"] == "full", params["parallel"], params["delay"], not module.check_mode),
    )
    return {
        "changed": taken.written.changed,
        "dest": params["dest"],
        "counts": summary(taken.accounts),
        "incomplete": [record["account"] for record in taken.accounts if record["state"] != "complete"],
        "accounts": [shown(record) for record in taken.accounts],
    }


def main() -> None:
    """Spec, read, exit."""
    module = AnsibleModule(supports_check_mode=True, **SPEC.for_module())
    try:
        result = run(module)
    except MailopsError as error:
        module.fail_json(**error.as_failure())
    module.exit_json(**result)


if __name__ == "__main__":
    main()
