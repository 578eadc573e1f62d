# SPDX-License-Identifier: Apache-2.0
"""What a verdict, a grant, a session or a login in progress depends on: when
it is changed and nginx reloaded, they are void; other changes keep them."""

import base64
import hashlib
import hmac
import json
import time

import pytest

from sites import SECRET, SITE
from visitor import basic, bearer, send

OLD = "old-client-secret-of-more-than-32-bytes-000"
NEW = "new-client-secret-of-more-than-32-bytes-111"
SYMMETRIC = """
    oidc_provider p {
        issuer @ISSUER@; client_id c; client_secret @SECRET@;
        audience @AUDIENCE@; signing_algs HS256;
    }
    server {
        listen 127.0.0.1:@PORT@;
        location / {
            auth_oidc p; auth_oidc_methods bearer;
            proxy_pass http://@UPSTREAM@;
        }
    }
"""


HERE = {"ISSUER": "http://127.0.0.1:9/", "AUDIENCE": "api"}


def compact(data):
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def token_by(secret):
    """An access token (RFC 9068) signed with HS256."""
    now = int(time.time())
    parts = [{"alg": "HS256", "typ": "at+jwt"},
             {"iss": "http://127.0.0.1:9/", "aud": "api", "sub": "jane",
              "client_id": "c", "scope": "x", "jti": "1", "iat": now,
              "exp": now + 3000}]
    text = ".".join(compact(json.dumps(part).encode()) for part in parts)
    mac = hmac.new(secret.encode(), text.encode(), hashlib.sha256).digest()
    return f"{text}.{compact(mac)}"


def change(site, text, **values):
    """Another configuration on the same zones."""
    site.values.update(values)
    site.write(text, "worker_processes 1;")
    site.reload()


def ask(site, token):
    return send("GET", site.url("/"), bearer(token)).status


# --- verdicts ---------------------------------------------------------------

def test_token_by_an_old_client_secret_is_refused(gateway):
    """AC-438: also one that was accepted before the secret was changed."""
    site = gateway(SYMMETRIC, SECRET=OLD, **HERE)
    known = token_by(OLD)
    assert [ask(site, known) for _ in range(3)] == [200] * 3
    change(site, SYMMETRIC, SECRET=NEW)
    assert [ask(site, known) for _ in range(3)] == [401] * 3
    assert ask(site, token_by(NEW)) == 200


@pytest.mark.parametrize("changed", [
    {"AUDIENCE": "other"}, {"ISSUER": "http://127.0.0.1:9/x"}])
def test_verdict_is_judged_by_the_settings_of_now(gateway, changed):
    site = gateway(SYMMETRIC, SECRET=OLD, **HERE)
    token = token_by(OLD)
    assert [ask(site, token) for _ in range(3)] == [200] * 3
    change(site, SYMMETRIC, **changed)
    assert ask(site, token) == 401


# --- grants -----------------------------------------------------------------

TOKEN = "token.client_credentials"
MACHINES = """
    oidc_provider cognito { @PROVIDER@ @MORE@ }
    server {
        listen 127.0.0.1:@PORT@;
        location / {
            auth_oidc cognito; auth_oidc_methods client_credentials;
            proxy_pass http://@UPSTREAM@;
        }
    }
"""


@pytest.mark.parametrize("more, calls", [
    ("leeway 31s;", 0),
    ("session_timeout 3h;", 0),
    ("token_cache_ttl 5m;", 1),
    ("client_auth_method post;", 1),
    ("token_endpoint @DOMAIN@/oauth2/token;", 1),
])
def test_grant_is_asked_for_anew_when_the_asking_changes(
        gateway, pool, more, calls):
    site = gateway(MACHINES)
    machine = pool.client("machine")
    shown = basic(machine["id"], machine["secret"])
    assert send("GET", site.url("/"), shown).status == 200
    before = pool.count(TOKEN)
    change(site, MACHINES, MORE=more)
    assert send("GET", site.url("/"), shown).status == 200
    assert pool.count(TOKEN) == before + calls


# --- sessions and logins in progress ----------------------------------------

OTHER_SECRET = SECRET.replace("0f1e", "1f1e")
# What is changed in the provider, and whether a session goes on.
CHANGES = {
    "nothing": ({}, 200),
    "leeway": ({"MORE": "@STORE@ leeway 31s;"}, 200),
    "client_id": ({"CLIENT_ID": "another"}, 401),
    "provider": ({"NAME": "another"}, 401),
    "base_url": ({"MORE": "@STORE@ base_url http://a.example;"}, 401),
    "cookie_domain": ({"MORE": "@STORE@ cookie_domain a.example;"}, 401),
}
NAMED = SITE.replace("oidc_provider cognito", "oidc_provider @NAME@") \
    .replace("auth_oidc cognito", "auth_oidc @NAME@")


@pytest.mark.parametrize("what", CHANGES)
def test_session_ends_when_what_it_is_bound_to_changes(
        gateway, visitor, store, what):
    changed, status = CHANGES[what]
    site = gateway(NAMED, NAME="cognito", STORE=store, MORE="@STORE@")
    assert visitor.open(site.url("/")).status == 200
    change(site, NAMED, **changed)
    assert visitor.script(site.url("/")).status == status


def test_cookie_session_ends_with_its_secret(gateway, visitor):
    site = gateway(SITE, MORE=f"session_store cookie; {SECRET}")
    assert visitor.open(site.url("/")).status == 200
    change(site, SITE, MORE=f"session_store cookie; {OTHER_SECRET}")
    assert visitor.script(site.url("/")).status == 401


def test_login_in_progress_ends_when_the_client_changes(
        gateway, visitor, pool):
    site = gateway(SITE)
    url = visitor.callback_for(site.url("/"))
    before = pool.count("token")
    change(site, SITE, CLIENT_ID="another")
    answer = visitor.get(url)
    assert (answer.status, answer.reason) == (400, "state_unknown")
    assert pool.count("token") == before
