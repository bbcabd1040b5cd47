# Copyright (c) 2026, mailops.zimbra contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The ledger: the durable record of a migration, one SQLite file on the Destination. Each verb is one transaction.

The verbs are those of module ``migration_ledger``. Each returns JSON values with ``changed`` (a fact of the migration
changed) and, where the verb keeps books, ``recorded`` or ``opened``. In check mode they answer as if and write nothing.
"""

import contextlib
from typing import Any, Callable, Dict, Iterator, List, Optional, Sequence

from ansible_collections.mailops.zimbra.plugins.module_utils import (
    _ledger_captures,
    _ledger_facts,
    _ledger_maps,
    _ledger_operations,
    _ledger_units,
)
from ansible_collections.mailops.zimbra.plugins.module_utils._ledger_store import BUSY_TIMEOUT, LedgerStore
from ansible_collections.mailops.zimbra.plugins.module_utils._ledger_units import Context
from ansible_collections.mailops.zimbra.plugins.module_utils._ledger_values import Answer, utc_now


class Ledger:
    """A migration's ledger at ``path``. ``warnings`` collects what check mode walked over."""

    def __init__(
        self,
        path: str,
        check_mode: bool = False,
        now: Callable[[], str] = utc_now,
        busy_timeout: float = BUSY_TIMEOUT,
    ) -> None:
        self.check_mode = check_mode
        self._store = LedgerStore(path, check_mode, busy_timeout)
        self._now = now
        self.warnings: List[str] = []

    @property
    def exists(self) -> bool:
        """True when the file is there."""
        return self._store.exists()

    @contextlib.contextmanager
    def _verb(self, create: bool = False, absent_is_empty: bool = False) -> Iterator[Context]:
        with self._store.transaction(create=create, absent_is_empty=absent_is_empty) as db:
            yield Context(db, self._now(), self._store.check_mode, self.warnings.append)

    def open(self, migration: str, procedure: str, source: Sequence[str], destination: Sequence[str]) -> Answer:
        """See :func:`_ledger_units.open_migration`; ``created`` file when there is none."""
        with self._verb(create=True) as ctx:
            return _ledger_units.open_migration(ctx, migration, procedure, source, destination)

    def read(self, unit: Optional[str] = None) -> Answer:
        """See :func:`_ledger_facts.read`; adds ``exists``."""
        exists = self.exists
        with self._verb(absent_is_empty=True) as ctx:
            return dict(_ledger_facts.read(ctx, unit), exists=exists)

    def declare_unit(self, unit: str, method: str) -> Answer:
        """See :func:`_ledger_units.declare_unit`."""
        with self._verb() as ctx:
            return _ledger_units.declare_unit(ctx, unit, method)

    def begin_pass(self, unit: str, phase: str) -> Answer:
        """See :func:`_ledger_units.begin_pass`."""
        with self._verb() as ctx:
            return _ledger_units.begin_pass(ctx, unit, phase)

    def finish_step(self, unit: str, number: int, step: str, details: Optional[Any] = None) -> Answer:
        """See :func:`_ledger_units.finish_step`."""
        with self._verb() as ctx:
            return _ledger_units.finish_step(ctx, unit, number, step, details)

    def finish_pass(self, unit: str, number: int, moved: Optional[Any] = None) -> Answer:
        """See :func:`_ledger_units.finish_pass`."""
        with self._verb() as ctx:
            return _ledger_units.finish_pass(ctx, unit, number, moved)

    def claim(
        self,
        unit: str,
        number: int,
        operation: str,
        parameters: Dict[str, Any],
        host: str = "",
        claimant: str = "",
        lease: float = _ledger_operations.LEASE,
    ) -> Answer:
        """See :func:`_ledger_operations.claim`."""
        with self._verb() as ctx:
            return _ledger_operations.claim(ctx, unit, number, operation, parameters, host, claimant, lease)

    def record_attempt(
        self, unit: str, number: int, operation: str, parameters: Dict[str, Any], attempt: int, state: str, **facts: Any
    ) -> Answer:
        """See :func:`_ledger_operations.record_attempt`: operation_id, started, ended, result, message."""
        with self._verb() as ctx:
            return _ledger_operations.record_attempt(ctx, unit, number, operation, parameters, attempt, state, **facts)

    def capture(self, host: str, kind: str, name: str, before: Any, set_to: Any, unit: str = "") -> Answer:
        """See :func:`_ledger_captures.capture`."""
        with self._verb() as ctx:
            return _ledger_captures.capture(ctx, host, kind, name, before, set_to, unit)

    def release(self, host: str, kind: str, name: str, unit: str = "") -> Answer:
        """See :func:`_ledger_captures.release`."""
        with self._verb() as ctx:
            return _ledger_captures.release(ctx, host, kind, name, unit)

    def leave(self, unit: str, host: Optional[str] = None) -> Answer:
        """See :func:`_ledger_captures.leave`."""
        with self._verb(absent_is_empty=True) as ctx:
            return _ledger_captures.leave(ctx, unit, host)

    def outstanding(self, unit: Optional[str] = None, host: Optional[str] = None) -> Answer:
        """See :func:`_ledger_captures.outstanding`."""
        with self._verb(absent_is_empty=True) as ctx:
            return _ledger_captures.outstanding(ctx, unit, host)

    def record_maps(self, host: str, files: List[_ledger_maps.MapFile], unit: str, number: int) -> Answer:
        """See :func:`_ledger_maps.record_maps`."""
        with self._verb() as ctx:
            return _ledger_maps.record_maps(ctx, host, files, unit, number)

    def check_maps(self, host: str, files: List[_ledger_maps.MapFile]) -> Answer:
        """See :func:`_ledger_maps.check_maps`."""
        with self._verb(absent_is_empty=True) as ctx:
            return _ledger_maps.check_maps(ctx, host, files)

    def record_evidence(
        self, unit: str, number: int, verdict: str, counts: Optional[Any] = None, findings: Optional[List[Any]] = None
    ) -> Answer:
        """See :func:`_ledger_facts.record_evidence`."""
        with self._verb() as ctx:
            return _ledger_facts.record_evidence(ctx, unit, number, verdict, counts, findings)

    def record_event(
        self,
        unit: str,
        phase: str,
        name: str,
        details: Optional[Any] = None,
        number: int = 0,
        again: bool = False,
    ) -> Answer:
        """See :func:`_ledger_facts.record_event`."""
        with self._verb() as ctx:
            return _ledger_facts.record_event(ctx, unit, phase, name, details, number, again)
