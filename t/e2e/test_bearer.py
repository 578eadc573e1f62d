"""Bearer tokens."""

from visitor import send

API = """
    oidc_provider cognito { @PROVIDER@ }
    server {
        listen 127.0.0.1:@PORT@;
        location /api/ {
            auth_oidc cognito;
            auth_oidc_methods bearer;
            proxy_pass http://@UPSTREAM@;
        }
    }
"""


def bearer(token):
    return {"Authorization": f"Bearer {token}"}


def test_valid_token_passes(gateway, pool, upstream):
    site = gateway(API)
    answer = send("GET", site.url("/api/"), bearer(pool.issue()))
    assert answer.status == 200
    assert len(upstream.requests) == 1


def test_no_credential_is_401(gateway, pool, upstream):
    site = gateway(API)
    answer = send("GET", site.url("/api/"))
    assert answer.status == 401
    assert answer.challenge == 'Bearer realm="127.0.0.1"'
    assert answer.reason == "credential_missing"
    assert not upstream.requests
