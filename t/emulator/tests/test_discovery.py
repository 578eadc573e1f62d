# SPDX-License-Identifier: Apache-2.0
"""Discovery and JWKS on the service host, in every variant."""

import base64
import json
import re

from browser import call, decode

MEMBERS = ["authorization_endpoint", "end_session_endpoint",
           "id_token_signing_alg_values_supported", "issuer", "jwks_uri",
           "response_types_supported", "revocation_endpoint",
           "scopes_supported", "subject_types_supported", "token_endpoint",
           "token_endpoint_auth_methods_supported", "userinfo_endpoint"]


def discovery(issuer: str):
    return call("GET", issuer + "/.well-known/openid-configuration")


def jwks(emulator) -> list[dict]:
    return call("GET", emulator.issuer + "/.well-known/jwks.json") \
        .json["keys"]


def test_current_discovery_document_is_that_of_cognito(emulator):
    reply = discovery(emulator.issuer)
    assert list(reply.json) == MEMBERS
    assert reply.body == json.dumps(
        reply.json, separators=(",", ":")).encode()
    assert reply.json["issuer"] == emulator.issuer
    assert reply.json["end_session_endpoint"] == emulator.domain + "/logout"
    assert reply.json["userinfo_endpoint"] \
        == emulator.domain + "/oauth2/userInfo"
    assert reply.json["response_types_supported"] == ["code", "token"]
    assert emulator.domain not in emulator.issuer


def test_pool_id_has_the_form_of_aws(emulator):
    pool_id = emulator.issuer.rpartition("/")[2]
    assert re.fullmatch(r"[a-z]{2}-(gov-)?[a-z]+-\d_[a-zA-Z0-9]+", pool_id)


def test_discovery_before_2024_lacks_logout_and_revocation(emulator):
    emulator.settings(discovery="pre_2024")
    assert list(discovery(emulator.issuer).json) == [
        name for name in MEMBERS
        if name not in ("end_session_endpoint", "revocation_endpoint")]


def test_discovery_of_a_pool_without_a_domain_has_no_hosted_ui(emulator):
    emulator.settings(discovery="no_domain")
    found = discovery(emulator.issuer).json
    assert found["token_endpoint"] == emulator.issuer + "/token"
    reply = call("GET", found["authorization_endpoint"])
    assert reply.status == 400
    assert reply.json == {
        "code": "BadRequest",
        "message": "The server did not understand the operation that was"
                   " requested.",
        "type": "client"}


def test_updated_issuer_has_a_document_of_its_own(emulator):
    updated = emulator.ready["updated_issuer"]
    assert updated != emulator.issuer
    found = discovery(updated).json
    assert found["issuer"] == updated
    assert call("GET", found["jwks_uri"]).json["keys"] == jwks(emulator)
    emulator.settings(issuer="updated")
    tokens = emulator.login()
    assert decode(tokens["id_token"])["iss"] == updated
    assert decode(tokens["access_token"])["iss"] == updated
    assert emulator.userinfo(tokens["access_token"]).status == 200


def test_discovery_of_another_pool_is_400(emulator):
    assert discovery(emulator.service + "/us-east-1_Other").status == 400


def test_key_set_has_two_keys_with_base64_kids(emulator):
    keys = jwks(emulator)
    assert len(keys) == 2
    for key in keys:
        assert list(key) == ["alg", "e", "kid", "kty", "n", "use"]
        assert (key["alg"], key["kty"], key["use"]) == ("RS256", "RSA", "sig")
        assert len(key["kid"]) == 44 and key["kid"].endswith("=")
        assert len(base64.b64decode(key["kid"], validate=True)) == 32
        assert len(base64.urlsafe_b64decode(key["n"] + "==")) == 256
    kids = [key["kid"] for key in keys]
    assert any("/" in kid for kid in kids)
    assert any("+" in kid for kid in kids)
