# SPDX-License-Identifier: Apache-2.0
"""What stands in tokens, byte by byte, and which key signed them."""

import base64
import hashlib

import pytest
from browser import decode, raw_part
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from test_discovery import jwks


def number(text: str) -> int:
    return int.from_bytes(base64.urlsafe_b64decode(text + "=="), "big")


def verify(emulator, token: str) -> str:
    """The kid that verified; independent of the emulator's own code."""
    kid = decode(token, 0)["kid"]
    key = next(key for key in jwks(emulator) if key["kid"] == kid)
    public = rsa.RSAPublicNumbers(number(key["e"]), number(key["n"]))
    public.public_key().verify(raw_part(token, 2),
                               token.rpartition(".")[0].encode(),
                               padding.PKCS1v15(), hashes.SHA256())
    return kid


def test_token_header_and_slashes_are_encoded_as_by_cognito(emulator):
    tokens = emulator.login()
    for name in ("id_token", "access_token"):
        header, payload = (raw_part(tokens[name], part) for part in (0, 1))
        assert header.startswith(b'{"kid":"')
        assert header.endswith(b'","alg":"RS256"}')
        assert b'"iss":"http:\\/\\/' in payload
        assert b"/" not in (header + payload).replace(b"\\/", b"")


def test_id_and_access_token_have_different_keys(emulator):
    tokens = emulator.login()
    assert verify(emulator, tokens["id_token"]) \
        != verify(emulator, tokens["access_token"])


def test_id_token_has_the_claims_of_cognito(emulator):
    tokens = emulator.login(nonce="n/1", scope="openid email")
    claims = decode(tokens["id_token"])
    digest = hashlib.sha256(tokens["access_token"].encode()).digest()[:16]
    assert claims["at_hash"] \
        == base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
    assert claims["aud"] == emulator.confidential["id"]
    assert claims["token_use"] == "id"
    assert claims["cognito:username"] == "jane"
    assert claims["cognito:groups"] == ["admins", "staff team",
                                        "sales, north"]
    assert claims["email_verified"] is True
    assert claims["nonce"] == "n/1"
    assert claims["exp"] - claims["iat"] == 3600
    assert not {"client_id", "scope", "username", "phone_number",
                "given_name", "nbf", "azp", "sid"} & set(claims)


def test_access_token_has_the_claims_of_cognito(emulator):
    tokens = emulator.login(scope="openid email")
    claims = decode(tokens["access_token"])
    assert set(claims) == {
        "sub", "cognito:groups", "iss", "version", "client_id", "origin_jti",
        "event_id", "token_use", "scope", "auth_time", "exp", "iat", "jti",
        "username"}
    assert claims["scope"] == "openid email"
    assert claims["token_use"] == "access"
    id_claims = decode(tokens["id_token"])
    assert claims["origin_jti"] == id_claims["origin_jti"]
    assert claims["event_id"] == id_claims["event_id"]


def test_user_without_groups_has_no_groups_claim(emulator):
    tokens = emulator.exchange(
        emulator.authorize(auto_login="john").query["code"]).json
    assert "cognito:groups" not in decode(tokens["id_token"])
    assert decode(tokens["id_token"])["name"] == "Jörg Ångström"


def test_machine_token_has_the_claims_of_cognito(emulator):
    claims = decode(emulator.machine_token().json["access_token"])
    assert claims.pop("scope").split() == [
        "kongresource/scope1", "kongresource/scope2",
        "default-m2m-resource-server-hlyky3/read"]
    assert claims["sub"] == claims["client_id"] == emulator.machine["id"]
    assert set(claims) == {"sub", "token_use", "auth_time", "iss", "exp",
                           "iat", "version", "jti", "client_id"}


def test_refresh_token_looks_like_a_jwe(emulator):
    token = emulator.login()["refresh_token"]
    assert token.count(".") == 4
    assert raw_part(token, 0) \
        == b'{"cty":"JWT","enc":"A256GCM","alg":"RSA-OAEP"}'
    assert 1700 < len(token) < 1900


def test_id_token_attributes_follow_the_scopes(emulator):
    def shown(scope):
        return set(decode(emulator.login(scope=scope)["id_token"]))

    assert {"email", "phone_number", "given_name", "custom:tenant"} \
        <= shown("openid")
    profile = shown("openid profile")
    assert {"given_name", "custom:tenant"} <= profile
    assert not {"email", "phone_number"} & profile


def test_token_lifetimes_follow_the_settings(emulator):
    emulator.settings(access_token_validity=300, id_token_validity=600)
    tokens = emulator.login()
    access, id_ = (decode(tokens[n]) for n in ("access_token", "id_token"))
    assert tokens["expires_in"] == access["exp"] - access["iat"] == 300
    assert id_["exp"] - id_["iat"] == 600


def test_nonce_after_a_refresh_follows_the_setting(emulator):
    tokens = emulator.login(nonce="n")
    again = emulator.refresh(tokens["refresh_token"]).json
    assert "nonce" not in decode(again["id_token"])
    emulator.settings(nonce_after_refresh=True)
    again = emulator.refresh(tokens["refresh_token"]).json
    assert decode(again["id_token"])["nonce"] == "n"


def test_federated_user_has_a_nonce_that_was_not_sent(emulator):
    code = emulator.authorize(identity_provider="Google").query["code"]
    claims = decode(emulator.exchange(code).json["id_token"])
    assert len(claims["nonce"]) > 20
    assert claims["identities"][0]["providerName"] == "Google"


def test_token_signature_verifies_and_fails_with_a_flipped_bit(emulator):
    good = emulator.control("POST", "/issue", {"kind": "access"})["token"]
    verify(emulator, good)
    for sign in ("flip", "other"):
        bad = emulator.control("POST", "/issue", {"sign": sign})["token"]
        with pytest.raises(InvalidSignature):
            verify(emulator, bad)
