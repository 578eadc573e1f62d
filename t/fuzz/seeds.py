# SPDX-License-Identifier: Apache-2.0
"""Writes the seeds that are made and not found: small inputs from which a
fuzzer reaches each branch.

    /usr/bin/python3 t/fuzz/seeds.py

Those of token and jwks come from t/vectors; run make.py there first."""

import base64
import hashlib
import hmac
import json
import pathlib

HERE = pathlib.Path(__file__).parent
VECTORS = HERE.parent / "vectors"

TOKENS = ("a good token", "ES256", "ES512", "Ed25519", "Ed448",
          "'none' and a signature", "ES256: DER", "PS256: no salt",
          "crit [\"exp\"]", "typ JWT as id_token", "no kid, one key",
          "the same way, well padded", "two dots")
SECRET = b"0123456789abcdef" * 4  # of fuzz_token.cpp

JSON = ("{}", "[]", '{"a":[1,2.5,-3e2,true,false,null,"x"]}',
        '{"a":{"b":{"c":[[[]]]}}}', '{"a":"\\u0000\\ud83d\\ude00\\""}',
        '{"a":1,"a":2}', "[" * 33 + "]" * 33, "[" * 32 + "]" * 32,
        '{"a":"[[[[{{{{\\"[["}', "\ufeff{}", "{}x", '["\\ud800"]', "[1e400]",
        "[9223372036854775807,-9223372036854775808]", " \t\r\n[ ]")

COOKIES = ("a=1; b=2", "__Host-s=1", "a=1; __Host-s=x; b=2",
           "__Host-s=1; a=1; __Host-s.0=2;b=2", ";;;", "=v", "n", "n==",
           'a="x; __Host-s=y; b=z"', "$Version=1; a=1", " \t__Host-s =1",
           "__host-s=1;\u2000__Host-s=1", "a=1 ;  __Host-s=2;\tb=3; ",
           "; __Host-s=1", "sv", "a=1;", "name_value")

URLS = ("/", "/app?a=1&b=%26#frag", "//evil.com", "/\\evil.com", "/\t/evil",
        "/.//evil.com", "/a/..//evil.com", "/%2e%2e//evil.com", "/%2f/evil",
        "/a/.%2E", "/../..", "/%0d%0aX:y", "https://evil.com",
        "https://app@evil.com:443/p?q", "http://127.0.0.1:8080/x?y=z",
        "https://[2001:db8::1]:8443/", "http://2130706433/", "HTTP://H.EXAMPLE",
        "javascript:alert(1)", "a=1&b=x+y%26&c&d=&=e&a=2", "%00", "%zz",
        "code=abc&state=x%20y", "/?//x", "/..a//b", "https://h/%41?")

HEADERS = ("Bearer abc.def-_~+/==", "bearer x", "Basic YTpi", "Basic YTpiOmM=",
           "YTpi", "YTo=", "YTo", "Digest a=\"b\", c=d", "Bearer", "Bearer  x",
           "Bearer\tx", "Bearer x, Basic YTpi", "text/html,*/*;q=0.8",
           "text/html;level=1;q=0.5,application/json;q=0.4",
           "application/problem+json; charset=utf-8", "a\"b\\c\r\n\u00e9",
           "Zm9vYmE", "Zh")


def write(target, seeds):
    folder = HERE / "seeds" / target
    folder.mkdir(parents=True, exist_ok=True)
    for old in folder.glob("made-*"):
        old.unlink()
    for number, seed in enumerate(seeds, 1):
        (folder / f"made-{number:02}").write_bytes(seed.encode())


def small(made, keys, kid):
    """The key set with no more keys than the token may need."""
    fit = [k for k in keys if k and k.get("kid", kid) == kid] or keys[:1]
    return json.dumps({"keys": fit}) + "\n" + made


def tokens():
    vectors = json.loads((VECTORS / "tokens.json").read_text())
    for case in vectors["cases"]:
        if case["name"] in TOKENS:
            front = case["token"].split(".")[0]
            head = base64.urlsafe_b64decode(front + "===")
            kid = json.loads(head).get("kid")
            keys = vectors["jwks"][case.get("jwks", "main")]["keys"]
            yield small(case["token"], keys, kid)


    front = "eyJhbGciOiJIUzI1NiJ9.e30"
    mac = hmac.new(SECRET, front.encode(), hashlib.sha256).digest()
    made = base64.urlsafe_b64encode(mac).decode().rstrip("=")
    yield "{}\n" + front + "." + made


def key_sets():
    cases = json.loads((VECTORS / "jwks.json").read_text())["cases"]
    for case in cases:
        if case["usable"] and "8192" not in case["name"]:
            yield json.dumps({"keys": [case["jwk"]]})
    named = ("oct", "secp256k1", "both zero", "e=1", "use 'enc'", "no kty")
    bad = [c["jwk"] for c in cases if c["name"] in named]
    yield json.dumps({"keys": [None, *bad, cases[0]["jwk"]]})


def main():
    write("token", tokens())
    write("jwks", key_sets())
    write("json_document", JSON)
    write("cookie", COOKIES)
    write("return_url", URLS)
    write("authorization", HEADERS)


if __name__ == "__main__":
    main()
