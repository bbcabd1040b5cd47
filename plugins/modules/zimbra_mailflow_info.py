#!/usr/bin/python
# Copyright (c) 2026, mailops.zimbra contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

DOCUMENTATION = r"""
module: zimbra_mailflow_info
short_description: Tell which addresses a platform delivers, by which transports, and what is queued
version_added: 0.1.0
description:
  - Reads the directory and the mail queues over the admin SOAP service. Changes nothing.
author:
  - mailops.zimbra contributors (@mailops)
extends_documentation_fragment:
  - mailops.zimbra.soap
options:
  gather:
    description: What to return.
    type: list
    elements: str
    choices: [addresses, routes, queues]
    default: [addresses, routes, queues]
  domains:
    description: Limit addresses and routes to these domains. By default all of them.
    type: list
    elements: str
  mail_host:
    description: Limit the routes of accounts and resources to this mailstore (C(zimbraMailHost)).
    type: str
  mta_servers:
    description: Names of the servers whose queues are counted. By default all with the service C(mta).
    type: list
    elements: str
attributes:
  check_mode:
    description: Can run in check mode and return changed status prediction without modifying target.
    support: full
    details:
      - This module never changes anything.
  diff_mode:
    description: Will return details on what has changed (or possibly needs changing in check_mode), when in diff mode.
    support: N/A
    details:
      - This module never changes anything.
  idempotent:
    description:
      - When run twice in a row outside check mode, with the same arguments, the second invocation indicates no change.
    support: full
    details:
      - This module never changes anything.
seealso:
  - module: mailops.zimbra.zimbra_mailflow
"""

EXAMPLES = r"""
- name: Every address the Destination delivers
  mailops.zimbra.zimbra_mailflow_info:
    gather: [addresses]
  register: mailflow_destination

- name: The queues, from anywhere
  mailops.zimbra.zimbra_mailflow_info:
    url: https://mail.example.com:7071
    admin: admin@example.com
    password: "{{ vault_admin_password }}"
    gather: [queues]
"""

RETURN = r"""
addresses:
  description:
    - Every address mail is delivered to, sorted. Accounts, resources, lists, their aliases; V(@domain) for an alias
      domain and a catch-all.
    - System accounts are left out, and what Postfix does not know because its C(zimbraMailStatus) is not enabled.
  returned: O(gather) holds V(addresses)
  type: list
  elements: str
routes:
  description: The transports of domains, accounts and resources.
  returned: O(gather) holds V(routes)
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
      description: Its transport, null when it has none of its own.
      type: str
    movable:
      description: Whether M(mailops.zimbra.zimbra_mailflow) would redirect it.
      type: bool
queues:
  description: Messages in the queues incoming, active, deferred, hold and corrupt, by server.
  returned: O(gather) holds V(queues)
  type: dict
"""

from typing import Any, Dict

from ansible.module_utils.basic import AnsibleModule

from ansible_collections.mailops.zimbra.plugins.module_utils._argspec import SOAP, options
from ansible_collections.mailops.zimbra.plugins.module_utils._errors import MailopsError
from ansible_collections.mailops.zimbra.plugins.module_utils._mailflow import Scope, routes
from ansible_collections.mailops.zimbra.plugins.module_utils._mailflow_directory import MailDirectory
from ansible_collections.mailops.zimbra.plugins.module_utils._mailqueue import MailQueues
from ansible_collections.mailops.zimbra.plugins.module_utils._soap import SoapClient
from ansible_collections.mailops.zimbra.plugins.module_utils._soap_connection import connect

PARTS = ["addresses", "routes", "queues"]
SPEC = SOAP.merged(
    options(
        {
            "gather": {"type": "list", "elements": "str", "choices": PARTS, "default": PARTS},
            "domains": {"type": "list", "elements": "str"},
            "mail_host": {"type": "str"},
            "mta_servers": {"type": "list", "elements": "str"},
        }
    )
)


def gather(client: SoapClient, p: Dict[str, Any]) -> Dict[str, Any]:
    """The parts that were asked for."""
    directory = MailDirectory(client)
    found: Dict[str, Any] = {}
    if "addresses" in p["gather"]:
        found["addresses"] = sorted(set(directory.addresses(p["domains"])))
    if "routes" in p["gather"]:
        scope = Scope(p["domains"], p["mail_host"])
        found["routes"] = [dict(route.as_dict(), movable=movable) for route, movable in routes(directory, scope)]
    if "queues" in p["gather"]:
        found["queues"] = MailQueues(client, p["mta_servers"]).counts()
    return found


def main() -> None:
    """Spec, client, read, exit."""
    module = AnsibleModule(supports_check_mode=True, **SPEC.for_module())
    try:
        found = gather(connect(module), module.params)
    except MailopsError as error:
        module.fail_json(**error.as_failure())
    module.exit_json(changed=False, **found)


if __name__ == "__main__":
    main()
