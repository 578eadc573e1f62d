# SPDX-License-Identifier: Apache-2.0
"""Machines with real clients: npm's openid-client, which discovers a provider
and brings the token it got, and Node's fetch with credentials by Basic. At
oidc-provider, and at the Cognito emulator."""

import json
import subprocess

import clients
import nodejs
import pytest
from op import HERE
from visitor import NAVIGATION, basic


def node(**order):
    """What client.mjs tells of its one request."""
    done = subprocess.run(
        [nodejs.executable(), HERE / "client.mjs"],
        input=json.dumps(order), text=True,
        capture_output=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def sent(told, name):
    """The values of a header that the application behind nginx got."""
    return [value for key, value in json.loads(told["body"])["headers"]
            if key.lower() == name]


# --- oidc-provider -----------------------------------------------------------

@pytest.fixture
def with_token(provider, secrets):
    """A request with a token for a resource, by client other-RS256."""
    def ask(url, resource):
        told = node(issuer=provider.issuer, url=url, client={
            "client_id": "other-RS256", "client_secret": clients.SECRET,
        }, grant={"scope": "api:read", "resource": resource})
        secrets.add(told["token"])
        return told
    return ask


def test_openid_client_token_is_accepted(base, with_token):
    told = with_token(f"{base}/api/RS256/", clients.API)
    assert told["status"] == 200
    assert sent(told, "authorization") == [f"Bearer {told['token']}"]


def test_openid_client_token_for_another_audience_is_refused(base, with_token):
    told = with_token(f"{base}/api/RS256/", "https://other.example")
    assert told["status"] == 401
    assert told["headers"]["x-oidc-error"] == "aud_mismatch"


def test_basic_client_secret_at_a_generic_provider_is_accepted(base):
    """Its secret holds all that RFC 6749 2.3.1 is about."""
    url = f"{base}/basic/machine/"
    told = node(url=url, headers=basic("machine", clients.SECRET))
    assert told["status"] == 200, told
    [authorization] = sent(told, "authorization")
    assert authorization.startswith("Bearer ")
    refused = node(url=url, headers=basic("machine", "wrong"))
    assert refused["status"] == 401
    assert 'error="invalid_token"' in refused["headers"]["www-authenticate"]


# --- the Cognito emulator ----------------------------------------------------

def test_openid_client_token_of_cognito_is_accepted(cognito, pool):
    machine = pool.client("machine")
    told = node(issuer=pool.issuer, url=cognito.url("/api/"), client={
        "client_id": machine["id"], "client_secret": machine["secret"],
    }, grant={"scope": "kongresource/scope1"})
    pool.issued.add(told["token"])
    assert told["status"] == 200
    assert sent(told, "authorization") == [f"Bearer {told['token']}"]
    assert sent(told, "x-client") == [machine["id"]]


def test_basic_credentials_at_cognito_are_accepted(cognito, pool):
    """The pair decides: a client's id, or a user's name."""
    machine, jane = pool.client("machine"), pool.user("jane")
    url = cognito.url("/basic/")
    told = node(url=url, headers=basic(machine["id"], machine["secret"]))
    assert told["status"] == 200
    assert sent(told, "x-client") == [machine["id"]]
    told = node(url=url, headers=basic("jane", jane["password"]))
    assert told["status"] == 200
    assert sent(told, "x-user") == ["jane"]
    for pair in ((machine["id"], "wrong"), ("jane", "wrong")):
        assert node(url=url, headers=basic(*pair))["status"] == 401


@pytest.mark.parametrize("path", ["/api/", "/basic/"])
def test_request_to_a_machine_location_is_401_and_no_login(cognito, path):
    for headers in ({}, NAVIGATION, {**NAVIGATION, **basic("1", "1")}):
        told = node(url=cognito.url(path), headers=headers)
        assert told["status"] == 401
        assert "location" not in told["headers"]
