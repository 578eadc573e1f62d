# SPDX-License-Identifier: Apache-2.0
"""AC-226: what we take for a path of our own is one for every browser."""

import base64
import json
import os
import subprocess
from pathlib import Path

import nodejs
import return_urls
from op import walk

HERE = Path(__file__).resolve().parent
PROBE = Path(os.environ["MODULE_SO"]).parent / "t/interop/same_origin_probe"
BASES = ["https://app.example", "https://app.example/a/b?c",
         "http://app.example:8080/oidc_callback?code=x&state=y"]


def origin(base):
    return "/".join(base.split("/")[:3])


def accepted(addresses):
    """The module's own verdict on each."""
    lines = "".join(
        base64.urlsafe_b64encode(address.encode()).decode().rstrip("=") + "\n"
        for address in addresses)
    said = subprocess.run([PROBE], input=lines, text=True,
                          capture_output=True, check=True).stdout.split()
    assert len(said) == len(addresses)
    return [verdict == "accepted" for verdict in said]


def resolved(pairs):
    """Where a WHATWG URL parser, Node's, leads for (reference, base)."""
    done = subprocess.run([nodejs.executable(), HERE / "resolve.mjs"],
                          text=True,
                          input=json.dumps(pairs), capture_output=True,
                          check=True)
    return json.loads(done.stdout)


def leads_away(place, base):
    return place is None or {place["origin"], place["again"]} != {origin(base)}


def test_accepted_return_url_never_leads_to_another_origin():
    """AC-226."""
    tricks = return_urls.tricks()
    pairs = [(trick, base) for base in BASES for trick in tricks]
    places = resolved(pairs)
    verdicts = accepted(tricks) * len(BASES)
    away = [leads_away(place, base)
            for (_, base), place in zip(pairs, places)]
    assert len(tricks) > 3000 and sum(away) > 3000  # there is much to refuse
    assert [pair for pair, bad, taken in zip(pairs, away, verdicts)
            if bad and taken] == []


def end_of_login(visitor, base, target):
    """Where a login ends that began with a request for `target`; nothing
    where nginx refuses the request."""
    begun = visitor.get(base + target)
    if begun.status != 302:
        return None
    callback = walk(visitor, begun.location, until=f"{base}/callback/")
    return visitor.get(callback).location


def test_login_never_returns_to_another_origin_in_any_spelling(base, visitor):
    """AC-221, AC-226: the target is kept to the byte, or not at all."""
    visitor.open(f"{base}/people/RS256/")
    ends = {}
    for target in return_urls.request_targets():
        visitor.jar.clear()  # here, not at the provider
        if end := end_of_login(visitor, base, target):
            ends[target] = end
    kept = [target for target, end in ends.items() if target == end]
    assert len(kept) > 50 and len(ends) - len(kept) > 20
    assert set(ends.values()) - set(kept) == {"/"}
    places = resolved([(end, base) for end in ends.values()])
    assert [pair for pair, place in zip(ends.items(), places)
            if leads_away(place, base)] == []


def test_ordinary_return_url_is_accepted():
    verdicts = accepted(return_urls.HONEST)
    assert [address for address, taken in zip(return_urls.HONEST, verdicts)
            if not taken] == []
    pairs = [(address, BASES[0]) for address in return_urls.HONEST]
    assert not any(leads_away(place, BASES[0]) for place in resolved(pairs))


def test_return_url_beyond_the_limit_is_refused():
    """AC-220."""
    assert not any(accepted(return_urls.TOO_LONG))
