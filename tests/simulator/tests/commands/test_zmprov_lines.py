# Copyright (c) 2026, mailops.zimbra contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""zmprov fed with lines: from standard input through the line editor, from a file (R55 to R57, R83)."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from zimsim.commands.standalone import read_localconfig, write_localconfig
from zimsim.commands.zmprov.lines import split_line
from zimsim.server import Server


@pytest.fixture(autouse=True)
def people(server: Server) -> None:
    server.store.directory.create("account", "cli1@mig.test")


@pytest.fixture
def head(server: Server) -> str:
    """What ``gd mig.test zimbraId`` prints."""
    return f"# name mig.test\nzimbraId: {server.store.directory.get('domain', 'mig.test').id}\n\n"


NOBODY = "ERROR: account.NO_SUCH_ACCOUNT (no such account: nobody@mig.test)\n"


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("ma x  y", ["ma", "x", "y"]),
        ("a 'b c' \"d e\"", ["a", "b c", "d e"]),
        (r"""a "Max \"M\" O'Neil" 'it''s'""", ["a", 'Max "M" O\'Neil', "it", "s"]),
        (r"a 'l1\nl2' a\ b", ["a", "l1\nl2", "a b"]),
        ('a b"c', ["a", 'b"c']),
        ("a '' \"\"", ["a", "", ""]),
        ('a "unclosed b', ["a", "unclosed b"]),
        ('a "', ["a"]),
        ("", []),
        ("\t a\tb ", ["a", "b"]),
    ],
)
def test_words(line: str, words: list[str]) -> None:
    assert split_line(line) == words


def test_71a_input_is_echoed(call: Any, head: str) -> None:
    result = call("zmprov", stdin="gd mig.test zimbraId\ngd mig.test zimbraDomainName\n")
    assert (result.status, result.err) == (0, "")
    assert result.out == (
        f"prov> gd mig.test zimbraId\n{head}prov> gd mig.test zimbraDomainName\n"
        "# name mig.test\nzimbraDomainName: mig.test\n\nprov> "
    )


def test_71b_errors_do_not_stop_it_and_leave_status_0(call: Any, head: str) -> None:
    result = call("zmprov", stdin="ga nobody@mig.test\ngd mig.test zimbraId\n")
    assert (result.status, result.err) == (0, NOBODY)
    assert result.out == f"prov> ga nobody@mig.test\nprov> gd mig.test zimbraId\n{head}prov> "


def test_71d_unknown_and_wrong_commands(call: Any) -> None:
    result = call("zmprov", stdin="foobar x\nca only@mig.test\n")
    assert result.status == 0
    assert result.out == (
        "prov> foobar x\nUnknown command. Type: 'help commands' for a list\nprov> ca only@mig.test\n"
        "usage:  createAccount(ca) {name@domain} {password} [attr1 value1 [attr2 value2...]]\n\nprov> "
    )


def test_71e_comments_are_commands_and_empty_lines_nothing(call: Any) -> None:
    result = call("zmprov", stdin="# comment\n\n   \n")
    assert result.out == (
        "prov> # comment\nUnknown command. Type: 'help commands' for a list\nprov> \nprov>    \nprov> "
    )


def test_71f_the_line_editor_destroys_letters_and_75h_without_it_they_stay(call: Any, server: Server) -> None:
    lines = 'ma cli1@mig.test l "ünïcode €"\n'
    directory = server.store.directory
    call("zmprov", stdin=lines)
    assert directory.get("account", "cli1@mig.test").first("l") == "\ufffdn\ufffdcode \ufffd"
    path = str(server.config.localconfig)
    write_localconfig(path, read_localconfig(path) | {"command_line_editing_enabled": "false"})
    assert call("zmprov", stdin=lines).out == "prov> prov> "
    assert directory.get("account", "cli1@mig.test").first("l") == "ünïcode €"


def test_71g_a_real_line_break_ends_the_value_71h_an_escaped_one_does_not(call: Any, server: Server) -> None:
    directory = server.store.directory
    result = call("zmprov", stdin='ma cli1@mig.test description "line1\nline2"\n')
    assert 'line2"\nUnknown command.' in result.out
    assert directory.get("account", "cli1@mig.test").first("description") == "line1"
    call("zmprov", stdin='ma cli1@mig.test description "line1\\nline2"\n')
    assert directory.get("account", "cli1@mig.test").first("description") == "line1\nline2"


def test_71j_exit_and_75a_exit_after_an_error(call: Any) -> None:
    good = call("zmprov", stdin="exit\ngd mig.test\n")
    assert (good.status, good.out) == (0, "prov> exit\n")
    bad = call("zmprov", stdin="ga nobody@mig.test\nexit\n")
    assert (bad.status, bad.out, bad.err) == (2, "prov> ga nobody@mig.test\nprov> exit\n", NOBODY)


def test_71k_commands_of_the_other_mode(call: Any) -> None:
    result = call("zmprov", stdin="gaa mig.test\n.l\ngaa mig.test\n")
    assert result.out == (
        'prov> gaa mig.test\ngetAllAccounts can only be used with  "zmprov -l/--ldap"\n\nprov> .l\n'
        "prov> gaa mig.test\ncli1@mig.test\nprov> "
    )


def test_71l_a_last_line_without_its_end_is_not_executed(call: Any, server: Server) -> None:
    result = call("zmprov", stdin="ma cli1@mig.test description x")
    assert (result.status, result.out) == (0, "prov> ma cli1@mig.test description x")
    assert server.store.directory.get("account", "cli1@mig.test").values("description") == []


def test_71n_carriage_returns_are_lines_of_their_own(call: Any, head: str) -> None:
    assert call("zmprov", stdin="gd mig.test zimbraId\r\n").out == f"prov> gd mig.test zimbraId\n{head}prov> \nprov> "


def test_75m_tabs_vanish(call: Any, server: Server) -> None:
    result = call("zmprov", stdin='ma cli1@mig.test\tdescription\t"tab"\n')
    assert result.out.startswith('prov> ma cli1@mig.test\adescription\a"tab"\nusage:  modifyAccount(ma)')


def run_file(call: Any, tmp_path: Path, text: str, *options: str) -> Any:
    (tmp_path / "commands").write_text(text, encoding="utf-8")
    return call("zmprov", *options, "-f", "commands")


def test_72a_a_file_is_not_echoed_and_does_not_stop(call: Any, tmp_path: Path, head: str) -> None:
    result = run_file(call, tmp_path, "gd mig.test zimbraId\nga nobody@mig.test\ngd mig.test zimbraId\n")
    assert (result.status, result.err) == (0, NOBODY)
    assert result.out == f"prov> {head}prov> prov> {head}prov> "


def test_75b_a_last_line_without_its_end_is_executed(call: Any, tmp_path: Path, head: str) -> None:
    assert run_file(call, tmp_path, "gd mig.test zimbraId").out == f"prov> {head}prov> "


def test_75c_exit_in_a_file_tells_of_errors(call: Any, tmp_path: Path) -> None:
    result = run_file(call, tmp_path, "ga nobody@mig.test\nexit\n")
    assert (result.status, result.out) == (2, "prov> prov> ")


def test_72e_a_missing_file(call: Any) -> None:
    result = call("zmprov", "-f", "/nonexistent")
    assert result.status == 1
    assert result.err.startswith(
        'Exception in thread "main" java.io.FileNotFoundException: /nonexistent (No such file or directory)\n'
    )


def test_a_file_keeps_letters_and_75n_backslashes_join_lines(call: Any, tmp_path: Path, server: Server) -> None:
    run_file(call, tmp_path, "ma cli1@mig.test description 'first \\\nsecond' l 'ünï'\n")
    entry = server.store.directory.get("account", "cli1@mig.test")
    assert (entry.first("description"), entry.first("l")) == ("first second", "ünï")


def test_r83_a_byte_order_mark_spoils_the_first_line(call: Any, tmp_path: Path, head: str) -> None:
    result = run_file(call, tmp_path, "\ufeffgd mig.test zimbraId\ngd mig.test zimbraId\n")
    assert result.status == 0
    assert result.out == f"prov> Unknown command. Type: 'help commands' for a list\nprov> {head}prov> "


def test_a_refusal_of_the_program_ends_even_a_file(call: Any, tmp_path: Path) -> None:
    result = run_file(call, tmp_path, "ms localhost zimbraServiceEnabled x\ngad\n")
    assert (result.status, result.out) == (2, "prov> ")
    assert result.err == "error: cannot replace multi-valued attr value unless -r is specified\n"


def test_prov_in_front_of_a_command_is_dropped(call: Any, tmp_path: Path, head: str) -> None:
    assert run_file(call, tmp_path, "prov gd mig.test zimbraId\n").out == f"prov> {head}prov> "
