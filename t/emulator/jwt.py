# SPDX-License-Identifier: Apache-2.0
"""Writes JWTs as Cognito does, and spoils them if a test asks for it."""

import base64
import hashlib
import hmac
import json
from dataclasses import dataclass, field

from .keys import KeyRing, base64url

SIGNATURES = ("good", "other", "swapped", "none", "flip", "hs256")


def compact(value) -> str:
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False)


def escaped(value) -> bytes:
    """Cognito's JSON writer spells '/' as '\\/'."""
    return compact(value).replace("/", "\\/").encode()


def decode_part(text: str) -> dict:
    """Raises ValueError when the part is no base64url of a JSON object."""
    padded = text + "=" * (-len(text) % 4)
    value = json.loads(base64.urlsafe_b64decode(padded))
    if not isinstance(value, dict):
        raise ValueError("not an object")
    return value


def at_hash(access_token: str) -> str:
    """OIDC Core 3.1.3.6, for RS256."""
    return base64url(hashlib.sha256(access_token.encode()).digest()[:16])


@dataclass
class Edits:
    """What to change in a token: how a test makes a hostile one."""

    claims: dict = field(default_factory=dict)
    shift: dict = field(default_factory=dict)
    remove: list = field(default_factory=list)
    header: dict = field(default_factory=dict)
    sign: str = "good"
    payload: str | None = None
    raw_header: str | None = None

    def __post_init__(self):
        if self.sign not in SIGNATURES:
            raise ValueError(f'"sign" must be one of {" ".join(SIGNATURES)}')

    def apply(self, claims: dict) -> dict:
        changed = {**claims, **self.claims}
        for name, seconds in self.shift.items():
            changed[name] = changed.get(name, 0) + seconds
        return {name: value for name, value in changed.items()
                if name not in self.remove}


def _header(kid: str, edits: Edits) -> bytes:
    if edits.raw_header is not None:
        return edits.raw_header.encode()
    alg = {"none": "none", "hs256": "HS256"}.get(edits.sign, "RS256")
    header = {"kid": kid, "alg": alg, **edits.header}
    return escaped({name: value for name, value in header.items()
                    if value is not None})


def write(ring: KeyRing, role: str, claims: dict,
          edits: Edits | None = None) -> str:
    """A compact JWS; `role` (id or access) chooses the pool's key."""
    edits = edits or Edits()
    if edits.sign == "swapped":
        role = "access" if role == "id" else "id"
    published = getattr(ring, role)
    body = escaped(edits.apply(claims)) if edits.payload is None \
        else edits.payload.encode()
    signed = f"{base64url(_header(published.kid, edits))}.{base64url(body)}"
    return f"{signed}.{base64url(_signature(ring, role, signed, edits.sign))}"


def _signature(ring: KeyRing, role: str, signed: str, how: str) -> bytes:
    data = signed.encode()
    if how == "none":
        return b""
    if how == "hs256":  # the public key taken for a shared secret
        pem = getattr(ring, role).public_pem()
        return hmac.new(pem, data, hashlib.sha256).digest()
    if how == "other":  # the pool's kid over a stranger's signature
        return ring.stranger.sign(data)
    signature = getattr(ring, role).sign(data)
    if how == "flip":
        return signature[:-1] + bytes([signature[-1] ^ 1])
    return signature


def read(ring: KeyRing, token: str) -> dict | None:
    """The claims of a token this pool signed, else None."""
    try:
        head, body, tail = token.split(".")
        key = ring.find(decode_part(head).get("kid"))
        signature = base64.urlsafe_b64decode(tail + "=" * (-len(tail) % 4))
        if key is None:
            return None
        key.verify(signature, f"{head}.{body}".encode())
        return decode_part(body)
    except Exception:  # whatever is wrong with it, it is not ours
        return None
