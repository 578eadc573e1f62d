# SPDX-License-Identifier: Apache-2.0
"""Internal redirects: each location judges by what the client sent, never by
header lines that the module has put there for an upstream."""

import pytest

from visitor import SCRIPT, SESSION, basic, bearer, send

FRAME = """
    oidc_provider cognito { @PROVIDER@ @MORE@ }
    server {
        listen 127.0.0.1:@PORT@;
        root @DIR@/files;
        location = /login { auth_oidc cognito; return 302 /; }
        location /app/ { auth_oidc cognito; proxy_pass http://@UPSTREAM@; }
        location /bearer-only/ {
            auth_oidc cognito;
            auth_oidc_methods bearer;
            proxy_pass http://@UPSTREAM@;
        }
        location /session-only/ {
            auth_oidc cognito;
            auth_oidc_methods session authorization_code;
            auth_oidc_set_header X-User $oidc_user;
            proxy_pass http://@UPSTREAM@;
        }
        location @named {
            auth_oidc cognito;
            auth_oidc_methods session authorization_code;
            auth_oidc_set_header X-User $oidc_user;
            proxy_pass http://@UPSTREAM@;
        }
        @TEXT@
    }
"""
# How a request that was let in at one location comes to another.
WAYS = {
    "try_files": "try_files /nothing {to};",
    "index": "index index.html;",
    "accel": "proxy_pass http://@UPSTREAM@/accel/;",
    "error_page": "error_page 404 = {to}; root @DIR@/none;",
}


@pytest.fixture
def jane(visitor):
    def log_in(site):
        assert visitor.open(site.url("/app/")).status == 200
        return visitor
    return log_in


def serve(gateway, upstream, way, to, rule="auth_oidc cognito;"):
    upstream.answers["/accel/"] = (200, {"X-Accel-Redirect": to}, "")
    text = WAYS[way].replace("{to}", to)
    site = gateway(FRAME, TEXT=f"""
        location /way/ {{
            {rule}
            {text}
        }}
        location = /way/index.html {{
            internal;
            rewrite ^ {to} last;
        }}""")
    page = site.dir / "files/way"
    page.mkdir(parents=True)
    (page / "index.html").write_text("hello")
    return site


@pytest.mark.parametrize("way", WAYS)
def test_session_does_not_become_a_bearer_token(gateway, upstream, jane, way):
    """AC-427: a location for bearer tokens lets no session in, however
    often."""
    site = serve(gateway, upstream, way, "/bearer-only/x")
    visitor = jane(site)
    for _ in range(3):
        answer = visitor.script(site.url("/way/"))
        assert (answer.status, answer.reason) == (401, "credential_missing")
    assert "/bearer-only/x" not in [told["uri"] for told in upstream.requests]


@pytest.mark.parametrize("way", WAYS)
def test_session_stays_a_session(gateway, upstream, jane, way):
    site = serve(gateway, upstream, way, "/session-only/x")
    visitor = jane(site)
    for _ in range(3):
        answer = visitor.script(site.url("/way/"))
        assert answer.status == 200, answer
        assert answer.sent("X-User") == ["jane"]
        assert answer.sent("Cookie") == []


@pytest.mark.parametrize("way", WAYS)
def test_bearer_token_stays_a_bearer_token(gateway, upstream, pool, way):
    site = serve(gateway, upstream, way, "/bearer-only/x")
    token = pool.issue("access")
    for _ in range(3):
        answer = send("GET", site.url("/way/"), {**SCRIPT, **bearer(token)})
        assert answer.status == 200, answer
        assert answer.sent("Authorization") == [f"Bearer {token}"]


@pytest.mark.parametrize("way", [way for way in WAYS if way != "index"])
def test_named_location_judges_what_the_client_sent(
        gateway, upstream, jane, way):
    site = serve(gateway, upstream, way, "@named")
    visitor = jane(site)
    for _ in range(3):
        answer = visitor.script(site.url("/way/"))
        assert (answer.status, answer.sent("X-User")) == (200, ["jane"])


@pytest.mark.parametrize("way", WAYS)
def test_upstream_token_off_causes_no_login_loop(
        gateway, upstream, jane, way):
    """As for providers whose access tokens are opaque."""
    site = serve(gateway, upstream, way, "/session-only/x",
                 "auth_oidc cognito; auth_oidc_upstream_token off;")
    visitor = jane(site)
    for _ in range(3):
        assert visitor.get(site.url("/way/")).status == 200


@pytest.mark.parametrize("way", WAYS)
def test_open_location_before_a_protected_one_keeps_the_session(
        gateway, upstream, jane, way):
    """Cookies that were hidden from an open location's content come back."""
    site = serve(gateway, upstream, way, "/session-only/x", "auth_oidc off;")
    visitor = jane(site)
    for _ in range(3):
        answer = visitor.script(site.url("/way/"))
        assert (answer.status, answer.sent("X-User")) == (200, ["jane"])


def test_other_modules_see_what_the_client_sent(gateway, upstream, pool,
                                                tmp_path):
    """auth_basic behind an internal redirect finds its own credential."""
    (tmp_path / "htpasswd").write_text("jane:{PLAIN}sesame\n")
    site = gateway(FRAME, TEXT=f"""
        location /way/ {{
            auth_oidc cognito;
            auth_oidc_unauthenticated pass;
            auth_oidc_methods session;
            satisfy any;
            allow all;
            try_files /nothing /basic/;
        }}
        location /basic/ {{
            auth_basic realm;
            auth_basic_user_file {tmp_path}/htpasswd;
            proxy_pass http://@UPSTREAM@;
        }}""")
    pair = {"Authorization": "Basic amFuZTpzZXNhbWU="}
    for _ in range(3):
        assert send("GET", site.url("/way/"), {**SCRIPT, **pair}).status == 200
        assert send("GET", site.url("/way/"), SCRIPT).status == 401


def test_client_secret_does_not_reach_an_open_location_behind(
        gateway, upstream, pool):
    """A Basic pair that was exchanged for a token stays behind."""
    machine = pool.client("machine")
    site = gateway(FRAME, TEXT="""
        location /way/ {
            auth_oidc cognito;
            auth_oidc_methods client_credentials;
            try_files /nothing /open/;
        }
        location /open/ { proxy_pass http://@UPSTREAM@; }""")
    for _ in range(3):
        answer = send("GET", site.url("/way/"),
                      {**SCRIPT, **basic(machine["id"], machine["secret"])})
        [sent] = answer.sent("Authorization")
        assert sent.startswith("Bearer eyJ")


def test_refused_credential_does_not_reach_an_error_page(gateway, upstream):
    site = gateway(FRAME, TEXT="""
        location /way/ {
            auth_oidc cognito;
            error_page 401 403 = @sorry;
            proxy_pass http://@UPSTREAM@;
        }
        location @sorry { proxy_pass http://@UPSTREAM@; }""")
    for sent in ("Bearer forged.token.here", "Basic cm9vdDp0b29y"):
        answer = send("GET", site.url("/way/"),
                      {**SCRIPT, "Authorization": sent,
                       "Cookie": f"{SESSION}=x; theme=dark"})
        assert answer.status == 200
        assert answer.sent("Authorization") == []
        assert answer.sent("Cookie") == ["theme=dark"]


def test_identity_of_the_first_location_does_not_stay(gateway, upstream,
                                                      jane):
    """Let in by address at the second location, nobody is named there."""
    site = gateway(FRAME, TEXT="""
        location /way/ { auth_oidc cognito; try_files /nothing /second/; }
        location /second/ {
            auth_oidc cognito;
            auth_oidc_methods bearer;
            auth_oidc_set_header X-User $oidc_user;
            satisfy any;
            allow all;
            proxy_set_header X-Copy $oidc_user;
            proxy_pass http://@UPSTREAM@;
        }""")
    visitor = jane(site)
    for _ in range(3):
        answer = visitor.script(site.url("/way/"))
        assert answer.status == 200
        assert answer.sent("X-User") == answer.sent("X-Copy") == []
        assert answer.sent("Authorization") == []
