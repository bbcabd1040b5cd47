# Copyright (c) 2026, mailops.zimbra contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""zmprov, one command a run: what a real one answered (names in the ids are those of the recordings)."""

from __future__ import annotations

import re
from typing import Any

import pytest

from zimsim.server import Server

UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}\n")
ID = "aaaaaaaa-bbbb-4ccc-8ddd-eeeeeeeeeeee"


@pytest.fixture
def prov(call: Any) -> Any:
    return lambda *argv, **options: call("zmprov", *argv, **options)


@pytest.fixture(autouse=True)
def people(server: Server) -> None:
    directory = server.store.directory
    anna = directory.create(
        "account",
        "anna@mig.test",
        {"displayName": "CaseTest", "description": ["line one", "line two"], "zimbraPrefMailSignature": "line1\nline2"},
        entry_id=ID,
        password="geheim123",
    )
    directory.add_alias(anna.id, "bert@mig.test")
    directory.create("account", "berta@mig.test")
    team = directory.create("dl", "team2@mig.test", {"displayName": "Team Süd"})
    directory.add_members(team.id, ["anna@mig.test", "new@outside.example"])


def test_60a_gad(prov: Any) -> None:
    result = prov("gad")
    assert (result.status, result.err) == (0, "")
    assert result.out == "mig.test\ntest.com\n"


def test_60b_names_are_unicode_over_soap_and_ascii_over_ldap(prov: Any) -> None:
    assert UUID.fullmatch(prov("cd", "münchen.test").out)
    assert "münchen.test\n" in prov("gad").out
    assert "xn--mnchen-3ya.test\n" in prov("-l", "gad").out
    assert prov("gd", "xn--mnchen-3ya.test", "zimbraDomainName").out == (
        "# name münchen.test\nzimbraDomainName: xn--mnchen-3ya.test\n\n"
    )


def test_61a_gaa_needs_ldap(prov: Any) -> None:
    result = prov("gaa", "mig.test")
    assert result.status == 1
    assert result.err == ""
    assert result.out.startswith('getAllAccounts can only be used with  "zmprov -l/--ldap"\n\n\nzmprov [args] [cmd]')


def test_61b_gaa_lists_accounts_without_resources(prov: Any) -> None:
    prov("ccr", "raum1@mig.test", "", "displayName", "Raum 1")
    assert prov("-l", "gaa", "mig.test").out == "anna@mig.test\nberta@mig.test\n"
    assert prov("gacr").out == "raum1@mig.test\n"
    assert prov("-l", "gaa", "nodom.test").err == "ERROR: account.NO_SUCH_DOMAIN (no such domain: nodom.test)\n"
    verbose = prov("-l", "gaa", "-e", "-v", "mig.test").out
    assert verbose.count("# name ") == 2


def test_62b_ga_prints_named_attributes_sorted_and_raw(prov: Any) -> None:
    asked = ("zimbraId", "mail", "displayName", "USERPASSWORD", "zimbraPrefMailSignature", "description")
    assert prov("ga", "anna@mig.test", *asked).out == (
        "# name anna@mig.test\ndescription: line one\ndescription: line two\ndisplayName: CaseTest\n"
        "mail: anna@mig.test\nmail: bert@mig.test\nuserPassword: VALUE-BLOCKED\n"
        f"zimbraId: {ID}\nzimbraPrefMailSignature: line1\nline2\n\n"
    )


def test_62c_ldap_shows_the_hash(prov: Any) -> None:
    assert "userPassword: {SSHA" in prov("-l", "ga", "anna@mig.test", "userPassword").out


def test_62d_ga_of_nobody(prov: Any) -> None:
    for options in ((), ("-l",)):
        result = prov(*options, "ga", "nobody@mig.test")
        assert (result.status, result.out) == (2, "")
        assert result.err == "ERROR: account.NO_SUCH_ACCOUNT (no such account: nobody@mig.test)\n"


def test_62f_an_unknown_attribute_prints_the_header_only(prov: Any) -> None:
    result = prov("ga", "anna@mig.test", "zimbraNoSuch")
    assert (result.status, result.out) == (0, "# name anna@mig.test\n\n")


def test_62h_inherited_values_and_e(prov: Any) -> None:
    assert "zimbraMailQuota: 0\n" in prov("ga", "anna@mig.test").out
    own = prov("ga", "-e", "anna@mig.test").out
    assert "zimbraMailQuota" not in own
    names = [line.partition(":")[0] for line in own.splitlines()[1:] if re.match(r"[a-zA-Z]+: ", line)]
    assert names == sorted(names)


def test_62i_by_id_and_62j_by_alias(prov: Any) -> None:
    for key in (ID, "bert@mig.test", "ANNA@mig.test"):
        assert prov("ga", key, "zimbraId").out == f"# name anna@mig.test\nzimbraId: {ID}\n\n"


def test_a_name_without_domain_is_one_of_the_default_domain(prov: Any) -> None:
    assert prov("ga", "admin", "uid").out == "# name admin@test.com\nuid: admin\n\n"


def test_63a_ca(prov: Any, server: Server) -> None:
    result = prov("ca", "cli1@mig.test", "geheim123", "displayName", "Über Cli", "description", 'a  b "q" $x')
    assert UUID.fullmatch(result.out) and (result.status, result.err) == (0, "")
    entry = server.store.directory.get("account", "cli1@mig.test")
    assert (entry.id, entry.first("description")) == (result.out.strip(), 'a  b "q" $x')
    assert server.store.directory.password_matches(entry, "geheim123")


@pytest.mark.parametrize(
    ("words", "error"),
    [
        (("anna@mig.test", "geheim123"),
         "account.ACCOUNT_EXISTS (email address already exists: anna@mig.test,"
         " at DN: uid=anna,ou=people,dc=mig,dc=test)"),
        (("cli1@nodom.test", "geheim123"), "account.NO_SUCH_DOMAIN (no such domain: nodom.test)"),
        (("cli2@mig.test", "x"), "account.INVALID_PASSWORD (invalid password: too short)"),
    ],
)  # fmt: skip
def test_63b_to_63d_refused_accounts(prov: Any, words: tuple[str, ...], error: str) -> None:
    result = prov("ca", *words)
    assert (result.status, result.out, result.err) == (2, "", f"ERROR: {error}\n")


def test_63e_an_empty_password_is_none(prov: Any, server: Server) -> None:
    assert prov("ca", "cli3@mig.test", "").status == 0
    assert server.store.directory.get("account", "cli3@mig.test").values("userPassword") == []


def test_63f_and_63g_usage(prov: Any) -> None:
    usage = (
        "usage:  createAccount(ca) {name@domain} {password} [attr1 value1 [attr2 value2...]]\n"
        "\nFor general help, type : zmprov --help\n"
    )
    assert prov("ca", "cli4@mig.test").out == usage
    result = prov("ca", "cli5@mig.test", "geheim123", "displayName")
    assert (result.status, result.out, result.err) == (1, usage, "")


def test_63h_an_account_keeps_the_id_it_is_given_63i_once(prov: Any) -> None:
    chosen = "12345678-bbbb-4ccc-8ddd-eeeeeeeeeeee"
    assert prov("-l", "ca", "cli6@mig.test", "geheim123", "zimbraId", chosen).out == f"{chosen}\n"
    ldap = prov("-l", "ca", "cli7@mig.test", "geheim123", "zimbraId", chosen)
    soap = prov("ca", "cli7@mig.test", "geheim123", "zimbraId", chosen)
    assert (ldap.status, soap.status) == (2, 2)
    assert soap.err.startswith("ERROR: ldap.INVALID_ATTR_VALUE (invalid attr value - unable to create entry:")
    assert "non-unique attributes found with (|(zimbraId=" in soap.err
    assert "(cause:" not in soap.err
    assert "(cause: com.unboundid.ldap.sdk.LDAPException " in ldap.err


def test_64_ma(prov: Any) -> None:
    changed = prov("ma", "anna@mig.test", "displayName", "Neu", "+zimbraMailForwardingAddress", "x@y.example")
    assert (changed.status, changed.out, changed.err) == (0, "", "")
    assert "zimbraMailForwardingAddress: x@y.example" in prov("ga", "anna@mig.test").out
    assert prov("ma", "anna@mig.test", "zimbraMailQuota", "abc").err == (
        "ERROR: account.INVALID_ATTR_VALUE (can not modify mail quota (invalid format): abc)\n"
    )
    unknown = prov("ma", "anna@mig.test", "zimbraNoSuch", "abc")
    assert unknown.status == 2
    assert unknown.err.startswith("ERROR: account.INVALID_ATTR_NAME (invalid attr name: ")
    assert prov("ma", "anna@mig.test", "displayName", "").status == 0
    assert "displayName" not in prov("ga", "anna@mig.test", "displayName").out
    assert prov("ma", "anna@mig.test").status == 1


def test_65_aliases(prov: Any) -> None:
    assert prov("aaa", "anna@mig.test", "cli1alias@mig.test").status == 0
    again = prov("aaa", "anna@mig.test", "cli1alias@mig.test")
    assert again.err.startswith(
        "ERROR: account.ACCOUNT_EXISTS (email address already exists: cli1alias@mig.test, at DN: "
    )
    assert prov("raa", "anna@mig.test", "cli1alias@mig.test").status == 0
    assert prov("raa", "anna@mig.test", "cli1alias@mig.test").status == 2


def test_66_config(prov: Any) -> None:
    assert prov("gcf", "zimbraDefaultDomainName").out == "zimbraDefaultDomainName: test.com\n"
    unknown = prov("gcf", "zimbraNoSuch")
    assert (unknown.status, unknown.out) == (0, "")
    assert prov("gcf", "zimbraDefaultDomainName", "zimbraMtaRestriction").status == 1
    assert prov("mcf", "+zimbraHttpThrottleSafeIPs", "127.0.0.2").status == 0
    assert "zimbraHttpThrottleSafeIPs: 127.0.0.2\n" in prov("gacf").out


def test_67_cos(prov: Any) -> None:
    assert prov("gac").out == "default\ndefaultExternal\n"
    assert prov("gc", "default", "zimbraMailQuota", "cn", "zimbraId").out == (
        "# name default\ncn: default\nzimbraId: e00428a1-0c00-11d9-836a-000d93afea2a\nzimbraMailQuota: 0\n\n"
    )
    assert prov("gc", "nocos").err == "ERROR: account.NO_SUCH_COS (no such cos: nocos)\n"
    assert UUID.fullmatch(prov("cc", "clicos", "zimbraMailQuota", "100").out)
    assert prov("dc", "clicos").status == 0
    assert prov("dc", "clicos").status == 2


def test_68_lists(prov: Any) -> None:
    assert prov("gadl").out == "team2@mig.test\n"
    shown = prov("gdl", "team2@mig.test").out
    assert shown.startswith("# distributionList team2@mig.test memberCount=2\n")
    assert "displayName: Team Süd\n" in shown and "zimbraMailForwardingAddress: anna@mig.test\n" in shown
    assert shown.endswith("\n\nmembers\nanna@mig.test\nnew@outside.example\n")
    assert prov("gdlm", "team2@mig.test").out == (
        "# distributionList team2@mig.test memberCount=2\n\nmembers\nanna@mig.test\nnew@outside.example\n"
    )
    assert prov("gdl", "nope@mig.test").err == (
        "ERROR: account.NO_SUCH_DISTRIBUTION_LIST (no such distribution list: nope@mig.test)\n"
    )
    assert prov("adlm", "team2@mig.test", "berta@mig.test").status == 0
    assert prov("adlm", "team2@mig.test", "berta@mig.test").status == 0
    assert prov("rdlm", "team2@mig.test", "no@x.test").err == (
        "ERROR: account.NO_SUCH_MEMBER (non-existent members: no@x.test in distribution list: team2@mig.test)\n"
    )
    assert prov("gam", "anna@mig.test").out == "team2@mig.test\n"


def test_68g_gadl_v_shows_no_members(prov: Any) -> None:
    assert prov("gadl", "-v", "mig.test").out.endswith("\nmembers\n")
    assert "memberCount=0" in prov("gadl", "-v").out


def test_69_mailbox_info_makes_the_mailbox_and_quota_usage_does_not(prov: Any, server: Server) -> None:
    assert "anna@mig.test 0 0\n" in prov("gqu", "localhost").out
    assert server.store.mailboxes.find(ID) is None
    assert re.fullmatch(r"mailboxId: \d+\nquotaUsed: 0\n", prov("gmi", "anna@mig.test").out)
    assert server.store.mailboxes.find(ID) is not None
    assert prov("gmi", "nobody@mig.test").status == 2
    assert [line["action"] for line in server.journal.lines()] == ["create mailbox"]


def test_69d_servers_and_domains(prov: Any) -> None:
    assert prov("gas").out == "localhost\n"
    assert (
        prov("gs", "localhost", "zimbraServiceHostname").out == "# name localhost\nzimbraServiceHostname: localhost\n\n"
    )
    assert prov("gd", "mig.test", "description").out == "# name mig.test\ndescription: Zwei Wörter ü\n\n"
    assert prov("gd", "nodom.test").err == "ERROR: account.NO_SUCH_DOMAIN (no such domain: nodom.test)\n"


def test_70_domains(prov: Any) -> None:
    assert UUID.fullmatch(prov("cd", "clidom.test", "description", "x").out)
    assert prov("cd", "clidom.test").err == "ERROR: account.DOMAIN_EXISTS (domain already exists: clidom.test)\n"
    assert prov("md", "clidom.test", "description", "y").status == 0
    assert prov("dd", "clidom.test").status == 0
    assert prov("dd", "mig.test").err.startswith(
        "ERROR: account.DOMAIN_NOT_EMPTY (domain not empty: mig.test (remaining"
    )


def test_70f_da(prov: Any, server: Server) -> None:
    server.store.mailboxes.open(ID)
    assert prov("da", "nobody@mig.test").status == 2
    assert prov("da", "bert@mig.test").err == (
        "ERROR: service.INVALID_REQUEST (invalid request: argument to deleteAccount must be an account id or the"
        " account's primary name)\n"
    )
    assert prov("da", "anna@mig.test").status == 0
    assert server.store.mailboxes.find(ID) is None


def test_70h_unknown_command_and_70z_help(prov: Any) -> None:
    for words, status in ((("foobar", "x"), 1), (("-h",), 1)):
        result = prov(*words)
        assert (result.status, result.err) == (status, "")
        assert result.out.startswith("\nzmprov [args] [cmd] [cmd-args ...]\n\n  -h/--help")
    assert prov("help").out.startswith(
        " zmprov is used for provisioning. Try:\n\n     zmprov help account         help on"
    )
    assert "\n  getAllAccounts(gaa) [-v] [-e] [-s server] [{domain}]\n    -- NOTE: " in prov("help", "account").out


def test_70l_sp_says_that_it_ignores_the_policy(prov: Any) -> None:
    assert prov("sp", "anna@mig.test", "neues123").out == ""
    assert prov("sp", "anna@mig.test", "x").out == (
        "Password violation: account=anna@mig.test, violation=invalid password: too short."
        "  Password is set successfully.\n"
    )


def test_70v_to_70y_other_servers_and_identities(prov: Any) -> None:
    refused = prov("-s", "127.0.0.1:1", "gad")
    assert refused.status == 2
    assert refused.err == (
        "ERROR: zclient.IO_ERROR (invoke Connection refused, server: 127.0.0.1)"
        " (cause: java.net.ConnectException Connection refused)\n"
    )
    assert prov("-a", "admin@test.com", "-p", "bad", "gad").err == (
        "ERROR: account.AUTH_FAILED (authentication failed for [admin@test.com])\n"
    )
    assert prov("-a", "anna@mig.test", "-p", "geheim123", "gad").err == (
        "ERROR: service.PERM_DENIED (permission denied: not an admin account)\n"
    )


def test_credentials_switch_back_to_soap(prov: Any, server: Server) -> None:
    words = ("-l", "-a", "admin@test.com", "-p", server.config.admin_password)
    assert "VALUE-BLOCKED" in prov(*words, "ga", "anna@mig.test", "userPassword").out


@pytest.mark.parametrize(
    ("words", "status", "text"),
    [
        (("-l", "-s", "x", "gad"), 2, "error: cannot specify both -l and -s at the same time\n"),
        (("-m", "gad"), 2, "error: cannot specify -m when -l is not specified\n"),
        (("--nonsense", "gad"), 1, "error: Unrecognized option: --nonsense\n"),
    ],
)
def test_option_errors(prov: Any, words: tuple[str, ...], status: int, text: str) -> None:
    result = prov(*words)
    assert (result.status, result.err) == (status, text)


def test_73b_a_signature_can_look_like_lines_of_the_listing(prov: Any) -> None:
    prov("ma", "anna@mig.test", "zimbraPrefMailSignature", "line1\nzimbraId: spoofed\n\n# name other@x.test\nlast")
    assert prov("ga", "anna@mig.test", "zimbraPrefMailSignature", "displayName").out == (
        "# name anna@mig.test\ndisplayName: CaseTest\nzimbraPrefMailSignature: line1\nzimbraId: spoofed\n\n"
        "# name other@x.test\nlast\n\n"
    )


def test_74m_sm_runs_a_mailbox_command(prov: Any) -> None:
    assert prov("sm", "anna@mig.test", "gms", "-v").out == "0\n"
    assert prov("-l", "sm", "anna@mig.test", "gms").err == (
        "ERROR: service.INVALID_REQUEST (invalid request: can only be used with SOAP)\n"
    )


def test_75d_immutable_and_75f_safeguarded(prov: Any) -> None:
    assert prov("ma", "anna@mig.test", "zimbraMailAlias", "x@mig.test").err == (
        "ERROR: service.INVALID_REQUEST (invalid request: zimbraMailAlias is immutable)\n"
    )
    guarded = prov("ms", "localhost", "zimbraServiceEnabled", "service")
    assert (guarded.status, guarded.err) == (
        2,
        "error: cannot replace multi-valued attr value unless -r is specified\n",
    )
    assert prov("-r", "ms", "localhost", "zimbraServiceEnabled", "service").status == 0


def test_reading_leaves_no_trace_in_the_journal(prov: Any, server: Server) -> None:
    for words in (("gad",), ("ga", "anna@mig.test"), ("gqu", "localhost"), ("gdl", "team2@mig.test"), ("gacf",)):
        assert prov(*words).status == 0
    assert list(server.journal.lines()) == []
    prov("ma", "anna@mig.test", "displayName", "x")
    assert [(line["surface"], line["caller"], line["action"]) for line in server.journal.lines()] == [
        ("command", "zmprov", "modify account")
    ]
