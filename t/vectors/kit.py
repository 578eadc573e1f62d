"""Makes tokens and signatures, right and wrong: the texts of JOSE, and the
paddings of RSA down to their bytes."""

import base64
import hashlib
import hmac
import json

from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import (
    ec, ed448, ed25519, padding, rsa, utils)

HASHES = {"256": hashes.SHA256(), "384": hashes.SHA384(),
          "512": hashes.SHA512()}
CURVES = {"ES256": ("P-256", ec.SECP256R1()),
          "ES384": ("P-384", ec.SECP384R1()),
          "ES512": ("P-521", ec.SECP521R1())}
# SEC 2: the orders of the three groups.
ORDERS = {
    "ES256": int("ffffffff00000000ffffffffffffffff"
                 "bce6faada7179e84f3b9cac2fc632551", 16),
    "ES384": int("ffffffffffffffffffffffffffffffffffffffffffffffff"
                 "c7634d81f4372ddf581a0db248b0a77aecec196accc52973", 16),
    "ES512": int("01ff" + "ff" * 31 +
                 "fa51868783bf2f966b7fcc0148f709a5d03bb5c9b8899c47"
                 "aebb6fb71e91386409", 16),
}
# RFC 8017 9.2, note 1.
DIGEST_INFO = {
    "sha1": "3021300906052b0e03021a05000414",
    "sha256": "3031300d060960864801650304020105000420",
    "sha384": "3041300d060960864801650304020205000430",
    "sha512": "3051300d060960864801650304020305000440",
}


def b64(raw):
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")


def number(value, size=0):
    return value.to_bytes(size or (value.bit_length() + 7) // 8, "big")


def text(value):
    """Bytes of a header or payload: given as such, or compact JSON."""
    if isinstance(value, bytes):
        return value
    return json.dumps(value, separators=(",", ":")).encode()


def token(header, payload, sign):
    """A compact JWS; `sign` makes the signature of the signing input."""
    signing_input = b64(text(header)) + "." + b64(text(payload))
    return signing_input + "." + b64(sign(signing_input.encode()))


# Keys ----------------------------------------------------------------------

def make_pems():
    """New private keys, as PEM by name."""
    keys = {
        "rsa": rsa.generate_private_key(65537, 2048),
        "other": rsa.generate_private_key(65537, 2048),
        "ES256": ec.generate_private_key(ec.SECP256R1()),
        "ES384": ec.generate_private_key(ec.SECP384R1()),
        "ES512": ec.generate_private_key(ec.SECP521R1()),
        "ES256K": ec.generate_private_key(ec.SECP256K1()),
        "Ed25519": ed25519.Ed25519PrivateKey.generate(),
        "Ed448": ed448.Ed448PrivateKey.generate(),
    }
    return {name: key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption()).decode() for name, key in keys.items()}


def load(pems):
    return {name: serialization.load_pem_private_key(pem.encode(), None)
            for name, pem in pems.items()}


def raw_public(key):
    return key.public_key().public_bytes(
        serialization.Encoding.Raw, serialization.PublicFormat.Raw)


def jwk(key, **members):
    """The public JWK of a private key, with more members."""
    if isinstance(key, rsa.RSAPrivateKey):
        n = key.public_key().public_numbers()
        own = {"kty": "RSA", "n": b64(number(n.n)), "e": b64(number(n.e))}
    elif isinstance(key, ec.EllipticCurvePrivateKey):
        n = key.public_key().public_numbers()
        size = (key.curve.key_size + 7) // 8
        crv = {"secp256r1": "P-256", "secp384r1": "P-384",
               "secp521r1": "P-521", "secp256k1": "secp256k1"}[key.curve.name]
        own = {"kty": "EC", "crv": crv, "x": b64(number(n.x, size)),
               "y": b64(number(n.y, size))}
    else:
        crv = "Ed25519" if len(raw_public(key)) == 32 else "Ed448"
        own = {"kty": "OKP", "crv": crv, "x": b64(raw_public(key))}
    return {**own, **members}


# Signatures ----------------------------------------------------------------

def rs(key, bits="256"):
    return lambda m: key.sign(m, padding.PKCS1v15(), HASHES[bits])


def ps(key, bits="256"):
    digest = HASHES[bits]
    return lambda m: key.sign(
        m, padding.PSS(padding.MGF1(digest), digest.digest_size), digest)


def hs(secret, bits="256"):
    return lambda m: hmac.new(secret, m, "sha" + bits).digest()


def ed(key):
    return key.sign


def scalars(key, alg):
    """A function that gives (r, s) of a message."""
    return lambda m: utils.decode_dss_signature(
        key.sign(m, ec.ECDSA(HASHES[alg[2:]])))


def scalar_size(alg):
    return {"ES256": 32, "ES384": 48, "ES512": 66}[alg]


def es(key, alg, change=lambda r, s: (r, s)):
    """r||s, each of the curve's length, after a change."""
    def sign(message):
        r, s = change(*scalars(key, alg)(message))
        return number(r, scalar_size(alg)) + number(s, scalar_size(alg))
    return sign


def rsa_private(key, encoded):
    """RSASP1: signs what is given, well padded or not."""
    numbers = key.private_numbers()
    n = numbers.public_numbers.n
    size = (n.bit_length() + 7) // 8
    return number(pow(int.from_bytes(encoded, "big"), numbers.d, n), size)


def pkcs1(message, name="sha256", info=None, front=b"\0\1", fill=b"\xff",
          end=b"\0", behind=b"", size=256):
    """EMSA-PKCS1-v1_5 (RFC 8017 9.2), each of its parts to be replaced."""
    digest = hashlib.new(name, message).digest()
    if info is None:
        info = bytes.fromhex(DIGEST_INFO[name]) + digest
    room = size - len(front) - len(end) - len(info) - len(behind)
    return front + (fill * room)[:room] + end + info + behind


def mgf1(seed, size, name):
    out = b""
    for counter in range(size // hashlib.new(name).digest_size + 1):
        out += hashlib.new(name, seed + counter.to_bytes(4, "big")).digest()
    return out[:size]


def pss(message, name="sha256", mgf=None, salt=32, trailer=b"\xbc",
        zeros=bytes(8), separator=b"\1", filler=b"\0", top=0, size=256):
    """EMSA-PSS (RFC 8017 9.1.1), each of its parts to be replaced."""
    salt = bytes(range(salt))
    digest = hashlib.new(
        name, zeros + hashlib.new(name, message).digest() + salt).digest()
    room = size - len(digest) - len(trailer) - len(separator) - len(salt)
    block = filler * room + separator + salt
    mask = mgf1(digest, len(block), mgf or name)
    masked = bytearray(a ^ b for a, b in zip(block, mask))
    masked[0] = masked[0] & 0x7f | top
    return bytes(masked) + digest + trailer


# Cases ---------------------------------------------------------------------

SECRET = bytes(range(64))  # for HS*, long enough for each
CLAIMS = {"iss": "https://idp.example", "sub": "user", "exp": 4102444800,
          "iat": 1600000000}


def case(ids, name, made, verdict, **rule):
    """One line of tokens.json. `rule` may name `jwks` (default "main"),
    `algs` (default all but HS*), `typ` and `hmac_key`."""
    return {"id": ids, "name": name, "token": made, "verdict": verdict, **rule}
