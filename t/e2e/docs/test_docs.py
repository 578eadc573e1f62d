# SPDX-License-Identifier: Apache-2.0
"""What README.md and docs/ show in nginx's language is read by nginx: each
block marked `nginx`, in the place where it belongs."""

import re

import pytest

from examples import files
from gateway import ROOT

COMING = sorted((ROOT / "docs").glob("coming-from-*.md"))
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
BLOCK = re.compile(r"^```nginx\n(.*?)^```$", re.M | re.S)
# The first word of a block says where it belongs; all else: a location.
MAIN = {"load_module", "http"}
HTTP = {"oidc_provider", "oidc_session_store", "oidc_cache_zone",
        "auth_oidc_claim_set", "map", "server", "log_format",
        "limit_req_zone", "proxy_cache_path"}
SERVER = {"location", "error_page"}
NO_PROVIDER = {"off", "$tenant"}
STUB = """
    oidc_provider %s {
        issuer https://login.example.org;
        client_id stub;
        cookie_name stub_%d;
    }
"""


def blocks():
    for page in PAGES:
        for number, match in enumerate(BLOCK.finditer(page.read_text()), 1):
            yield pytest.param(match[1], id=f"{page.name}-{number}")


def stubs(text):
    """Providers that a block uses and does not describe."""
    used = set(re.findall(r"auth_oidc +([^;]+);", text))
    described = set(re.findall(r"oidc_provider +(\S+) ", text))
    names = sorted(used - described - NO_PROVIDER)
    tenants = re.findall(r"example\.org +(\w+);", text) \
        if "$tenant" in used else []
    return "".join(STUB % (name, number) for number, name in
                   enumerate([*names, *tenants]))


def first_word(text):
    return re.match(r"(?:\s*#.*\n|\s)*(\w+)", text)[1]


def placed(text):
    """The block in what nginx needs around it."""
    word = first_word(text)
    if word in MAIN:
        return re.search(r"^http \{\n(.*)^\}", text, re.M | re.S)[1]
    if word in HTTP:
        return stubs(text) + text
    inside = text if word in SERVER else f"location / {{ {text} }}"
    return f"{stubs(text)} server {{ listen 127.0.0.1:@PORT@; {inside} }}"


def moved(text, folder):
    """Ports that are free, and folders that are there."""
    text = re.sub(r"listen +(?:443|8000)\b", "listen 127.0.0.1:@PORT@", text)
    text = re.sub(r"server \{\n(?! *listen)",
                  "server {\n listen 127.0.0.1:@PORT@;\n", text)
    return text.replace("/var/cache/nginx/app", f"{folder}/tmp/app") \
        .replace("http://backend;", "http://127.0.0.1:8080;")


@pytest.mark.parametrize("text", blocks())
def test_example_of_a_page_passes_nginx_t(text, gateways, tls):
    site = gateways()
    files(site.dir, tls, "not a secret")
    site.write(placed(moved(text, site.dir)))
    status, said = site.test()
    assert status == 0, said


@pytest.mark.parametrize("page", COMING, ids=lambda page: page.stem)
def test_first_example_of_a_page_admits_users_alone(page, running, visitors):
    first = BLOCK.search(page.read_text())[1]
    site = running(placed(moved(first, "")), exchanges={
        "https://provider.domain": "@ISSUER@", "unique_id": "@CLIENT_ID@",
        "unique_secret": "@CLIENT_SECRET@"})
    url = site.url("/", scheme="https" if " ssl;" in first else "http")
    person = visitors()
    answer = person.open(url)
    assert answer.status == 200
    for name in re.findall(r"_set_header +(\S+) +\$oidc_", first):
        assert answer.sent(name), f"{name} does not arrive"
    assert person.script(url).status == 200
    assert visitors().script(url).status == 401


def test_examples_are_found_in_every_page():
    """A change of the fences shall not make the test above empty."""
    assert sum(1 for _ in blocks()) >= 25
    assert len(COMING) == 7


def anchors(page):
    """What a forge makes of the headings of a page."""
    text = re.sub(r"^```.*?^```$", "", page.read_text(), flags=re.M | re.S)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-")
            for heading in re.findall(r"^#+ +(.+)$", text, re.M)}


def test_relative_links_lead_to_files():
    lost = []
    for page in [*PAGES, *ROOT.glob("*.md")]:
        for link in re.findall(r"\]\(([^)\s]+)\)", page.read_text()):
            path, _, anchor = link.partition("#")
            if ":" in path:
                continue
            target = (page.parent / path).resolve() if path else page
            if not target.exists() or \
                    (anchor and anchor not in anchors(target)):
                lost.append(f"{page.name}: {link}")
    assert not lost, "\n".join(lost)
