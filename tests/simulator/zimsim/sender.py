#!/usr/bin/python
# Copyright (c) 2026, mailops.zimbra contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""``zimsim send``: somebody outside who goes on mailing, as a well-behaved MTA does, and keeps a log of it.

Each line of the log is JSON: ``{time, message_id, recipient, status, reply, attempts, uncertain}``; ``status`` is
``accepted`` (250 after the data), ``refused`` (5xx, for good) or ``unsent`` (still waiting when the sender had to end).
``uncertain`` says that an earlier attempt lost its connection between the data and the answer: the server may have had
the message then.
"""

from __future__ import annotations

import argparse
import contextlib
import heapq
import json
import os
import random
import signal
import smtplib
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from email.utils import formatdate
from pathlib import Path
from types import FrameType

from zimsim.corpus.words import make_paragraphs, make_subject

_WORKERS = 4
_TIMEOUT = 30.0
_GRACE_SECONDS = 10.0
_BACKOFF = (0.5, 1.0, 2.0, 4.0, 8.0)
_DOMAIN = "sender.outside.example"


@dataclass
class Outgoing:
    """One message to one recipient."""

    message_id: str
    recipient: str
    raw: bytes
    attempts: int = 0
    uncertain: bool = False


@dataclass(order=True)
class _Due:
    time: float
    number: int
    message: Outgoing = field(compare=False)


class Uncertain(Exception):
    """The connection was lost after the data: nobody knows whether the server has the message."""


class SendLog:
    """Appends a line a call and counts by status; each line is written whole."""

    def __init__(self, path: Path) -> None:
        self._descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)
        self._lock = threading.Lock()
        self.counts = {"accepted": 0, "refused": 0, "unsent": 0}

    def write(self, message: Outgoing, status: str, reply: str) -> None:
        line = {
            "time": round(time.time(), 3),
            "message_id": message.message_id,
            "recipient": message.recipient,
            "status": status,
            "reply": reply,
            "attempts": message.attempts,
            "uncertain": message.uncertain,
        }
        with self._lock:
            self.counts[status] += 1
            os.write(self._descriptor, json.dumps(line, ensure_ascii=False).encode() + b"\n")

    def close(self) -> None:
        os.close(self._descriptor)


class Sender:
    """Makes messages at a steady rate and sends them; what fails for now is tried again with the same Message-ID."""

    def __init__(self, host: str, port: int, recipients: list[str], log: SendLog, seed: str) -> None:
        self._host = host
        self._port = port
        self._recipients = recipients
        self._log = log
        self._rng = random.Random(f"{seed}:send")
        self._paragraphs = make_paragraphs(self._rng)
        self._run = f"{seed}.{os.getpid()}.{time.time_ns():x}"
        self._number = 0
        self._waiting: list[_Due] = []
        self._lock = threading.Lock()
        self._slots = threading.Semaphore(_WORKERS)
        self._under_way = 0
        self.stopping = threading.Event()

    def _next(self) -> Outgoing:
        number, self._number = self._number, self._number + 1
        recipient = self._recipients[number % len(self._recipients)]
        message_id = f"<{self._run}.{number}@{_DOMAIN}>"
        text = "\r\n\r\n".join(self._rng.choice(self._paragraphs) for _ in range(self._rng.randrange(1, 12)))
        raw = (
            f"From: Traffic <traffic@{_DOMAIN}>\r\nTo: {recipient}\r\nSubject: [{number}] {self._subject()}\r\n"
            f"Date: {formatdate(time.time())}\r\nMessage-ID: {message_id}\r\nMIME-Version: 1.0\r\n"
            "Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: 8bit\r\n\r\n" + text + "\r\n"
        )
        return Outgoing(message_id, recipient, raw.encode())

    def _subject(self) -> str:
        return make_subject(self._rng).encode("ascii", "replace").decode()

    def _transaction(self, message: Outgoing) -> tuple[int, str]:
        """The reply that decided; Uncertain or OSError when there was none."""
        connection = smtplib.SMTP(self._host, self._port, _DOMAIN, _TIMEOUT)
        try:
            connection.ehlo()
            code, text = connection.mail(f"traffic@{_DOMAIN}", [f"SIZE={len(message.raw)}"])
            if code < 400:
                code, text = connection.rcpt(message.recipient)
            if code < 400:
                try:
                    code, text = connection.data(message.raw)
                except smtplib.SMTPServerDisconnected as error:
                    raise Uncertain(str(error)) from error
                except smtplib.SMTPDataError as error:
                    return error.smtp_code, str(error.smtp_error)
                except OSError as error:
                    raise Uncertain(str(error)) from error
            with contextlib.suppress(OSError, smtplib.SMTPException):
                # The answer to the data stands, however the goodbye goes.
                connection.quit()
            return code, text.decode("utf-8", "replace")
        finally:
            connection.close()

    def _attempt(self, message: Outgoing) -> None:
        message.attempts += 1
        try:
            code, reply = self._transaction(message)
        except Uncertain as error:
            message.uncertain = True
            code, reply = 451, str(error)
        except smtplib.SMTPResponseException as error:
            code, reply = error.smtp_code, str(error.smtp_error)
        except (OSError, smtplib.SMTPException) as error:
            code, reply = 451, str(error)
        if code < 400:
            self._log.write(message, "accepted", f"{code} {reply}")
        elif code >= 500:
            self._log.write(message, "refused", f"{code} {reply}")
        else:
            wait = _BACKOFF[min(message.attempts, len(_BACKOFF)) - 1]
            with self._lock:
                heapq.heappush(self._waiting, _Due(time.monotonic() + wait, id(message), message))

    def _guarded(self, message: Outgoing) -> None:
        try:
            self._attempt(message)
        finally:
            with self._lock:
                self._under_way -= 1
            self._slots.release()

    def _due(self, now: float) -> Outgoing | None:
        with self._lock:
            if self._waiting and self._waiting[0].time <= now:
                return heapq.heappop(self._waiting).message
        return None

    def _submit(self, pool: ThreadPoolExecutor, message: Outgoing) -> None:
        self._slots.acquire()
        with self._lock:
            self._under_way += 1
        pool.submit(self._guarded, message)

    def run(self, rate: float, duration: float) -> None:
        """Until the time is up or ``stopping`` is set; then what waits gets a last short while."""
        start = time.monotonic()
        with ThreadPoolExecutor(_WORKERS) as pool:
            while not self.stopping.is_set() and time.monotonic() - start < duration:
                now = time.monotonic()
                waiting = self._due(now)
                if waiting is not None:
                    self._submit(pool, waiting)
                elif now - start >= self._number / rate:
                    self._submit(pool, self._next())
                else:
                    self.stopping.wait(0.01)
            end = time.monotonic() + _GRACE_SECONDS
            while time.monotonic() < end and (self._waiting or self._under_way):
                waiting = self._due(time.monotonic())
                if waiting is not None:
                    self._submit(pool, waiting)
                else:
                    time.sleep(0.05)
        for due in self._waiting:
            self._log.write(due.message, "unsent", "the sender had to end")


def configure(parser: argparse.ArgumentParser) -> None:
    """The arguments of ``zimsim send``."""
    parser.add_argument("--target", required=True, metavar="HOST:PORT")
    parser.add_argument("--rcpt-file", required=True, type=Path, metavar="FILE", help="one address a line")
    parser.add_argument("--rate", type=float, default=10.0, metavar="N", help="new messages per second")
    parser.add_argument("--duration", type=float, default=60.0, metavar="SECONDS", help="at most one hour")
    parser.add_argument("--log", required=True, type=Path, metavar="FILE", help="JSON lines, appended")
    parser.add_argument("--seed", default="1")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Send until the time is up or SIGTERM comes; prints how many of each status as JSON."""
    host, _, port = arguments.target.rpartition(":")
    recipients = arguments.rcpt_file.read_text(encoding="utf-8").split()
    if not recipients or not host or not port.isdigit() or arguments.rate <= 0:
        raise ValueError("needs HOST:PORT, at least one recipient and a rate above 0")
    log = SendLog(arguments.log)
    sender = Sender(host, int(port), recipients, log, arguments.seed)

    def stop(_: int, __: FrameType | None) -> None:
        sender.stopping.set()

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, stop)
    sender.run(arguments.rate, min(arguments.duration, 3600.0))
    log.close()
    sys.stdout.write(json.dumps(log.counts) + "\n")
    return 0
