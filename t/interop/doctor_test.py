# SPDX-License-Identifier: Apache-2.0
"""nginx-auth-oidc-check with oidc-provider, and each kind of its clients."""

import clients
from diagnosis import diagnose
from gateway import NGINX


def examined(site, old="", new=""):
    """What it says of nginx's configuration with `new` in place of `old`."""
    text = site.conf.read_text()
    assert old in text
    other = site.dir / "other.conf"
    other.write_text(text.replace(old, new, 1))
    found = diagnose("--nginx", NGINX, "-p", site.dir, "-c", other)
    assert clients.SECRET not in found.printed
    return found


def test_good_clients_have_no_fault(site, base):
    found = examined(site)
    assert found.status == 0, found.printed
    assert found.text.count("the secret is accepted") == \
        len(clients.BLOCKS) - 1
    assert found.text.count("client without a secret is accepted") == 1
    assert found.text.count("/bye is accepted") == len(clients.BLOCKS)
    # Whoever asks with prompt=none is told at the redirect URI, too.
    assert found.text.count("is registered") == len(clients.BLOCKS)


def test_wrong_secret_is_found(site, base):
    found = examined(site, f'"{clients.SECRET}"', '"a mistaken secret"')
    assert found.faults == {"secret"}, found.printed
    assert "1 faults" in found.text


def test_redirect_uri_that_is_not_registered_is_found(site, base):
    found = examined(site, "redirect_uri /callback/post;",
                     "redirect_uri /callback/posted;")
    assert found.faults == {"redirect_uri"}, found.printed
    assert "/callback/posted is refused" in found.text


def test_unknown_client_is_found(site, base):
    found = examined(site, "client_id post;", "client_id nobody;")
    assert "secret" in found.faults, found.printed
    assert found.faults & {"client_id", "redirect_uri"}, found.printed


def test_logout_address_that_is_not_registered_is_found(site, base):
    found = examined(site, "post_logout_uri /bye;", "post_logout_uri /gone;")
    assert found.faults == {"logout"}, found.printed
    assert "/gone is refused" in found.text


def test_slash_behind_the_issuer_is_found(site, base, provider):
    found = examined(site, f"issuer {provider.issuer};",
                     f"issuer {provider.issuer}/;")
    assert found.faults == {"issuer"}, found.printed
