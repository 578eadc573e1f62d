# SPDX-License-Identifier: Apache-2.0
"""Makes many tokens such as Cognito issues, and keeps them: a hundred thousand
RSA signatures take a minute."""

import base64
import datetime
import hashlib
import hmac
import json
import time
import uuid
from itertools import islice
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import \
    decode_dss_signature
from cryptography.x509.oid import NameOID

from emulator.claims import access_token
from emulator.config import Config
from emulator.jwt import compact, escaped
from emulator.store import Chain

ISSUER = "https://cognito-idp.us-east-1.amazonaws.com/us-east-1_Bench0001"
SCOPE = "openid profile email orders/read orders/write"
SECRET = "bench-secret-of-at-least-32-bytes-0123456789abcdef"
LIFE = 30 * 24 * 3600
KEPT = 7 * 24 * 3600  # then new ones are made


def encode(data):
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def number(value, size):
    return encode(value.to_bytes(size, "big"))


class Rs256:
    name = "RS256"

    def __init__(self, pem=None):
        self.key = _load(pem) if pem else rsa.generate_private_key(
            public_exponent=65537, key_size=2048)

    def sign(self, data):
        return self.key.sign(data, padding.PKCS1v15(), hashes.SHA256())

    def jwk(self):
        n = self.key.public_key().public_numbers()
        return {"kty": "RSA", "n": number(n.n, 256), "e": number(n.e, 3)}


class Es256:
    name = "ES256"

    def __init__(self, pem=None):
        self.key = _load(pem) if pem else \
            ec.generate_private_key(ec.SECP256R1())

    def sign(self, data):
        r, s = decode_dss_signature(
            self.key.sign(data, ec.ECDSA(hashes.SHA256())))
        return r.to_bytes(32, "big") + s.to_bytes(32, "big")

    def jwk(self):
        n = self.key.public_key().public_numbers()
        return {"kty": "EC", "crv": "P-256", "x": number(n.x, 32),
                "y": number(n.y, 32)}


class Hs256:
    name = "HS256"

    def sign(self, data):
        return hmac.new(SECRET.encode(), data, hashlib.sha256).digest()


def _load(pem):
    return serialization.load_pem_private_key(pem, None)


class Mint:
    """Issues access tokens under one key."""

    def __init__(self, key):
        self.key = key
        config = Config()
        self.client = config.clients["2lqm8o7or9hfrq0t6eofhqj88i"]
        self.user = config.users["jane"]
        self.head = encode(compact({"kid": f"bench-{key.name}",
                                    "alg": key.name}).encode())
        now = int(time.time())
        chain = Chain(self.client.id, "jane", SCOPE.split(), now)
        self.claims = access_token(self.user, self.client, chain, ISSUER, now,
                                   LIFE)

    def token(self):
        """One that differs from all others."""
        body = encode(escaped({**self.claims, "jti": str(uuid.uuid4())}))
        text = f"{self.head}.{body}"
        return f"{text}.{encode(self.key.sign(text.encode()))}"


class Purse:
    """A key and its tokens, kept in a directory from run to run."""

    def __init__(self, directory, made):
        self.dir = Path(directory) / made.name
        self.dir.mkdir(parents=True, exist_ok=True)
        pem = self.dir / "key.pem"
        if not pem.exists() or time.time() - pem.stat().st_mtime > KEPT:
            for old in self.dir.iterdir():
                old.unlink()
            pem.write_bytes(made().key.private_bytes(
                serialization.Encoding.PEM,
                serialization.PrivateFormat.PKCS8,
                serialization.NoEncryption()))
        self.key = made(pem.read_bytes())
        self.mint = Mint(self.key)

    def jwk(self):
        return {"kid": f"bench-{self.key.name}", "use": "sig",
                "alg": self.key.name, **self.key.jwk()}

    def public_pem(self):
        path = self.dir / "public.pem"
        path.write_bytes(self.key.key.public_key().public_bytes(
            serialization.Encoding.PEM,
            serialization.PublicFormat.SubjectPublicKeyInfo))
        return path

    def certificate(self, directory):
        """Self-signed: how some servers want to have a key."""
        path = Path(directory) / "certificate.pem"
        name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "bench")])
        now = datetime.datetime.now(datetime.timezone.utc)
        path.write_bytes(
            x509.CertificateBuilder().subject_name(name).issuer_name(name)
            .public_key(self.key.key.public_key()).serial_number(1)
            .not_valid_before(now).not_valid_after(
                now + datetime.timedelta(seconds=LIFE))
            .sign(self.key.key, hashes.SHA256()).public_bytes(
                serialization.Encoding.PEM))
        return path

    def tokens(self, count):
        """A file of so many different ones, a line each."""
        path = self.dir / f"{count}.tokens"
        if not path.exists():
            part = path.with_suffix(".part")
            with open(part, "w", encoding="ascii") as lines:
                for _ in range(count):
                    lines.write(self.mint.token() + "\n")
            part.rename(path)
        return path

    def pieces(self, sizes):
        """Files of so many tokens, of which no two have one in common."""
        lines = iter(self.tokens(sum(sizes)).read_text().splitlines(True))
        files = []
        for number, size in enumerate(sizes):
            files.append(self.dir / f"{sum(sizes)}.{number}.piece")
            files[-1].write_text("".join(islice(lines, size)))
        return files

    def first(self):
        return self.tokens(1).read_text().strip()


def key_set(*purses):
    return json.dumps({"keys": [purse.jwk() for purse in purses]})
