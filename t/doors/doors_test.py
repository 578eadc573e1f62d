"""nginx's door: its own configure and make build the module and load it."""

import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
NGINX = Path("/usr/share/nginx/src")  # the headers of Debian's nginx-dev
NAME = "ngx_http_auth_oidc_module"


def compiler():
    """gcc, with ccache where it is: a second run takes seconds."""
    return "ccache gcc" if shutil.which("ccache") else "gcc"


def configure(tree, cc_opt="-O0 -g0"):
    """Runs nginx's configure as Debian does, in a copy of its own; what
    comes of it is loaded and not run, and so need not be optimised."""
    for part in ("auto", "src"):
        (tree / part).symlink_to(NGINX / part)
    shutil.copy(NGINX / "configure", tree)
    flags = re.search(r"\((.*)\)", (NGINX / "conf_flags").read_text())[1]
    return subprocess.run(
        ["./configure", f"--with-cc={compiler()}", *flags.split(),
         f"--with-cc-opt={cc_opt}", f"--add-dynamic-module={ROOT}"],
        cwd=tree, capture_output=True, text=True, check=False)


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
@pytest.mark.timeout(540)
def test_add_dynamic_module_builds_what_nginx_loads(built, tmp_path):
    done = loads(built, tmp_path)
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("door", [
    "cmake", pytest.param("configure", marks=pytest.mark.slow)])
def test_only_what_nginx_looks_up_is_exported(door, request):
    module = os.environ["MODULE_SO"] if door == "cmake" else \
        request.getfixturevalue("built")
    assert exported(module) == {
        "ngx_modules", "ngx_module_names", "ngx_module_order"}


def test_the_cmake_build_loads(tmp_path):
    done = loads(os.environ["MODULE_SO"], tmp_path)
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("header, package", [
    ("curl/curl.h", "libcurl4-openssl-dev"),
    ("jansson.h", "libjansson-dev"),
    ("openssl/evp.h", "libssl-dev"),
])
def test_a_missing_library_is_named_with_its_package(header, package,
                                                     tmp_path):
    hidden = tmp_path / "hidden" / header
    hidden.parent.mkdir(parents=True)
    hidden.write_text("#error hidden\n")
    tree = tmp_path / "nginx"
    tree.mkdir()
    done = configure(tree, f"-I{tmp_path}/hidden")
    assert done.returncode == 1
    assert f"{NAME} needs" in done.stdout
    assert package in done.stdout
