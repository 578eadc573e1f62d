"""Key sets: which of their members are keys for us, and which of them may
verify a token."""

import json

import kit
from kit import CLAIMS, b64, case, es, number, ps, rs, token


def rsa_number(bits):
    """An odd number of so many bits; nobody needs its factors here."""
    return b64(number(2 ** (bits - 1) + 2 ** (bits // 2) + 1))


def good(keys):
    return {
        "RSA": kit.jwk(keys["rsa"], kid="k", use="sig", alg="RS256"),
        "RSA without kid, use and alg": kit.jwk(keys["rsa"]),
        "RSA for PS512": kit.jwk(keys["rsa"], alg="PS512"),
        "RSA of 8192 bits": {"kty": "RSA", "n": rsa_number(8192), "e": "AQAB"},
        "RSA of 2048 bits": {"kty": "RSA", "n": rsa_number(2048), "e": "AQAB"},
        "RSA with e=3": {"kty": "RSA", "n": rsa_number(2048), "e": "Aw"},
        "P-256": kit.jwk(keys["ES256"], alg="ES256"),
        "P-384": kit.jwk(keys["ES384"]), "P-521": kit.jwk(keys["ES512"]),
        "Ed25519": kit.jwk(keys["Ed25519"], alg="EdDSA"),
        "Ed448": kit.jwk(keys["Ed448"]),
        "key_ops verify": kit.jwk(keys["rsa"], key_ops=["verify"]),
        "key_ops both": kit.jwk(keys["rsa"], key_ops=["sign", "verify"]),
        "use and key_ops": kit.jwk(keys["rsa"], use="sig",
                                   key_ops=["verify"]),
        "private members unread": kit.jwk(keys["rsa"], d="AQ", p=1),
        "certificates unread": kit.jwk(keys["rsa"], x5c=["x"], x5u="http://x",
                                       x5t="x"),
    }


def bad_algs(keys, r, e, o):
    yield "AC-010", "oct", {"kty": "oct", "k": b64(kit.SECRET)}
    yield "AC-010", "oct for RS256", {"kty": "oct", "k": b64(kit.SECRET),
                                      "alg": "RS256", "n": r["n"], "e": "AQAB"}
    for alg in ("HS256", "RSA-OAEP", "RS1", "none", "rs256", "", None, 1):
        yield "AC-012", f"alg {alg!r}", {**r, "alg": alg}
    for name, jwk, alg in (("RSA for ES256", r, "ES256"),
                           ("RSA for EdDSA", r, "EdDSA"),
                           ("P-256 for ES384", e, "ES384"),
                           ("P-256 for RS256", e, "RS256"),
                           ("Ed25519 for ES256", o, "ES256")):
        yield "AC-012", name, {**jwk, "alg": alg}
    for name, jwk in {
            "P-256 called P-384": {**e, "crv": "P-384"},
            "P-256 called P-521": {**e, "crv": "P-521"},
            "P-256 called Ed25519": {**e, "crv": "Ed25519"},
            "EC called OKP": {**e, "kty": "OKP"},
            "OKP called EC": {**o, "kty": "EC"},
            "X25519": {**o, "crv": "X25519"},
            "crv in lower case": {**e, "crv": "p-256"}}.items():
        yield "AC-012", name, jwk
    yield "AC-013", "secp256k1", kit.jwk(keys["ES256K"])
    yield "AC-013", "secp256k1 called P-256", {
        **kit.jwk(keys["ES256K"]), "crv": "P-256"}


def bad_uses(keys, r, e, o):
    for use in ("enc", "", "SIG", None, ["sig"]):
        yield "AC-023", f"use {use!r}", {**r, "use": use}
    for ops in (["encrypt"], ["sign"], [], "verify", None, {"verify": 1},
                ["verify", "encrypt"], ["deriveKey", "verify"], [["verify"]],
                ["Verify"]):
        yield "AC-024", f"key_ops {json.dumps(ops)}", {**r, "key_ops": ops}
    yield "AC-024", "use enc, key_ops verify", {**r, "use": "enc",
                                                "key_ops": ["verify"]}


def bad_rsa(keys, r, e, o):
    for bits in (8, 512, 1024, 2040, 2047):
        yield "AC-025", f"RSA of {bits} bits", {**r, "n": rsa_number(bits)}
    for bits in (8193, 16384):
        yield "AC-027", f"RSA of {bits} bits", {**r, "n": rsa_number(bits)}
    yield "AC-025", "even modulus", {**r, "n": b64(number(2 ** 2047))}
    for name, exponent in {"0": "AA", "1": "AQ", "2": "Ag", "65536": "AQAA",
                           "2^32+1": "AQAAAAE", "4096 bits": rsa_number(4096),
                           "empty": ""}.items():
        yield "AC-026", f"e={name}", {**r, "e": exponent}


def bad_points(keys, r, e, o):
    x, y = e["x"], e["y"]
    p = b64(number(2 ** 256 - 2 ** 224 + 2 ** 192 + 2 ** 96 - 1))
    for name, point in {
            "both zero": (b64(bytes(32)), b64(bytes(32))), "x=p": (p, y),
            "y=p": (x, p), "x=y": (x, x), "x and y swapped": (y, x),
            "all ones": (b64(b"\xff" * 32), y)}.items():
        yield "AC-029", name, {**e, "x": point[0], "y": point[1]}
    raw = number(keys["ES256"].public_key().public_numbers().x, 32)
    for name, coordinate in {"one byte short": b64(raw[:-1]),
                             "first byte cut": b64(raw[1:]),
                             "zero in front": b64(b"\0" + raw),
                             "zero behind": b64(raw + b"\0"), "empty": "",
                             "null": None, "number": 1}.items():
        yield "AC-030", f"x {name}", {**e, "x": coordinate}
    for name in ("x", "y"):
        yield "AC-030", f"no {name}", {k: v for k, v in e.items() if k != name}
    for length in (0, 31, 33, 57, 64):
        yield "AC-030", f"Ed25519 of {length} bytes", {
            **o, "x": b64(b"x" * length)}
        if length != 57:
            yield "AC-030", f"Ed448 of {length} bytes", {
                **o, "crv": "Ed448", "x": b64(b"x" * length)}


def bad_members(keys, r, e, o):
    for name, jwk in {
            "no kty": {"n": r["n"], "e": "AQAB"}, "kty null": {**r,
                                                               "kty": None},
            "kty in lower case": {**r, "kty": "rsa"},
            "no n": {"kty": "RSA", "e": "AQAB"},
            "no e": {"kty": "RSA", "n": r["n"]},
            "n padded": {**r, "n": r["n"] + "="},
            "n in base64": {**r, "n": "+/" + r["n"][2:]},
            "n an array": {**r, "n": [r["n"]]}, "kid a number": {**r,
                                                                 "kid": 1},
            "kid null": {**r, "kid": None}, "kid of 1025 bytes": {
                **r, "kid": "k" * 1025},
            "empty": {}, "array": [], "null": None, "string": "RSA",
            "number": 1}.items():
        yield "AC-153", name, jwk


def bad(keys):
    plain = [kit.jwk(keys[name]) for name in ("rsa", "ES256", "Ed25519")]
    for group in (bad_algs, bad_uses, bad_rsa, bad_points, bad_members):
        yield from group(keys, *plain)


def members(keys):
    """The lines of jwks.json."""
    return [{"id": "", "name": name, "jwk": jwk, "usable": True}
            for name, jwk in good(keys).items()] + [
        {"id": ids, "name": name, "jwk": jwk, "usable": False}
        for ids, name, jwk in bad(keys)]


def sets(keys):
    """The key sets that the tokens name."""
    rsa, other = kit.jwk(keys["rsa"]), kit.jwk(keys["other"])
    fillers = [{**rsa, "n": rsa_number(2048 + i)} for i in range(5)]
    sets = {
        "main": [{**rsa, "kid": "rsa"}] + [
            kit.jwk(keys[k], kid=k)
            for k in ("ES256", "ES384", "ES512", "Ed25519", "Ed448")],
        "one": [rsa], "other": [{**other, "kid": "rsa"}],
        "four": fillers[:3] + [rsa], "five": fillers[:4] + [rsa],
        "same kid": [{**k, "kid": "rsa"} for k in fillers[:3] + [rsa]] +
        [kit.jwk(keys["ES256"], kid="rsa")],
        "same kid, too late": [{**k, "kid": "rsa"}
                               for k in fillers[:4] + [rsa]],
        "RS256": [{**rsa, "kid": "rsa", "alg": "RS256"}],
        "PS256": [{**rsa, "kid": "rsa", "alg": "PS256"}],
        "enc": [{**rsa, "kid": "rsa", "use": "enc"},
                {**other, "kid": "other"}],
        "key_ops": [{**rsa, "kid": "rsa", "key_ops": ["encrypt"]},
                    {**other, "kid": "other"}],
        "oct": [{"kty": "oct", "kid": "rsa", "k": b64(kit.SECRET)},
                {**other, "kid": "other"}],
        "mixed": [None, {}, {"kty": "oct"}, {**rsa, "kid": "rsa"}],
    }
    return {name: {"keys": members} for name, members in sets.items()}


def choice(keys):
    """Which key of the set a token is verified with."""
    sign = rs(keys["rsa"])
    named = token({"alg": "RS256", "kid": "rsa"}, CLAIMS, sign)
    bare = token({"alg": "RS256"}, CLAIMS, sign)
    pss = token({"alg": "PS256", "kid": "rsa"}, CLAIMS, ps(keys["rsa"]))
    mac = token({"alg": "HS256", "kid": "rsa"}, CLAIMS, kit.hs(kit.SECRET))
    for ids, name, made, jwks, verdict in (
            ("AC-020", "no kid, one key", bare, "one", "verified"),
            ("AC-021", "no kid, one fits of many", bare, "main", "verified"),
            ("AC-021", "no kid, four fit", bare, "four", "verified"),
            ("AC-021", "no kid, five fit", bare, "five", "unknown_kid"),
            ("AC-021", "kid, none in the set", named, "one", "unknown_kid"),
            ("AC-022", "one kid, several keys", named, "same kid", "verified"),
            ("AC-022", "one kid, tries bounded", named, "same kid, too late",
             "signature_invalid"),
            ("AC-068", "another provider's key of the same kid", named,
             "other", "signature_invalid"),
            ("AC-011", "PS256 by a key for RS256", pss, "RS256",
             "unknown_kid"),
            ("AC-011", "RS256 by a key for PS256", named, "PS256",
             "unknown_kid"),
            ("AC-011", "PS256 by its key", pss, "PS256", "verified"),
            ("AC-023", "a key for encryption", named, "enc", "unknown_kid"),
            ("AC-024", "a key not to verify", named, "key_ops",
             "unknown_kid"),
            ("AC-153", "a bad key among good ones", named, "mixed",
             "verified")):
        yield case(ids, name, made, verdict, jwks=jwks)
    yield case("AC-010", "HS256 by an oct key of the set", mac,
               "alg_not_allowed", jwks="oct", algs=["RS256", "HS256"])
    yield case("AC-010", "RS256 by an oct key of the set", named,
               "unknown_kid", jwks="oct")


def curves(keys):
    """A header whose algorithm is of another curve than its key."""
    for header in ("ES256", "ES384", "ES512"):
        for kid in ("ES256", "ES384", "ES512"):
            if header != kid:
                yield case("AC-012", f"{header} by the key for {kid}", token(
                    {"alg": header, "kid": kid}, CLAIMS, es(keys[kid], kid)),
                    "unknown_kid")
    for alg, kid in (("RS256", "ES256"), ("ES256", "rsa"), ("EdDSA", "rsa"),
                     ("RS256", "Ed25519")):
        yield case("AC-012", f"{alg} by the key {kid}", token(
            {"alg": alg, "kid": kid}, CLAIMS, lambda m: b"x" * 64),
            "unknown_kid")


def embedded(keys):
    """Headers that bring or name a key of their own."""
    evil = keys["other"]
    mine = kit.jwk(evil, kid="rsa")
    offers = {"AC-014": {"jwk": mine}, "AC-017": {"x5c": ["MIIB"]},
              "AC-016": {"x5u": "http://169.254.169.254/", "x5t": "x"},
              "AC-015": {"jku": "http://evil.example/jwks"}}
    for ids, offer in offers.items():
        for kid in ({"kid": "rsa"}, {}):
            yield case(ids, f"{list(offer)[0]}, signed by the attacker", token(
                {"alg": "RS256", **kid, **offer}, CLAIMS, rs(evil)),
                "signature_invalid")
        yield case(ids, f"{list(offer)[0]} unread, signed by the provider",
                   token({"alg": "RS256", "kid": "rsa", **offer}, CLAIMS,
                         rs(keys["rsa"])), "verified")
    for jku in ("file:///etc/passwd", "http://localhost/", 1, None, []):
        yield case("AC-015", f"jku {jku!r}", token(
            {"alg": "RS256", "kid": "x", "jku": jku}, CLAIMS, rs(evil)),
            "unknown_kid")


def tokens(keys):
    for group in (choice, curves, embedded):
        yield from group(keys)
