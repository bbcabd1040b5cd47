#!/usr/bin/python
# Copyright (c) 2026, mailops.zimbra contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Every command: name, short name, where it works, how many words, usage text, what it does."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from zimsim.commands.zmprov import accounts, entries, lists, mailboxes
from zimsim.commands.zmprov.session import Session

BOTH, LDAP, SOAP = "both", "ldap", "soap"
MANY = 1 << 30
_ATTRS = "[attr1 [attr2...]]"
_PAIRS = "[attr1 value1 [attr2 value2...]]"


@dataclass(frozen=True)
class Command:
    """``least`` and ``most`` count the words after the command's name."""

    name: str
    short: str
    category: str
    via: str
    least: int
    most: int
    usage: str
    run: Callable[[Session, list[str]], None]

    @property
    def usage_line(self) -> str:
        return f"{self.name}({self.short}) {self.usage}"


def _command(
    name: str,
    short: str,
    category: str,
    least: int,
    most: int,
    usage: str,
    run: Callable[[Session, list[str]], None],
    via: str = BOTH,
) -> Command:
    return Command(name, short, category, via, least, most, usage, run)


COMMANDS = (
    _command("addAccountAlias", "aaa", "account", 2, 2, "{name@domain|id} {alias@domain}", accounts.add_alias),
    _command("addDistributionListAlias", "adla", "list", 2, 2, "{list@domain|id} {alias@domain}", lists.add_alias),
    _command(
        "addDistributionListMember", "adlm", "list", 2, MANY, "{list@domain|id} {member@domain}+", lists.add_members
    ),
    _command(
        "changePrimaryEmail",
        "cpe",
        "account",
        2,
        2,
        "{name@domain|id} {newName@domain}",
        accounts.change_primary,
        SOAP,
    ),
    _command("countAccount", "cta", "domain", 1, 1, "{domain|id}", accounts.count_accounts),
    _command(
        "createAccount", "ca", "account", 2, MANY, f"{{name@domain}} {{password}} {_PAIRS}", accounts.create_account
    ),
    _command(
        "createAliasDomain",
        "cad",
        "domain",
        2,
        MANY,
        f"{{alias-domain-name}} {{local-domain-name|id}} {_PAIRS}",
        entries.create_alias_domain,
    ),
    _command(
        "createCalendarResource",
        "ccr",
        "calendar",
        2,
        MANY,
        f"{{name@domain}} {{password}} {_PAIRS}",
        accounts.create_resource,
    ),
    _command("createCos", "cc", "cos", 1, MANY, f"{{name}} {_PAIRS}", entries.create_cos),
    _command("createDistributionList", "cdl", "list", 1, MANY, "{list@domain}", lists.create_list),
    _command("createDomain", "cd", "domain", 1, MANY, f"{{domain}} {_PAIRS}", entries.create_domain),
    _command("deleteAccount", "da", "account", 1, 1, "{name@domain|id}", accounts.delete_account),
    _command("deleteCalendarResource", "dcr", "calendar", 1, 1, "{name@domain|id}", accounts.delete_account),
    _command("deleteCos", "dc", "cos", 1, 1, "{name|id}", entries.delete_cos),
    _command("deleteDistributionList", "ddl", "list", 1, 2, "{list@domain|id} [true|false]", lists.delete_list),
    _command("deleteDomain", "dd", "domain", 1, 1, "{domain|id}", entries.delete_domain),
    _command(
        "flushCache",
        "fc",
        "misc",
        1,
        MANY,
        "[-a] {type} [name1|id1 [name2|id2...]]",
        mailboxes.flush_cache,
        SOAP,
    ),
    _command("getAccount", "ga", "account", 1, MANY, f"[-e] {{name@domain|id}} {_ATTRS}", accounts.get_account),
    _command("getAccountMembership", "gam", "account", 1, 2, "{name@domain|id}", accounts.membership),
    _command(
        "getAllAccounts", "gaa", "account", 0, MANY, "[-v] [-e] [-s server] [{domain}]", accounts.get_all_accounts, LDAP
    ),
    _command("getAllAdminAccounts", "gaaa", "account", 0, MANY, f"[-v] [-e] {_ATTRS}", accounts.get_all_admins),
    _command(
        "getAllCalendarResources",
        "gacr",
        "calendar",
        0,
        MANY,
        "[-v] [-e] [-s server] [{domain}]",
        accounts.get_all_resources,
    ),
    _command("getAllConfig", "gacf", "config", 0, MANY, _ATTRS, entries.get_all_config),
    _command("getAllCos", "gac", "cos", 0, 1, "[-v]", entries.get_all_cos),
    _command("getAllDistributionLists", "gadl", "list", 0, 2, "[-v] [{domain}]", lists.get_all_lists),
    _command("getAllDomains", "gad", "domain", 0, MANY, f"[-v] [-e] {_ATTRS}", entries.get_all_domains),
    _command("getAllServers", "gas", "server", 0, MANY, "[-v] [-e] [service]", entries.get_all_servers),
    _command(
        "getCalendarResource",
        "gcr",
        "calendar",
        1,
        MANY,
        f"{{name@domain|id}} {_ATTRS}",
        accounts.get_resource,
    ),
    _command("getConfig", "gcf", "config", 1, 1, "{name}", entries.get_config),
    _command("getCos", "gc", "cos", 1, MANY, f"{{name|id}} {_ATTRS}", entries.get_cos),
    _command("getDataSources", "gds", "account", 1, MANY, "{name@domain|id} [arg1 [arg2...]]", accounts.nothing),
    _command("getDistributionList", "gdl", "list", 1, MANY, f"{{list@domain|id}} {_ATTRS}", lists.get_list),
    _command("getDistributionListMembership", "gdlm", "list", 1, 1, "{name@domain|id}", lists.get_list_membership),
    _command("getDomain", "gd", "domain", 1, MANY, f"[-e] {{domain|id}} {_ATTRS}", entries.get_domain),
    _command("getMailboxInfo", "gmi", "mailbox", 1, 1, "{account}", mailboxes.mailbox_info, SOAP),
    _command("getQuotaUsage", "gqu", "mailbox", 1, 1, "{server}", mailboxes.quota_usage, SOAP),
    _command("getServer", "gs", "server", 1, MANY, f"[-e] {{name|id}} {_ATTRS}", entries.get_server),
    _command("getSignatures", "gsig", "account", 1, MANY, "{name@domain|id} [arg1 [arg...]]", accounts.signatures),
    _command("modifyAccount", "ma", "account", 3, MANY, f"{{name@domain|id}} {_PAIRS}", accounts.modify_account),
    _command(
        "modifyCalendarResource",
        "mcr",
        "calendar",
        3,
        MANY,
        f"{{name@domain|id}} {_PAIRS}",
        accounts.modify_account,
    ),
    _command("modifyConfig", "mcf", "config", 2, MANY, "attr1 value1 [attr2 value2...]", entries.modify_config),
    _command("modifyCos", "mc", "cos", 3, MANY, f"{{name|id}} {_PAIRS}", entries.modify_cos),
    _command("modifyDistributionList", "mdl", "list", 3, MANY, f"{{list@domain|id}} {_PAIRS}", lists.modify_list),
    _command("modifyDomain", "md", "domain", 3, MANY, f"{{domain|id}} {_PAIRS}", entries.modify_domain),
    _command("modifyServer", "ms", "server", 3, MANY, f"{{name|id}} {_PAIRS}", entries.modify_server),
    _command(
        "reIndexMailbox",
        "rim",
        "mailbox",
        2,
        MANY,
        "{name@domain|id} {start|status|cancel} [{types|ids} {type or id} [,type or id...]]",
        mailboxes.reindex,
        SOAP,
    ),
    _command("recalculateMailboxCounts", "rmc", "mailbox", 1, 1, "{name@domain|id}", mailboxes.recalculate, SOAP),
    _command("removeAccountAlias", "raa", "account", 2, 2, "{name@domain|id} {alias@domain}", accounts.remove_alias),
    _command(
        "removeDistributionListAlias",
        "rdla",
        "list",
        2,
        2,
        "{list@domain|id} {alias@domain}",
        lists.remove_alias,
    ),
    _command(
        "removeDistributionListMember",
        "rdlm",
        "list",
        2,
        MANY,
        "{list@domain|id} {member@domain}",
        lists.remove_members,
    ),
    _command("renameAccount", "ra", "account", 2, 2, "{name@domain|id} {newName@domain}", accounts.rename_account),
    _command("renameCos", "rc", "cos", 2, 2, "{name|id} {newName}", entries.rename_cos),
    _command("renameDistributionList", "rdl", "list", 2, 2, "{list@domain|id} {newName@domain}", lists.rename_list),
    _command(
        "selectMailbox",
        "sm",
        "mailbox",
        1,
        MANY,
        "{account-name} [{zmmailbox commands}]",
        mailboxes.select_mailbox,
        SOAP,
    ),
    _command("setAccountCos", "sac", "account", 2, 2, "{name@domain|id} {cos-name|cos-id}", accounts.set_cos),
    _command("setPassword", "sp", "account", 2, 2, "{name@domain|id} {password}", accounts.set_password),
)

_BY_NAME = {key.lower(): command for command in COMMANDS for key in (command.name, command.short)}


def find_command(word: str) -> Command | None:
    return _BY_NAME.get(word.lower())


def category_help(category: str) -> str:
    """The commands of one category, or of all for ``commands``."""
    chosen = [each for each in COMMANDS if category in ("commands", each.category)]
    texts = []
    for command in sorted(chosen, key=lambda each: each.name.lower()):
        note = f'    -- NOTE: {command.name} can only be used with "zmprov -l/--ldap"\n' if command.via == LDAP else ""
        texts.append(f"\n  {command.usage_line}\n{note}")
    return "".join(texts) + "\n\n\n"
