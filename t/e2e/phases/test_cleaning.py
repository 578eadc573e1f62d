# SPDX-License-Identifier: Apache-2.0
"""Every way to a content handler, with what a client may forge: what arrives
at the upstream is what was verified, and nothing else."""

import json

import pytest

from gateway import eventually
from sinks import KINDS, Sink
from visitor import SCRIPT, SESSION, bearer, send
from wire import Wire, request

FORGED = {
    "X-Auth-User": "root", "X_Auth_User": "root", "x-auth.user": "root",
    "X-Refresh": "rt-of-somebody", "x_refresh": "rt-of-somebody",
    "Cookie": f"theme=dark; {SESSION}=forged; __Host-{SESSION}_1=forged; "
              f"{SESSION}_login_abcdefgh=forged",
}
CREDENTIALS = {
    "none": {},
    "bearer": {"Authorization": "Bearer forged.token.here"},
    "basic": {"Authorization": "Basic cm9vdDp0b29y"},
    "strange": {"Authorization": "Negotiate cm9vdDp0b29y"},
}

SITE = """
    underscores_in_headers on;
    ignore_invalid_headers off;
    oidc_provider cognito {
        @PROVIDER@
        refresh_token_header X-Refresh;
    }
    server {
        listen 127.0.0.1:@PORT@;
        root @DIR@/files;
        auth_oidc_set_header X-Auth-User $oidc_user;
        ssi on;
        ssi_types *;
        error_page 401 403 =200 /error_page/;
        location /error_page/ { @PASS@ }
        location /protected_sink/ { auth_oidc cognito; @PASS@ }
        @WAYS@
    }
"""
PASSES = {"proxy": "proxy_pass http://@UPSTREAM@;",
          **{kind: f"{kind}_pass 127.0.0.1:@{kind.upper()}@;"
             for kind in KINDS}}
# Each way: its locations; the request goes to /NAME/.
WAYS = {
    "open": "location /open/ { @PASS@ }",
    "passed": """location /passed/ {
        auth_oidc cognito; auth_oidc_unauthenticated pass;
        auth_oidc_methods session; satisfy any; allow all; @PASS@ }""",
    "satisfy_allow": """location /satisfy_allow/ {
        auth_oidc cognito; satisfy any; allow all; @PASS@ }""",
    "satisfy_request": """location /satisfy_request/ {
        auth_oidc cognito; satisfy any; auth_request /yes; @PASS@ }
        location = /yes { auth_oidc off; return 204; }""",
    "error_page": """location /refused/ {
        auth_oidc cognito; deny all; @PASS@ }""",
    "try_files": """location /try_files/ {
        try_files /nothing /protected_any/; }
        location /protected_any/ {
            auth_oidc cognito; satisfy any; allow all; @PASS@ }""",
    "named": """location /named/ { try_files /nothing @app; }
        location @app { @PASS@ }""",
    "include": "location /include/ { }",
    "mirror": """location /mirror/ {
        mirror /protected_sink/; mirror_request_body off; ssi off; }""",
    "preflight": """location /preflight/ {
        auth_oidc cognito; auth_oidc_preflight pass; @PASS@ }""",
}
PATHS = {"error_page": "/refused/", "include": "/include/page.html",
         "mirror": "/mirror/page.html"}


@pytest.fixture(scope="module")
def sinks():
    return {kind: Sink(handler) for kind, handler in KINDS.items()}


@pytest.fixture(params=PASSES)
def kind(request):
    return request.param


@pytest.fixture
def site(gateway, sinks, kind):
    def start(way):
        site = gateway(SITE, WAYS=WAYS[way], PASS=PASSES[kind],
                       **{name.upper(): sink.port
                          for name, sink in sinks.items()})
        for name in ("include", "mirror"):
            page = site.dir / "files" / name / "page.html"
            page.parent.mkdir(parents=True)
            page.write_text('<!--# include virtual="/protected_sink/" -->')
        site.may_say = "auth_oidc: cognito|access forbidden by rule"
        return site
    return start


def arrived(sinks, upstream, kind):
    """The header lines of all requests that reached the upstream, with names
    as CGI folds them."""
    seen = [told["headers"] for told in upstream.requests] \
        if kind == "proxy" else sinks[kind].seen
    return [[(name.upper().replace("-", "_").replace(".", "_")
              .removeprefix("HTTP_"), value) for name, value in lines]
            for lines in seen]


@pytest.mark.parametrize("shown", CREDENTIALS)
@pytest.mark.parametrize("way", WAYS)
def test_nothing_forged_arrives(site, sinks, upstream, kind, way, shown):
    """AC-428, AC-429, AC-430."""
    if kind != "proxy":
        sinks[kind].seen.clear()
    served = site(way)
    headers = {**FORGED, **CREDENTIALS[shown]}
    method = "GET"
    if way == "preflight" and shown == "none":
        method = "OPTIONS"
        headers |= {"Origin": "https://x.example",
                    "Access-Control-Request-Method": "PUT",
                    "X-HTTP-Method-Override": "DELETE"}
    with Wire(served.port) as wire:
        answer = wire.ask(request(
            PATHS.get(way, f"/{way}/"), method=method,
            headers=[f"{name}: {value}" for name, value in headers.items()]))
    assert answer.status in (200, 204), answer
    # A mirrored request arrives after the answer.
    requests = eventually(lambda: arrived(sinks, upstream, kind))
    for lines in requests:
        told = json.dumps(lines)
        assert "root" not in told and "rt-of-somebody" not in told
        assert "forged" not in told.replace("forged.token.here", "token")
        assert ("COOKIE", "theme=dark") in lines
        assert "METHOD_OVERRIDE" not in told
    # An open location's own Authorization is none of the module's business.
    if way not in ("open", "named"):
        assert all(name != "AUTHORIZATION"
                   for lines in requests for name, _ in lines)


@pytest.mark.parametrize("way", ["satisfy_allow", "satisfy_request",
                                 "try_files", "include"])
def test_live_session_arrives_nowhere(gateway, sinks, upstream, visitor, way):
    """A session whose rules are not met is still a session elsewhere."""
    text = WAYS[way].replace(
        "auth_oidc cognito;",
        "auth_oidc cognito; auth_oidc_require_scope none;")
    site = gateway(SITE.replace("@WAYS@", """
            location /in/ { auth_oidc cognito; @PASS@ } @WAYS@"""),
                   WAYS=text, PASS=PASSES["proxy"])
    page = site.dir / "files/include"
    page.mkdir(parents=True)
    (page / "page.html").write_text(
        '<!--# include virtual="/protected_sink/" -->')
    site.may_say = "auth_oidc: cognito"
    assert visitor.open(site.url("/in/")).status == 200
    upstream.requests.clear()
    answer = visitor.script(site.url(PATHS.get(way, f"/{way}/")),
                            headers={"X-Auth-User": "root"})
    assert answer.status == 200
    told = json.dumps(upstream.requests)
    assert visitor.session not in told
    assert "root" not in told and "eyJ" not in told


def test_verified_identity_arrives_in_subrequests(gateway, upstream, pool):
    """An include, a mirror: as whoever asks for the page around them."""
    token = pool.issue("access")
    site = gateway(SITE, PASS=PASSES["proxy"], WAYS="""
        location /page/ {
            auth_oidc cognito;
            mirror /protected_sink/mirrored;
            mirror_request_body off;
        }""")
    page = site.dir / "files/page"
    page.mkdir(parents=True)
    (page / "page.html").write_text(
        '<!--# include virtual="/protected_sink/included" -->')
    answer = send("GET", site.url("/page/page.html"),
                  {**SCRIPT, **bearer(token), "X-Auth-User": "root"})
    assert answer.status == 200
    for path in ("/protected_sink/included", "/protected_sink/mirrored"):
        [told] = eventually(lambda: [
            one for one in upstream.requests if one["uri"] == path])
        sent = [(name.lower(), value) for name, value in told["headers"]]
        assert ("x-auth-user", "jane") in sent
        assert ("authorization", f"Bearer {token}") in sent
        assert "root" not in json.dumps(sent)


def test_subrequest_does_not_change_its_parents_lines(gateway, upstream,
                                                      pool):
    """auth_request is asked first; what is cleaned for it stays there."""
    token = pool.issue("access")
    site = gateway(SITE, PASS=PASSES["proxy"], WAYS="""
        location = /ask { auth_oidc_set_header X-Auth-User asked; @PASS@ }
        location /main/ {
            auth_request /ask;
            auth_oidc_set_header X-Other $oidc_user;
            @PASS@
        }""")
    answer = send("GET", site.url("/main/"), {
        **SCRIPT, "Authorization": "Bearer applications-own",
        "X-Mine": "kept", "Cookie": f"a=1; {SESSION}=x; b=2"})
    assert answer.status == 200
    asked, main = upstream.requests
    assert ["X-Auth-User", "asked"] in [list(p) for p in asked["headers"]]
    assert "asked" not in json.dumps(main)
    for told in (asked, main):
        sent = dict(told["headers"])
        assert sent["X-Mine"] == "kept"
        assert sent["Cookie"] == "a=1; b=2"
        assert sent["Authorization"] == "Bearer applications-own"
    assert token not in json.dumps(upstream.requests)
