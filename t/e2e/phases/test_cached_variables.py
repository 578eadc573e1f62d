# SPDX-License-Identifier: Apache-2.0
"""nginx keeps a variable's value for the request: what was read before the
access phase does not decide, and does not go upstream."""

import pytest

from visitor import SCRIPT, SESSION, bearer, send

SITE = """
    map $oidc_user $allowed { default 1; jane 0; }
    map $allowed $doubly { default yes; 0 0; }
    map $oidc_user $known { default ""; jane 1; }
    map $http_x_user $mapped { default $http_x_user; }
    limit_req_zone $allowed zone=users:1m rate=1000r/s;
    oidc_provider cognito { @PROVIDER@ }
    oidc_provider other { @PROVIDER@ cookie_name other;
                          redirect_uri /other_callback; }
    server {
        listen 127.0.0.1:@PORT@;
        location / {
            @EARLY@
            auth_oidc cognito;
            auth_oidc_set_header X-User $oidc_user;
            @RULE@
            proxy_pass http://@UPSTREAM@;
        }
        location = /check { internal; proxy_pass http://@UPSTREAM@; }
    }
"""
EARLY = {
    "not at all": "",
    "if": "if ($allowed = 2) { return 418; } if ($doubly = 2) { return 418; } "
          "if ($known = 2) { return 418; }",
    "limit_req": "limit_req zone=users burst=100;",
    "set": "set $before $allowed$doubly$known;",
}


@pytest.mark.parametrize("early", EARLY)
@pytest.mark.parametrize("rule, user, status", [
    ("$allowed", "jane", 403), ("$allowed", "john", 200),
    ("$doubly", "jane", 403), ("$doubly", "john", 200),
    ("$known", "jane", 200), ("$known", "john", 403)])
def test_rule_takes_no_value_from_before_the_login(
        gateway, pool, early, rule, user, status):
    """AC-432."""
    site = gateway(SITE, EARLY=EARLY[early],
                   RULE=f"auth_oidc_require {rule};")
    token = pool.issue("access", claims={"username": user, "sub": user})
    for _ in range(3):
        answer = send("GET", site.url(), {**SCRIPT, **bearer(token)})
        assert answer.status == status


@pytest.mark.parametrize("early", ["", "if ($http_x_user = no) { return 418; }",
                                   "if ($mapped = no) { return 418; }",
                                   "if ($cookie_NGX_OIDC_SESSION = no) "
                                   "{ return 418; }",
                                   "if ($http_cookie = no) { return 418; }"])
def test_upstream_gets_no_copy_of_what_was_replaced(
        gateway, visitor, early):
    """AC-433."""
    site = gateway(SITE, EARLY=early, RULE="""
        proxy_set_header X-Copy $http_x_user;
        proxy_set_header X-Mapped $mapped;
        proxy_set_header X-Cookies $http_cookie;
        proxy_set_header X-Session $cookie_NGX_OIDC_SESSION;""")
    visitor.open(site.url())
    for _ in range(3):
        answer = visitor.script(site.url(), headers={"X-User": "root"})
        assert answer.sent("X-Copy") == answer.sent("X-Mapped") == ["jane"]
        assert answer.sent("X-Cookies") == answer.sent("X-Session") == []
        assert visitor.session not in answer.text


def test_copy_that_set_made_is_a_hazard(gateway, visitor):
    """docs/security.md, Hazards: `set` copies what the client sent."""
    site = gateway(SITE, EARLY="set $copy $http_cookie;",
                   RULE="proxy_set_header X-Copy $copy;")
    visitor.open(site.url())
    answer = visitor.script(site.url())
    assert SESSION in answer.sent("X-Copy")[0]


def test_values_that_directives_have_set_are_kept(gateway, upstream, pool):
    """auth_request_set and set: there is nothing to compute them from."""
    upstream.answers["/check"] = (200, {"X-Level": "gold"}, "")
    site = gateway(SITE, EARLY="set $plain kept; "
                   "if ($allowed = 2) { return 418; }", RULE="""
        auth_request /check;
        auth_request_set $level $upstream_http_x_level;
        proxy_set_header X-Level $level;
        proxy_set_header X-Plain $plain;
        proxy_set_header X-Id $request_id;
        add_header X-Id $request_id;""")
    answer = send("GET", site.url(), {**SCRIPT, **bearer(
        pool.issue("access"))})
    assert answer.sent("X-Level") == ["gold"]
    assert answer.sent("X-Plain") == ["kept"]
    assert answer.sent("X-Id") == [answer.headers["X-Id"]]


def test_map_follows_the_identity_behind_an_internal_redirect(
        gateway, visitor):
    site = gateway(SITE.replace("location = /check", """
        location /first/ {
            auth_oidc cognito;
            auth_oidc_require $known;
            try_files /nothing /second/;
        }
        location /second/ {
            auth_oidc other;
            auth_oidc_unauthenticated pass;
            auth_oidc_set_header X-Known $known;
            proxy_pass http://@UPSTREAM@;
        }
        location = /check"""), EARLY="", RULE="")
    visitor.open(site.url())
    for _ in range(3):
        answer = visitor.script(site.url("/first/"))
        assert (answer.status, answer.sent("X-Known")) == (200, [])


def test_query_of_the_callback_is_not_kept(gateway, visitor):
    """auth_oidc_login_action upstream: the code goes no further."""
    site = gateway(SITE, EARLY="if ($request_uri = no) { return 418; }",
                   RULE="auth_oidc_login_action upstream; "
                   "proxy_set_header X-Uri $request_uri;")
    answer = visitor.open(site.url())
    assert answer.status == 200
    assert answer.sent("X-Uri") == ["/oidc_callback"]
