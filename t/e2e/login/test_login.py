# SPDX-License-Identifier: Apache-2.0
"""Login by authorization code, as a browser and the provider see it."""

import base64
import hashlib
import re

import pytest

from sites import SITE
from visitor import query_of

CHARACTERS = re.compile(r"[A-Za-z0-9_-]+")


def challenge_of(verifier):
    return base64.urlsafe_b64encode(hashlib.sha256(
        verifier.encode()).digest()).rstrip(b"=").decode()


# --- to the end ---------------------------------------------------------------

def test_login_at_a_provider_with_a_session_shows_no_page(
        gateway, visitor, store):
    site = gateway(SITE, MORE=store)
    answer = visitor.open(site.url("/deep?a=1"))
    assert answer.status == 200
    assert answer.json["uri"] == "/deep?a=1"
    assert answer.sent("X-User") == ["jane"]


def test_login_by_the_form_of_the_provider_succeeds(gateway, pool, visitor):
    pool.settings(auto_login=None)
    site = gateway(SITE)
    page = visitor.open(site.url("/"))
    answer = visitor.submit(page, username="jane",
                            password=pool.user("jane")["password"])
    assert answer.status == 200
    assert answer.sent("X-Email") == ["jane@example.com"]


def test_login_after_a_wrong_password_succeeds(gateway, pool, visitor):
    pool.settings(auto_login=None)
    site = gateway(SITE)
    page = visitor.submit(visitor.open(site.url("/")), username="jane",
                          password="wrong")
    answer = visitor.submit(page, username="jane",
                            password=pool.user("jane")["password"])
    assert answer.status == 200


def test_session_makes_no_provider_calls(gateway, pool, visitor, store):
    site = gateway(SITE, MORE=store)
    visitor.open(site.url("/"))
    calls = pool.counters()
    assert {visitor.get(site.url("/x")).status for _ in range(5)} == {200}
    assert pool.counters() == calls


def test_upstream_gets_the_access_token(gateway, pool, visitor, store):
    """AC-245."""
    site = gateway(SITE, MORE=store)
    [authorization] = visitor.open(site.url("/")).sent("Authorization")
    token = authorization.removeprefix("Bearer ")
    assert pool.calls("token")[0]["status"] == 200
    assert token in pool.secrets()


def test_upstream_gets_the_id_token(gateway, visitor):
    site = gateway(SITE, RULE="auth_oidc_upstream_token id; "
                   "auth_oidc_set_header X-Id $oidc_id_token;")
    answer = visitor.open(site.url("/"))
    assert answer.sent("Authorization") == \
        ["Bearer " + answer.sent("X-Id")[0]]


def test_name_outside_ascii_is_sent_upstream_as_utf8(gateway, pool, visitor):
    """AC-239: as UTF-8."""
    pool.settings(auto_login="john")
    site = gateway(SITE, MORE='scope "openid profile";',
                   RULE="auth_oidc_set_header X-Name $oidc_claim_name;")
    [name] = visitor.open(site.url("/")).sent("X-Name")
    assert name.encode("latin-1").decode() == "Jörg Ångström"


def test_login_with_a_new_password_required_succeeds(gateway, pool, visitor):
    """Happens at the provider, before we hear of it."""
    pool.settings(auto_login=None)
    site = gateway(SITE)
    page = visitor.submit(visitor.open(site.url("/")), username="newcomer",
                          password=pool.user("newcomer")["password"])
    answer = visitor.submit(page, new_password="A-better-one1")
    assert answer.sent("X-User") == ["newcomer"]


# --- the authorization request -----------------------------------------------

def test_authorization_request_has_the_standard_parameters(
        gateway, pool, visitor):
    site = gateway(SITE, MORE='scope "openid email kongresource/scope1";')
    url = visitor.start(site.url("/"))
    asked = query_of(url)
    assert url.startswith(pool.domain_url + "/oauth2/authorize?")
    assert asked.pop("state") and asked.pop("nonce")
    assert asked.pop("code_challenge")
    assert asked == {"response_type": "code",
                     "client_id": pool.client()["id"],
                     "redirect_uri": site.url("/oidc_callback"),
                     "scope": "openid email kongresource/scope1",
                     "code_challenge_method": "S256"}


def test_login_redirect_is_not_cacheable(gateway, visitor):
    """AC-136, AC-205."""
    answer = visitor.get(gateway(SITE).url("/"))
    assert answer.status == 302
    assert answer.headers["Cache-Control"] == "no-store"


def test_state_is_short_and_needs_no_encoding(gateway, visitor):
    """Cognito decodes state once, and federates it inside its own."""
    state = query_of(visitor.start(gateway(SITE).url("/")))["state"]
    assert len(state) <= 64
    assert CHARACTERS.fullmatch(state)


def test_state_nonce_and_challenge_are_new_each_time(gateway, visitors):
    """AC-124, AC-389: state, nonce and challenge are new each time, in
    each worker."""
    site = gateway(SITE, main="worker_processes 4;")
    asked = [query_of(visitors().start(site.url("/"))) for _ in range(20)]
    for name in ("state", "nonce", "code_challenge"):
        assert len({one[name] for one in asked}) == 20


def test_pkce_challenge_is_the_hash_of_the_verifier(gateway, pool, visitor):
    """AC-124, AC-125: though Cognito does not advertise it."""
    site = gateway(SITE)
    visitor.open(site.url("/"))
    [asked] = pool.calls("authorize")
    [call] = pool.calls("token")
    verifier = call["form"]["code_verifier"]
    assert 43 <= len(verifier) <= 128
    assert asked["query"]["code_challenge"] == challenge_of(verifier)


def test_pkce_off_sends_no_challenge_and_no_verifier(gateway, pool, visitor):
    site = gateway(SITE, MORE="pkce off;")
    assert visitor.open(site.url("/")).status == 200
    assert "code_challenge" not in pool.calls("authorize")[0]["query"]
    assert "code_verifier" not in pool.calls("token")[0]["form"]


def test_extra_arguments_do_not_override_the_modules_own(gateway, visitor):
    """AC-132, AC-133: they cannot say what we say."""
    site = gateway(SITE, MORE='extra_auth_args "lang=de&state=x&nonce=y&'
                   'client_id=z&code_challenge=a&login_hint=$arg_hint";')
    asked = query_of(visitor.start(site.url("/?hint=a%26prompt=none")))
    assert asked["lang"] == "de"
    assert asked["state"] != "x" and asked["nonce"] != "y"
    assert asked["client_id"] != "z" and asked["code_challenge"] != "a"


def test_redirect_uri_ignores_forwarded_headers(gateway, visitor):
    """AC-135, AC-237."""
    site = gateway(SITE)
    answer = visitor.get(site.url("/"), **{
        "X-Forwarded-Host": "evil.example", "X-Forwarded-Proto": "https",
        "Forwarded": "host=evil.example"})
    assert query_of(answer.location)["redirect_uri"] == \
        site.url("/oidc_callback")


def test_redirect_uri_is_built_from_base_url(gateway, visitor):
    """AC-135: whatever the Host header says."""
    site = gateway(SITE, MORE="base_url https://app.example;")
    answer = visitor.get(site.url("/"), Host="evil.example")
    assert query_of(answer.location)["redirect_uri"] == \
        "https://app.example/oidc_callback"


# --- the exchange ------------------------------------------------------------

def exchange(pool):
    [call] = pool.calls("token")
    return call


def test_code_exchange_authenticates_by_basic(gateway, pool, visitor):
    visitor.open(gateway(SITE).url("/"))
    call = exchange(pool)
    client = pool.client()
    assert call["basic"] == [client["id"], client["secret"]]
    assert "client_secret" not in call["form"]


def test_code_exchange_authenticates_by_post(gateway, pool, visitor):
    visitor.open(gateway(SITE, MORE="client_auth_method post;").url("/"))
    call = exchange(pool)
    assert call["form"]["client_secret"] == pool.client()["secret"]
    assert call["basic"] is None


def test_code_exchange_of_a_public_client_sends_no_secret(
        gateway, pool, visitor):
    public = """
    oidc_provider cognito {
        issuer @ISSUER@;
        profile cognito;
        client_id @PUBLIC@;
    }
    server {
        listen 127.0.0.1:@PORT@;
        location / { auth_oidc cognito; proxy_pass http://@UPSTREAM@; }
    }"""
    site = gateway(public, PUBLIC=pool.client("public")["id"])
    pool.allow(site.url("/oidc_callback"), client="public")
    assert visitor.open(site.url("/")).status == 200
    call = exchange(pool)
    assert call["basic"] is None and "client_secret" not in call["form"]


def test_code_exchange_repeats_the_redirect_uri(gateway, pool, visitor):
    site = gateway(SITE)
    visitor.open(site.url("/"))
    assert exchange(pool)["form"]["redirect_uri"] == \
        site.url("/oidc_callback")


def test_login_makes_one_token_request(gateway, pool, visitor):
    visitor.open(gateway(SITE).url("/"))
    assert pool.count("token") == 1


def test_callback_redirects_to_the_page_without_a_referrer(gateway, visitor):
    """AC-136, AC-137: to a clean address, without a referrer."""
    site = gateway(SITE)
    answer = visitor.get(visitor.callback_for(site.url("/a")))
    assert answer.status == 302
    assert answer.location.endswith("/a")
    assert answer.headers["Referrer-Policy"] == "no-referrer"
    assert answer.headers["Cache-Control"] == "no-store"


def test_callback_inside_an_unprotected_location_is_answered(
        gateway, pool, visitor):
    """It is answered wherever it lies."""
    site = gateway(SITE, MORE="redirect_uri /open/back;")
    pool.allow(site.url("/open/back"))
    assert visitor.open(site.url("/")).status == 200


# --- userinfo ----------------------------------------------------------------

USERINFO = "userinfo on; scope 'openid email';"


def test_userinfo_claims_are_merged_into_the_session(gateway, pool, visitor):
    pool.faults(userinfo={"mode": "edit", "set": {"nickname": "Janey"}})
    site = gateway(SITE, MORE=USERINFO, RULE="auth_oidc_set_header X-Nick "
                   "$oidc_claim_nickname;")
    answer = visitor.open(site.url("/"))
    assert answer.sent("X-Nick") == ["Janey"]
    assert pool.count("userinfo") == 1


@pytest.mark.parametrize("name", ["iss", "exp", "cognito:groups"])
def test_userinfo_does_not_override_id_token_claims(
        gateway, pool, visitor, name):
    """AC-098."""
    pool.faults(userinfo={"mode": "edit", "set": {name: "forged"}})
    variable = "$oidc_claim_" + name.replace(":", "_")
    site = gateway(SITE, MORE=USERINFO,
                   RULE=f"auth_oidc_set_header X-Claim {variable};")
    assert visitor.open(site.url("/")).sent("X-Claim") != ["forged"]


@pytest.mark.parametrize("sub", ["somebody", "", None, 7], ids=repr)
def test_userinfo_of_another_subject_is_refused(gateway, pool, visitor, sub):
    """AC-095."""
    pool.faults(userinfo={"mode": "edit", "set": {"sub": sub}})
    site = gateway(SITE, MORE=USERINFO)
    answer = visitor.open(site.url("/"))
    assert answer.status in (400, 503)
    assert visitor.get(site.url("/")).status == 302


def test_u33_userinfo_as_a_jwt_is_500_and_named(gateway, pool, visitor):
    pool.faults(userinfo={"mode": "edit", "headers": {
        "Content-Type": "application/jwt"}})
    site = gateway(SITE, MORE=USERINFO)
    answer = visitor.open(site.url("/"))
    assert (answer.status, answer.reason) == (500, "idp_unsupported")
    site.said("idp_unsupported")
    assert "userinfo is a JWT" in site.log()


@pytest.mark.parametrize("fault", [
    {"mode": "html"}, {"mode": "garbage"}, {"mode": "empty"},
    {"mode": "status", "status": 500}, {"mode": "huge"}], ids=str)
def test_malformed_userinfo_response_is_503(gateway, pool, visitor, fault):
    """AC-096."""
    pool.faults(userinfo=fault)
    site = gateway(SITE, MORE=USERINFO)
    assert visitor.open(site.url("/")).status == 503
