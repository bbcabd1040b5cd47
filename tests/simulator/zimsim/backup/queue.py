# Copyright (c) 2026, mailops.zimbra contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The FIFO queue of one module: one operation runs, the others wait; its memory survives the server."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass

from zimsim.backup.context import FaultSource, OperationContext
from zimsim.backup.database import Database
from zimsim.backup.errors import BackupError, NoSuchOperation, OperationInterrupted, OperationStopped
from zimsim.backup.notifications import Notifier
from zimsim.backup.progress import Progress
from zimsim.backup.records import Operation, Outcome, State, now_ms

Body = Callable[[OperationContext], None]


@dataclass
class Job:
    """An operation with the work that it is."""

    operation: Operation
    progress: Progress
    body: Body


class OperationQueue:
    """Runs the operations of one module one after another in a thread of its own.

    Only the state in the database counts after a crash: an operation found Started or Stopping was interrupted, one
    found Queued is gone without a trace (the real queue lives in the server's memory).
    """

    def __init__(self, module: str, database: Database, notifier: Notifier, faults: FaultSource) -> None:
        self.module = module
        self._database = database
        self._notifier = notifier
        self._faults = faults
        self._changed = threading.Condition()
        self._waiting: deque[Job] = deque()
        self._running: tuple[Job, OperationContext] | None = None
        self._closing = False
        self._thread: threading.Thread | None = None

    # life of the server

    def start(self) -> None:
        """Note what the last run of the server left unfinished, then begin to work."""
        for operation in self._database.operations(self.module):
            if operation.state in (State.STARTED, State.STOPPING):
                self._interrupted(operation)
            elif operation.state is State.QUEUED:
                self._database.forget_operation(operation.id)
        self._thread = threading.Thread(target=self._work, name=f"{self.module}-queue", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """The server goes down: what runs is left as it is, to be found interrupted."""
        with self._changed:
            self._closing = True
            if self._running is not None:
                self._running[1].request_shutdown()
            self._changed.notify_all()
        if self._thread is not None:
            self._thread.join(timeout=30)

    # requests

    def submit(self, job: Job) -> Operation:
        """Put an operation at the end of the queue."""
        with self._changed:
            self._database.save_operation(job.operation)
            self._waiting.append(job)
            self._changed.notify_all()
        return job.operation

    def pending(self) -> list[Operation]:
        """The running operation, then the waiting ones in their order."""
        with self._changed:
            running = [self._running[0].operation] if self._running is not None else []
            return running + [job.operation for job in self._waiting]

    def job(self, operation_id: str) -> Job | None:
        """A running or waiting operation with its progress."""
        with self._changed:
            if self._running is not None and self._running[0].operation.id == operation_id:
                return self._running[0]
            return next((job for job in self._waiting if job.operation.id == operation_id), None)

    def stop(self, operation_id: str) -> None:
        """Stop the running operation at its next item, or remove a waiting one. Raises NoSuchOperation."""
        with self._changed:
            if self._running is not None and self._running[0].operation.id == operation_id:
                job, context = self._running
                job.operation.state = State.STOPPING
                self._database.save_operation(job.operation)
                context.request_stop()
                return
            for job in self._waiting:
                if job.operation.id == operation_id:
                    self._waiting.remove(job)
                    self._remove(job)
                    self._changed.notify_all()
                    return
        raise NoSuchOperation("no such operation: {id}", id=operation_id)

    def stop_all(self) -> list[str]:
        """Stop the running operation and empty the queue; the ids concerned."""
        ids = [operation.id for operation in self.pending()]
        for operation_id in reversed(ids):
            try:
                self.stop(operation_id)
            except NoSuchOperation:
                continue
        return ids

    def wait(self, operation_id: str, timeout: float) -> bool:
        """Wait until the operation is neither queued nor running; False when the time is over first."""
        with self._changed:
            return self._changed.wait_for(lambda: self._absent(operation_id), timeout)

    def _absent(self, operation_id: str) -> bool:
        running = self._running is not None and self._running[0].operation.id == operation_id
        return not running and all(job.operation.id != operation_id for job in self._waiting)

    # the worker

    def _remove(self, job: Job) -> None:
        operation = job.operation
        operation.state, operation.outcome, operation.end_ms = State.FINISHED, Outcome.REMOVED, now_ms()
        self._database.save_operation(operation)

    def _interrupted(self, operation: Operation) -> None:
        operation.state, operation.outcome, operation.end_ms = State.FINISHED, Outcome.INTERRUPTED, now_ms()
        self._database.save_operation(operation)
        self._notifier.interrupted(operation)

    def _next(self) -> tuple[Job, OperationContext] | None:
        with self._changed:
            self._changed.wait_for(lambda: self._closing or bool(self._waiting))
            if self._closing:
                return None
            job = self._waiting.popleft()
            context = OperationContext(job.operation, job.progress, self._faults)
            self._running = (job, context)
            job.operation.state, job.operation.start_ms = State.STARTED, now_ms()
            self._database.save_operation(job.operation)
            return self._running

    def _work(self) -> None:
        while (current := self._next()) is not None:
            job, context = current
            self._notifier.started(job.operation)
            outcome = self._run(job, context)
            if outcome is None:
                return
            self._end(job, outcome)

    def _run(self, job: Job, context: OperationContext) -> Outcome | None:
        """Do the work; None when the server goes down and the next start is to find it interrupted."""
        operation = job.operation
        try:
            context.check()
            job.body(context)
        except OperationStopped:
            return Outcome.STOPPED
        except OperationInterrupted:
            return None if context.shutting_down else Outcome.INTERRUPTED
        except BackupError as error:
            operation.error = str(error)
        except Exception as error:  # whatever an operation meets becomes its result, the server goes on
            operation.error = f"{type(error).__name__}: {error}"
        else:
            return Outcome.FINISHED
        return Outcome.EXCEPTION

    def _end(self, job: Job, outcome: Outcome) -> None:
        """Notification first, then the state: who sees the operation finished finds its notification."""
        operation = job.operation
        operation.progress, operation.end_ms, operation.outcome = job.progress.block(), now_ms(), outcome
        if outcome is not Outcome.INTERRUPTED:
            notify = {
                Outcome.FINISHED: self._notifier.completed,
                Outcome.EXCEPTION: self._notifier.failed,
                Outcome.STOPPED: self._notifier.stopped,
            }[outcome]
            notify(operation, job.progress.statistics())
        with self._changed:
            if outcome is Outcome.INTERRUPTED:
                for waiting in self._waiting:
                    self._database.forget_operation(waiting.operation.id)
                self._waiting.clear()
                self._interrupted(operation)
            else:
                operation.state = State.FINISHED
                self._database.save_operation(operation)
            self._running = None
            self._changed.notify_all()
