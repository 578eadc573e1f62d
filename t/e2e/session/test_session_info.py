# SPDX-License-Identifier: Apache-2.0
"""auth_oidc_session_info: who is logged in, as a page's script asks."""

import pytest

from visitor import bearer, send

SITE = """
    oidc_provider cognito { @PROVIDER@ @MORE@ }
    server {
        listen 127.0.0.1:@PORT@;
        location / { auth_oidc cognito; proxy_pass http://@UPSTREAM@; }
        location = /me {
            auth_oidc cognito;
            auth_oidc_unauthenticated pass;
            auth_oidc_session_info;
        }
        location = /strict {
            auth_oidc cognito;
            auth_oidc_unauthenticated deny;
            auth_oidc_session_info;
        }
        location = /open { auth_oidc_session_info; }
    }
"""
CLAIMS = {"sub", "name", "email", "preferred_username", "picture", "groups",
          "cognito:username", "cognito:groups"}


@pytest.mark.parametrize("path", ["/me", "/strict"])
def test_session_info_describes_the_session(
        gateway, visitor, pool, store, path):
    site = gateway(SITE, MORE=store)
    visitor.open(site.url("/"))
    answer = visitor.script(site.url(path))
    assert answer.status == 200
    assert answer.headers["Content-Type"] == "application/json"
    assert answer.headers["Cache-Control"] == "no-store"
    told = answer.json
    assert set(told) == {"authenticated", "user", "provider", "method",
                         "scope", "expires_in", "claims"}
    assert told["authenticated"] is True
    assert (told["user"], told["provider"], told["method"]) == (
        "jane", "cognito", "session")
    assert 8 * 3600 - 60 < told["expires_in"] <= 8 * 3600
    assert told["claims"]["email"] == "jane@example.com"
    assert told["claims"]["cognito:username"] == "jane"


def test_session_info_has_the_listed_claims_alone(gateway, visitor):
    site = gateway(SITE)
    visitor.open(site.url("/"))
    claims = visitor.script(site.url("/me")).json["claims"]
    assert "sub" in claims and set(claims) <= CLAIMS


def test_session_info_has_no_secrets(gateway, visitor, pool):
    site = gateway(SITE)
    visitor.open(site.url("/"))
    text = visitor.script(site.url("/me")).text
    assert not [secret for secret in pool.secrets() if secret in text]
    assert visitor.session not in text


def test_session_info_expires_in_decreases(gateway, visitor):
    site = gateway(SITE, MORE="session_timeout 100s;")
    visitor.open(site.url("/"))
    assert 0 < visitor.script(site.url("/me")).json["expires_in"] <= 100


@pytest.mark.parametrize("path", ["/me", "/strict"])
def test_session_info_without_a_session_is_401(gateway, visitor, path):
    answer = visitor.script(gateway(SITE).url(path))
    assert answer.status == 401
    assert answer.headers["Content-Type"].startswith("application/json")
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.challenge == 'Bearer realm="127.0.0.1"'
    assert answer.json["error"]


def test_session_info_with_unauthenticated_pass_is_200(gateway, visitor):
    answer = visitor.script(gateway(SITE).url("/me"))
    assert answer.json == {"authenticated": False, "error": "session_missing"}


def test_session_info_of_an_invalid_session_is_401(gateway, visitor):
    site = gateway(SITE)
    visitor.jar.put("NGX_OIDC_SESSION", "nonsense")
    answer = visitor.script(site.url("/me"))
    assert answer.status == 401
    assert answer.json == {"authenticated": False, "error": "session_invalid"}


def test_session_info_after_a_logout_is_401(gateway, visitor):
    site = gateway(SITE, MORE="logout_uri /logout;")
    visitor.open(site.url("/"))
    visitor.get(site.url("/logout"))
    assert visitor.script(site.url("/me")).status == 401


def test_session_info_without_protection_is_401(gateway, visitor):
    """The session is looked at in the access phase or not at all."""
    site = gateway(SITE)
    visitor.open(site.url("/"))
    answer = visitor.script(site.url("/open"))
    assert answer.status == 401
    assert answer.json == {"authenticated": False,
                           "error": "credential_missing"}


def test_session_info_describes_a_bearer_token(gateway, pool):
    site = gateway(SITE)
    token = pool.issue()
    told = send("GET", site.url("/me"), bearer(token)).json
    assert told["method"] == "bearer"
    assert told["claims"]["sub"] == pool.client()["id"]


def test_session_info_by_head_is_200_and_by_post_405(gateway, visitor):
    site = gateway(SITE)
    visitor.open(site.url("/"))
    head = visitor.script(site.url("/me"), "HEAD")
    assert (head.status, head.body) == (200, b"")
    post = visitor.script(site.url("/me"), "POST")
    assert (post.status, post.headers["Allow"]) == (405, "GET, HEAD")
