# Copyright (c) 2026, mailops.zimbra contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The demo: a whole smartscan migration between two simulated servers while mail keeps arriving.

Exit status 0 only when every phase succeeded, every mail of the sender is on the Destination once, and the
evidence is complete.
"""

from __future__ import annotations

import argparse
import sys
import time
from pathlib import Path

from demo.narrator import Narrator
from maillab.lab import Lab, Population
from maillab.outcome import Outcome, read_outcome
from maillab.sender import sending
from maillab.tally import Tally, settle, tally

ROOT = Path(__file__).resolve().parent.parent

PHASES = {
    "precheck": "Is everything ready? Nothing is changed.",
    "initial": "The first pass: SmartScan, copy and import of everything, while people work.",
    "delta": "Another pass: only what is new since the last one.",
    "cutover": "The window: mail flow is switched, then the last pass.",
    "postcheck": "Shares, settings put back, and the evidence: item by item on both sides.",
    "report": "The report.",
}
SENDER_SECONDS = 600


def main() -> int:
    options = _options()
    lab = Lab.at(options.directory, options.collections, options.corpus if options.corpus.exists() else None)
    lab.remove()
    narrator = Narrator()
    population = Population(accounts=options.accounts, messages=options.messages)

    narrator.heading("Two mail servers")
    begun = time.monotonic()
    lab.up(population)
    names = f"Source {lab.source.config['hostname']}, Destination {lab.destination.config['hostname']}"
    narrator.say(f"{names}, made in {time.monotonic() - begun:.0f} s")
    narrator.say(
        f"{population.accounts} accounts in {len(population.domains)} domains, {population.messages:,} messages"
    )
    narrator.say("calendars, tasks, contacts, files, shares, lists, aliases, a GalSync account")
    try:
        return _migrate(lab, narrator, options.rate)
    finally:
        lab.down()


def _migrate(lab: Lab, narrator: Narrator, rate: float) -> int:
    with sending(lab.source, lab.people(), lab.directory, rate, SENDER_SECONDS) as sender:
        narrator.say(f"a sender outside writes to all of them, {rate:g} messages a second, until the end")
        for phase, meaning in PHASES.items():
            narrator.heading(f"ansible-playbook mailops.zimbra.migrate -e procedure=smartscan -e phase={phase}")
            narrator.say(meaning)
            run = lab.controller.phase(phase, each_line=narrator.line)
            if run.rc != 0:
                narrator.verdict(False, f"{phase} failed after {run.seconds:.0f} s, see {lab.directory / 'logs'}")
                return 1
            narrator.verdict(True, f"{phase}: ok, {run.changed} tasks changed something, {run.seconds:.0f} s")
        sender.stop()
    narrator.heading("Counted independently of the collection")
    settle(lab.source, lab.destination)
    return _summary(narrator, tally(lab.destination, sender.log), read_outcome(lab))


def _summary(narrator: Narrator, counted: Tally, outcome: Outcome) -> int:
    narrator.say(f"moved          {outcome.counts['matched']:,} items of {outcome.counts['accounts']} accounts")
    narrator.say(f"window         {outcome.window}")
    narrator.say(f"mail sent      {counted.sent:,} messages while the platform moved")
    narrator.say(f"found          {counted.found:,}")
    narrator.verdict(not counted.lost, f"lost           {len(counted.lost):,}")
    narrator.verdict(not counted.doubled, f"doubled        {len(counted.doubled):,}")
    narrator.verdict(outcome.proven, f"evidence       {outcome.evidence}")
    narrator.say(f"report         {outcome.report}")
    narrator.say(f"ledger         {outcome.ledger}")
    for address, message_id in [*counted.lost, *counted.doubled][:10]:
        narrator.verdict(False, f"               {message_id} for {address}")
    return 0 if outcome.proven and counted.clean else 1


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--directory", type=Path, default=ROOT / ".demo")
    parser.add_argument("--collections", type=Path, default=ROOT / ".build" / "collections")
    parser.add_argument("--corpus", type=Path, default=ROOT / ".build" / "corpus")
    parser.add_argument("--accounts", type=int, default=60)
    parser.add_argument("--messages", type=int, default=2000)
    parser.add_argument("--rate", type=float, default=10.0, help="messages a second")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
