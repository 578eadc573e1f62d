# SPDX-License-Identifier: Apache-2.0
"""Measures what protection costs, prints the table, and writes it as JSON.

Every row first checks that requests are answered as they must be; a row that
is not ends the bench. Bounds are judged in a full run only."""

import argparse
import json
import sys
import tempfile
from pathlib import Path

import shared  # noqa: F401, it sets the path
import instructions
import machine
from compare import FULL, QUICK
from load import Wrong
from micro import Micro
from rows import rule_holds_first
from stand import Stand
from table import table
from tokens import Es256, Purse, Rs256


def number(value, form):
    return form.format(value) if value is not None else "–"


def line(row, judged):
    verdict = "" if row.holds is None or not judged else \
        "holds" if row.holds else "DOES NOT HOLD"
    return (f"{row.name:18} {number(row.ratio, '{:.3f}'):>7} "
            f"{number(row.cpu_us, '{:.2f}'):>8} "
            f"{number(row.base_cpu_us, '{:.2f}'):>8} "
            f"{number(row.spread, '{:.1%}'):>7}  {row.must:22} {verdict}")


HEAD = (f"{'':18} {'ratio':>7} {'CPU µs':>8} {'base µs':>8} {'spread':>7}  "
        "must be")


def count_instructions(args):
    names = [name for name in instructions.ROWS
             if not args.only or name in args.only]
    kept = args.build / "bench/tokens"
    with tempfile.TemporaryDirectory(prefix="bench-") as directory, \
            Stand(Path(directory), (Purse(kept, Rs256),
                                    Purse(kept, Es256))) as stand:
        return instructions.compare(
            stand, names, args.against and args.against.resolve())


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--build", type=Path, default=Path("build"))
    parser.add_argument("--quick", action="store_true",
                        help="about a minute; shows that it works, no more")
    parser.add_argument("--only", action="append", metavar="ROW")
    parser.add_argument("--rounds", type=int)
    parser.add_argument("--instructions", action="store_true",
                        help="count instructions a request with callgrind")
    parser.add_argument("--against", type=Path, metavar="MODULE.so",
                        help="with --instructions: beside another build")
    args = parser.parse_args()
    effort = QUICK if args.quick else FULL
    if args.rounds:
        effort.rounds = args.rounds
    wanted = {name: row for name, row in table().items()
              if not args.only or name in args.only}
    if not wanted:
        parser.error("there is no such row")

    if args.instructions:
        sys.exit(0 if count_instructions(args) else 1)
    micro = Micro(args.build / "bench/micro/micro", effort)
    kept = args.build / "bench/tokens"
    done = {}
    print(f"{machine.describe()}; {effort.rounds} rounds of "
          f"{effort.seconds} s\n\n{HEAD}", flush=True)
    try:
        with tempfile.TemporaryDirectory(prefix="bench-") as directory, \
                Stand(Path(directory), (Purse(kept, Rs256),
                                        Purse(kept, Es256))) as stand:
            rule_holds_first(stand)
            for name, measure in wanted.items():
                row = measure(stand, effort, micro)
                if row is None:
                    continue
                done[name] = row
                print(line(row, not args.quick), flush=True)
    except (Wrong, AssertionError) as wrong:
        print(f"bench: {name if done else ''}: {wrong}", file=sys.stderr)
        sys.exit(1)
    print()
    for row in done.values():
        print(f"{row.name:18} {row.what}")
    (args.build / "bench.json").write_text(json.dumps(
        {name: row.as_json() for name, row in done.items()}, indent=2,
        ensure_ascii=False) + "\n")
    missed = [row.name for row in done.values() if row.holds is False]
    if missed and not args.quick:
        print(f"\ndoes not hold: {', '.join(missed)}")
        sys.exit(1)


if __name__ == "__main__":
    main()
