# SPDX-License-Identifier: Apache-2.0
"""Each file of conf.d: nginx reads it, and it lets in whom it says and keeps
out whom it says. Names of example hosts are exchanged for what runs here."""

import re
from pathlib import Path

import pytest

from examples import FILES, files
from h2wire import H2
from sinks import KINDS, Sink
from visitor import basic, bearer, query_of

BALANCER = """
    server {
        listen 127.0.0.1:@PORT2@ ssl;
        ssl_certificate tls/certificate.pem;
        ssl_certificate_key tls/key.pem;
        large_client_header_buffers 4 32k;
        proxy_buffer_size 32k;
        proxy_buffers 8 32k;
        location / { proxy_pass http://127.0.0.1:@PORT@; }
    }
"""


def https(site, path="/", port="PORT"):
    return site.url(path, port, "https")


@pytest.mark.parametrize("name", FILES)
def test_example_file_passes_nginx_t_as_it_is(name, gateways, tls):
    site = gateways()
    files(site.dir, tls, "not a secret")
    # nginx -t binds ports, and these are not everybody's.
    site.write(re.sub(r"listen +(443|8000)",
                      lambda m: f"listen 127.0.0.1:@PORT{m[1]}@",
                      FILES[name].read_text()))
    status, said = site.test()
    assert status == 0, said
    # Debian's nginx knows HTTP/2 by this parameter alone.
    said = said.replace('[warn] the "listen ... http2" directive', "")
    assert "[warn]" not in said, said


def test_each_example_file_has_a_test():
    """Here, or among the providers."""
    tests = {name.replace("_", "-") + ".conf"
             for path in Path(__file__).parent.glob("test_conf_d*.py")
             for name in re.findall(r"^def test_(\w+)\(example",
                                    path.read_text(), re.M)}
    assert FILES.keys() <= tests, FILES.keys() - tests


def test_site_login(example, pool, visitors):
    site, jane, john = example("site-login.conf"), visitors(), visitors()
    answer = jane.open(https(site, "/page?a=b"))
    assert answer.status == 200 and answer.json["uri"] == "/page?a=b"
    assert answer.sent("X-User") == ["jane"]
    assert answer.sent("X-Email") == ["jane@example.com"]
    assert jane.get(https(site, "/admin/")).status == 200
    assert john.script(https(site)).status == 401
    pool.settings(auto_login="john")
    refused = john.open(https(site, "/admin/"))
    assert refused.status == 403 and refused.reason == "group_missing"


def test_site_login_ends_at_the_goodbye_page(example, visitor):
    site = example("site-login.conf")
    assert visitor.open(https(site)).status == 200
    answer = visitor.open(https(site, "/logout"))
    assert answer.status == 200 and answer.text == "You are logged out.\n"
    assert visitor.script(https(site)).status == 401


def test_api_bearer(example, pool, visitor):
    site = example("api-bearer.conf")
    url = https(site, "/orders/1")

    def call(path="/orders/1", **token):
        return visitor.script(https(site, path),
                              headers=bearer(pool.issue("m2m", **token)))
    known = {"client_id": pool.client("machine")["id"]}
    good = call(scope="orders/read", **known)
    assert good.status == 200
    assert good.sent("X-Client") == [known["client_id"]]
    assert good.sent("Authorization") == []
    assert visitor.script(url).status == 401
    poor = call(scope="orders/write", **known)
    assert poor.status == 403
    assert 'error="insufficient_scope", ' in poor.challenge
    assert 'scope="orders/read"' in poor.challenge
    both = "orders/read orders/write"
    assert call("/orders/import/", scope="orders/read", **known).status == 403
    assert call("/orders/import/", scope=both, **known).status == 200
    stranger = call(scope=both, client_id=pool.client("public")["id"])
    assert stranger.status == 401
    assert stranger.reason == "client_id_mismatch"
    assert visitor.script(https(site, "/health")).status == 204


def test_machine_basic(example, pool, visitor):
    """The token is paid for once; a stranger of the same pool is refused."""
    orders = {"identifier": "orders", "scopes": ["read"]}
    pool.control("POST", "/resource_servers", orders)
    machine, public = pool.client("machine"), pool.client("client-token")
    pool.control("POST", "/clients", {"id": machine["id"],
                 "allowed_oauth_scopes": ["orders/read"]})
    site = example("machine-basic.conf")

    def call(name, secret, **headers):
        return visitor.script(https(site, "/orders/1"),
                              headers=basic(name, secret) | headers)
    good = [call(machine["id"], machine["secret"]) for _ in range(3)]
    assert [answer.status for answer in good] == [200] * 3
    assert good[0].sent("X-Client") == [machine["id"]]
    assert good[0].sent("Authorization")[0].startswith("Bearer ")
    assert pool.count("token") == 1
    assert call(machine["id"], "wrong").status == 401
    assert call(public["id"], public["secret"]).status == 401
    token = pool.issue(client_id=machine["id"], scope="orders/read")
    assert visitor.script(https(site, "/orders/1"),
                          headers=bearer(token)).status == 200
    assert visitor.get(https(site, "/orders/1")).status == 401


def test_single_page_app(example, visitor):
    site = example("single-page-app.conf")
    assert visitor.get(https(site)).status == 200
    assert visitor.script(https(site, "/session")).status == 401
    assert visitor.get(https(site, "/api/orders")).status == 401
    home = visitor.open(https(site, "/login"))
    assert (home.status, home.url) == (200, https(site))
    told = visitor.script(https(site, "/session")).json
    assert (told["authenticated"], told["user"]) == (True, "jane")
    answer = visitor.script(https(site, "/api/orders"))
    assert answer.status == 200 and answer.sent("X-User") == ["jane"]
    visitor.open(https(site, "/logout"))
    assert visitor.script(https(site, "/session")).status == 401


def test_grpc(example, pool):
    """AC-351: never a redirect, always a status that gRPC understands."""
    sink = Sink(KINDS["grpc"])
    site = example("grpc.conf", GRPC=sink.port)
    known = {"client_id": pool.client("machine")["id"]}

    def call(path, *credential):
        with H2(site.port, tls=True) as h2:
            [stream] = h2.wait(h2.request(path, "POST", [
                ("content-type", "application/grpc"), ("te", "trailers"),
                *credential], body=b"\0\0\0\0\0"))
        assert stream.status == 200
        assert stream.headers["content-type"] == "application/grpc"
        return stream

    def token(**claims):
        return ("authorization", f"Bearer {pool.issue(**known, **claims)}")
    good = call("/any.Service/Call", token())
    assert good.headers["grpc-status"] == "0"
    assert ["x-client", known["client_id"]] in sink.seen[0]
    for credential, path, status, reason in (
            ((), "/any.Service/Call", "16", "credential_missing"),
            ((token(sign="other"),), "/any.Service/Call", "16",
             "signature_invalid"),
            ((("authorization", "Bearer a b"),), "/any.Service/Call", "3",
             "authorization_malformed"),
            ((token(scope="orders/write"),), "/orders.Orders/Get", "7",
             "scope_missing")):
        answer = call(path, *credential)
        assert answer.body == b""
        assert answer.headers["grpc-status"] == status
        assert answer.headers["grpc-message"] == reason
    assert len(sink.seen) == 1


def test_grpc_while_the_provider_is_down(example, pool):
    """AC-351."""
    pool.listeners(service=False)
    site = example("grpc.conf", GRPC=1)
    with H2(site.port, tls=True) as h2:
        [answer] = h2.wait(h2.request("/a.B/C", "POST", [
            ("content-type", "application/grpc"),
            ("authorization", f"Bearer {pool.issue()}")], body=b""))
    assert answer.headers["grpc-status"] == "14"
    assert answer.headers["grpc-message"] == "keys_unavailable"


def test_mixed(example, pool, visitors):
    site, person, machine = example("mixed.conf"), visitors(), visitors()
    token = bearer(pool.issue("m2m", client_id=pool.client("machine")["id"]))
    assert person.open(https(site)).status == 200
    inside = person.script(https(site, "/api/"))
    assert inside.status == 200 and inside.sent("X-User") == ["jane"]
    called = machine.script(https(site, "/api/"), headers=token)
    assert called.status == 200
    assert called.sent("X-Client") == [pool.client("machine")["id"]]
    assert machine.get(https(site, "/api/")).status == 401
    assert machine.script(https(site), headers=token).status == 401


def test_mixed_answers_a_preflight_and_nothing_else(example, pool, visitor):
    url = https(example("mixed.conf"), "/api/public/")
    preflight = visitor.script(url, "OPTIONS")
    assert preflight.status == 204
    assert preflight.headers["Access-Control-Allow-Headers"] == \
        "authorization"
    assert visitor.script(url).status == 401
    token = bearer(pool.issue("m2m", client_id=pool.client("machine")["id"]))
    assert visitor.script(url, headers=token).status == 200


def test_public_client(example, pool, visitor):
    site = example("public-client.conf", client="public")
    assert visitor.open(https(site)).status == 200
    (exchange,) = pool.calls("token")
    assert "code_verifier" in exchange["form"]
    assert "authorization" not in exchange["headers"]
    assert "client_secret" not in exchange["form"]
    visitor.jar.clear()
    assert visitor.script(https(site)).status == 401


def test_cookie_sessions(example, visitor):
    site = example("cookie-sessions.conf")
    assert visitor.open(https(site)).status == 200
    names = visitor.jar.names()
    assert "__Host-NGX_OIDC_SESSION" in names and len(names) > 1
    assert visitor.script(https(site)).status == 200
    value = visitor.jar.value(names[0])
    visitor.jar.put(names[0], value[:-1] + ("B" if value[-1] == "A" else "A"))
    assert visitor.script(https(site)).reason == "session_invalid"


def test_several_providers(example, visitor):
    site = example("several-providers.conf")
    inside = visitor.open(https(site, "/staff/"))
    assert inside.status == 200 and inside.sent("X-Door") == ["staff"]
    assert visitor.script(https(site)).status == 401
    assert visitor.open(https(site)).sent("X-Door") == ["customers"]


def test_multi_tenant(example, pool, visitor):
    site = example("multi-tenant.conf")
    url = https(site)
    for tenant in ("staff", "customers"):
        answer = visitor.get(url, Host=f"{tenant}.example.org")
        assert query_of(answer.location)["redirect_uri"] == \
            f"https://{tenant}.example.org/oidc_callback"
        assert f"__Host-{tenant}_login_" in answer.set_cookies[0]
    answer = visitor.get(url, Host="other.example.org")
    assert answer.status == 403 and answer.reason == "provider_unknown"
    pool.allow("https://staff.example.org/oidc_callback")
    assert is_in_at(site, visitor, "staff", "customers") == (200, 302)


def is_in_at(site, visitor, home, other):
    """A login at one tenant, and what its session is to the other."""
    def host(name):
        return {"Host": f"{name}.example.org"}
    start = visitor.get(https(site), **host(home))
    back = visitor.get(start.location).location
    while "code=" not in back:
        back = visitor.get(back).location
    query = back.partition("?")[2]
    assert visitor.get(https(site, f"/oidc_callback?{query}"),
                       **host(home)).status == 302
    inside = visitor.get(https(site), **host(home))
    assert inside.sent("X-Tenant") == [home]
    return (inside.status, visitor.get(https(site), **host(other)).status)


def test_behind_load_balancer(example, visitor):
    site = example("behind-load-balancer.conf", BALANCER, exchanges={
        r"base_url +https://app\.example\.org;":
            "base_url https://127.0.0.1:@PORT2@;"})
    outside = https(site, "/page", port="PORT2")
    answer = visitor.open(outside)
    assert answer.status == 200 and answer.url == outside
    assert "__Host-NGX_OIDC_SESSION" in visitor.jar.names()
    start = visitor.get(site.url("/other"))  # no Secure cookie goes there
    assert query_of(start.location)["redirect_uri"] == \
        https(site, "/oidc_callback", port="PORT2")
    assert visitor.script(site.url("/other")).status == 401


def test_generic_provider(example, pool, visitor):
    site = example("generic-provider.conf")
    assert visitor.open(https(site)).sent("X-User") == ["jane@example.com"]
    good = pool.issue("access", resource="https://api.example.org")
    assert visitor.script(https(site, "/api/"),
                          headers=bearer(good)).status == 200
    other = pool.issue("access", resource="https://other.example.org")
    refused = visitor.script(https(site, "/api/"), headers=bearer(other))
    assert refused.status == 401 and refused.reason == "aud_mismatch"


def test_generic_provider_logs_out_as_the_standard_says(example, pool, visitor):
    site = example("generic-provider.conf")
    visitor.open(https(site))
    answer = visitor.get(https(site, "/logout"))
    asked = query_of(answer.location)
    assert asked["client_id"] == pool.client()["id"]
    assert asked["post_logout_redirect_uri"] == https(site, "/goodbye")
    assert asked["id_token_hint"].count(".") == 2
    assert visitor.script(https(site)).status == 401


def test_known_users(example, pool, visitors):
    site, jane, john = example("known-users.conf"), visitors(), visitors()
    answer = jane.open(https(site))
    assert answer.status == 200 and answer.sent("X-Known-User") == ["jane"]
    pool.settings(auto_login="john")
    pool.control("POST", "/users", {"username": "john", "attributes": {
        "email": "john@example.com", "email_verified": "true"}})
    refused = john.open(https(site))
    assert refused.status == 403 and refused.reason == "rule_not_met"


def test_forbidden_page(example, pool, visitors):
    site, guest, member = example("forbidden-page.conf"), visitors(), \
        visitors()
    for browser in (guest, member):
        callback = browser.callback_for(https(site))
        assert browser.get(callback).location == "/"
        answer = browser.get(https(site))
        if browser is member:
            assert answer.status == 200
            continue
        assert answer.status == 302
        assert answer.location == "https://portal.example.org/unauthorized"
        page = browser.get(https(site, "/admin/"))
        assert page.status == 403
        assert page.text == "You may not see this page: group_missing\n"
        pool.control("POST", "/users",
                     {"username": "jane", "groups": ["developers"]})
    assert member.get(https(site, "/denied")).status == 404
