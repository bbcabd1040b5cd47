# Copyright (c) 2026, mailops.zimbra contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How a report looks: on a screen, on a phone, on paper, in light and dark. No fonts or pictures from anywhere."""

STYLE = """
:root { color-scheme: light dark; --ink: #1b2430; --soft: #5b6776; --line: #d9dfe7; --page: #f6f8fa; --card: #fff;
  --complete: #11713f; --explained: #8a5a00; --incomplete: #b3261e; --open: #48566a; }
@media (prefers-color-scheme: dark) { :root { --ink: #e6ebf1; --soft: #9aa7b6; --line: #2d3742; --page: #11161c;
  --card: #1a2129; --complete: #4cc38a; --explained: #e0b252; --incomplete: #ff7b72; --open: #a9b6c6; } }
* { box-sizing: border-box; }
body { margin: 0; background: var(--page); color: var(--ink); line-height: 1.5;
  font: 16px/1.5 system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", Arial, sans-serif; }
main { max-width: 68rem; margin: 0 auto; padding: 1.5rem 1rem 4rem; }
h1 { font-size: 1.1rem; font-weight: 600; margin: 0; color: var(--soft); }
h2 { font-size: 1.25rem; margin: 2.5rem 0 .75rem; }
h3 { font-size: 1rem; margin: 1.5rem 0 .5rem; }
.verdict { background: var(--card); border: 1px solid var(--line); border-left: .6rem solid var(--tone);
  border-radius: .5rem; padding: 1.25rem 1.5rem; margin: 1rem 0; }
.verdict strong { display: block; font-size: 3.25rem; line-height: 1.1; letter-spacing: .01em; color: var(--tone);
  text-transform: uppercase; }
.verdict p { margin: .5rem 0 0; font-size: 1.1rem; }
.complete { --tone: var(--complete); } .explained { --tone: var(--explained); }
.incomplete { --tone: var(--incomplete); } .open { --tone: var(--open); }
.cards { display: flex; flex-wrap: wrap; gap: .75rem; }
.card { flex: 1 1 8.5rem;
  background: var(--card); border: 1px solid var(--line); border-radius: .5rem; padding: .75rem 1rem; }
.card b { display: block; font-size: 1.6rem; font-variant-numeric: tabular-nums; overflow-wrap: anywhere; }
.card span, .note, caption { color: var(--soft); font-size: .875rem; }
.mark { color: var(--tone); font-weight: 600; }
.alarm { background: var(--card); border: 1px solid var(--line); border-left: .6rem solid var(--incomplete);
  border-radius: .5rem; padding: .75rem 1.25rem; }
.alarm li { margin: .35rem 0; overflow-wrap: anywhere; }
table { width: 100%; border-collapse: collapse; background: var(--card); border: 1px solid var(--line);
  font-size: .9rem; font-variant-numeric: tabular-nums; }
caption { text-align: left; padding: .25rem 0 .5rem; }
th, td { text-align: left; vertical-align: top; padding: .45rem .6rem; border-bottom: 1px solid var(--line);
  overflow-wrap: anywhere; }
th { font-weight: 600; color: var(--soft); overflow-wrap: normal; }
.mark { white-space: nowrap; }
tr:last-child td { border-bottom: 0; }
.bar { display: block; height: .4rem; min-width: 2px; border-radius: .2rem; background: var(--soft);
  margin-top: .3rem; }
footer { margin-top: 3rem; color: var(--soft); font-size: .875rem; }
@media (max-width: 44rem) {
  .verdict strong { font-size: 2.1rem; }
  thead { position: absolute; clip-path: inset(50%); width: 1px; height: 1px; overflow: hidden; }
  tr { display: block; padding: .5rem .25rem; border-bottom: 1px solid var(--line); }
  td { display: grid; grid-template-columns: 6.5rem 1fr; gap: .5rem; border: 0; padding: .15rem .4rem; }
  td::before { content: attr(data-label); color: var(--soft); }
  td:empty { display: none; }
}
@media print {
  :root { --page: #fff; --card: #fff; --ink: #000; --soft: #444; --line: #bbb; --complete: #0b5d33;
    --explained: #6b4600; --incomplete: #8f1d17; --open: #333; }
  body { font-size: 10.5pt; } main { max-width: none; padding: 0; }
  tr, .card, .verdict, .alarm { break-inside: avoid; } h2, h3 { break-after: avoid; }
  thead { display: table-header-group; }
  .verdict strong { font-size: 28pt; } .bar { print-color-adjust: exact; -webkit-print-color-adjust: exact; }
}
"""
