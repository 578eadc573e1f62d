# SPDX-License-Identifier: Apache-2.0
"""What nginx's configure says of a library that is not there."""

import pytest

from configure import NAME, configure


@pytest.mark.parametrize("header, package", [
    ("curl/curl.h", "libcurl4-openssl-dev"),
    ("hiredis/hiredis.h", "libhiredis-dev"),
    ("jansson.h", "libjansson-dev"),
    ("openssl/evp.h", "libssl-dev"),
])
@pytest.mark.timeout(1500)  # it takes what others leave of the processors
def test_missing_library_is_named_with_its_package(header, package, tmp_path):
    hidden = tmp_path / "hidden" / header
    hidden.parent.mkdir(parents=True)
    hidden.write_text("#error hidden\n")
    tree = tmp_path / "nginx"
    tree.mkdir()
    done = configure(tree, f"-I{tmp_path}/hidden")
    assert done.returncode == 1
    assert f"{NAME} needs" in done.stdout
    assert package in done.stdout
