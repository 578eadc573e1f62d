# SPDX-License-Identifier: Apache-2.0
"""/oauth2/token: client authentication, the three grants, errors."""

import json

import pytest
from browser import (CALLBACK, CHALLENGE, VERIFIER, Emulator, basic_header,
                     call, decode)
from conftest import cpu_seconds, finish, launch

FORM = {"Content-Type": "application/x-www-form-urlencoded"}


def refused(reply, error: str, description: str | None = None):
    expected = {"error": error}
    if description:
        expected["error_description"] = description
    assert (reply.status, reply.json) == (400, expected)


def post(emulator, body: str, headers=None):
    return call("POST", emulator.domain + "/oauth2/token", body,
                {**FORM, **(headers or {})})


def test_client_secret_is_accepted_by_basic_or_in_the_body(emulator):
    for basic in (True, False):
        reply = emulator.token(emulator.machine, basic,
                               grant_type="client_credentials")
        assert reply.status == 200


def test_client_id_beside_basic_must_be_the_same(emulator):
    machine = emulator.machine
    good = emulator.machine_token(client_id=machine["id"])
    assert good.status == 200
    bad = emulator.machine_token(client_id=emulator.public["id"])
    assert (bad.status, bad.json["error"]) == (400, "invalid_request")


def test_invalid_client_authentication_is_refused(emulator):
    grant = {"grant_type": "client_credentials"}
    wrong = {**emulator.machine, "secret": "1"}
    for client in (wrong, {"id": "1", "secret": "1"},
                   {**emulator.machine, "secret": None}):
        for basic in (True, False):
            refused(emulator.token(client, basic, **grant), "invalid_client")
    emulator.settings(invalid_client_status=401)
    assert emulator.token(wrong, **grant).status == 401


def test_pkce_does_not_replace_the_client_secret(emulator):
    code = emulator.code(code_challenge=CHALLENGE,
                         code_challenge_method="S256")
    bare = {**emulator.confidential, "secret": None}
    refused(emulator.exchange(code, bare, code_verifier=VERIFIER),
            "invalid_client")
    assert emulator.exchange(code, code_verifier=VERIFIER).status == 200


def test_second_client_secret_is_accepted(emulator):
    emulator.control("POST", "/clients", {
        "id": emulator.machine["id"], "second_secret": "second"})
    second = {**emulator.machine, "secret": "second"}
    assert emulator.machine_token(second).status == 200
    assert emulator.machine_token().status == 200


def test_token_response_has_the_headers_of_cognito(emulator):
    headers = emulator.machine_token().headers
    assert headers["Content-Type"] == "application/json;charset=UTF-8"
    assert headers["Access-Control-Allow-Origin"] == "*"
    assert headers["Set-Cookie"].startswith("XSRF-TOKEN=")
    assert len(headers["x-amz-cognito-request-id"]) == 36
    assert "no-store" in headers["Cache-Control"]


def test_token_request_that_is_no_form_is_refused(emulator):
    reply = post(emulator, json.dumps({"grant_type": "client_credentials"}),
                 {"Content-Type": "application/json"})
    refused(reply, "invalid_request")
    reply = post(emulator, "x", {"Content-Type": "text/plain"})
    assert (reply.status, reply.body) == (405, b"")
    assert call("GET", emulator.domain + "/oauth2/token").status == 405


def test_unsupported_grant_type_is_refused(emulator):
    machine = emulator.machine
    refused(emulator.token(machine, grant_type="password"),
            "unsupported_grant_type")
    assert emulator.token(machine).json["error"] == "invalid_request"
    refused(emulator.token(machine, grant_type="authorization_code",
                           code="x", redirect_uri=CALLBACK),
            "unauthorized_client")
    refused(emulator.token(emulator.public, client_id=emulator.public["id"],
                           grant_type="client_credentials"),
            "unauthorized_client")
    assert emulator.counters()["token.other"] == 2


def test_code_is_accepted_once(emulator):
    code = emulator.code()
    first = emulator.exchange(code)
    refused(emulator.exchange(code), "invalid_grant")
    assert emulator.userinfo(first.json["access_token"]).status == 200


def test_code_expires_after_five_minutes(emulator):
    code = emulator.code()
    emulator.settings(clock_offset=299)
    assert emulator.exchange(code).status == 200
    code = emulator.code()
    emulator.settings(clock_offset=299 + 301)
    refused(emulator.exchange(code), "invalid_grant")


def test_code_of_another_client_is_refused(emulator):
    refused(emulator.exchange(emulator.code(), emulator.public),
            "invalid_grant")


def test_exchange_with_another_redirect_uri_is_refused(emulator):
    refused(emulator.exchange(emulator.code(), redirect_uri="https://x/"),
            "unauthorized_client", "invalid_redirect")


@pytest.mark.parametrize("challenge, verifier", [
    (CHALLENGE, "b" * 43), (CHALLENGE, None), (None, VERIFIER)])
def test_exchange_with_a_wrong_verifier_is_refused(
        emulator, challenge, verifier):
    method = "S256" if challenge else None
    code = emulator.code(code_challenge=challenge,
                         code_challenge_method=method)
    form = {"code_verifier": verifier} if verifier else {}
    refused(emulator.exchange(code, **form), "invalid_grant")


def test_exchange_without_readable_attributes_is_refused_as_a_bad_code(
        emulator):
    emulator.control("POST", "/clients", {
        "id": emulator.confidential["id"], "read_attributes": ["email"]})
    assert emulator.exchange(emulator.code(scope="openid")).status == 200
    refused(emulator.exchange(emulator.code(scope="openid email")),
            "invalid_grant")


def test_exchange_without_openid_returns_no_id_token(emulator):
    tokens = emulator.login(scope="aws.cognito.signin.user.admin")
    assert set(tokens) == {"access_token", "refresh_token", "token_type",
                           "expires_in"}


def test_public_client_gets_tokens_without_a_secret(emulator):
    code = emulator.code(client_id=emulator.public["id"])
    tokens = emulator.exchange(code, emulator.public).json
    again = emulator.refresh(tokens["refresh_token"], emulator.public)
    assert again.status == 200


def test_refresh_token_of_another_client_is_refused(emulator):
    tokens = emulator.login()
    refused(emulator.refresh(tokens["refresh_token"], emulator.public),
            "invalid_grant")
    refused(emulator.refresh("x"), "invalid_grant")


def test_refresh_token_expires(emulator):
    tokens = emulator.login()
    emulator.settings(clock_offset=30 * 86400 + 1)
    refused(emulator.refresh(tokens["refresh_token"]), "invalid_grant")


def test_rotated_refresh_token_is_refused_after_the_grace_period(emulator):
    emulator.settings(rotation=True)
    first = emulator.login()["refresh_token"]
    second = emulator.refresh(first).json["refresh_token"]
    assert second != first
    refused(emulator.refresh(first), "invalid_grant")
    emulator.settings(retry_grace_period_seconds=60)
    assert emulator.refresh(first).status == 200
    emulator.settings(clock_offset=61)
    refused(emulator.refresh(first), "invalid_grant")
    assert emulator.refresh(second).status == 200


def test_rotated_refresh_token_inherits_the_remaining_lifetime(emulator):
    emulator.settings(rotation=True, refresh_token_validity=3600)
    first = emulator.login()["refresh_token"]
    emulator.settings(clock_offset=3000)
    second = emulator.refresh(first).json["refresh_token"]
    emulator.settings(clock_offset=3601)
    refused(emulator.refresh(second), "invalid_grant")


def test_client_credentials_scopes_are_filtered(emulator):
    def scope(**form):
        token = emulator.machine_token(**form).json["access_token"]
        return decode(token)["scope"]

    assert scope(scope="kongresource/scope2") == "kongresource/scope2"
    assert scope(scope="kongresource/scope1 x/y") == "kongresource/scope1"
    refused(emulator.machine_token(scope="x/y"), "invalid_scope")
    emulator.settings(m2m_unassigned_scope="error")
    refused(emulator.machine_token(scope="kongresource/scope1 x/y"),
            "invalid_scope")
    emulator.control("POST", "/resource_servers",
                     {"identifier": "kongresource", "scopes": ["scope1"]})
    assert scope() == ("kongresource/scope1"
                       " default-m2m-resource-server-hlyky3/read")


def test_client_metadata_must_be_an_object(emulator):
    assert emulator.machine_token(aws_client_metadata='{"a":"b"}') \
        .status == 200
    assert emulator.machine_token(aws_client_metadata="[]").status == 400


def test_token_takes_a_few_milliseconds_of_cpu(tmp_path):
    process, ready = launch(tmp_path)
    emulator = Emulator(ready)
    before = cpu_seconds(process.pid)
    for _ in range(50):
        emulator.machine_token()
    assert (cpu_seconds(process.pid) - before) / 50 < 0.05
    finish(process, tmp_path)


def test_malformed_basic_credential_is_invalid_client(emulator):
    for header in ("Basic", "Basic !!!", "Basic " + "eA=="):
        refused(post(emulator, "grant_type=client_credentials",
                     {"Authorization": header}), "invalid_client")
    header = basic_header(emulator.machine["id"], "")
    refused(post(emulator, "grant_type=client_credentials",
                 {"Authorization": header}), "invalid_client")
