# SPDX-License-Identifier: Apache-2.0
"""The module among nginx's own features: error pages, redirects inside,
`satisfy`, subrequests, other access modules."""

import pytest

from gateway import eventually
from sites import SITE
from visitor import SCRIPT, bearer, send
from wire import once

FRAME = """
    oidc_provider cognito { @PROVIDER@ }
    server {
        listen 127.0.0.1:@PORT@;
        location /open/ { proxy_pass http://@UPSTREAM@; }
        location = /own { internal; return 200 "own: $oidc_error\\n"; }
        @TEXT@
    }
"""


@pytest.fixture
def serve(gateway):
    def serve(text, **values):
        return gateway(FRAME.replace("@TEXT@", text), **values)
    return serve


def ask(site, path="/", token=None, **headers):
    return send("GET", site.url(path),
                {**(bearer(token) if token else {}), **headers})


PROTECTED = """
    location / {
        auth_oidc cognito;
        @RULE@
        proxy_pass http://@UPSTREAM@;
    }
"""


# --- error pages -------------------------------------------------------------

def test_error_page_401_replaces_the_page_and_keeps_the_challenge(
        serve, upstream):
    """AC-343: the page, the status, the challenge and the reason."""
    site = serve(PROTECTED, RULE="error_page 401 /own;")
    answer = ask(site)
    assert answer.status == 401
    assert answer.text == "own: session_missing\n"
    assert answer.challenge == 'Bearer realm="127.0.0.1"'
    assert not upstream.requests


def test_error_page_401_may_change_the_status(serve):
    site = serve(PROTECTED, RULE="error_page 401 =404 /own;")
    assert ask(site).status == 404


def test_error_page_403_replaces_the_page(serve, pool):
    site = serve(PROTECTED, RULE="error_page 403 /own; "
                 "auth_oidc_require_scope none;")
    answer = ask(site, token=pool.issue())
    assert (answer.status, answer.text) == (403, "own: scope_missing\n")


def test_error_page_503_replaces_the_page_and_keeps_retry_after(serve, pool):
    pool.listeners(service=False)
    site = serve(PROTECTED, RULE="error_page 503 /own;")
    answer = ask(site, token=pool.issue())
    assert (answer.status, answer.text) == (503, "own: keys_unavailable\n")
    assert answer.headers["Retry-After"]


def test_error_page_400_replaces_the_page_of_the_callback(serve, visitor):
    site = serve(PROTECTED, RULE="error_page 400 /own;")
    answer = visitor.get(site.url("/oidc_callback?state=x&code=y"))
    assert (answer.status, answer.text) == (400, "own: state_unknown\n")


def test_error_page_401_may_be_a_named_location(serve):
    """AC-343, AC-346."""
    site = serve(PROTECTED + """
        location @sorry { return 200 "named: $oidc_error"; }""",
                 RULE="error_page 401 = @sorry;")
    answer = ask(site)
    assert (answer.status, answer.text) == (200, "named: session_missing")


def test_error_page_401_may_be_an_upstream_without_an_identity(serve):
    """AC-326: the application answers, as nobody's."""
    site = serve(PROTECTED + """
        location @app { proxy_pass http://@UPSTREAM@; }""",
                 RULE="error_page 401 = @app;")
    answer = ask(site, token="bad")
    assert answer.status == 200
    assert answer.json["uri"] == "/"


def test_error_page_403_may_redirect_to_another_site(serve):
    """AC-344: forbidden_redirect_uri."""
    site = serve(PROTECTED, RULE="error_page 401 =302 "
                 "https://portal.example/unauthorized;")
    answer = send("POST", site.url("/"), {}, "x" * 1000)
    assert answer.status == 302
    assert answer.location == "https://portal.example/unauthorized"


@pytest.mark.parametrize("recursive, status", [("off", 401), ("on", 500)])
def test_error_page_that_is_protected_does_not_loop(serve, recursive, status):
    """AC-343: one answer; with recursive_error_pages nginx ends the loop, as
    it does with auth_basic."""
    site = serve(PROTECTED, RULE="error_page 401 403 /also/protected; "
                 f"recursive_error_pages {recursive};")
    assert ask(site).status == status


def test_error_page_does_not_catch_the_login_redirect(serve, visitor):
    """A redirect to log in is none of the error pages' business."""
    site = serve(PROTECTED, RULE="error_page 401 302 /own;")
    answer = visitor.get(site.url("/"))
    assert answer.status in (200, 302)
    assert visitor.open(site.url("/")).status == 200


# --- which location ----------------------------------------------------------

ADMIN = """
    location /admin {
        auth_oidc cognito;
        proxy_pass http://@UPSTREAM@;
    }
"""


@pytest.mark.parametrize("path", [
    "//admin", "/./admin", "/x/../admin", "/%61dmin", "/admin/", "/admin;x",
    "/admin%2f", "/admin?x=/open/", "/open/../admin", "/open/%2e%2e/admin",
    "/admin.", "/admin#/open/", "/admin%23/open/", "/admin%3f/open/"])
def test_protected_path_is_401_in_every_spelling(serve, upstream, path):
    """AC-248, AC-249, AC-250: nginx's locations decide, nothing else."""
    answer = once(serve(ADMIN).port, path)
    assert answer.status == 401
    assert not upstream.requests


def test_host_header_opens_no_protected_path(serve):
    """AC-253."""
    site = serve(ADMIN)
    for host in ("EXAMPLE.org", "example.org.", "example.org:99", "[::1]"):
        assert once(site.port, "/admin", host=host).status == 401


@pytest.mark.parametrize("agent", ["kube-probe/1.0", "GoogleHC/1.0"])
def test_user_agent_opens_no_protected_path(serve, agent):
    """AC-252."""
    assert ask(serve(ADMIN), "/admin", **{"User-Agent": agent}).status == 401


@pytest.mark.parametrize("method", ["get", "TRACE", "CONNECT", "X"])
def test_odd_method_opens_no_protected_path(serve, upstream, method):
    """AC-254, AC-255."""
    site = serve(ADMIN)
    assert once(site.port, "/admin", method).status in (400, 401, 405)
    assert not upstream.requests


def test_method_override_header_is_ignored(serve):
    """AC-254."""
    answer = ask(serve(ADMIN), "/admin",
                 **{"X-HTTP-Method-Override": "OPTIONS"})
    assert answer.status == 401


NESTED = """
    auth_oidc cognito;
    location /a { location /a/off { auth_oidc off;
                                    proxy_pass http://@UPSTREAM@; }
                  proxy_pass http://@UPSTREAM@; }
    location /off { auth_oidc off;
                    location /off/on { auth_oidc cognito;
                                       proxy_pass http://@UPSTREAM@; }
                    proxy_pass http://@UPSTREAM@; }
    location /limit { limit_except GET { allow all; }
                      proxy_pass http://@UPSTREAM@; }
"""


@pytest.mark.parametrize("path, status", [
    ("/a", 401), ("/a/x", 401), ("/a/off", 200), ("/off", 200),
    ("/off/on", 401), ("/limit", 401)])
def test_protection_is_inherited_unless_off(serve, path, status):
    """AC-258, AC-384: from the server on, and off only where it says so."""
    assert ask(serve(NESTED), path).status == status


def test_protection_is_inherited_by_limit_except(serve):
    """AC-258."""
    assert send("POST", serve(NESTED).url("/limit")).status == 401


RULES_BELOW = """
    auth_oidc cognito;
    auth_oidc_require_scope kongresource/scope1;
    location /same { proxy_pass http://@UPSTREAM@; }
    location /other {
        auth_oidc_require_scope kongresource/scope2;
        proxy_pass http://@UPSTREAM@;
    }
"""


@pytest.mark.parametrize("scope, same, other", [
    ("kongresource/scope1", 200, 403), ("kongresource/scope2", 403, 200)])
def test_rule_lists_are_replaced_at_an_inner_level(
        serve, pool, scope, same, other):
    """AC-384: as nginx's own lists are."""
    site = serve(RULES_BELOW)
    token = pool.issue(scope=scope)
    assert [ask(site, path, token).status for path in
            ("/same", "/other")] == [same, other]


# --- redirects inside --------------------------------------------------------

def test_accel_redirect_to_a_protected_location_is_401(serve, upstream):
    """AC-259: checked where it ends."""
    upstream.answers["/open/go"] = (200, {"X-Accel-Redirect": "/admin"}, "")
    site = serve(ADMIN)
    answer = ask(site, "/open/go")
    assert answer.status == 401
    assert [told["uri"] for told in upstream.requests] == ["/open/go"]


def test_accel_redirect_with_a_token_is_accepted(serve, upstream, pool):
    """AC-259, AC-346."""
    upstream.answers["/open/go"] = (200, {"X-Accel-Redirect": "/admin"}, "")
    answer = ask(serve(ADMIN), "/open/go", pool.issue())
    assert (answer.status, answer.json["uri"]) == (200, "/admin")


REDIRECTS = ADMIN + """
    location /rewritten { rewrite ^ /admin last; }
    location /tried { try_files /nothing /admin; }
    location /named { try_files /nothing @app; }
    location @app { auth_oidc cognito; proxy_pass http://@UPSTREAM@; }
    location /kept {
        auth_oidc cognito;
        try_files /nothing @plain;
    }
    location @plain {
        auth_oidc_set_header X-User $oidc_user;
        proxy_pass http://@UPSTREAM@;
    }
"""


@pytest.mark.parametrize("path", ["/rewritten", "/tried", "/named", "/kept"])
def test_internal_redirect_to_a_protected_location_is_401(
        serve, upstream, path):
    """AC-259, AC-346."""
    site = serve(REDIRECTS)
    assert ask(site, path).status == 401
    assert not upstream.requests


@pytest.mark.parametrize("path", ["/rewritten", "/tried", "/named", "/kept"])
def test_internal_redirect_with_a_token_is_accepted(serve, pool, path):
    """AC-346: a request that waits for keys included."""
    assert ask(serve(REDIRECTS), path, pool.issue()).status == 200


def test_identity_outlives_a_named_location(serve, pool):
    """AC-243, AC-346: who was let in is known behind try_files."""
    answer = ask(serve(REDIRECTS), "/kept", pool.issue("access"))
    assert answer.sent("X-User") == ["jane"]


# --- subrequests -------------------------------------------------------------

def test_subrequest_is_not_checked(serve, upstream):
    """AC-260: nginx runs no access phase for subrequests, with this module
    as with its own; an include shows what its location shows."""
    upstream.answers["/page"] = (200, {"Content-Type": "text/html"},
                                 '<!--#include virtual="/admin" -->')
    site = serve(ADMIN + """
        location /page { ssi on; proxy_pass http://@UPSTREAM@; }""")
    answer = ask(site, "/page")
    assert answer.status == 200
    assert answer.json["uri"] == "/admin"
    assert answer.sent("Authorization") == []


def test_include_in_a_protected_page_has_the_identity(serve, upstream, pool):
    """AC-260: who asks is the same as in the page itself."""
    upstream.answers["/page"] = (200, {"Content-Type": "text/html"},
                                 '<!--#include virtual="/part" -->')
    site = serve("""
        auth_oidc cognito;
        location /page { ssi on; proxy_pass http://@UPSTREAM@; }
        location /part {
            proxy_set_header X-User $oidc_user;
            proxy_pass http://@UPSTREAM@;
        }""")
    answer = ask(site, "/page", pool.issue("access"))
    assert answer.sent("X-User") == ["jane"]


def test_auth_request_to_a_protected_location_is_not_checked(serve, upstream):
    """AC-236, AC-260: it is asked without being checked itself."""
    site = serve(ADMIN + """
        location /asks {
            auth_request /admin;
            proxy_pass http://@UPSTREAM@;
        }""")
    assert ask(site, "/asks").status == 200
    assert [told["uri"] for told in upstream.requests] == ["/admin", "/asks"]


def test_mirror_gets_accepted_requests_with_the_identity_alone(
        serve, pool, upstream):
    """AC-355: the copy is as the request was let in, our headers included;
    of what is refused there is none."""
    site = serve(PROTECTED + """
        location = /copy { internal; proxy_pass http://@UPSTREAM@/copied; }""",
                 RULE="mirror /copy; auth_oidc_set_header X-User $oidc_user;")
    assert ask(site, "/a", **{"X-User": "root"}).status == 401
    token = pool.issue("access")
    assert ask(site, "/b", token, **{"X-User": "root"}).status == 200
    eventually(lambda: len(upstream.requests) == 2)
    assert {told["uri"] for told in upstream.requests} == {"/b", "/copied"}
    for told in upstream.requests:
        sent = [(name, value) for name, value in told["headers"]
                if name in ("X-User", "Authorization")]
        assert sorted(sent) == [("Authorization", f"Bearer {token}"),
                                ("X-User", "jane")]


IF = """
    location /if {
        auth_oidc cognito;
        auth_oidc_require_scope kongresource/scope1;
        if ($arg_other) { proxy_pass http://@UPSTREAM@; }
        proxy_pass http://@UPSTREAM@;
    }
    location /if/return {
        auth_oidc cognito;
        if ($arg_other) { return 200 "before the access phase"; }
        proxy_pass http://@UPSTREAM@;
    }
"""


@pytest.mark.parametrize("query", ["", "?other=1"])
def test_protection_and_rules_are_inherited_by_if(serve, pool, query):
    """AC-258: what stands in `if` is a location of nginx's own making."""
    site = serve(IF)
    answers = [ask(site, "/if" + query, token) for token in (
        None, pool.issue(scope="kongresource/scope2"),
        pool.issue(scope="kongresource/scope1"))]
    assert [answer.status for answer in answers] == [401, 403, 200]


def test_return_in_if_comes_before_the_access_phase(serve):
    """As anywhere: docs/security.md says so."""
    site = serve(IF)
    assert ask(site, "/if/return").status == 401
    assert ask(site, "/if/return?other=1").status == 200


def test_unverified_token_sets_no_variables(serve, pool):
    """AC-247: no value is decoded only, under whatever name."""
    told = "".join(f"$oidc_{name}" for name in (
        "user", "client_id", "scope", "access_token", "expires_in", "method",
        "authenticated", "claim_sub", "claim_username", "claim_exp"))
    site = serve(PROTECTED + f"""
        location = /claims {{ internal; return 200 "[{told}]"; }}""",
                 RULE="error_page 401 = /claims;")
    for spoilt in ({"sign": "other"}, {"sign": "none"}, {"sign": "flip"},
                   {"shift": {"exp": -7200}}):
        answer = ask(site, token=pool.issue("access", **spoilt))
        assert (answer.status, answer.text) == (200, "[]"), spoilt


# --- filters and the rest ----------------------------------------------------

FILTERS = ["gzip on; gzip_types *; gzip_min_length 1;",
           "sub_filter Unauthorized Hidden; sub_filter_types *;",
           "add_header X-Always yes always;", "expires 1h;", "etag on;",
           "chunked_transfer_encoding off;", "ssi on; ssi_types *;"]


@pytest.mark.parametrize("rule", FILTERS)
def test_filters_do_not_break_a_refusal(serve, rule):
    """AC-349: the connection is in step afterwards."""
    site = serve(PROTECTED, RULE=rule)
    answer = ask(site, **{"Accept-Encoding": "gzip", "Range": "bytes=0-1",
                          **SCRIPT})
    assert answer.status == 401
    assert answer.body
    assert answer.headers["Cache-Control"].startswith("no-store") or \
        "expires" in rule


def test_websocket_handshake_with_a_session_is_passed(serve, visitor):
    """AC-350: checked at the handshake."""
    site = serve(PROTECTED, RULE="proxy_http_version 1.1; "
                 "proxy_set_header Upgrade $http_upgrade;")
    visitor.open(site.url("/"))
    answer = visitor.call("GET", site.url("/"), {
        "Upgrade": "websocket", "Connection": "Upgrade"})
    assert answer.sent("Upgrade") == ["websocket"]


def test_variables_are_empty_before_the_access_phase(serve, pool):
    """AC-243: empty before the access phase, and that does not stick."""
    site = serve(PROTECTED, RULE="""
        set $early "<$oidc_user>";
        proxy_set_header X-Early $early;
        proxy_set_header X-Late "<$oidc_user>";""")
    answer = ask(site, token=pool.issue("access"))
    assert answer.sent("X-Early") == ["<>"]
    assert answer.sent("X-Late") == ["<jane>"]


def test_limit_req_counts_by_user(gateway, pool):
    site = gateway("limit_req_zone $oidc_user zone=u:1m rate=1r/m;" + SITE,
                   RULE="limit_req zone=u;")
    assert [send("GET", site.url("/"), bearer(pool.issue())).status
            for _ in range(3)] == [200] * 3  # the key is empty there


def test_access_log_has_user_method_and_reason(serve, pool):
    site = serve(PROTECTED, RULE="")
    ask(site, "/a", pool.issue("access"))
    ask(site, "/b", "bad")
    assert site.stop() == []
    log = site.text("access.log")
    site.process = None
    assert "200 GET /a [-] [bearer] [jane]" in log
    assert "401 GET /b [token_malformed] [-] [-]" in log


def test_proxy_cache_serves_no_protected_page_without_a_token(
        gateway, pool, tmp_path):
    """AC-205: checked before the cache is looked at, and no refusal is
    kept."""
    site = gateway(f"proxy_cache_path {tmp_path}/cache keys_zone=c:1m;" +
                   SITE, RULE="proxy_cache c; proxy_cache_valid any 1h;")
    token = pool.issue()
    statuses = [ask(site, token=one).status for one in
                (None, token, None, token, "bad", token)]
    assert statuses == [401, 200, 401, 200, 401, 200]


def test_proxy_cache_with_the_user_in_its_key_separates_users(
        gateway, pool, upstream, tmp_path):
    """AC-205: as docs/variables.md shows it."""
    site = gateway(f"proxy_cache_path {tmp_path}/cache keys_zone=c:1m;" +
                   SITE, RULE="proxy_cache c; proxy_cache_valid any 1h;"
                   "proxy_cache_key "
                   "$scheme$host$request_uri$oidc_provider$oidc_user;")
    seen = [ask(site, token=pool.issue("access", username=name)).sent("X-User")
            for name in ("jane", "john", "jane", "john")]
    assert seen == [["jane"], ["john"]] * 2
    assert len(upstream.requests) == 2


def test_return_comes_before_the_access_phase(serve):
    """As with auth_basic: a location that returns is not protected."""
    site = serve("location /r { auth_oidc cognito; return 200 x; }")
    assert ask(site, "/r").status == 200


# --- answered before the access phase ----------------------------------------

UNASKED = 'auth_oidc: location "/" is protected, but answered without'


@pytest.mark.parametrize("rule, warns", [
    ("return 200 hello;", 1), ("if ($uri = /) { return 204; }", 1),
    ("return 302 /elsewhere;", 0), ("return 404;", 0),
    ("rewrite ^ /open/;", 0), ("", 0), ("satisfy any; allow all;", 0)])
def test_answer_without_the_access_phase_is_reported_once(
        serve, pool, rule, warns):
    site = serve(PROTECTED, RULE=rule)
    for _ in range(3):
        ask(site, token=pool.issue())
    assert site.log().count(UNASKED) == warns
    site.may_say = UNASKED
