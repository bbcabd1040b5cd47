#!/usr/bin/python
# Copyright (c) 2026, mailops.zimbra contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

DOCUMENTATION = r"""
module: zimbra_mailflow
short_description: Point the mail flow of a platform at another one, and take it back
version_added: 0.1.0
description:
  - Sets the transport (C(zimbraMailTransport)) of domains, accounts and resources over the admin SOAP service, in
    batches. Only those that differ are set, and read again afterwards.
  - System accounts (spam and ham training, quarantine, GAL synchronisation) and accounts that another server serves
    already are left as they are.
  - Mail that was delivered before is not touched.
author:
  - mailops.zimbra contributors (@mailops)
extends_documentation_fragment:
  - mailops.zimbra.soap
options:
  state:
    description:
      - V(redirected) sets the transports to O(target), once every address is known to be deliverable there.
      - V(restored) sets them back to O(previous).
      - V(drained) has the deferred mail routed anew and waits until nothing is queued that was routed before. To be
        called after the transports were set, and before what was delivered locally is taken for complete.
    type: str
    required: true
    choices: [redirected, restored, drained]
  target:
    description:
      - Transport to the Destination, as C(smtp:[host]:port). The brackets avoid an MX lookup that could lead back.
      - Required for O(state=redirected). With O(state=restored) only what still has this value is set back.
    type: str
  known_addresses:
    description:
      - The addresses the Destination delivers. M(mailops.zimbra.zimbra_mailflow_info) lists them there.
      - If one of the Source is missing, the task fails with the list and changes nothing.
      - Required for O(state=redirected).
    type: list
    elements: str
  previous:
    description: What was returned as RV(previous) and recorded. Required for O(state=restored).
    type: list
    elements: dict
  domains:
    description: Limit to these domains. By default all of them.
    type: list
    elements: str
  mail_host:
    description:
      - Limit to the accounts and resources of this mailstore (C(zimbraMailHost)). Domains are set all the same.
    type: str
  mta_servers:
    description: Names of the servers whose queues count, for O(state=drained). By default all with the service C(mta).
    type: list
    elements: str
  queue_timeout:
    description: Seconds to wait for the queue, for O(state=drained).
    type: int
    default: 300
  poll_interval:
    description: Seconds between two looks at the queue.
    type: int
    default: 2
attributes:
  check_mode:
    description: Can run in check mode and return changed status prediction without modifying target.
    support: full
    details:
      - RV(previous) then holds what would be changed, so that it can be recorded before the change.
      - For O(state=drained) it tells what is queued now.
  diff_mode:
    description: Will return details on what has changed (or possibly needs changing in check_mode), when in diff mode.
    support: full
  idempotent:
    description:
      - When run twice in a row outside check mode, with the same arguments, the second invocation indicates no change.
    support: partial
    details:
      - With O(state=drained) there is a change whenever deferred mail had to be requeued.
seealso:
  - module: mailops.zimbra.zimbra_mailflow_info
  - module: mailops.zimbra.migration_ledger
"""

EXAMPLES = r"""
- name: What the Destination delivers
  mailops.zimbra.zimbra_mailflow_info:
    gather: [addresses]
  delegate_to: mail.new.example
  register: mailflow_destination

- name: See what would be redirected, to record it first
  mailops.zimbra.zimbra_mailflow:
    state: redirected
    target: smtp:[mail.new.example]:25
    known_addresses: "{{ mailflow_destination.addresses }}"
  check_mode: true
  register: mailflow_plan

- name: Redirect
  mailops.zimbra.zimbra_mailflow:
    state: redirected
    target: smtp:[mail.new.example]:25
    known_addresses: "{{ mailflow_destination.addresses }}"

- name: Let go what is queued
  mailops.zimbra.zimbra_mailflow:
    state: drained

- name: Take it back
  mailops.zimbra.zimbra_mailflow:
    state: restored
    target: smtp:[mail.new.example]:25
    previous: "{{ mailflow_recorded }}"
"""

RETURN = r"""
previous:
  description: The transports before the change, of all that was or would be changed.
  returned: O(state=redirected) and O(state=restored)
  type: list
  elements: dict
  contains:
    kind:
      description: V(domain), V(account) or V(resource).
      type: str
    id:
      description: Its zimbraId.
      type: str
    name:
      description: Its name or address.
      type: str
    transport:
      description: Its transport, null when it had none of its own.
      type: str
left_alone:
  description: What has another transport and was left alone, with the same keys.
  returned: O(state=redirected) and O(state=restored)
  type: list
  elements: dict
gone:
  description: Names of what does not exist any more.
  returned: O(state=restored)
  type: list
  elements: str
total:
  description: Number of domains, accounts and resources that were looked at.
  returned: O(state=redirected) and O(state=restored)
  type: int
queues:
  description: Messages in the queues incoming, active, deferred, hold and corrupt, by server.
  returned: O(state=drained)
  type: dict
requeued:
  description: How many deferred messages were or would be requeued.
  returned: O(state=drained)
  type: int
waiting:
  description: Deferred messages that go to the Destination as soon as it takes them.
  returned: O(state=drained)
  type: int
"""

from typing import Any, Dict

from ansible.module_utils.basic import AnsibleModule

from ansible_collections.mailops.zimbra.plugins.module_utils._argspec import SOAP, options
from ansible_collections.mailops.zimbra.plugins.module_utils._errors import MailopsError
from ansible_collections.mailops.zimbra.plugins.module_utils._mailflow import Scope, redirect, restore
from ansible_collections.mailops.zimbra.plugins.module_utils._mailflow_directory import MailDirectory
from ansible_collections.mailops.zimbra.plugins.module_utils._mailqueue import MailQueues
from ansible_collections.mailops.zimbra.plugins.module_utils._soap import SoapClient
from ansible_collections.mailops.zimbra.plugins.module_utils._soap_connection import connect

SPEC = SOAP.merged(
    options(
        {
            "state": {"type": "str", "required": True, "choices": ["redirected", "restored", "drained"]},
            "target": {"type": "str"},
            "known_addresses": {"type": "list", "elements": "str"},
            "previous": {"type": "list", "elements": "dict"},
            "domains": {"type": "list", "elements": "str"},
            "mail_host": {"type": "str"},
            "mta_servers": {"type": "list", "elements": "str"},
            "queue_timeout": {"type": "int", "default": 300},
            "poll_interval": {"type": "int", "default": 2},
        },
        required_if=[
            ("state", "redirected", ["target", "known_addresses"]),
            ("state", "restored", ["previous"]),
        ],
    )
)


def reach(client: SoapClient, p: Dict[str, Any], dry_run: bool) -> Dict[str, Any]:
    """Bring about the state the options ask for."""
    if p["state"] == "redirected":
        return redirect(client, p["target"], p["known_addresses"], Scope(p["domains"], p["mail_host"]), dry_run)
    if p["state"] == "restored":
        return restore(client, p["previous"], p["target"], dry_run)
    names = p["domains"]
    if names is None:
        names = [domain.name for domain in MailDirectory(client).domains()]
    return MailQueues(client, p["mta_servers"]).drain(names, p["queue_timeout"], p["poll_interval"], dry_run)


def main() -> None:
    """Spec, client, one state, exit."""
    module = AnsibleModule(supports_check_mode=True, **SPEC.for_module())
    try:
        answer = reach(connect(module), module.params, module.check_mode)
    except MailopsError as error:
        module.fail_json(**error.as_failure())
    if not module._diff:
        answer.pop("diff", None)
    module.exit_json(**answer)


if __name__ == "__main__":
    main()
