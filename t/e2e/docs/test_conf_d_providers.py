# SPDX-License-Identifier: Apache-2.0
"""The files of conf.d for other providers than Cognito. The emulator stands
in for each, with the claims that the provider's tokens have."""

from urllib.parse import urlencode

import pytest

from gateway import let_pass
from logout_token import logout_token
from test_conf_d import https
from visitor import FORM, bearer, query_of, send

API = "https://api.example.org"


@pytest.fixture
def offline_access(pool):
    """Cognito knows no such scope, the others do."""
    pool.control("POST", "/clients", {
        "id": pool.client()["id"], "allowed_oauth_scopes": [
            "openid", "email", "profile", "offline_access"]})


def say(pool, claims, remove=("cognito:groups", "cognito:username")):
    """What the ID tokens of all logins have beside their own."""
    pool.tamper()
    pool.tamper(id={"claims": claims, "remove": list(remove)}, times=None)


def call(site, visitor, token):
    return visitor.script(https(site, "/api/"), headers=bearer(token))


def is_refused(answer, reason):
    return (answer.status, answer.reason) in ((401, reason), (403, reason))


def test_keycloak(example, pool, visitors):
    claims = {"preferred_username": "jane.doe", "typ": "ID",
              "realm_access": {"roles": ["offline_access", "admin"]}}
    say(pool, claims)
    site, admin, other = example("keycloak.conf"), visitors(), visitors()
    assert admin.open(https(site)).sent("X-User") == ["jane.doe"]
    assert admin.get(https(site, "/admin/")).status == 200
    say(pool, claims | {"realm_access": {"roles": ["admins"]}})
    other.open(https(site))
    assert is_refused(other.get(https(site, "/admin/")), "claim_mismatch")
    asked = query_of(admin.get(https(site, "/logout")).location)
    assert asked["id_token_hint"].count(".") == 2
    assert asked["post_logout_redirect_uri"] == https(site, "/goodbye")


def test_keycloak_tells_of_a_logout(example, pool, visitor):
    say(pool, {"preferred_username": "jane.doe", "sid": "sid-1"})
    site = example("keycloak.conf")
    assert visitor.open(https(site)).status == 200
    let_pass(1)
    assert send("POST", https(site, "/oidc/ended"), {"Content-Type": FORM},
                urlencode({"logout_token": logout_token(pool)})).status == 200
    assert visitor.script(https(site)).reason == "session_ended"


@pytest.mark.parametrize("audience, roles, reason", [
    (["account", API], ["caller"], ""),
    (["account", API], ["admin"], ""),
    (["account"], ["admin"], "aud_mismatch"),
    ("account", ["admin"], "aud_mismatch"),
    (API, ["nobody"], "claim_mismatch")])
def test_keycloak_api(example, pool, visitor, audience, roles, reason):
    """Bearer tokens as Keycloak writes them: typ, azp, realm_access."""
    site = example("keycloak.conf")
    answer = call(site, visitor, pool.issue("access", claims={
        "typ": "Bearer", "aud": audience, "azp": "caller",
        "realm_access": {"roles": roles}},
        remove=["client_id", "token_use"]))
    assert answer.status == 200 if not reason else is_refused(answer, reason)


def test_entra_id(example, pool, visitors, offline_access):
    claims = {"oid": "00000000-0000-0000-66f3-3332eca7ea81", "ver": "2.0",
              "preferred_username": "jane@example.org", "roles": ["Admin"]}
    say(pool, claims)
    site, admin, other = example("entra-id.conf"), visitors(), visitors()
    inside = admin.open(https(site))
    assert inside.sent("X-User") == [claims["oid"]]
    assert inside.sent("Authorization") == []
    assert admin.get(https(site, "/admin/")).status == 200
    say(pool, claims | {"roles": []})
    other.open(https(site))
    assert is_refused(other.get(https(site, "/admin/")), "claim_mismatch")


@pytest.mark.parametrize("changes, reason", [
    ({}, ""),
    ({"iss": "https://sts.windows.net/TENANT-ID/", "ver": "1.0"}, ""),
    ({"iss": "https://sts.windows.net/OTHER-TENANT/"}, "iss_mismatch"),
    ({"aud": "00000003-0000-0000-c000-000000000000"}, "aud_mismatch"),
    ({"scp": "orders.write"}, "scope_missing")])
def test_entra_id_api(example, pool, visitor, changes, reason):
    """Access tokens with scp and azp; those for Graph are not for us."""
    site = example("entra-id.conf")
    answer = call(site, visitor, pool.issue("access", claims={
        "aud": pool.client("machine")["id"], "azp": "caller", "ver": "2.0",
        "scp": "orders.read profile", **changes},
        remove=["client_id", "token_use", "scope"]))
    assert answer.status == 200 if not reason else is_refused(answer, reason)


def test_google(example, pool, visitors):
    """Metadata without a logout, and hd as the proof of the company."""
    pool.settings(discovery="pre_2024")
    say(pool, {"hd": "example.org"})
    site, ours, private = example("google.conf"), visitors(), visitors()
    asked = query_of(ours.get(https(site)).location)
    assert asked["hd"] == "example.org"
    assert asked["access_type"] == "offline"
    pool.settings(login="classic")  # which has no prompt=consent to mind
    inside = ours.open(https(site))
    assert inside.status == 200
    known = pool.control("POST", "/issue", {"kind": "id"})["claims"]["sub"]
    assert inside.sent("X-User") == [known]
    assert inside.sent("Authorization") == []
    goodbye = ours.open(https(site, "/logout"))
    assert goodbye.text == "You are logged out.\n"
    assert ours.script(https(site)).status == 401
    say(pool, {})
    assert is_refused(private.open(https(site)), "claim_mismatch")


def test_okta(example, pool, visitors, offline_access):
    say(pool, {"groups": ["Everyone", "admins"],
               "preferred_username": "jane@example.org"})
    site, admin, other = example("okta.conf"), visitors(), visitors()
    assert admin.open(https(site)).sent("X-User") == ["jane@example.org"]
    assert admin.get(https(site, "/admin/")).status == 200
    say(pool, {"groups": ["Everyone"]})
    other.open(https(site))
    assert is_refused(other.get(https(site, "/admin/")), "group_missing")
    asked = query_of(admin.get(https(site, "/logout")).location)
    assert asked["id_token_hint"].count(".") == 2


@pytest.mark.parametrize("changes, reason", [
    ({}, ""), ({"aud": "api://other"}, "aud_mismatch"),
    ({"scp": ["orders.write"]}, "scope_missing")])
def test_okta_api(example, pool, visitor, changes, reason):
    """Access tokens with scp, an array, and cid."""
    site = example("okta.conf")
    answer = call(site, visitor, pool.issue("access", claims={
        "aud": "api://default", "cid": "caller", "ver": 1,
        "scp": ["orders.read", "openid"], **changes},
        remove=["client_id", "token_use", "scope"]))
    assert answer.status == 200 if not reason else is_refused(answer, reason)
