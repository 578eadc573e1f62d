# SPDX-License-Identifier: Apache-2.0
"""A quick run of every row, for what it answers and not for how fast; and
that the bench does not measure what is answered wrongly."""

import os
import tempfile
from pathlib import Path

import pytest

import shared
from compare import QUICK, compared
from load import Sample, Wrong, window
from micro import Micro
from stand import Stand
from table import table
from tokens import Es256, Purse, Rs256

BUILD = Path(os.environ.get("BENCH_BUILD", shared.ROOT / "build"))


@pytest.fixture(scope="module", name="stand")
def fixture_stand(tmp_path_factory):
    purses = [Purse(tmp_path_factory.mktemp(made.name), made)
              for made in (Rs256, Es256)]
    # Apache's user must get into it.
    with tempfile.TemporaryDirectory(prefix="bench-") as directory, \
            Stand(Path(directory), purses) as stand:
        yield stand


@pytest.fixture(scope="module", name="micro")
def fixture_micro():
    return Micro(BUILD / "bench/micro/micro", QUICK)


@pytest.mark.parametrize("name", table())
@pytest.mark.timeout(300)
def test_row_is_measured(name, stand, micro):
    row = table()[name](stand, QUICK, micro)
    assert row.name == name
    assert row.as_json()["must"] is not None
    assert row.cpu_us is None or row.cpu_us > 0
    assert row.base_cpu_us is None or row.base_cpu_us > 0


def samples(rate, cpu, busy):
    return (Sample(rate, cpu, busy, 1000),) * 2


def test_row_is_judged_by_cpu_if_the_load_was_the_bottleneck():
    rounds = [(samples(80_000, 10, 0.8), samples(60_000, 10.5, 0.9))] * 3
    ratio, _, more = compared(rounds)
    assert ratio == pytest.approx(10 / 10.5)
    assert more["by_rate"] == 0.75
    assert more["busy"] == 0.8


def test_row_is_judged_by_rate_if_both_servers_were_busy():
    rounds = [(samples(80_000, 10, 0.99), samples(60_000, 10.5, 0.95))] * 3
    ratio, _, more = compared(rounds)
    assert ratio == 0.75
    assert more["busy"] == 0.95


def test_row_is_judged_by_cpu_if_that_is_lower():
    rounds = [(samples(80_000, 10, 0.99), samples(76_000, 20, 0.99))] * 3
    assert compared(rounds)[0] == 0.5


def refusing(stand, **more):
    return stand.target(stand.module, "plain", "/bearer", **more)


def test_wrong_status_is_not_measured(stand):
    with pytest.raises(Wrong, match="answers 401 and not 200"):
        refusing(stand, headers={"Authorization": "Bearer a.b.c"}).check()


def test_wrong_body_is_not_measured(stand):
    with pytest.raises(Wrong, match="answers 200 and not 200"):
        refusing(stand, headers=stand.bearer(), body="something else").check()


def test_unprotected_location_is_not_measured(stand):
    """A location that lets in who shows nothing."""
    with pytest.raises(Wrong, match="answers 200 and not 401"):
        stand.target(stand.module, "plain", "/off").check({}, 401)


def test_refusals_under_load_are_not_counted(stand):
    with pytest.raises(Wrong, match="were errors"):
        window(refusing(stand), 1)
