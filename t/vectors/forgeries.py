"""Signatures that are nearly right, and tokens signed with a key that is not
the provider's."""

from cryptography.hazmat.primitives import serialization

import kit
from kit import CLAIMS, b64, case, es, hs, number, ps, rs, token


def rsa_token(keys, alg, encode, name="rsa"):
    return token({"alg": alg, "kid": name}, CLAIMS, lambda m:
                 kit.rsa_private(keys["rsa"], encode(m)))


def pkcs1(keys):
    """Paddings that a verifier which parses them might take."""
    digest_info = kit.DIGEST_INFO["sha256"]

    def info(text, hash_name="sha256", behind=b""):
        def encode(m):
            digest = kit.hashlib.new(hash_name, m).digest()
            return kit.pkcs1(m, info=bytes.fromhex(text) + digest + behind)
        return encode

    variants = {
        "short padding, garbage behind": lambda m: kit.pkcs1(
            m, behind=b"\x5a" * 150),
        "eight bytes of padding, garbage behind": lambda m: kit.pkcs1(
            m, behind=bytes(256 - 3 - 8 - 51)),
        "garbage of one byte behind": lambda m: kit.pkcs1(m, behind=b"\0"),
        "garbage in the parameters": info(
            "30820" + "0" + "b530818106096086480165030402010578" +
            "5a" * 120 + "0420"),
        "no NULL": info("302f300b0609608648016503040201" + "0420"),
        "NULL of a long form": info("3032300e0609608648016503040201" +
                                    "058100" + "0420"),
        "length of a long form": info("308131" + digest_info[4:]),
        "length without end": info("3080" + digest_info[4:], behind=bytes(2)),
        "SHA-1's OID": info(kit.DIGEST_INFO["sha1"][:-2] + "20"),
        "SHA-384's OID": info("3031300d060960864801650304020205000420"),
        "SHA-512's OID": info("3031300d060960864801650304020305000420"),
        "MD5's OID": info("3030300c06082a864886f70d020505000420"),
        "OID with more arcs": info("3033300f060b6086480165030402010001" +
                                   "05000420"),
        "another tag": info("3031300d060960864801650304020105000320"),
        "SHA-1": lambda m: kit.pkcs1(m, "sha1"),
        "SHA-384": lambda m: kit.pkcs1(m, "sha384"),
        "SHA-512": lambda m: kit.pkcs1(m, "sha512"),
        "the digest alone": lambda m: kit.pkcs1(
            m, info=kit.hashlib.sha256(m).digest()),
        "the digest cut": lambda m: kit.pkcs1(
            m, info=bytes.fromhex("3030300d06096086480165030402010500041f") +
            kit.hashlib.sha256(m).digest()[:31]),
        "the message itself": lambda m: kit.pkcs1(m, info=m[:200]),
        "block type 0": lambda m: kit.pkcs1(m, front=b"\0\0", fill=b"\0"),
        "block type 2": lambda m: kit.pkcs1(m, front=b"\0\2", fill=b"\x5a"),
        "first byte 1": lambda m: kit.pkcs1(m, front=b"\1\1"),
        "padding of zeros": lambda m: kit.pkcs1(m, fill=b"\0"),
        "padding of 0xfe": lambda m: kit.pkcs1(m, fill=b"\xfe"),
        "padding with one bad byte": lambda m: kit.pkcs1(
            m, fill=b"\xff" * 100 + b"\xfe"),
        "no separator": lambda m: kit.pkcs1(m, end=b"\xff"),
        "two separators": lambda m: kit.pkcs1(m, end=b"\0\0"),
        "no padding at all": lambda m: bytes(256 - 51) + kit.pkcs1(m)[-51:],
        "another message": lambda m: kit.pkcs1(m + b"x"),
        "0": lambda m: bytes(256),
        "1": lambda m: number(1, 256),
    }
    yield case("", "the same way, well padded",
               rsa_token(keys, "RS256", kit.pkcs1), "verified")
    for name, encode in variants.items():
        yield case("AC-036", f"RS256: {name}",
                   rsa_token(keys, "RS256", encode), "signature_invalid")


def rsa_numbers(keys):
    n = keys["rsa"].public_key().public_numbers().n
    right = rs(keys["rsa"])
    variants = {
        "n": lambda m: number(n), "n-1": lambda m: number(n - 1),
        "n minus the right one": lambda m: number(
            n - int.from_bytes(right(m), "big"), 256),
        "the right one plus n": lambda m: number(
            n + int.from_bytes(right(m), "big"), 257),
        "zero in front": lambda m: b"\0" + right(m),
        "zero behind": lambda m: right(m) + b"\0",
        "first byte cut": lambda m: right(m)[1:],
        "last byte cut": lambda m: right(m)[:-1],
        "one byte": lambda m: b"\1", "twice": lambda m: right(m) * 2,
        "all ones": lambda m: b"\xff" * 256,
        "reversed": lambda m: right(m)[::-1],
        "of another key": rs(keys["other"]),
    }
    for name, sign in variants.items():
        yield case("AC-036", f"RS256: {name}", token(
            {"alg": "RS256", "kid": "rsa"}, CLAIMS, sign), "signature_invalid")


def pss(keys):
    variants = {
        "no salt": {"salt": 0}, "salt of 20": {"salt": 20},
        "salt of 31": {"salt": 31}, "salt of 33": {"salt": 33},
        "salt of 64": {"salt": 64}, "longest salt": {"salt": 222},
        "MGF1 of SHA-1": {"mgf": "sha1"},
        "MGF1 of SHA-512": {"mgf": "sha512"},
        "SHA-1": {"name": "sha1"}, "SHA-384": {"name": "sha384"},
        "trailer 0xcc": {"trailer": b"\x33\xcc"},
        "trailer 0xbd": {"trailer": b"\xbd"}, "top bit set": {"top": 0x80},
        "filler not zero": {"filler": b"\1"},
        "separator 0": {"separator": b"\0"},
        "separator 2": {"separator": b"\2"},
        "seven zeros": {"zeros": bytes(7)},
        "other zeros": {"zeros": b"\1" * 8},
    }
    yield case("", "the same way, well padded",
               rsa_token(keys, "PS256", kit.pss), "verified")
    for name, parts in variants.items():
        yield case("AC-037", f"PS256: {name}", rsa_token(
            keys, "PS256", lambda m, p=parts: kit.pss(m, **p)),
            "signature_invalid")
    for header, name, sign in (("PS256", "RS256", rs(keys["rsa"])),
                               ("RS256", "PS256", ps(keys["rsa"])),
                               ("PS256", "PS512", ps(keys["rsa"], "512"))):
        yield case("AC-011", f"{name} under the name {header}", token(
            {"alg": header, "kid": "rsa"}, CLAIMS, sign), "signature_invalid")


def ecdsa(keys):
    for alg, n in kit.ORDERS.items():
        size = kit.scalar_size(alg)
        top = 256 ** size - 1

        def made(sign, alg=alg):
            return token({"alg": alg, "kid": alg}, CLAIMS, sign)

        right = es(keys[alg], alg)
        yield case("", alg, made(right), "verified")
        yield case("AC-034", f"{alg}: the twin (r, n-s)", made(
            es(keys[alg], alg, lambda r, s, n=n: (r, n - s))), "verified")
        fixed = {"r=s=0": (0, 0), "r=0": (0, 1), "s=0": (1, 0),
                 "r=s=1": (1, 1), "r=n": (n, 1), "s=n": (1, n),
                 "r=s=n": (n, n), "r=n+1": (n + 1, 1), "s=n+1": (1, n + 1),
                 "r=s=n-1": (n - 1, n - 1), "r=s=max": (top, top)}
        for name, pair in fixed.items():
            yield case("AC-031", f"{alg}: {name}", made(
                es(keys[alg], alg, lambda r, s, p=pair: p)),
                "signature_invalid")
        changed = {"r of the right one, s=0": lambda r, s: (r, 0),
                   "s of the right one, r=0": lambda r, s: (0, s),
                   "swapped": lambda r, s: (s, r),
                   "n-r": lambda r, s, n=n: (n - r, s),
                   "r+1": lambda r, s: (r + 1, s)}
        if 2 * n <= top:
            changed["r+n"] = lambda r, s, n=n: (r + n, s)
            changed["s+n"] = lambda r, s, n=n: (r, s + n)
        for name, change in changed.items():
            yield case("AC-031", f"{alg}: {name}", made(
                es(keys[alg], alg, change)), "signature_invalid")
        yield case("AC-032", f"{alg}: DER", made(lambda m, a=alg: keys[a].sign(
            m, kit.ec.ECDSA(kit.HASHES[a[2:]]))), "signature_invalid")
        yield case("AC-032", f"{alg}: DER of zeros", made(
            lambda m: b"\x30\6\2\1\0\2\1\0"), "signature_invalid")
        for length in (1, 32, 63, 64, 65, 66, 95, 96, 97, 128, 131, 132, 133):
            if length != 2 * size:
                yield case("AC-033", f"{alg}: {length} bytes", made(
                    lambda m, r=right, k=length: (r(m) * 3)[:k]),
                    "signature_invalid")
        yield case("AC-033", f"{alg}: zeros behind", made(
            lambda m, r=right: r(m) + bytes(2)), "signature_invalid")
        yield case("AC-033", f"{alg}: wider numbers", made(
            lambda m, r=right, k=size: b"\0" + r(m)[:k] + b"\0" + r(m)[k:]),
            "signature_invalid")


def eddsa(keys):
    order = 2 ** 252 + 27742317777372353535851937790883648493
    big = 2 ** 446 - int("8335dc163bb124b65129c96fde933d8d"
                         "723a70aadc873d6d54a7bb0d", 16)
    for name, half, group in (("Ed25519", 32, order), ("Ed448", 57, big)):
        key = keys[name]

        def plus(m, times, key=key, half=half, group=group):
            signature = key.sign(m)
            s = int.from_bytes(signature[half:], "little") + times * group
            return signature[:half] + s.to_bytes(half, "little")

        variants = {
            "S+L": lambda m: plus(m, 1), "S+2L": lambda m: plus(m, 2),
            "R of zeros": lambda m: bytes(half) + key.sign(m)[half:],
            "R of ones": lambda m: b"\xff" * half + key.sign(m)[half:],
            "S of zeros": lambda m: key.sign(m)[:half] + bytes(half),
            "zeros": lambda m: bytes(2 * half),
            "R of the neutral point": lambda m: b"\1" + bytes(2 * half - 1),
            "one byte short": lambda m: key.sign(m)[:-1],
            "one byte long": lambda m: key.sign(m) + b"\0",
            "one byte": lambda m: b"\1",
            "halves swapped": lambda m: key.sign(m)[half:] +
            key.sign(m)[:half],
        }
        header = {"alg": "EdDSA", "kid": name}
        yield case("", name, token(header, CLAIMS, key.sign), "verified")
        for what, sign in variants.items():
            yield case("AC-035", f"{name}: {what}",
                       token(header, CLAIMS, sign), "signature_invalid")


def confusion(keys):
    """A MAC keyed with what the whole world knows."""
    public = keys["rsa"].public_key()
    pem = public.public_bytes(serialization.Encoding.PEM,
                              serialization.PublicFormat.SubjectPublicKeyInfo)
    known = {
        "PEM": pem, "PEM without newline": pem.rstrip(b"\n"),
        "SPKI DER": public.public_bytes(
            serialization.Encoding.DER,
            serialization.PublicFormat.SubjectPublicKeyInfo),
        "modulus": number(public.public_numbers().n),
        "modulus as base64url": kit.jwk(keys["rsa"])["n"].encode(),
        "JWK": kit.text(kit.jwk(keys["rsa"], kid="rsa"))}
    point = keys["ES256"].public_key().public_numbers()
    points = {"point": b"\4" + number(point.x, 32) + number(point.y, 32),
              "x and y": number(point.x, 32) + number(point.y, 32)}
    for ids, kid, secrets in (("AC-005", "rsa", known),
                              ("AC-006", "ES256", points)):
        for name, secret in secrets.items():
            made = token({"alg": "HS256", "kid": kid}, CLAIMS, hs(secret))
            yield case(ids, f"HS256 keyed with the {name}", made,
                       "alg_not_allowed")
            yield case(ids, f"HS256 keyed with the {name}, HS256 enabled",
                       made, "signature_invalid", algs=["RS256", "HS256"],
                       hmac_key=b64(kit.SECRET))


def hmacs(keys):
    for bits, least in (("256", 32), ("384", 48), ("512", 64)):
        alg = "HS" + bits

        def made(secret, bits=bits, alg=alg):
            return token({"alg": alg}, CLAIMS, hs(secret, bits))

        def rule(secret, alg=alg):
            return {"algs": [alg], "hmac_key": b64(secret)}

        exact, short = kit.SECRET[:least], kit.SECRET[:least - 1]
        yield case("", alg, made(exact), "verified", **rule(exact))
        yield case("AC-008", f"{alg} with a key one byte short", made(short),
                   "alg_not_allowed", **rule(short))
        yield case("AC-008", f"{alg} with a key of one byte", made(b"k"),
                   "alg_not_allowed", **rule(b"k"))
        yield case("AC-007", f"{alg} with an empty key", made(b""),
                   "alg_not_allowed", **rule(b""))
        yield case("AC-007", f"{alg} without any key", made(b""),
                   "alg_not_allowed", algs=[alg])
        yield case("AC-009", f"{alg}, not enabled", made(kit.SECRET),
                   "alg_not_allowed", hmac_key=b64(kit.SECRET))
        yield case("AC-007", f"{alg} with another key", made(b"x" * 64),
                   "signature_invalid", **rule(kit.SECRET))
        for name, change in {"cut": lambda s: s[:-1],
                             "long": lambda s: s + b"\0",
                             "first half": lambda s: s[:len(s) // 2]}.items():
            yield case("AC-008", f"{alg}: MAC {name}", token(
                {"alg": alg}, CLAIMS, lambda m, b=bits, c=change:
                c(hs(kit.SECRET, b)(m))), "signature_invalid",
                **rule(kit.SECRET))


def cases(keys):
    for group in (pkcs1, rsa_numbers, pss, ecdsa, eddsa, confusion, hmacs):
        yield from group(keys)
