# Copyright (c) 2026, mailops.zimbra contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Options that several modules share, with their relations: merged by the module, mirrored by a doc fragment."""

from typing import Any, Dict, List, NamedTuple, Sequence


class ArgSpec(NamedTuple):
    """Keyword arguments of ``AnsibleModule``: ``argument_spec`` and the relations between options."""

    options: Dict[str, Any]
    relations: Dict[str, List[Any]]

    def merged(self, *others: "ArgSpec") -> "ArgSpec":
        """This one and others together; an option may come from one of them only."""
        options = dict(self.options)
        relations = {name: list(value) for name, value in self.relations.items()}
        for other in others:
            options.update(other.options)
            for name, value in other.relations.items():
                relations.setdefault(name, []).extend(value)
        return ArgSpec(options, relations)

    def for_module(self) -> Dict[str, Any]:
        """What is given to ``AnsibleModule``."""
        return dict(self.relations, argument_spec=self.options)


def options(spec: Dict[str, Any], **relations: Sequence[Any]) -> ArgSpec:
    """The options of one module, with ``required_if``, ``required_together`` and so on."""
    return ArgSpec(spec, {name: list(value) for name, value in relations.items()})


# Doc fragment: mailops.zimbra.soap
SOAP = options(
    {
        "url": {"type": "str"},
        "admin": {"type": "str"},
        "password": {"type": "str", "no_log": True},
        "validate_certs": {"type": "bool"},
        "ca_path": {"type": "path"},
        "soap_timeout": {"type": "int", "default": 60},
        "home": {"type": "path"},
        "service_user": {"type": "str"},
    },
    required_together=[("url", "admin", "password")],
)
