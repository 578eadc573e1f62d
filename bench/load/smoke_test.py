# SPDX-License-Identifier: Apache-2.0
"""A quick run of every row, for what it answers and not for how fast; and
that the bench does not measure what is answered wrongly."""

import os
import tempfile
from pathlib import Path

import pytest

import shared
from compare import QUICK
from load import Wrong, window
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
