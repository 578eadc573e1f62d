"""Tokens whose parts, headers or payloads are odd, though most of them are
signed with the right key."""

import json

from kit import CLAIMS, b64, case, hs, rs, text, token

HEADER = {"alg": "RS256", "kid": "rsa"}


def good(keys):
    return token(HEADER, CLAIMS, rs(keys["rsa"]))


def shape(keys):
    """Parts, dots, characters."""
    whole = good(keys)
    header, payload, signature = whole.split(".")
    shapes = {
        "": "", "no dot": header, "one dot": f"{header}.{payload}",
        "three dots": whole + ".", "four dots": whole + "..",
        "six dots": whole + "....", "leading dot": "." + whole,
        "trailing dot": whole + ".", "double dot": whole.replace(".", "..", 1),
        "five parts": whole + "." + payload + "." + signature,
        "dots alone": "..",
    }
    for name, made in shapes.items():
        yield case("AC-039", name, made, "token_malformed")
    for name, parts in {
            "header": ("", payload, signature),
            "payload": (header, "", signature),
            "signature": (header, payload, ""),
            "header and payload": ("", "", signature),
            "payload and signature": (header, "", ""),
            "header and signature": ("", payload, "")}.items():
        yield case("AC-041", f"empty {name}", ".".join(parts),
                   "token_malformed")
    for name, made in {
            "SP before": " " + whole, "SP behind": whole + " ",
            "HTAB before": "\t" + whole, "LF behind": whole + "\n",
            "CR behind": whole + "\r", "NBSP behind": whole + "\u00a0",
            "SP around a dot": whole.replace(".", " . ", 1)}.items():
        yield case("AC-067", name, made, "token_malformed")
    flat = json.dumps({"protected": header, "payload": payload,
                       "signature": signature})
    general = json.dumps({"payload": payload, "signatures": []})
    for name, made in {"flattened JSON": flat, "general JSON": general,
                       "alg unprotected": json.dumps(
                           {"header": HEADER, "payload": payload,
                            "signature": signature})}.items():
        ids = "AC-043" if "alg" in name else "AC-042"
        yield case(ids, name, made, "token_malformed")
    jwe = b64(b'{"alg":"dir","enc":"A256GCM"}') + "..a.b.c"
    yield case("AC-044", "JWE", jwe, "token_malformed")


def base64url(keys):
    """One spelling for each token."""
    whole = good(keys)
    verdicts = ["header_malformed", "payload_malformed", "token_malformed"]
    for part in range(3):
        for char in "+/= \t\n\0?\u0080":
            parts = whole.split(".")
            parts[part] = parts[part][:7] + char + parts[part][8:]
            yield case("AC-055", f"{char!r} in part {part}", ".".join(parts),
                       "token_malformed")
    # The signature covers the text, so that a bad payload must be signed.
    def signed(payload):
        front = b64(text(HEADER)) + "." + payload
        return front + "." + b64(rs(keys["rsa"])(front.encode()))
    for ids, name, tail in (("AC-056", "length of 1 mod 4", "A"),
                            ("AC-057", "loose bits", "B")):
        for part in range(3):
            parts = whole.split(".")
            length = 1 if ids == "AC-056" else 2
            parts[part] = parts[part][:len(parts[part]) // 4 * 4 - 4]
            parts[part] += "A" * (length - 1) + tail
            made = signed(parts[1]) if part == 1 else ".".join(parts)
            yield case(ids, f"{name} in part {part}", made, verdicts[part])


def algs(keys):
    sign = rs(keys["rsa"])

    def made(alg, signer=sign):
        return token({"alg": alg, "kid": "rsa"}, CLAIMS, signer)

    for alg in ("none", "None", "NONE", "nOnE", "none "):
        ids = "AC-001" if alg == "none" else "AC-002"
        yield case(ids, f"{alg!r} and no signature",
                   made(alg, lambda m: b""), "token_malformed")
        yield case(ids, f"{alg!r} and a signature", made(alg),
                   "alg_not_allowed")
    yield case("AC-004", "no alg", token({"kid": "rsa"}, CLAIMS, sign),
               "header_malformed")
    for alg in (None, 0, True, [], {}, ["RS256"]):
        yield case("AC-004", f"alg {json.dumps(alg)}", made(alg),
                   "header_malformed")
    for alg in ("", "rs256", "RS256 ", " RS256", "RS256\0", "RS2566", "RS25",
                "SHA256", "RSA", "RS1"):
        yield case("AC-004", f"alg {alg!r}", made(alg), "alg_not_allowed")
    for alg in ("RSA1_5", "RSA-OAEP", "dir", "A256GCM", "ES256K", "HS1",
                "PBES2-HS256+A128KW", "ECDH-ES", "Ed25519"):
        ids = {"ES256K": "AC-013", "RSA1_5": "AC-045",
               "PBES2-HS256+A128KW": "AC-048"}.get(alg, "AC-004")
        yield case(ids, f"alg {alg}", made(alg), "alg_not_allowed")
    yield case("AC-048", "p2c without end", token(
        {"alg": "PBES2-HS256+A128KW", "p2c": 2 ** 31}, CLAIMS, sign),
        "alg_not_allowed")
    yield case("AC-009", "RS512 where RS256 alone is allowed", token(
        {"alg": "RS512", "kid": "rsa"}, CLAIMS, rs(keys["rsa"], "512")),
        "alg_not_allowed", algs=["RS256"])


def extensions(keys):
    sign = rs(keys["rsa"])

    def made(**members):
        return token({**HEADER, **members}, CLAIMS, sign)

    for crit in (["exp"], ["foo"], ["b64"]):
        yield case("AC-051", f"crit {crit}", made(crit=crit, foo=1),
                   "crit_not_supported")
    for crit in ([], "b64", None, ["foo", "foo"], ["absent"], ["alg"], {}, 0):
        yield case("AC-052", f"crit {json.dumps(crit)}",
                   made(crit=crit, foo=1), "crit_not_supported")
    for name, more in {"b64 false": {"b64": False},
                       "b64 true": {"b64": True},
                       "b64 and crit": {"b64": False, "crit": ["b64"]}}.items():
        yield case("AC-053", name, made(**more), "crit_not_supported")
    yield case("AC-049", "zip", made(zip="DEF"), "crit_not_supported")
    yield case("AC-044", "enc", made(enc="A256GCM"), "header_malformed")
    inner = token(HEADER, CLAIMS, sign)
    yield case("AC-050", "a token in a token", token(
        {**HEADER, "cty": "JWT"}, inner.encode(), sign), "payload_malformed")


def typs(keys):
    sign = rs(keys["rsa"])

    def made(typ):
        return token({**HEADER, "typ": typ}, CLAIMS, sign)

    for typ in ("JWT", "jwt", "application/jwt", "APPLICATION/JWT"):
        for rule in ("id_token", "access_token"):
            yield case("AC-054", f"typ {typ} as {rule}", made(typ),
                       "verified", typ=rule)
    for typ in ("at+jwt", "AT+JWT", "application/at+jwt"):
        yield case("AC-054", f"typ {typ} as access_token", made(typ),
                   "verified", typ="access_token")
        yield case("AC-054", f"typ {typ} as id_token", made(typ),
                   "typ_not_allowed", typ="id_token")
    for typ in ("logout+jwt", "secevent+jwt", "dpop+jwt", "JOSE", "", " JWT",
                "JWT ", "text/JWT", "application/", "application/application/"
                "jwt", "JWT\0", "x+jwt"):
        for rule in ("id_token", "access_token"):
            yield case("AC-054", f"typ {typ!r} as {rule}", made(typ),
                       "typ_not_allowed", typ=rule)
    for typ in (None, 1, [], {}, ["JWT"]):
        yield case("AC-054", f"typ {json.dumps(typ)}", made(typ),
                   "header_malformed")


def both(keys, ids, name, make):
    """A text that is no strict JSON object, in both places; `make` gets a good
    one without its opening brace."""
    for place, good_text in (("header", HEADER), ("payload", CLAIMS)):
        made = make(text(good_text).decode()[1:])
        raw = made if isinstance(made, bytes) else made.encode()
        parts = (raw, CLAIMS) if place == "header" else (HEADER, raw)
        yield case(ids, f"{name} as {place}", token(*parts, rs(keys["rsa"])),
                   f"{place}_malformed")


def grammar(keys):
    for name in ("[]", '"x"', "null", "1", "true", "[{}]"):
        yield from both(keys, "AC-106", name, lambda r, n=name: n)
    for name, more in {
            "two objects": "{}", "garbage": "x", "a comma": ",",
            "a brace": "}", "NUL": "\0", "a comment": "//"}.items():
        yield from both(keys, "AC-061", f"{name} behind",
                        lambda r, m=more: "{" + r + m)
    for name, make in {
            "BOM": lambda r: "\ufeff{" + r,
            "UTF-16": lambda r: ("{" + r).encode("utf-16"),
            "UTF-32": lambda r: ("{" + r).encode("utf-32-le"),
            "comment": lambda r: "/**/{" + r,
            "single quotes": lambda r: ("{" + r).replace('"', "'"),
            "NaN": lambda r: '{"x":NaN,' + r,
            "Infinity": lambda r: '{"x":-Infinity,' + r}.items():
        yield from both(keys, "AC-061", name, make)
    for bad in ("{", "}", "{]", '{"x"}', '{"x":}', '{"x":1,}', '{,"x":1}',
                '{"x":01}', '{"x":1.}', '{"x":.1}', '{"x":+1}', '{"x":0x1}',
                '{"x":1e}', '{"x":tru}', '{"x":"\t"}', '{"x":"\\x"}',
                '{"x":"\\u00"}', '{"x":"', '{x:1}', '{"x" 1}', '{1:1}'):
        yield from both(keys, "AC-060", repr(bad), lambda r, b=bad: b)


def members(keys):
    for name in ('"exp":1,"exp":2,', '"iss":"a","iss":"b",', '"x":1,"x":1,',
                 '"x":[{"y":1,"y":1}],', '"x":1,"\\u0078":1,'):
        yield from both(keys, "AC-058 AC-059", f"twice: {name}",
                        lambda r, n=name: "{" + n + r)
    for name, first, last in (("none then RS256", "none", "RS256"),
                              ("RS256 then none", "RS256", "none")):
        raw = f'{{"alg":"{first}","kid":"rsa","alg":"{last}"}}'.encode()
        yield case("AC-058", f"alg twice: {name}",
                   token(raw, CLAIMS, rs(keys["rsa"])), "header_malformed")
    for name, raw in {
            "overlong": b"\xc0\xaf", "continuation": b"\x80",
            "0xFF": b"\xff", "surrogate": b"\xed\xa0\x80",
            "lone escape": b"\\ud800", "cut": b"\xe2\x82"}.items():
        for where in (b'{"x":"%s",', b'{"%s":1,'):
            yield from both(keys, "AC-064", f"{name} in {where.decode()}",
                            lambda r, b=raw, w=where: w % b + r.encode())
    yield from both(keys, "AC-065", "NUL in a name",
                    lambda r: '{"exp\\u0000":1,' + r)
    for name, opening in (("arrays", "["), ("objects", '{"a":')):
        closing = ("]" if opening == "[" else "}") * 16
        yield from both(keys, "AC-062", f"17 levels of {name}",
                        lambda r, o=opening, c=closing:
                        '{"x":' + o * 16 + "0" + c + "," + r)
        yield from both(keys, "AC-062", f"500 {name} without end",
                        lambda r, o=opening: '{"x":' + o * 500)
    deep = '{"x":' + "[" * 15 + "]" * 15 + "," + text(CLAIMS).decode()[1:]
    yield case("AC-062", "16 levels are in order",
               token(HEADER, deep.encode(), rs(keys["rsa"])), "verified")


def kids(keys):
    sign = rs(keys["rsa"])
    for kid in ("../../../dev/null", "/etc/passwd", "' OR 1=1--", "|id",
                "a%00b", "rsa\0", "rsa\r\nX: y", "RSA", "rsa ", "k" * 1024):
        yield case("AC-018", f"kid {kid[:20]!r}", token(
            {"alg": "RS256", "kid": kid}, CLAIMS, sign), "unknown_kid")
    yield case("AC-018", "kid of 1025 bytes", token(
        {"alg": "RS256", "kid": "k" * 1025}, CLAIMS, sign), "header_malformed")
    for kid in (1, None, [], ["rsa"], {}, "", True):
        yield case("AC-019", f"kid {json.dumps(kid)}", token(
            {"alg": "RS256", "kid": kid}, CLAIMS, sign), "header_malformed")


def cases(keys):
    yield case("", "a good token", good(keys), "verified")
    for group in (shape, base64url, algs, extensions, typs, grammar, members,
                  kids):
        yield from group(keys)
