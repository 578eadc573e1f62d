# SPDX-License-Identifier: Apache-2.0
"""What auth_oidc_status may never say: a secret, or a word of a client's."""

from prometheus import read
from test_status import SITE, ask, as_machine
from visitor import bearer, send

LABELS = {"provider", "method", "result", "reason", "by", "call", "le",
          "zone", "table"}


def told(site):
    """Both forms as text."""
    return (send("GET", site.url("/status")).text,
            send("GET", site.url("/status?format=prometheus")).text)


def series(site):
    """Every name with its labels."""
    return {(name, labels) for name, labels in read(told(site)[1]).samples}


def test_status_has_no_secrets(gateway, visitor, pool):
    """AC-329: after a login, a token, a machine, and refusals of each."""
    site = gateway(SITE)
    assert visitor.open(site.url("/")).status == 200
    assert ask(site, pool.issue("access")).status == 200
    assert ask(site, pool.issue(sign="other")).status == 401
    assert as_machine(site, pool).status == 200
    assert as_machine(site, pool, "a-secret-that-is-wrong").status == 401
    secrets = {*pool.secrets(), *visitor.jar.seen, "a-secret-that-is-wrong",
               "jane", pool.client()["id"]}
    for text in told(site):
        assert not [one for one in secrets if len(one) > 3 and one in text]


def test_status_is_404_where_it_is_not_configured(gateway):
    """AC-329: no address of ours answers by itself."""
    site = gateway(SITE.replace(
        "location = /status { allow all; auth_oidc_status; }",
        "location = /status { return 404; }"))
    assert send("GET", site.url("/status")).status == 404


def odd_requests(site, pool, word):
    """Each with a word of its own wherever a client can put one."""
    token = pool.issue(header={"kid": word}, claims={"client_id": word})
    strange = pool.issue(claims={"iss": f"https://{word}.example"})
    for path in (f"/api/{word}", f"/{word}", f"/machines/?{word}={word}"):
        for headers in ({}, bearer(token), bearer(strange), bearer(word),
                        {"Authorization": f"{word} x"},
                        {"Host": f"{word}.example"}, {"User-Agent": word},
                        {"Cookie": f"NGX_OIDC_SESSION={word}"}):
            send("GET", site.url(path), headers)
            send(word.upper(), site.url(path), headers)
    send("GET", site.url(f"/oidc_callback?state={word}&code={word}"))
    send("GET", site.url(f"/oidc_callback?error={word}&state=x"))


def test_status_labels_are_from_fixed_lists(gateway, pool):
    """AC-330: paths, kids, issuers, methods and hosts make no series."""
    site = gateway(SITE)
    odd_requests(site, pool, "oddity")
    before = series(site)
    odd_requests(site, pool, "queerness")
    assert series(site) == before
    assert {name for _, labels in before for name, _ in labels} <= LABELS
    assert not [text for text in told(site)
                if "oddity" in text or "queerness" in text]
