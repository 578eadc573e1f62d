# SPDX-License-Identifier: Apache-2.0
"""Lint: each setting of a location is inherited by the locations inside, and
each rule of the core's Location is made of them."""

import re

from tree import check

SETTINGS, RULES = "src/ngx/conf/conf.hpp", "src/oidc/policy.hpp"
MERGED = "src/ngx/conf/directives.cpp"

# What the merge makes anew for each location.
OWN = {"policy", "has_warned", "own_rule"}
NUMBERED = {"index"}  # by note_location

MEMBER = re.compile(r"^    (?:mutable )?[\w:<>, ]+?[> ](\w+)(?: = [^;]+)?;",
                    re.M)


def body(text, head):
    """From the line with `head` to the next one that closes it."""
    at = text.find(head)
    return text[at:text.find("\n}", at)] if at >= 0 else ""


def members(text, struct):
    return MEMBER.findall(body(text, f"\nstruct {struct} {{"))


def merge(tree):
    merged = tree.get(MERGED, "")
    inherited = body(merged, "\nchar* merge_loc_conf(")
    built = body(merged, "\nvoid build_policy(")
    for name in members(tree.get(SETTINGS, ""), "LocConf"):
        if name not in OWN and not re.search(
                rf"inherit\(c\.{name}, p\.{name}\)|\bc\.{name} = ", inherited):
            yield f"{SETTINGS}:1: {name} is not inherited by merge_loc_conf"
    for name in members(tree.get(RULES, ""), "Location"):
        if name not in NUMBERED and not re.search(rf"\bp\.{name} =", built):
            yield f"{RULES}:1: {name} is not set by build_policy"


LOC = """
struct LocConf {
    std::optional<bool> a;
    std::vector<std::string> b;
    bool c = false;  // so
    oidc::Location policy;
    mutable bool has_warned = false;

    bool is_protected() const noexcept { return a && *a; }
};
"""
LOCATION = """
struct Location {
    unsigned index = ~0u;
    std::vector<std::string> b;
};
"""
MERGE = """
void build_policy(LocConf& l) {
    p.b = l.b;
}

char* merge_loc_conf(ngx_conf_t* cf, void* parent, void* child) noexcept {
    inherit(c.a, p.a);
    inherit(c.b, p.b);
    c.c = c.a ? c.c : p.c;
}
"""
GOOD = {SETTINGS: LOC, RULES: LOCATION, MERGED: MERGE}

check(merge,
      bad=[{**GOOD, MERGED: MERGE.replace(line, "")}
           for line in ("inherit(c.a, p.a);", "inherit(c.b, p.b);",
                        "c.c = c.a ? c.c : p.c;", "p.b = l.b;")],
      good=[GOOD, {}])
