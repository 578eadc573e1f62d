# SPDX-License-Identifier: Apache-2.0
"""A client that has two secrets while one is replaced by the other."""

import pytest

from gateway import let_pass
from sites import SITE
from visitor import basic, send

OLD = "an-old-secret-that-the-provider-has-forgotten"
TWO = SITE.replace("@PROVIDER@", """
        issuer @ISSUER@;
        profile cognito;
        client_id @CLIENT_ID@;
        @SECRETS@
        logout_uri /logout;
""")


def secrets(*all_of_them):
    return "client_secret " + " ".join(f'"{one}"' for one in all_of_them) + ";"


@pytest.fixture
def good(pool):
    return pool.client()["secret"]


def used(pool, kind="token"):
    return [call["basic"][1] for call in pool.calls(kind)]


@pytest.mark.parametrize("order", ["old first", "new first"])
def test_the_other_secret_is_tried_if_one_is_refused(
        gateway, pool, visitor, good, order):
    both = (OLD, good) if order == "old first" else (good, OLD)
    site = gateway(TWO, SECRETS=secrets(*both))
    answer = visitor.open(site.url("/deep"))
    assert answer.status == 200 and answer.json["uri"] == "/deep"
    assert used(pool) == ([OLD, good] if order == "old first" else [good])


def test_the_secret_that_worked_is_used_first_from_then_on(
        gateway, pool, visitors, good):
    site = gateway(TWO, SECRETS=secrets(OLD, good))
    for _ in range(3):
        assert visitors().open(site.url("/")).status == 200
    assert used(pool) == [OLD, good, good, good]


def test_every_call_of_the_client_tries_the_other_secret(
        gateway, pool, visitor, good):
    """The revocation at a logout, as an example."""
    site = gateway(TWO, SECRETS=secrets(good, OLD))
    visitor.open(site.url("/"))
    assert visitor.get(site.url("/logout")).status == 302
    assert pool.count("revoke") == 1


def test_two_wrong_secrets_are_client_refused(gateway, pool, visitor):
    site = gateway(TWO, SECRETS=secrets(OLD, OLD + "2"))
    site.expect("client_refused")
    answer = visitor.open(site.url("/"))
    assert (answer.status, answer.reason) == (500, "client_refused")
    assert used(pool) == [OLD, OLD + "2"]


def test_refused_code_is_not_sent_twice(gateway, pool, visitor, good):
    """Only a refusal of the client says that the secret is wrong."""
    site = gateway(TWO, SECRETS=secrets(good, OLD))
    url = visitor.callback_for(site.url("/"))
    pool.faults(token={"mode": "status", "status": 400,
                       "headers": {"Content-Type": "application/json"},
                       "body": '{"error":"invalid_grant"}'})
    assert visitor.get(url).reason == "code_refused"
    assert used(pool) == [good]


def test_secret_of_a_caller_is_its_own(gateway, pool, good):
    """Basic credentials of a caller have nothing to do with ours."""
    site = gateway(TWO, SECRETS=secrets(OLD, good), RULE="""
            auth_oidc_methods client_credentials;""")
    machine = pool.client("machine")
    assert send("GET", site.url("/"),
                basic(machine["id"], "wrong")).status == 401
    assert used(pool) == ["wrong"]


def test_password_at_cognito_tries_the_other_secret(gateway, pool, good):
    site = gateway(TWO, SECRETS=secrets(OLD, good) + """
        password_over_http on;""", RULE="auth_oidc_methods password;")
    user = pool.user("jane")
    jane = basic(user["username"], user["password"])
    assert send("GET", site.url("/"), jane).status == 200
    assert pool.count("api.InitiateAuth") == 2
    wrong = basic(user["username"], "wrong")
    assert send("GET", site.url("/"), wrong).status == 401
    assert pool.count("api.InitiateAuth") == 3, "the good secret came first"


def test_two_lines_of_a_file_are_two_secrets(
        gateway, pool, visitor, good, tmp_path):
    path = tmp_path / "secrets"
    path.write_text(f"{OLD}\r\n{good}\n")
    path.chmod(0o640)
    site = gateway(TWO, SECRETS=f"client_secret_file {path};")
    assert visitor.open(site.url("/")).status == 200


def test_reload_without_the_old_secret_keeps_sessions(
        gateway, pool, visitor, good):
    site = gateway(TWO, SECRETS=secrets(OLD, good))
    visitor.open(site.url("/"))
    site.conf.write_text(site.conf.read_text().replace(f'"{OLD}" ', ""))
    site.reload()
    let_pass(0)
    assert visitor.get(site.url("/")).status == 200


@pytest.mark.parametrize("setting, complaint", [
    ("client_secret a b c;", "invalid number of arguments"),
    ('client_secret a "";', "a secret is empty"),
    ("client_secret a a;", "both secrets are the same"),
    ("client_secret_file @FILE@;", "the file has more than two lines"),
])
def test_mistake_is_named_by_nginx_t(refused, tmp_path, setting, complaint):
    path = tmp_path / "three"
    path.write_text("a\nb\nc\n")
    path.chmod(0o640)
    refused("""
        oidc_provider p { issuer @ISSUER@; client_id a; %s }
        server { listen 127.0.0.1:@PORT@; location / { auth_oidc p; } }
    """ % setting, complaint, FILE=path)
