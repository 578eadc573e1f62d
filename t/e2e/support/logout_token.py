# SPDX-License-Identifier: Apache-2.0
"""Makes logout tokens as the provider does, and sends them."""

import json
import time
from urllib.parse import urlencode

from visitor import FORM, send

EVENT = "http://schemas.openid.net/event/backchannel-logout"


def logout_token(pool, sign="good", header=None, **changes):
    """By the pool's own key; None leaves a claim out."""
    now = int(time.time())
    claims = {"iss": pool.issuer, "aud": pool.client()["id"], "iat": now,
              "exp": now + 120, "jti": f"jti-{time.monotonic_ns()}",
              "events": {EVENT: {}}, "sid": "sid-1", **changes}
    kept = {name: value for name, value in claims.items()
            if value is not None}
    return pool.issue(kind="id", payload=json.dumps(kept), sign=sign,
                      header={"typ": "logout+jwt", **(header or {})})


def tell(site, token, path="/back", **more):
    return send("POST", site.url(path), {"Content-Type": FORM},
                urlencode({"logout_token": token, **more}))
