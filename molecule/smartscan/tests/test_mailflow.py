# Copyright (c) 2026, mailops.zimbra contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Mail that still comes to the Source arrives on the Destination."""

from __future__ import annotations

import time

from conftest import as_service_user, stores
from testinfra.host import Host

MESSAGE_ID = "<after-cutover@molecule.test>"
SEND = """
import smtplib, sys
recipient, message_id = sys.argv[1:]
lines = ["From: sender@outside.test", "To: " + recipient, "Message-ID: " + message_id, "Subject: after", "", "here", ""]
smtp = smtplib.SMTP("10.77.0.11", 25, timeout=10)
smtp.sendmail("sender@outside.test", [recipient], "\\r\\n".join(lines))
smtp.quit()
"""
ARRIVES_WITHIN = 30.0


def copies(host: Host) -> int:
    """How often the message is in the stores."""
    found = as_service_user(host, "sh", "-c", f"grep -rlF --include=*.msg '{MESSAGE_ID}' /opt/zimbra/store || true")
    return len(found.split())


def test_mail_to_the_source_is_handed_over(source: Host, destination: Host) -> None:
    held = {name for name, account in stores(source).items() if account["items"]}
    address = min(name for name in held if name.endswith("@alpha.test"))
    source.check_output("python3 -c %s %s %s", SEND, address, MESSAGE_ID)
    deadline = time.monotonic() + ARRIVES_WITHIN
    while not copies(destination) and time.monotonic() < deadline:
        time.sleep(0.5)
    assert (copies(source), copies(destination)) == (0, 1)


def test_the_transports_point_at_the_destination(source: Host) -> None:
    for domain in ("alpha.test", "beta.test"):
        shown = as_service_user(source, "/opt/zimbra/bin/zmprov", "gd", domain, "zimbraMailTransport")
        assert "zimbraMailTransport: smtp:[10.77.0.12]:25" in shown


def test_the_destination_delivers_itself(destination: Host) -> None:
    shown = as_service_user(destination, "/opt/zimbra/bin/zmprov", "gd", "alpha.test", "zimbraMailTransport")
    assert "smtp:" not in shown
