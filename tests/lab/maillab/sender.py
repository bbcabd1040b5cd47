# Copyright (c) 2026, mailops.zimbra contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""People outside who go on writing to everybody while the platform moves."""

from __future__ import annotations

import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from maillab.servers import ZIMSIM, MailServer


@dataclass(frozen=True)
class Sender:
    """A running sender and the log of what the server accepted from it."""

    log: Path
    process: subprocess.Popen[bytes]

    def stop(self) -> None:
        """Let it finish the message it is at, then end it."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            self.process.wait(timeout=60)


@contextmanager
def sending(
    server: MailServer, recipients: list[str], directory: Path, rate: float, seconds: int, name: str = "sender"
) -> Iterator[Sender]:
    """Send to the recipients in turn through the server's SMTP port, for at most so many seconds."""
    rcpt_file, log = directory / f"{name}-recipients.txt", directory / f"{name}-accepted.jsonl"
    rcpt_file.write_text("".join(f"{address}\n" for address in recipients))
    process = subprocess.Popen(
        [
            str(ZIMSIM), "send",
            "--target", f"{server.address}:{server.config['ports']['smtp']}",
            "--rcpt-file", str(rcpt_file),
            "--rate", str(rate),
            "--duration", str(seconds),
            "--log", str(log),
        ],
        stdin=subprocess.DEVNULL,
    )  # fmt: skip
    sender = Sender(log, process)
    try:
        yield sender
    finally:
        sender.stop()
