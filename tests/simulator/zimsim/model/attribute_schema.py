#!/usr/bin/python
# Copyright (c) 2026, mailops.zimbra contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is known of the attributes: names, single or multiple values, forms, inheritance.

Names and defaults are those seen in the real servers' answers (``data/``); a name that is not there is refused as
unknown (R13), which is stricter than the real schema of about 1,900 names.
"""

from __future__ import annotations

import json
import re
from functools import cache
from importlib import resources
from typing import Any

from zimsim.model import errors
from zimsim.model.entries import DEFAULT_COS_ID, Attributes

_DURATION = re.compile(r"\d+(h|m|s|d|ms)?\Z")
_DURATION_TEXT = (
    "{} Must be in valid duration format: {{digits}}{{time-unit}}.  digits: 0-9, time-unit: [hmsd]|ms.  h - hours,"
    " m - minutes, s - seconds, d - days, ms - milliseconds"
)
_LENT_TO_DOMAINS = re.compile(
    r"zimbra(Gal(Sync)?LdapPageSize|FreebusyExchange\w+|DomainAggregateQuota\w*|MailDomainQuota|ReverseProxyClientCert"
    r"Mode|AdminConsole\w+|ExportMaxDays|GalSyncTimestampFormat|GalAutoCompleteLdapFilter|AuthFallbackToLocal)\Z"
)
_LENT_TO_SERVERS = re.compile(
    r"zimbra(Mail(Port|SSLPort|Mode|URL|Proxy\w+|Purge\w+)|Mta\w+|Lmtp\w+|HttpRequest\w+|Backup\w+)\Z"
)
_SIGNATURE_LENGTH = 10240


@cache
def _read(name: str) -> Any:
    text = resources.files("zimsim.model").joinpath("data", name).read_text(encoding="utf-8")
    return json.loads(text) if name.endswith(".json") else text.split()


@cache
def _fact(name: str) -> frozenset[str]:
    """The names that share a trait: plain multiple immutable settable_at_creation boolean not_boolean duration ..."""
    return frozenset(_read("attribute_facts.json")[name])


@cache
def known_names() -> dict[str, str]:
    """Lower-case name to the platform's spelling."""
    return {name.lower(): name for name in (*_read("attribute_names.txt"), *_fact("plain"))}


def cos_defaults(product: str) -> Attributes:
    """What the default COS of the product holds; Trash and Junk are searched by default only on Carbonio (Z3)."""
    values = {name: list(each) for name, each in _read("cos_defaults.json").items()}
    if product == "carbonio":
        values.update(
            zimbraPrefIncludeTrashInSearch=["TRUE"],
            zimbraPrefIncludeSpamInSearch=["TRUE"],
            zimbraPrefIncludeSharedItemsInSearch=["TRUE"],
            zimbraMailIdleSessionTimeout=["1d"],
        )
    else:
        values = {name: each for name, each in values.items() if not name.startswith("carbonio")}
    return values


def is_known(name: str) -> bool:
    return name.lower() in known_names()


def spelled(name: str) -> str:
    """Names are case-insensitive (R16); unknown ones stay as they are."""
    return known_names().get(name.lower(), name)


def is_single(name: str) -> bool:
    return name not in _fact("multiple")


def is_immutable(name: str) -> bool:
    """Not to be changed; most of these not to be given at creation either."""
    return name in _fact("immutable")


def is_settable_at_creation(name: str) -> bool:
    return name in _fact("settable_at_creation") or not is_immutable(name)


def is_inherited(kind: str, name: str) -> bool:
    """Whether an entry lends the attribute on: COS to accounts, configuration to domains and servers."""
    if kind == "cos":
        return name not in _fact("cos_own")
    return bool((_LENT_TO_DOMAINS if kind == "domain" else _LENT_TO_SERVERS).match(name))


def check_value(name: str, value: str) -> None:
    """The platform's own complaints about a value (R17)."""
    allowed: dict[str, list[str]] = _read("attribute_facts.json")["enum"]
    if name in allowed and value not in allowed[name]:
        raise errors.invalid_attr_value(f"{name} must be one of: {','.join(allowed[name])}")
    if _is_boolean(name) and value not in ("TRUE", "FALSE"):
        raise errors.invalid_attr_value(f"{name} must be TRUE or FALSE")
    if name == "zimbraMailQuota" and not (value.isdigit() and int(value) < 2**63):
        raise errors.invalid_attr_value(f"can not modify mail quota (invalid format): {value}")
    if name in _fact("number") and not re.match(r"-?\d+\Z", value):
        raise errors.invalid_attr_value(f"{name} must be a valid long: {value}")
    if name in _fact("duration") and not _DURATION.match(value):
        raise errors.invalid_attr_value(_DURATION_TEXT.format(name))
    if name == "zimbraPrefMailSignature" and len(value) > _SIGNATURE_LENGTH:
        raise errors.invalid_request(f"{name} is longer than the limited value {_SIGNATURE_LENGTH}")


@cache
def _is_boolean(name: str) -> bool:
    """By the list, by the ending, or because its default is a truth value."""
    if name in _fact("not_boolean"):
        return False
    default = _read("cos_defaults.json").get(name, [""])[0]
    return name in _fact("boolean") or name.endswith("Enabled") or default in ("TRUE", "FALSE")


def default_cos(product: str) -> tuple[str, Attributes]:
    """Id and attributes of the COS every server is born with."""
    return DEFAULT_COS_ID, {**cos_defaults(product), "description": ["The default COS"]}
