# SPDX-License-Identifier: Apache-2.0
"""Every credential from a real client, curl, by HTTP/1.1 and HTTP/2: good,
bad, missing and malformed; and no login for any of them."""

import json
import os
import subprocess

import pytest

from visitor import NAVIGATION, send

SITE = """
    oidc_provider cognito { @PROVIDER@ password_over_http on;
                            refresh_token_header X-Refresh-Token; }
    oidc_provider public {
        issuer @ISSUER@; profile cognito; client_id @PUBLIC_ID@;
        cookie_name public; redirect_uri /public_callback;
        refresh_token_header X-Refresh-Token;
    }
    oidc_provider opaque {
        issuer @ISSUER@; profile generic; cookie_name opaque;
        client_id @CLIENT_ID@; client_secret @CLIENT_SECRET@;
        introspection_endpoint http://@UPSTREAM@/introspect;
        redirect_uri /opaque_callback; allowed_clients app-1;
    }
    server {
        listen 127.0.0.1:@PORT@;
        listen 127.0.0.1:@PORT2@ http2;
        auth_oidc cognito;
        location /bearer/ {
            auth_oidc_methods bearer;
            proxy_pass http://@UPSTREAM@;
        }
        location /machine/ {
            auth_oidc_methods client_credentials;
            proxy_pass http://@UPSTREAM@;
        }
        location /password/ {
            auth_oidc_methods password;
            proxy_pass http://@UPSTREAM@;
        }
        location /refresh/ {
            auth_oidc public;
            auth_oidc_methods refresh_token;
            proxy_pass http://@UPSTREAM@;
        }
        location /opaque/ {
            auth_oidc opaque;
            auth_oidc_methods introspection;
            proxy_pass http://@UPSTREAM@;
        }
    }
"""
VERSIONS = {"1.1": ("--http1.1", "PORT"),
            "2": ("--http2-prior-knowledge", "PORT2")}
PLACES = ("bearer", "machine", "password", "refresh", "opaque")


def curl(site, version, path, *more):
    """The status; fails unless it came by that version of HTTP."""
    option, port = VERSIONS[version]
    done = subprocess.run(
        ["curl", "-sS", "-q", "--noproxy", "*", option, "-o", os.devnull,
         "-w", "%{http_code} %{http_version} %{redirect_url}", *more,
         site.url(path, port)],
        capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr
    status, spoken, where = done.stdout.split(" ")
    assert (spoken, where) == (version, "")
    return int(status)


@pytest.fixture
def site(gateway, pool, upstream):
    def introspected(told):
        return json.dumps({"active": "token=opaque" in told["body"],
                           "client_id": "app-1", "sub": "jane",
                           "exp": 4102444800})
    upstream.answers["/introspect"] = (200, {}, introspected)
    return gateway(SITE, PUBLIC_ID=pool.client("public")["id"])


def refresh_token(pool):
    user = pool.user()
    answer = send("POST", pool.service_url + "/", {
        "Content-Type": "application/x-amz-json-1.1",
        "X-Amz-Target": "AWSCognitoIdentityProviderService.InitiateAuth"},
        json.dumps({"AuthFlow": "USER_PASSWORD_AUTH",
                    "ClientId": pool.client("public")["id"],
                    "AuthParameters": {"USERNAME": user["username"],
                                       "PASSWORD": user["password"]}}))
    return answer.json["AuthenticationResult"]["RefreshToken"]


def shown(pool, place):
    """curl's arguments for what is good, bad and malformed there."""
    machine, jane = pool.client("machine"), pool.user()
    malformed = ["-H", "Authorization: Basic M"]
    return {
        "bearer": (["--oauth2-bearer", pool.issue()],
                   ["--oauth2-bearer", pool.issue(sign="other")],
                   ["-H", "Authorization: Bearer a b"]),
        "machine": (["-u", f"{machine['id']}:{machine['secret']}"],
                    ["-u", f"{machine['id']}:wrong"], malformed),
        "password": (["-u", f"jane:{jane['password']}"],
                     ["-u", "jane:wrong"], malformed),
        "refresh": (["-H", f"X-Refresh-Token: {refresh_token(pool)}"],
                    ["-H", "X-Refresh-Token: wrong"],
                    ["-H", "X-Refresh-Token: a b"]),
        "opaque": (["--oauth2-bearer", "opaque"],
                   ["--oauth2-bearer", "another"],
                   ["-H", "Authorization: Bearer a b"]),
    }[place]


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("place", PLACES)
def test_curl_gets_the_status_of_its_credential(site, pool, place, version):
    good, bad, malformed = shown(pool, place)
    asked = (good, bad, [], malformed)
    assert [curl(site, version, f"/{place}/", *more) for more in asked] == [
        200, 401, 401, 400]


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("place", PLACES)
def test_curl_like_a_browser_gets_401_and_no_login(site, place, version):
    """With nothing, and with what is of another kind."""
    like_a_browser = [word for pair in NAVIGATION.items()
                      for word in ("-H", ": ".join(pair))]
    for more in ([], ["-u", "nobody:x"], ["-b", "NGX_OIDC_SESSION=x"]):
        assert curl(site, version, f"/{place}/", *like_a_browser,
                    *more) == 401
