# Copyright (c) 2026, mailops.zimbra contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""zmlocalconfig and zmcontrol."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from zimsim.commands import standalone
from zimsim.commands.standalone import DOWN, expand, read_localconfig, render, status_lines
from zimsim.server import Server

SOMEBODY = 54321


def test_passwords_are_masked_unless_shown(call: Any, server: Server) -> None:
    assert call("zmlocalconfig", "zimbra_ldap_password").out == "zimbra_ldap_password = *\n"
    shown = call("zmlocalconfig", "-s", "-m", "nokey", "zimbra_ldap_password").out
    assert shown == f"{server.config.ldap_password}\n"


def test_everything_sorted(call: Any, server: Server) -> None:
    lines = call("zmlocalconfig").out.splitlines()
    names = [line.partition(" = ")[0] for line in lines]
    assert names == sorted(read_localconfig(str(server.config.localconfig)))


@pytest.mark.parametrize(
    ("form", "text"),
    [
        ("plain", "a = 1\nb = <2>\n"),
        ("shell", "a='1';\nb='<2>';\n"),
        ("export", "export a='1';\nexport b='<2>';\n"),
        ("nokey", "1\n<2>\n"),
    ],
)
def test_formats(form: str, text: str) -> None:
    assert render({"a": "1", "b": "<2>"}, form) == text


def test_xml_is_the_document_it_reads() -> None:
    assert '<key name="b">\n    <value>&lt;2&gt;</value>' in render({"b": "<2>"}, "xml")


def test_references_are_expanded_on_request() -> None:
    values = {"home": "/opt/zimbra", "log": "${home}/log", "deep": "${log}/x", "self": "${self}"}
    assert expand("${deep}", values) == "/opt/zimbra/log/x"
    assert expand("${unknown} ${self}", values) == "${unknown} ${self}"


def test_an_unknown_key_is_a_warning_and_status_0(call: Any) -> None:
    result = call("zmlocalconfig", "nosuchkey")
    assert (result.status, result.out, result.err) == (0, "", "Warning: null valued key 'nosuchkey'\n")
    assert call("zmlocalconfig", "-q", "nosuchkey").err == ""


def test_bad_options(call: Any) -> None:
    result = call("zmlocalconfig", "--nonsense")
    assert (result.status, result.err) == (1, "Failed to parse command line\n")
    assert call("zmlocalconfig", "-m", "yaml").status == 1


def test_edit(call: Any, server: Server) -> None:
    def edit(*words: str) -> Any:
        return call("zmlocalconfig", *words, uid=SOMEBODY)

    assert edit("-e", "av_notify_user=x@y.test").status == 0
    assert read_localconfig(str(server.config.localconfig))["av_notify_user"] == "x@y.test"
    assert edit("-e", "novalue").err == "Error: argument 'novalue' not in key=value form\n"
    assert edit("-e", "zimbra_ldap_password=x").err == "Error: can not edit key zimbra_ldap_password\n"
    assert edit("-f", "-e", "zimbra_ldap_password=x").status == 0
    assert edit("-u", "nosuchkey").err == "Error: key nosuchkey is not set\n"
    assert edit("-u", "av_notify_user").status == 0
    assert "av_notify_user" not in read_localconfig(str(server.config.localconfig))
    assert [line["action"] for line in server.journal.lines()] == ["edit localconfig"] * 3


def test_root_may_not_edit_unless_it_is_the_service_user(
    call: Any, server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(server, "config", replace(server.config, service_user="zimbra"))
    result = call("zmlocalconfig", "-e", "a=b", uid=0)
    assert (result.status, result.err) == (1, "Error: cannot use -e when running as root\n")
    monkeypatch.setattr(server, "config", replace(server.config, service_user="root"))
    assert call("zmlocalconfig", "-e", "a=b", uid=0).status == 0


def test_zmcontrol_is_for_the_service_user_alone(call: Any) -> None:
    result = call("zmcontrol", "status", uid=SOMEBODY)
    assert (result.status, result.out, result.err) == (255, "", "Run as the zimbra user!\n")


def test_zmcontrol_version(call: Any, server: Server) -> None:
    assert call("zmcontrol", "-v").out == (
        "Release 8.8.15_GA_3869.UBUNTU18_64.20190918004220 UBUNTU18_64 FOSS edition, Patch 8.8.15_P40.\n"
    )
    server.config.version = "8.7.11"
    server.config.save()
    assert call("zmcontrol", "-v").out.startswith("Release 8.7.11_GA_")


def test_zmcontrol_status(call: Any) -> None:
    result = call("zmcontrol", "status")
    assert result.status == 0
    assert result.out.startswith("Host localhost\n\tamavis                  Running\n")
    assert "\tservice webapp          Running\n" in result.out


def test_a_stopped_service_fails_unless_it_is_unimportant() -> None:
    text, status = status_lines("mail.test", {"mailbox": "mailboxd is not running."})
    assert status == 1
    assert "\tmailbox                 Stopped\n\t\tmailboxd is not running.\n" in text
    assert status_lines("mail.test", {"stats": ""})[1] == 0


def test_zmcontrol_without_a_command(call: Any) -> None:
    for words in ((), ("-h",), ("frobnicate",)):
        result = call("zmcontrol", *words)
        assert result.status == 1
        assert "zmcontrol [-v -h -H <host>] command [args]" in result.out


def test_without_the_server_version_and_status_are_still_there(
    server: Server, capsys: pytest.CaptureFixture[str]
) -> None:
    """What a copy of the file answers while the mail process is down."""
    home = str(server.config.home)
    assert standalone.main(home, "zmcontrol", ["-v"]) == 0
    assert capsys.readouterr().out.startswith("Release 8.8.15_GA_")
    assert standalone.main(home, "zmcontrol", ["status"]) == 1
    out = capsys.readouterr().out
    assert "\tldap                    Running\n" in out
    assert "\tmailbox                 Stopped\n\t\tmailboxd is not running.\n" in out
    assert out.count("Stopped") == len(DOWN)
    assert standalone.main(home, "zmlocalconfig", ["-m", "nokey", "zimbra_server_hostname"]) == 0
    assert capsys.readouterr().out == "localhost\n"


def test_it_runs_on_the_interpreter_of_an_old_server() -> None:
    """Copied to the server's home, it must not need what this package needs."""
    source = Path(standalone.__file__)
    run = subprocess.run([sys.executable, "-ISE", str(source)], cwd="/", capture_output=True, text=True, check=False)
    assert (run.returncode, run.stderr) == (0, "")
    assert "zimsim" not in {
        line.split()[1] for line in source.read_text().splitlines() if line.startswith(("import ", "from "))
    }
