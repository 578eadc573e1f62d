# SPDX-License-Identifier: Apache-2.0
"""nginx-auth-oidc-check finds each fault that the emulator can have, says how
to mend it, and finds none where there is none."""

import email.utils
import time

import pytest

from diagnosis import CONF
from sites import COOKIE_STORE

LOGOUT = "logout_uri /logout;"
GENERIC = """
        issuer @ISSUER@;
        client_id @CLIENT_ID@;
        client_secret @CLIENT_SECRET@;
"""


def edit(pool, kind="discovery", **how):
    pool.faults(**{kind: {"mode": "edit", **how}})


def test_good_provider_has_no_fault(examine):
    found = examine(MORE=LOGOUT)
    assert found.status == 0, found.printed
    assert found.in_state("ok") == {
        "network", "clock", "issuer", "endpoints", "keys", "pkce",
        "redirect_uri", "secret", "logout"}, found.printed
    assert found.faults == set()


def test_good_generic_provider_has_no_fault(examine):
    found = examine(PROVIDER=GENERIC)
    assert found.status == 0, found.printed


def test_quiet_prints_faults_alone(examine):
    found = examine(arguments=["-q"])
    assert found.rows == {} and found.status == 0, found.printed
    found = examine(arguments=["-q"], register=False)
    assert set(found.rows) == {"redirect_uri"}, found.printed


def test_unreachable_provider_is_a_fault(examine, pool):
    pool.listeners(service=False)
    found = examine()
    assert found.status == 1
    assert "network" in found.faults, found.printed
    assert f"{pool.service_url}: cannot be reached" in found.text


def test_clock_that_is_wrong_is_a_fault(examine, pool):
    edit(pool, headers={"Date": email.utils.formatdate(time.time() + 3600)})
    found = examine()
    assert found.faults == {"clock"}, found.printed
    assert "ahead of this one" in found.text and "NTP" in found.text


def test_clock_within_leeway_is_no_fault(examine, pool):
    edit(pool, headers={"Date": email.utils.formatdate(time.time() + 3600)})
    found = examine(MORE="leeway 2h;")
    assert found.faults == set(), found.printed


@pytest.mark.parametrize("change, said", [
    (lambda issuer: issuer + "/", "one of them ends with a slash"),
    (str.upper, "they differ in capital letters"),
    (lambda issuer: issuer[:-1] + "x", "they differ from the letter"),
])
def test_other_issuer_is_a_fault(examine, pool, change, said):
    other = change(pool.issuer)
    edit(pool, set={"issuer": other})
    found = examine()
    assert found.faults == {"issuer"}, found.printed
    assert said in found.text and f"set issuer {other};" in found.text


def test_metadata_without_an_issuer_is_a_fault(examine, pool):
    edit(pool, remove=["issuer"])
    found = examine()
    assert found.faults == {"issuer"}, found.printed
    assert "the metadata has no issuer" in found.text


def test_issuer_alias_is_no_fault(examine, pool):
    edit(pool, set={"issuer": "https://other.example.org"})
    found = examine(MORE="issuer_alias https://other.example.org;")
    assert found.faults == set(), found.printed


@pytest.mark.parametrize("fault", [
    {"mode": "html"}, {"mode": "garbage"}, {"mode": "status"},
    {"mode": "redirect"}])
def test_metadata_that_is_none_is_a_fault(examine, pool, fault):
    pool.faults(discovery=fault)
    found = examine()
    assert found.faults == {"metadata"}, found.printed
    assert "compare issuer" in found.text


def test_huge_metadata_is_a_fault(examine, pool):
    pool.faults(discovery={"mode": "huge", "bytes": 1 << 20})
    found = examine()
    assert found.faults == {"network"}, found.printed
    assert "more than 262144 bytes" in found.text


def test_provider_that_drips_is_a_fault(examine, pool):
    """Each byte is in time, the answer is not."""
    pool.faults(discovery={"mode": "drip", "bytes": 1, "seconds": 0.2})
    found = examine(MORE="timeout 1s;")
    assert found.faults == {"network"}, found.printed
    assert "no answer in time" in found.text


def test_missing_endpoint_is_a_fault(examine, pool):
    edit(pool, remove=["token_endpoint"])
    found = examine()
    assert found.faults == {"endpoints"}, found.printed
    assert "token_endpoint is in neither" in found.text


def test_endpoint_of_the_configuration_is_used(examine, pool):
    edit(pool, remove=["token_endpoint"])
    found = examine(
        MORE=f"token_endpoint {pool.domain_url}/oauth2/token;")
    assert found.faults == set(), found.printed


def test_endpoint_without_https_is_a_fault(examine, pool):
    edit(pool, set={"token_endpoint": "http://login.example.org/token"})
    found = examine()
    assert found.faults == {"endpoints"}, found.printed
    assert "token_endpoint is no https URL" in found.text


def test_missing_logout_endpoint_of_generic_provider_is_a_fault(
        examine, pool):
    edit(pool, remove=["end_session_endpoint"])
    found = examine(PROVIDER=GENERIC, MORE=LOGOUT)
    assert found.faults == {"endpoints"}, found.printed


def test_key_set_without_keys_is_a_fault(examine, pool):
    edit(pool, "jwks", set={"keys": []})
    found = examine()
    assert found.faults == {"keys"}, found.printed


def test_keys_of_other_algorithms_are_a_fault(examine):
    found = examine(MORE="signing_algs ES256;")
    assert found.faults == {"keys"}, found.printed
    assert "set signing_algs" in found.text


def test_other_signing_algorithm_is_a_fault(examine, pool):
    edit(pool, set={"id_token_signing_alg_values_supported": ["HS256"]})
    found = examine()
    assert found.faults == {"keys"}, found.printed
    assert "the provider signs with HS256" in found.text


def test_pkce_without_s256_is_a_fault(examine, pool):
    edit(pool, set={"code_challenge_methods_supported": ["plain"]})
    found = examine()
    assert found.faults == {"pkce"}, found.printed


def test_wrong_secret_is_a_fault(examine):
    found = examine(CLIENT_SECRET="mistaken0secret0of0nobody",
                    hidden=["mistaken0secret0of0nobody"])
    assert found.faults == {"secret"}, found.printed
    assert found.status == 1 and "invalid_client" in found.text


def test_wrong_secret_with_401_is_a_fault(examine, pool):
    pool.settings(invalid_client_status=401)
    found = examine(CLIENT_SECRET="mistaken0secret0of0nobody")
    assert found.faults == {"secret"}, found.printed


def test_missing_secret_is_a_fault(examine, pool):
    found = examine(PROVIDER="issuer @ISSUER@; profile cognito; "
                    "client_id @CLIENT_ID@;")
    assert found.faults == {"secret"}, found.printed
    assert "client without a secret is refused" in found.text


@pytest.mark.parametrize("method", ["basic", "post"])
def test_secret_of_a_file_is_accepted(examine, pool, tmp_path, method):
    file = tmp_path / "secret"
    file.write_text(pool.client()["secret"] + "\n")
    file.chmod(0o600)
    found = examine(PROVIDER="issuer @ISSUER@; profile cognito; client_id "
                    f"@CLIENT_ID@; client_secret_file {file};",
                    MORE=f"client_auth_method {method};")
    assert found.status == 0, found.printed
    assert found.rows["secret"] == {"ok"}


def test_one_good_secret_of_two_is_no_fault(examine, pool):
    found = examine(CLIENT_SECRET="mistaken0secret0of0nobody "
                    + pool.client()["secret"])
    assert found.status == 0, found.printed
    assert found.rows["secret"] == {"note"}


def test_secret_file_that_is_not_there_is_not_checked(examine, tmp_path):
    """nginx -t says so itself; here the dump is of another machine."""
    found = examine(dumped=lambda text: text.replace(
        "client_secret ", f"client_secret_file {tmp_path}/none; # "))
    assert found.rows["secret"] == {"unknown"}, found.printed


def test_secret_that_is_sent_back_is_not_shown(examine, pool):
    """A careless provider repeats the request in its error."""
    secret = pool.client()["secret"]
    edit(pool, "token.authorization_code",
         set={"error": secret, "error_description": secret})
    found = examine()
    assert "secret" in found.in_state("unknown"), found.printed


def test_redirect_uri_that_is_not_registered_is_a_fault(examine):
    found = examine(register=False)
    assert found.faults == {"redirect_uri"}, found.printed
    assert "/oidc_callback is refused" in found.text
    assert "register it at the provider" in found.text


def test_unknown_client_is_a_fault(examine):
    found = examine(CLIENT_ID="nobody0knows0this0client0i")
    assert found.faults == {"client_id", "secret"}, found.printed


def test_scope_that_is_refused_is_a_fault(examine):
    found = examine(MORE="scope openid strange;")
    assert found.faults == {"login"}, found.printed
    assert "refuses the login request: invalid_request" in found.text


def test_logout_address_that_is_not_registered_is_a_fault(examine):
    found = examine(MORE=LOGOUT + "post_logout_uri /goodbye;")
    assert found.faults == {"logout"}, found.printed
    assert "/goodbye is refused" in found.text


def test_small_buffers_are_a_fault_with_sessions_in_cookies(examine):
    found = examine(MORE=COOKIE_STORE)
    assert found.faults == {"buffers"}, found.printed
    assert "set large_client_header_buffers 4 32k" in found.text


def test_large_buffers_of_http_are_no_fault(examine):
    found = examine(MORE=COOKIE_STORE,
                    HTTP="large_client_header_buffers 4 32k;")
    assert found.status == 0, found.printed
    assert found.rows["buffers"] == {"ok"}


FRONT = """
    server {
        listen 127.0.0.1:@PORT2@;
        location / { proxy_pass http://127.0.0.1:@PORT@; @BUFFERS@ }
    }
"""


def test_small_proxy_buffer_in_front_is_a_fault(examine):
    found = examine(CONF + FRONT, MORE=COOKIE_STORE, BUFFERS="",
                    HTTP="large_client_header_buffers 4 32k;")
    assert found.faults == {"buffers"}, found.printed
    assert "set proxy_buffer_size 32k" in found.text


def test_large_proxy_buffer_in_front_is_no_fault(examine):
    found = examine(
        CONF + FRONT, MORE=COOKIE_STORE, HTTP="large_client_header_buffers "
        "4 32k;", BUFFERS="proxy_buffer_size 32k; proxy_buffers 8 32k;")
    assert found.status == 0, found.printed
