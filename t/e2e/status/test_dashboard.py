# SPDX-License-Identifier: Apache-2.0
"""The Grafana dashboard and docs/status.md name the metrics that exist."""

import json
import re

from gateway import ROOT
from prometheus import read
from visitor import send

SITE = """
    oidc_provider cognito { @PROVIDER@ }
    server {
        listen 127.0.0.1:@PORT@;
        location / { auth_oidc cognito; proxy_pass http://@UPSTREAM@; }
        location /status { allow all; auth_oidc_status; }
    }
"""
DASHBOARD = json.loads((ROOT / "docs/grafana-dashboard.json").read_text())
METRIC = re.compile(r"auth_oidc_[a-z_]+")


def expressions():
    return [target["expr"] for panel in DASHBOARD["panels"]
            for target in panel.get("targets", [])]


def known(site):
    """All names a query may use."""
    families = read(send("GET", site.url("/status?format=prometheus")).text
                    ).types
    parts = {name + part for name, kind in families.items()
             if kind == "histogram" for part in ("_bucket", "_sum", "_count")}
    return set(families), set(families) | parts


def test_dashboard_queries_existing_metrics(gateway):
    _, names = known(gateway(SITE))
    asked = {name for text in expressions() for name in METRIC.findall(text)}
    assert asked and asked <= names


def test_every_metric_is_documented_and_in_the_dashboard(gateway):
    families, _ = known(gateway(SITE))
    page = set(METRIC.findall((ROOT / "docs/status.md").read_text()))
    shown = " ".join(expressions())
    assert families <= page
    assert [name for name in sorted(families) if name not in shown] == []


def test_dashboard_panels_do_not_overlap():
    places = [panel["gridPos"] for panel in DASHBOARD["panels"]]
    cells = [(x, y) for p in places for x in range(p["x"], p["x"] + p["w"])
             for y in range(p["y"], p["y"] + p["h"])]
    assert len(cells) == len(set(cells))
    assert max(x for x, _ in cells) < 24
    numbers = [panel["id"] for panel in DASHBOARD["panels"]]
    assert len(numbers) == len(set(numbers))
