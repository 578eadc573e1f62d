# SPDX-License-Identifier: Apache-2.0
"""The RSA signing keys of the pool, their kids and the JWKS document."""

import base64
import os
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa


def base64url(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def make_kid(must_contain: str) -> str:
    """Cognito's kids are 32 random bytes in standard base64, '=' included."""
    while True:
        kid = base64.b64encode(os.urandom(32)).decode()
        if must_contain in kid:
            return kid


@dataclass
class Key:
    kid: str
    private: rsa.RSAPrivateKey
    published: bool = True

    @classmethod
    def generate(cls, kid_contains: str = "/") -> "Key":
        private = rsa.generate_private_key(public_exponent=65537,
                                           key_size=2048)
        return cls(make_kid(kid_contains), private)

    def sign(self, data: bytes) -> bytes:
        return self.private.sign(data, padding.PKCS1v15(), hashes.SHA256())

    def verify(self, signature: bytes, data: bytes) -> None:
        """Raises InvalidSignature."""
        self.private.public_key().verify(
            signature, data, padding.PKCS1v15(), hashes.SHA256())

    def public_pem(self) -> bytes:
        return self.private.public_key().public_bytes(
            serialization.Encoding.PEM,
            serialization.PublicFormat.SubjectPublicKeyInfo)

    def jwk(self) -> dict:
        numbers = self.private.public_key().public_numbers()

        def text(number: int) -> str:
            size = (number.bit_length() + 7) // 8
            return base64url(number.to_bytes(size, "big"))

        return {"alg": "RS256", "e": text(numbers.e), "kid": self.kid,
                "kty": "RSA", "n": text(numbers.n), "use": "sig"}


@dataclass
class KeyRing:
    """One key signs ID tokens and another one access tokens."""

    id: Key
    access: Key
    retired: list[Key] = field(default_factory=list)
    spare: list[Key] = field(default_factory=list)
    extra: list[dict] = field(default_factory=list)
    stranger_: Key | None = None

    @classmethod
    def generate(cls) -> "KeyRing":
        with ThreadPoolExecutor(2) as pool:  # OpenSSL works without the GIL
            return cls(*pool.map(Key.generate, ("/", "+")))

    @property
    def stranger(self) -> Key:
        """A key that is never published, made when first asked for."""
        if self.stranger_ is None:
            self.stranger_ = Key.generate()
            self.stranger_.published = False
        return self.stranger_

    def all(self) -> list[Key]:
        return [self.id, self.access, *self.spare, *self.retired]

    def find(self, kid: str) -> Key | None:
        return next((key for key in self.all() if key.kid == kid), None)

    def jwks(self) -> dict:
        keys = [key.jwk() for key in self.all() if key.published]
        return {"keys": keys + self.extra}

    def rotate(self, which: str, keep_old: bool, publish: bool) -> None:
        """`which` is id, access or both."""
        roles = ("id", "access") if which == "both" else (which,)
        for role in roles:
            old = getattr(self, role)
            new = Key.generate("/" if role == "id" else "+")
            new.published = publish
            setattr(self, role, new)
            if keep_old:
                self.retired.append(old)

    def add(self, jwk: dict | None) -> None:
        """A new key that signs nothing, or any JWK a test wants."""
        if jwk is None:
            self.spare.append(Key.generate())
        else:
            self.extra.append(jwk)

    def publish(self, kid: str) -> bool:
        key = self.find(kid)
        if key is not None:
            key.published = True
        return key is not None

    def remove(self, kid: str) -> bool:
        """Takes a key out of the JWKS; a signing key goes on signing."""
        before = len(self.jwks()["keys"])
        self.extra = [jwk for jwk in self.extra if jwk.get("kid") != kid]
        for key in self.all():
            if key.kid == kid:
                key.published = False
        return len(self.jwks()["keys"]) < before

    def describe(self) -> dict:
        return {"id": self.id.kid, "access": self.access.kid,
                "published": [jwk.get("kid") for jwk in self.jwks()["keys"]]}
