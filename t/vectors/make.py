"""Makes the vectors of this folder: tokens.json, which verify() must judge as
its `verdict` says, and jwks.json, keys that are usable or not.

    /usr/bin/python3 t/vectors/make.py         anew, with the keys of keys.json
    /usr/bin/python3 t/vectors/make.py --keys  and with new keys

Signatures of RSA-PSS and ECDSA differ each time; the verdicts do not. The keys
are for tests alone: they protect nothing."""

import json
import pathlib
import sys

import forgeries
import keysets
import kit
import texts

HERE = pathlib.Path(__file__).parent


def write(name, head, cases):
    """JSON with one case a line, so that a change shows as one."""
    lines = [f"{json.dumps(k)}: {json.dumps(v)}," for k, v in head.items()]
    body = ",\n".join(json.dumps(case) for case in cases)
    made = "\n".join(["{", *lines, '"cases": [', body, "]", "}"]) + "\n"
    (HERE / name).write_text(made)
    print(len(cases), "cases in", name)


def main():
    store = HERE / "keys.json"
    if "--keys" in sys.argv:
        store.write_text(json.dumps(kit.make_pems(), indent=1) + "\n")
    keys = kit.load(json.loads(store.read_text()))

    write("tokens.json", {"jwks": keysets.sets(keys)},
          [*texts.cases(keys), *forgeries.cases(keys), *keysets.tokens(keys)])
    write("jwks.json", {}, keysets.members(keys))


if __name__ == "__main__":
    main()
