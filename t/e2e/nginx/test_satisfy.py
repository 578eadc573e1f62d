# SPDX-License-Identifier: Apache-2.0
"""`satisfy`, and the access modules of nginx beside this one: allow and
deny, auth_basic, auth_request."""

import pytest

from test_nginx import PROTECTED, ask, serve  # noqa: F401
from visitor import NAVIGATION, SCRIPT

SATISFY = [
    ("any", "allow all;", None, SCRIPT, 200),
    ("any", "allow all;", None, NAVIGATION, 200),
    ("any", "allow all;", "bad", SCRIPT, 200),
    ("any", "deny all;", None, SCRIPT, 401),
    ("any", "deny all;", None, NAVIGATION, 302),
    ("any", "deny all;", "good", SCRIPT, 200),
    ("any", "deny all;", "bad", SCRIPT, 401),
    ("all", "allow all;", None, SCRIPT, 401),
    ("all", "allow all;", "good", SCRIPT, 200),
    ("all", "deny all;", "good", SCRIPT, 403),
    ("all", "deny all;", None, SCRIPT, (401, 403)),
]


@pytest.mark.parametrize("how, access, token, headers, status", SATISFY,
                         ids=lambda value: str(value)[:12])
def test_satisfy_combines_the_module_with_allow_and_deny(
        serve, pool, how, access, token, headers, status):
    """AC-257: the truth table, with allow and deny."""
    site = serve(PROTECTED, RULE=f"satisfy {how}; {access}")
    tokens = {"good": pool.issue(), "bad": "bad"}
    answer = ask(site, "/", tokens.get(token), **headers)
    assert answer.status in (status if isinstance(status, tuple)
                             else (status,))
    if answer.status == 200:
        assert answer.challenge is None
        assert not answer.set_cookies
    if answer.status == 401:
        assert answer.challenge.startswith("Bearer ")


def test_satisfy_any_removes_a_forged_token(serve):
    """AC-228: let in by address, the credential that failed is nobody's."""
    site = serve(PROTECTED, RULE="satisfy any; allow all; "
                 "auth_oidc_set_header X-User $oidc_user;")
    answer = ask(site, "/", "bad", **{"X-User": "root"})
    assert answer.status == 200
    assert answer.sent("X-User") == []


HTPASSWD = "jane:{PLAIN}sesame\n"


@pytest.mark.parametrize("headers, status", [
    ({}, 401), ({"Authorization": "Basic amFuZTpzZXNhbWU="}, 200),
    ({"Authorization": "Basic amFuZTp3cm9uZw=="}, 401)])
def test_satisfy_any_admits_by_auth_basic_or_token(
        serve, tmp_path, headers, status):
    """AC-257, AC-348."""
    (tmp_path / "htpasswd").write_text(HTPASSWD)
    site = serve(PROTECTED, RULE=f"satisfy any; auth_basic realm; "
                 f"auth_basic_user_file {tmp_path}/htpasswd;")
    assert ask(site, **headers).status == status


def test_satisfy_any_with_auth_basic_admits_by_a_token(serve, pool, tmp_path):
    (tmp_path / "htpasswd").write_text(HTPASSWD)
    site = serve(PROTECTED, RULE=f"satisfy any; auth_basic realm; "
                 f"auth_basic_user_file {tmp_path}/htpasswd;")
    assert ask(site, token=pool.issue()).status == 200


@pytest.mark.parametrize("verdict, status", [(200, 200), (403, 403)])
def test_satisfy_all_by_default_needs_auth_request_and_token(
        serve, pool, upstream, verdict, status):
    """AC-348: both must agree, with a wait for keys between them."""
    upstream.answers["/check"] = (verdict, {}, "")
    site = serve(PROTECTED + """
        location = /check { internal; proxy_pass http://@UPSTREAM@; }""",
                 RULE="auth_request /check;")
    assert ask(site, token=pool.issue()).status == status


CHECKED = """
    location = /check { internal; proxy_pass http://@UPSTREAM@; }"""


@pytest.mark.parametrize("verdict, token, headers, status", [
    (200, None, SCRIPT, 200), (200, "bad", SCRIPT, 200),
    (200, None, NAVIGATION, 200), (200, "good", SCRIPT, 200),
    (401, None, SCRIPT, 401), (401, "bad", SCRIPT, 401),
    (401, None, NAVIGATION, 302), (401, "good", SCRIPT, 200),
    (403, None, SCRIPT, 401), (403, "good", SCRIPT, 200)])
def test_satisfy_any_admits_by_auth_request_or_token(
        serve, pool, upstream, verdict, token, headers, status):
    """AC-257: either opens; with a wait for keys and for the subrequest."""
    upstream.answers["/check"] = (verdict, {}, "")
    site = serve(PROTECTED + CHECKED, RULE="satisfy any; auth_request /check;"
                 "auth_oidc_set_header X-User $oidc_user;")
    tokens = {"good": pool.issue("access"), "bad": "bad"}
    answer = ask(site, "/", tokens.get(token), **headers, **{"X-User": "root"})
    assert answer.status == status
    if status == 200:
        assert answer.sent("X-User") == (["jane"] if token == "good" else [])
    else:
        assert "/" not in [told["uri"] for told in upstream.requests]


@pytest.mark.parametrize("verdict, token, status", [
    (200, None, 401), (200, "bad", 401), (403, "good", 403),
    (500, "good", 500)])
def test_satisfy_all_is_refused_by_auth_request_or_token(
        serve, pool, upstream, verdict, token, status):
    """AC-348: a refusal of either is one of both."""
    upstream.answers["/check"] = (verdict, {}, "")
    site = serve(PROTECTED + CHECKED, RULE="auth_request /check;")
    tokens = {"good": pool.issue(), "bad": "bad"}
    assert ask(site, "/", tokens.get(token)).status == status


@pytest.mark.parametrize("headers", [NAVIGATION, SCRIPT],
                         ids=["navigation", "script"])
@pytest.mark.parametrize("status", [401, 403])
def test_satisfy_any_leaves_the_answer_of_the_application_alone(
        serve, upstream, headers, status):
    """Let in by address, the application's own refusal is the answer."""
    upstream.answers["/"] = (
        status, {"WWW-Authenticate": 'Basic realm="app"',
                 "Cache-Control": "max-age=1"}, "the application's")
    site = serve(PROTECTED, RULE="satisfy any; allow all;")
    answer = ask(site, "/", **headers)
    assert (answer.status, answer.text) == (status, "the application's")
    assert answer.headers.get_all("WWW-Authenticate") == ['Basic realm="app"']
    assert answer.headers.get_all("Cache-Control") == ["max-age=1"]
    assert answer.location is None and answer.set_cookies == []


@pytest.mark.parametrize("rule", ["", "error_page 401 /own;",
                                  "error_page 401 = @named;"])
def test_satisfy_any_refused_by_all_leads_to_the_login(serve, rule):
    """An error page for 401 does not take the redirect's place."""
    site = serve(PROTECTED + """
        location @named { return 401; }""",
                 RULE=f"satisfy any; deny all; {rule}")
    assert ask(site, "/", **NAVIGATION).status == 302
    assert ask(site, "/", **SCRIPT).challenge.startswith("Bearer ")
