# Copyright (c) 2026, mailops.zimbra contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Phase 1 of an External Restore: domains, COSes, lists and accounts with their attributes, and the server map."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from zimsim.backup.errors import BackupError
from zimsim.backup.layout import Layout
from zimsim.backup.maps import ItemMap, ServerMap
from zimsim.backup.progress import RestoreProgress
from zimsim.backup.restoreoptions import RestoreOptions
from zimsim.backup.source import SourcePath
from zimsim.backup.states import Entry
from zimsim.backup.switches import Switches
from zimsim.model import Directory, ServiceError, Store
from zimsim.model import Entry as DirectoryEntry
from zimsim.model.attributes import is_known
from zimsim.model.entries import DEFAULT_COS_ID

# Attributes that belong to an entry on its own server and are never carried over.
OWN_ATTRIBUTES = frozenset(
    (
        "objectClass",
        "zimbraId",
        "mail",
        "uid",
        "zimbraMailAlias",
        "zimbraMailDeliveryAddress",
        "zimbraMemberOf",
        "zimbraOldMailAddress",
        "zimbraCreateTimestamp",
        "zimbraDomainName",
        "zimbraDomainType",
        "zimbraIsACLGroup",
        "zimbraAuthTokenKey",
        "dc",
        "zimbraMailHost",
        "zimbraAuthTokens",
        "zimbraCsrfTokenData",
        "zimbraAuthTokenValidityValue",
        "zimbraLastLogonTimestamp",
        "zimbraGalAccountId",
        "zimbraCOSId",
        "zimbraDomainDefaultCOSId",
        "zimbraDomainAliasTargetId",
    )
)


class MissingDomain(BackupError):
    """skip_domain_provisioning and the domain is not here (BCK-595)."""

    code = "NO_SUCH_DOMAIN"


@dataclass
class Target:
    """An account to import: how the Source has it, and the account it is here (None: it could not be made)."""

    source: Entry
    local_id: str | None
    quota: str = ""
    problems: list[str] = field(default_factory=list)


class Provisioning:
    """Creates and resets entries; every id it learns goes into the map."""

    def __init__(
        self,
        store: Store,
        source: SourcePath,
        layout: Layout,
        server_map: ServerMap,
        options: RestoreOptions,
        progress: RestoreProgress,
        switches: Switches,
    ) -> None:
        self._store = store
        self._directory: Directory = store.directory
        self._source = source
        self._layout = layout
        self._map = server_map
        self._options = options
        self._progress = progress
        self._switches = switches

    def run(self, accounts: list[Entry]) -> list[Target]:
        """Create everything empty, then restore attributes. Raises MissingDomain."""
        domains = self._domains(accounts)
        local_domains = [(domain, self._domain(domain)) for domain in self._local_first(domains)]
        coses = {} if self._options.skip_coses else self._coses(accounts, domains)
        lists = [] if self._options.skip_distribution_lists else self._lists({domain.name for domain in domains})
        targets = [self._account(account) for account in accounts]
        self._map.save()
        for account, target in zip(accounts, targets, strict=True):
            self._account_attributes(account, target, coses)
        if not self._options.skip_domain_provisioning:
            for domain, local in local_domains:
                if local is not None:
                    self._domain_attributes(domain, local, coses)
        for source_list, local in lists:
            self._list_attributes(source_list, local)
        return targets

    # domains

    def _domains(self, accounts: list[Entry]) -> list[Entry]:
        known = {domain.name: domain for domain in self._source.entries("domain")}
        if self._options.domains:
            wanted = set(self._options.domains)
        elif self._options.accounts:
            wanted = {account.domain for account in accounts}
        else:
            wanted = set(known) | {account.domain for account in accounts}
        missing = wanted - set(known)
        for name in sorted(missing):
            if any(account.domain == name for account in accounts):
                known[name] = Entry("", "domain", name, {}, [], False)
        return [known[name] for name in sorted(wanted) if name in known]

    @staticmethod
    def _local_first(domains: list[Entry]) -> list[Entry]:
        return sorted(domains, key=lambda domain: domain.first("zimbraDomainType") == "alias")

    def _domain(self, domain: Entry) -> DirectoryEntry | None:
        local = self._directory.find("domain", domain.name)
        if local is None:
            if self._options.skip_domain_provisioning:
                raise MissingDomain("the domain {domain} does not exist", domain=domain.name)
            attrs = {"zimbraDomainType": domain.attrs.get("zimbraDomainType", ["local"])}
            target = self._map.local(domain.first("zimbraDomainAliasTargetId"))
            if target is not None:
                attrs["zimbraDomainAliasTargetId"] = [target]
            try:
                local = self._directory.create("domain", domain.name, attrs)
            except ServiceError as error:
                self._problem("domain", domain.name, error)
                return None
            self._created("domain")
        if domain.id:
            self._map.put("domain", domain.name, domain.id, local.id)
        return local

    def _domain_attributes(self, domain: Entry, local: DirectoryEntry, coses: Mapping[str, str]) -> None:
        attrs = dict(domain.attrs)
        own = set() if self._switches.restore_domain_transport else {"zimbraMailTransport"}
        changes = self._changes(local, attrs, own)
        default_cos = coses.get(domain.first("zimbraDomainDefaultCOSId"))
        if default_cos and default_cos != local.first("zimbraDomainDefaultCOSId"):
            changes["zimbraDomainDefaultCOSId"] = [default_cos]
        self._modify("domain", local, changes)

    # classes of service

    def _coses(self, accounts: list[Entry], domains: list[Entry]) -> dict[str, str]:
        """Ids of the Source's COSes that are used to ids here; those that exist here by name stay as they are."""
        defaults = {domain.name: domain.first("zimbraDomainDefaultCOSId") for domain in domains}
        used = {account.first("zimbraCOSId") or defaults.get(account.domain, "") for account in accounts}
        used |= set(defaults.values())
        result = {}
        for cos in self._source.entries("cos"):
            if cos.id not in used and cos.id != DEFAULT_COS_ID:
                continue
            local = self._directory.find("cos", cos.name)
            if local is None:
                attrs = {name: values for name, values in cos.attrs.items() if self._portable(name) and name != "cn"}
                try:
                    local = self._directory.create("cos", cos.name, attrs)
                except ServiceError as error:
                    self._problem("cos", cos.name, error)
                    continue
                self._created("cos")
            result[cos.id] = local.id
            self._map.put("cos", cos.name, cos.id, local.id)
        return result

    # lists

    def _lists(self, domains: set[str]) -> list[tuple[Entry, DirectoryEntry]]:
        result = []
        for source_list in self._source.entries("dl"):
            if source_list.domain not in domains:
                continue
            local = self._directory.find("dl", source_list.name)
            if local is None:
                try:
                    local = self._directory.create("dl", source_list.name)
                except ServiceError as error:
                    self._problem("list", source_list.name, error)
                    continue
                self._created("dl")
            self._map.put("dl", source_list.name, source_list.id, local.id)
            result.append((source_list, local))
        return result

    def _list_attributes(self, source_list: Entry, local: DirectoryEntry) -> None:
        self._modify("dl", local, self._changes(local, source_list.attrs, set()))
        present = set(self._directory.members(local.id))
        for member in source_list.members:
            if member not in present:
                try:
                    self._directory.add_members(local.id, [member])
                except ServiceError as error:
                    self._problem("list", source_list.name, error)
        self._aliases(source_list, local)

    # accounts

    def _account(self, account: Entry) -> Target:
        local = self._directory.find(account.kind, account.name)
        if local is not None and local.name != account.name:
            error = f"address of {local.name}"
            self._progress.problems.append(f"account {account.name}: {error}")
            return Target(account, None, problems=[error])
        if local is None:
            if self._options.skip_account_provisioning:
                self._progress.problems.append(f"account {account.name}: does not exist")
                return Target(account, None)
            attrs = {"displayName": account.attrs["displayName"]} if account.attrs.get("displayName") else {}
            try:
                local = self._directory.create(account.kind, account.name, attrs)
            except ServiceError as failure:
                self._problem("account", account.name, failure)
                return Target(account, None)
            self._created("account")
        if self._map.local(account.id) != local.id and not self._switches.id_mapper_without_map:
            ItemMap(self._layout, local.id, account.id).forget()
        self._map.put("account", account.name, account.id, local.id)
        return Target(account, local.id)

    def _account_attributes(self, account: Entry, target: Target, coses: Mapping[str, str]) -> None:
        if target.local_id is None:
            return
        local = self._directory.get("account", target.local_id)
        target.quota = local.first("zimbraMailQuota")
        if not self._options.skip_account_provisioning:
            target.quota = account.first("zimbraMailQuota")
            changes = self._changes(local, account.attrs, {"zimbraMailTransport", "zimbraMailQuota"})
            cos = coses.get(account.first("zimbraCOSId"), "")
            if cos != local.first("zimbraCOSId") and not self._options.skip_coses:
                changes["zimbraCOSId"] = [cos] if cos else []
            self._modify("account", local, changes)
            self._aliases(account, local)
        if self._options.provisioning_only:
            self.put_quota_back(target)
        elif local.first("zimbraMailQuota") != "0":
            self._directory.modify(local.id, {"zimbraMailQuota": ["0"]})

    def put_quota_back(self, target: Target) -> None:
        """The quota was removed for the time of the import (BCK-580); only a successful end puts it back."""
        if target.local_id is None or self._directory.by_id(target.local_id) is None:
            return
        self._directory.modify(target.local_id, {"zimbraMailQuota": [target.quota] if target.quota else []})

    def _aliases(self, source: Entry, local: DirectoryEntry) -> None:
        if self._options.skip_aliases:
            return
        present = set(self._directory.aliases(local))
        for alias in source.attrs.get("zimbraMailAlias", []):
            if alias in present or alias == local.name:
                continue
            try:
                self._directory.add_alias(local.id, alias)
            except ServiceError as error:
                self._problem("alias", alias, error)
            else:
                self._created("alias")

    # shared

    @staticmethod
    def _portable(name: str) -> bool:
        return name not in OWN_ATTRIBUTES and is_known(name)

    def _changes(self, local: DirectoryEntry, attrs: Mapping[str, list[str]], own: set[str]) -> dict[str, list[str]]:
        """What makes the entry like the Source's: of an account, values set here and not there go as well."""
        changes = {}
        for name in sorted(set(attrs) | set(local.attrs if "@" in local.name and local.kind != "dl" else ())):
            if not self._portable(name) or name in own:
                continue
            wanted = attrs.get(name, [])
            if wanted != local.attrs.get(name, []):
                changes[name] = wanted
        return changes

    def _modify(self, kind: str, local: DirectoryEntry, changes: Mapping[str, list[str]]) -> None:
        """All at once; when that is refused, one by one, noting what cannot be set."""
        if not changes:
            return
        try:
            self._directory.modify(local.id, changes)
        except ServiceError:
            for name, values in changes.items():
                try:
                    self._directory.modify(local.id, {name: values})
                except ServiceError as error:
                    self._problem(kind, f"{local.name} {name}", error)
        self._progress.updated[kind] = self._progress.updated.get(kind, 0) + 1

    def _created(self, kind: str) -> None:
        self._progress.created[kind] = self._progress.created.get(kind, 0) + 1

    def _problem(self, kind: str, name: str, error: ServiceError) -> None:
        self._progress.problems.append(f"{kind} {name}: {error}")
