# SPDX-License-Identifier: Apache-2.0
"""nginx's own configure and make build the module, and nginx loads it."""

import os
import re
import subprocess

import pytest

from configure import NAME, configure


@pytest.fixture(scope="module", name="built")
def fixture_built(tmp_path_factory):
    """The module as nginx's make leaves it."""
    tree = tmp_path_factory.mktemp("nginx")
    done = configure(tree)
    assert done.returncode == 0, done.stdout + done.stderr
    make = subprocess.run(["make", f"-j{os.cpu_count()}", "-f", "objs/Makefile",
                           "modules"], cwd=tree,
                          capture_output=True, text=True, check=False)
    assert make.returncode == 0, make.stdout + make.stderr
    return tree / f"objs/{NAME}.so"


def exported(module):
    listed = subprocess.run(["nm", "-D", "--defined-only", module], text=True,
                            capture_output=True, check=True).stdout
    return {line.split()[-1] for line in listed.splitlines()}


def loads(module, folder):
    conf = folder / "nginx.conf"
    conf.write_text(f"load_module {module};\nerror_log stderr;\n"
                    f"pid {folder}/nginx.pid;\nevents {{}}\n"
                    "http { access_log off; }\n")
    return subprocess.run([os.environ["NGINX_BINARY"], "-t", "-c", conf],
                          capture_output=True, text=True, check=False)


@pytest.mark.slow
@pytest.mark.timeout(1500)  # it takes what others leave of the processors
def test_add_dynamic_module_builds_a_module_that_nginx_loads(built, tmp_path):
    done = loads(built, tmp_path)
    assert done.returncode == 0, done.stderr


@pytest.mark.timeout(1500)
def test_static_module_stands_where_the_dynamic_one_does(tmp_path):
    """Behind this place its header filter would be lost, or would not see
    what `expires` and `add_header` set."""
    done = configure(tmp_path, add="--add-module")
    assert done.returncode == 0, done.stdout + done.stderr
    modules = re.findall(r"&(\w+),", (tmp_path / "objs/ngx_modules.c")
                         .read_text())
    place = modules.index(NAME)
    assert modules.count(NAME) == 1
    assert modules[place + 1] == "ngx_http_headers_filter_module"
    assert "ngx_http_header_filter_module" in modules[:place]


@pytest.mark.timeout(1500)
@pytest.mark.parametrize("build", [
    "cmake", pytest.param("configure", marks=pytest.mark.slow)])
def test_module_exports_only_what_nginx_looks_up(build, request):
    module = os.environ["MODULE_SO"] if build == "cmake" else \
        request.getfixturevalue("built")
    assert exported(module) == {
        "ngx_modules", "ngx_module_names", "ngx_module_order"}


def test_module_built_by_cmake_loads(tmp_path):
    done = loads(os.environ["MODULE_SO"], tmp_path)
    assert done.returncode == 0, done.stderr
