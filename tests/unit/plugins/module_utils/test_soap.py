# Copyright (c) 2026, mailops.zimbra contributors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The SOAP client against a scripted service: logins, batches, faults, retries, check mode."""

from __future__ import annotations

import io
from typing import Any

import pytest

from ansible_collections.mailops.zimbra.plugins.module_utils._soap import PAUSES, Login, SoapClient
from ansible_collections.mailops.zimbra.plugins.module_utils._soap_envelope import (
    ADMIN,
    MAIL,
    attributes_of,
    envelope,
    node,
    read_answer,
    request,
    values,
)
from ansible_collections.mailops.zimbra.plugins.module_utils._soap_errors import (
    SoapAnswerError,
    SoapError,
    SoapFault,
    SoapReadOnly,
    SoapTransportError,
)
from ansible_collections.mailops.zimbra.plugins.module_utils._soap_http import Reply
from ansible_collections.mailops.zimbra.tests.unit.plugins.module_utils.soap_script import (
    ENVELOPE,
    Node,
    ScriptedService,
    fault,
    lost,
    text,
)

GET = request(ADMIN, "GetDomainRequest", {}, [node("domain", {"by": "name"}, text="a.test")])
MODIFY = request(ADMIN, "ModifyDomainRequest", {}, [node("id", text="1"), *values({"description": "x"})])
ANSWER = '<GetDomainResponse xmlns="urn:zimbraAdmin">{}</GetDomainResponse>'
DOMAIN = ANSWER.format('<domain id="1" name="a.test"><a n="x">1</a></domain>')
MODIFIED = '<ModifyDomainResponse xmlns="urn:zimbraAdmin"><domain id="1"/></ModifyDomainResponse>'


@pytest.fixture
def service() -> ScriptedService:
    return ScriptedService({"GetDomainRequest": lambda _asked: DOMAIN, "ModifyDomainRequest": lambda _asked: MODIFIED})


def client_of(service: Any, **more: Any) -> SoapClient:
    pauses = more.pop("pauses", [])
    return SoapClient(service, Login("admin@a.test", "geheim"), pause=pauses.append, **more)


def test_it_logs_in_once_and_puts_the_token_into_the_context(service: ScriptedService) -> None:
    client = client_of(service)
    for _time in range(2):
        answer = client.call(GET)
        assert (answer.tag, attributes_of(answer[0])) == ("GetDomainResponse", {"x": ["1"]})
    assert service.asked == ["AuthRequest", "GetDomainRequest", "GetDomainRequest"]
    assert "<authToken>token-1</authToken>" in service.contexts[-1] and "<nosession/>" in service.contexts[-1]


def test_the_account_of_a_request_is_named_by_address_or_id(service: ScriptedService) -> None:
    client = client_of(service)
    client.call(GET, account="b@a.test")
    assert '<account by="name">b@a.test</account>' in service.contexts[-1]
    client.call(GET, account="0-1-2")
    assert '<account by="id">0-1-2</account>' in service.contexts[-1]


def test_a_wrong_password_is_a_fault_and_is_not_tried_again(service: ScriptedService) -> None:
    service.password = "another"
    with pytest.raises(SoapFault) as caught:
        client_of(service).call(GET)
    assert caught.value.code == "account.AUTH_FAILED"
    assert "geheim" not in str(caught.value) + repr(caught.value.details)
    assert service.asked == ["AuthRequest"]


@pytest.mark.parametrize("status", [422, 500])
@pytest.mark.parametrize("who", ["Sender", "Receiver"])
def test_faults_carry_code_reason_and_side(service: ScriptedService, status: int, who: str) -> None:
    service.fault_status = status
    service.handlers["GetDomainRequest"] = lambda _asked: fault("account.NO_SUCH_DOMAIN", "no such domain: a", who=who)
    with pytest.raises(SoapFault, match="GetDomainRequest: no such domain: a \\(account.NO_SUCH_DOMAIN\\)") as caught:
        client_of(service).call(GET)
    assert (caught.value.code, caught.value.sender) == ("account.NO_SUCH_DOMAIN", who == "Sender")


def test_a_fault_in_the_form_of_soap_1_1() -> None:
    body = (
        "<soap:Fault><faultcode>soap:Client</faultcode><faultstring>nope</faultstring>"
        '<detail><Error xmlns="urn:zimbra"><Code>a.B</Code></Error></detail></soap:Fault>'
    )
    with pytest.raises(SoapFault) as caught:
        read_answer(io.BytesIO(ENVELOPE.format(body).encode()), "XRequest")
    assert (caught.value.code, caught.value.reason, caught.value.sender) == ("a.B", "nope", True)


def test_an_expired_token_is_renewed_also_for_a_change(service: ScriptedService) -> None:
    client = client_of(service)
    client.call(GET)
    service.expire()
    assert client.call(MODIFY).tag == "ModifyDomainResponse"
    assert service.changes == ["ModifyDomainRequest"]


def test_a_token_that_stays_worthless_is_not_renewed_for_ever(service: ScriptedService) -> None:
    service.handlers["GetDomainRequest"] = lambda _asked: fault("service.AUTH_EXPIRED", "auth credentials have expired")
    with pytest.raises(SoapFault, match="AUTH_EXPIRED"):
        client_of(service).call(GET)
    assert service.asked.count("AuthRequest") == 2


def test_a_batch_answers_each_request_and_goes_on_after_a_fault(service: ScriptedService) -> None:
    def get(asked: Node) -> str:
        name = text(asked.getElementsByTagName("domain")[0])
        return fault("account.NO_SUCH_DOMAIN", f"no such domain: {name}") if name == "d1" else DOMAIN

    service.handlers["GetDomainRequest"] = get
    bodies = [request(ADMIN, "GetDomainRequest", {}, [node("domain", text=f"d{i}")]) for i in range(5)]
    answers = dict(client_of(service).batch(bodies, size=2))
    assert sorted(answers) == [0, 1, 2, 3, 4]
    assert isinstance(answers[1], SoapFault) and answers[1].code == "account.NO_SUCH_DOMAIN"
    assert [getattr(answers[i], "tag", answers[i]) for i in (0, 2, 3, 4)] == ["GetDomainResponse"] * 4
    assert len(service.contexts) == 1 + 3


def test_a_batch_renews_an_expired_token_and_sends_nothing_twice(service: ScriptedService) -> None:
    client = client_of(service)
    client.call(GET)
    service.expire()
    answers = list(client.batch([MODIFY, GET]))
    assert [(index, getattr(answer, "tag", answer)) for index, answer in answers] == [
        (0, "ModifyDomainResponse"),
        (1, "GetDomainResponse"),
    ]
    assert service.changes == ["ModifyDomainRequest"]


def test_a_batch_sends_again_only_what_lacked_a_token(service: ScriptedService) -> None:
    seen: list[str] = []

    def modify(asked: Node) -> str:
        seen.append(asked.getAttribute("requestId"))
        if len(seen) == 2:
            return fault("service.AUTH_EXPIRED", "auth credentials have expired")
        return MODIFIED

    service.handlers["ModifyDomainRequest"] = modify
    answers = dict(client_of(service).batch([MODIFY, MODIFY, MODIFY]))
    assert sorted(answers) == [0, 1, 2]
    assert seen == ["0", "1", "2", "1"]


def test_what_a_batch_passes_over_in_silence_is_no_success(service: ScriptedService) -> None:
    service.handlers["ModifyDomainRequest"] = lambda _asked: ""
    with pytest.raises(SoapAnswerError, match="answered 1 of 2"):
        list(client_of(service).batch([GET, MODIFY]))


def test_a_read_is_tried_again_with_growing_pauses(service: ScriptedService) -> None:
    pauses: list[float] = []
    client = client_of(service, pauses=pauses)
    client.call(GET)
    service.broken = [lost(), lost(), None]
    assert client.call(GET).tag == "GetDomainResponse"
    assert pauses == list(PAUSES[:2])
    service.broken = [lost() for _pause in PAUSES] + [lost()]
    with pytest.raises(SoapTransportError):
        client.call(GET)
    assert service.broken == []


def test_a_change_is_never_sent_twice_but_tried_again_when_it_did_not_leave(service: ScriptedService) -> None:
    client = client_of(service)
    client.call(GET)
    service.broken = [lost()]
    with pytest.raises(SoapTransportError):
        client.call(MODIFY)
    service.broken = [lost()]
    with pytest.raises(SoapTransportError):
        list(client.batch([GET, MODIFY]))
    assert service.changes == []
    service.broken = [lost(sent=False)]
    client.call(MODIFY)
    assert service.changes == ["ModifyDomainRequest"]


def test_a_change_travels_on_a_connection_of_its_own(service: ScriptedService) -> None:
    client = client_of(service)
    client.call(GET)
    client.call(MODIFY)
    assert service.fresh == [False, False, True]


@pytest.mark.parametrize(
    "name", ["ModifyAccountRequest", "GetMailboxRequest", "DelegateAuthRequest", "SyncGalAccountRequest"]
)
def test_in_check_mode_no_change_reaches_the_transport(service: ScriptedService, name: str) -> None:
    client = client_of(service, read_only=True)
    client.call(GET)
    sent = len(service.contexts)
    with pytest.raises(SoapReadOnly, match=name):
        client.call(request(ADMIN, name))
    with pytest.raises(SoapReadOnly):
        list(client.batch([GET, request(ADMIN, name)]))
    assert len(service.contexts) == sent


class Once:
    """A transport with one fixed answer to everything but the login."""

    def __init__(self, status: int, body: bytes) -> None:
        self.status = status
        self.body = body
        self.count = 0

    def request(self, method: str, path: str, body: bytes, headers: dict[str, str], fresh: bool) -> Reply:
        if b"AuthRequest" in body:
            answer = ENVELOPE.format('<AuthResponse xmlns="urn:zimbraAdmin"><authToken>t</authToken></AuthResponse>')
            return Reply(200, {}, io.BytesIO(answer.encode()))
        self.count += 1
        return Reply(self.status, {}, io.BytesIO(self.body))


def test_what_is_no_soap_says_the_status_and_asks_for_the_url() -> None:
    for body in (b"<html><body>Not Found</body></html>", b"{}", b"not xml"):
        with pytest.raises(SoapAnswerError, match="HTTP status 404; is the URL right"):
            client_of(Once(404, body)).call(GET)


def test_a_service_that_is_away_is_asked_again() -> None:
    away = Once(503, b"<html>down</html>")
    with pytest.raises(SoapTransportError, match="HTTP 503"):
        client_of(away).call(GET)
    assert away.count == len(PAUSES) + 1


@pytest.mark.parametrize("share", [0.3, 0.6, 0.9, 0.99])
def test_an_answer_that_stops_in_the_middle_is_never_an_answer(share: float) -> None:
    whole = ENVELOPE.format(DOMAIN.replace("</GetDomainResponse>", "<domain/>" * 500 + "</GetDomainResponse>")).encode()
    with pytest.raises(SoapTransportError, match="stops in the middle"):
        client_of(Once(200, whole[: int(len(whole) * share)])).call(GET)


def test_a_stream_gives_children_before_the_answer_has_ended() -> None:
    read: list[int] = []

    class Slow(io.BytesIO):
        def read(self, size: int | None = -1) -> bytes:
            read.append(self.tell())
            return super().read(size)

    inside = "".join(f'<account id="{i}"><a n="x">{"y" * 1000}</a></account>' for i in range(2000))
    whole = ENVELOPE.format(
        f'<SearchDirectoryResponse more="0" xmlns="urn:zimbraAdmin">{inside}</SearchDirectoryResponse>'
    )
    answer = read_answer(Slow(whole.encode()), "SearchDirectoryRequest")
    assert answer.attributes == {"more": "0"}
    first = next(iter(answer))
    assert (first.get("id"), read[-1] < len(whole) // 10) == ("0", True)
    assert [item.get("id") for item in answer] == [str(i) for i in range(1, 2000)]


def test_values_are_escaped_and_a_carriage_return_survives() -> None:
    wanted = 'a<b>&"c"\r\n\tü 😀'
    sent = envelope(request(ADMIN, "XRequest", {"n": wanted}, values({"signature": wanted})))
    parsed = read_answer(io.BytesIO(sent), "XRequest").whole()
    assert parsed.get("n") == wanted
    assert attributes_of(parsed) == {"signature": [wanted]}


def test_a_character_that_xml_cannot_carry_is_refused_by_name() -> None:
    with pytest.raises(SoapError, match=r"'\\x0b'.*cannot carry"):
        envelope(request(MAIL, "XRequest", {}, [node("a", text="x\x0by")]))


def test_rest_is_asked_with_the_admin_cookie_and_logs_in_again_on_401() -> None:
    class Rest:
        def __init__(self) -> None:
            self.cookies: list[str] = []
            self.logins = 0

        def request(self, method: str, path: str, body: bytes | None, headers: dict[str, str], fresh: bool) -> Reply:
            if method == "POST":
                self.logins += 1
                answer = f'<AuthResponse xmlns="urn:zimbraAdmin"><authToken>t{self.logins}</authToken></AuthResponse>'
                return Reply(200, {}, io.BytesIO(ENVELOPE.format(answer).encode()))
            self.cookies.append(headers["Cookie"])
            return Reply(401 if len(self.cookies) == 1 else 200, {}, io.BytesIO(b"x"))

    rest = Rest()
    assert client_of(rest).get("/home/a@a.test/?fmt=tgz").status == 200
    assert rest.cookies == ["ZM_ADMIN_AUTH_TOKEN=t1", "ZM_ADMIN_AUTH_TOKEN=t2"]
