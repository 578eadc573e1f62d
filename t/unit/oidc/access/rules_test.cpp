// SPDX-License-Identifier: Apache-2.0
#include "oidc/access/rules.hpp"

#include <gtest/gtest.h>

#include "oidc/fakes.hpp"
#include "oidc/policy.hpp"

namespace oidc::test {
namespace {

// Somebody with these claims at a location with some rules.
class Rules {
public:
    explicit Rules(std::string claims) {
        auto parsed = jose::Claims::parse(std::move(claims));
        EXPECT_TRUE(parsed);
        identity_ =
            share(identify(provider, Method::bearer, std::move(*parsed)));
    }

    // The reason word of the rule that is not met, or "met".
    std::string judge() const {
        const auto unmet = access::unmet_rule(location, provider, *identity_);
        return unmet ? std::string(base::word(unmet->reason.code)) : "met";
    }
    const Identity& identity() const { return *identity_; }

    Provider provider = generic_provider();
    Location location;

private:
    IdentityRef identity_;
};

std::string scope(std::string claims, AnyOf entries) {
    Rules rules(std::move(claims));
    rules.location.scopes = {std::move(entries)};
    return rules.judge();
}

std::string group(std::string claims, AnyOf entries) {
    Rules rules(std::move(claims));
    rules.location.groups = {std::move(entries)};
    return rules.judge();
}

std::string claim(std::string claims, std::string_view path, AnyOf entries) {
    Rules rules(std::move(claims));
    rules.location.claims = {{parse_claim_path(path), std::move(entries)}};
    return rules.judge();
}

TEST(Scopes, MatchWholeWords) {  // AC-301
    EXPECT_EQ(scope(R"({"scope":"read write"})", {{"read"}}), "met");
    EXPECT_EQ(scope(R"({"scope":"write  read"})", {{"read"}}), "met");
    EXPECT_EQ(scope(R"({"scope":["read","write"]})", {{"write"}}), "met");
    EXPECT_EQ(scope(R"({"scp":["read"]})", {{"read"}}), "met");
    EXPECT_EQ(scope(R"({"scp":"read write"})", {{"write"}}), "met");
    EXPECT_EQ(
        scope(R"({"scope":"kongresource/scope1"})", {{"kongresource/scope1"}}),
        "met");
}

TEST(Scopes, RefuseSimilarWords) {  // AC-301
    for (const char* claims :
         {R"({})", R"({"scope":""})", R"({"scope":"readwrite"})",
          R"({"scope":"READ"})", R"({"scope":"read,write"})",
          R"({"scope":"read\twrite"})", R"({"scope":"xread readx"})",
          R"({"scope":["read write"]})", R"({"scope":[["read"]]})",
          R"({"scope":{"read":1}})", R"({"scope":null,"scp":"read"})",
          R"({"scope":7})", R"({"scope":"read\u0000"})"}) {
        EXPECT_EQ(scope(claims, {{"read"}}), "scope_missing") << claims;
    }
}

TEST(Scopes, EntriesAreAlternativesAndTheirWordsAreNot) {
    const char* claims = R"({"scope":"a b"})";

    EXPECT_EQ(scope(claims, {{"a", "b"}}), "met");
    EXPECT_EQ(scope(claims, {{"a", "c"}}), "scope_missing");
    EXPECT_EQ(scope(claims, {{"a", "c"}, {"b"}}), "met");
    EXPECT_EQ(scope(claims, {{"c"}, {"d"}}), "scope_missing");
}

TEST(Scopes, DirectivesMustAllHold) {
    Rules rules(R"({"scope":"a b"})");
    rules.location.scopes = {{{"a"}}, {{"b"}}};
    EXPECT_EQ(rules.judge(), "met");
    rules.location.scopes = {{{"a"}}, {{"c", "d"}, {"e"}}};
    EXPECT_EQ(rules.judge(), "scope_missing");

    const auto unmet =
        access::unmet_rule(rules.location, rules.provider, rules.identity());
    EXPECT_EQ(unmet->scopes, (AllOf{"c", "d"})) << "for the challenge";
}

TEST(Rules, DenyWhatCannotBeEvaluated) {  // AC-103
    EXPECT_EQ(scope(R"({"scope":"a"})", {}), "scope_missing");
    EXPECT_EQ(scope(R"({"scope":"a"})", {{}}), "scope_missing");
    EXPECT_EQ(group(R"({"groups":["a"]})", {}), "group_missing");
    EXPECT_EQ(claim(R"({"a":"b"})", "a", {}), "claim_mismatch");
    EXPECT_EQ(claim(R"({"a":"b"})", "a", {{}}), "claim_mismatch");
    EXPECT_EQ(claim(R"({"a":"b"})", "", {{"b"}}), "claim_mismatch");
    EXPECT_EQ(claim(R"({"a":"b"})", "x", {{"b"}}), "claim_mismatch");
    EXPECT_EQ(claim(R"({"a":"b"})", "a.b", {{"b"}}), "claim_mismatch");
    EXPECT_EQ(claim(R"({"a":["b"]})", "a.0", {{"b"}}), "claim_mismatch");
    EXPECT_EQ(claim(R"({"a":null})", "a", {{"null"}}), "claim_mismatch");
    EXPECT_EQ(claim(R"({"a":{}})", "a", {{"{}"}}), "claim_mismatch");

    Rules rules(R"({"groups":["a"]})");
    rules.provider.groups_claim = "";
    rules.location.groups = {{{"a"}}};
    EXPECT_EQ(rules.judge(), "group_missing");
}

TEST(Groups, AreOneStringOrAnArrayOfStrings) {  // AC-101, AC-402
    EXPECT_EQ(group(R"({"groups":"admin"})", {{"admin"}}), "met");
    EXPECT_EQ(group(R"({"groups":["dev","admin"]})", {{"admin"}}), "met");
    EXPECT_EQ(group(R"({"groups":["a,b","c:d","e f"]})", {{"a,b", "c:d"}}),
              "met");
    for (const char* groups :
         {R"("admin,dev")", R"({"admin":1})", R"([["admin"]])",
          R"(["admin\u0000x"])", R"("admin\u0000")", "null", "true", "7", "[]",
          R"([null])", R"("admin dev")", R"(["x,admin"])"}) {
        EXPECT_EQ(
            group(R"({"groups":)" + std::string(groups) + "}", {{"admin"}}),
            "group_missing")
            << groups;
    }
    EXPECT_EQ(group("{}", {{"admin"}}), "group_missing");
}

TEST(Groups, RefuseSimilarNames) {  // AC-102
    for (const char* name :
         {"administrators", "admin ", " admin", "ADMIN", "admi", "admin."}) {
        EXPECT_EQ(group(R"({"groups":[")" + std::string(name) + R"("]})",
                        {{"admin"}}),
                  "group_missing")
            << name;
    }
}

TEST(Groups, AreReadFromTheClaimOfTheProvider) {  // AC-402
    Rules cognito(R"({"cognito:groups":["admin"],"groups":["other"]})");
    cognito.provider.groups_claim = "cognito:groups";
    cognito.location.groups = {{{"admin"}}};
    EXPECT_EQ(cognito.judge(), "met");

    Rules keycloak(R"({"realm_access":{"roles":["admin"]}})");
    keycloak.provider.groups_claim = "realm_access.roles";
    keycloak.location.groups = {{{"admin"}}};
    EXPECT_EQ(keycloak.judge(), "met");
}

TEST(Claims, AreComparedExactly) {
    EXPECT_EQ(claim(R"({"tier":"gold"})", "tier", {{"gold"}}), "met");
    EXPECT_EQ(claim(R"({"tier":"gold"})", "tier", {{"silver"}, {"gold"}}),
              "met");
    EXPECT_EQ(claim(R"({"tier":["gold","red"]})", "tier", {{"gold", "red"}}),
              "met");
    for (const char* tier : {"Gold", "gol", "golden", "", "gold "}) {
        EXPECT_EQ(claim(R"({"tier":")" + std::string(tier) + R"("})", "tier",
                        {{"gold"}}),
                  "claim_mismatch")
            << tier;
    }
}

TEST(Claims, NumbersAndBooleansAreTheirJsonText) {  // AC-100, AC-405
    EXPECT_EQ(claim(R"({"level":3})", "level", {{"3"}}), "met");
    EXPECT_EQ(claim(R"({"email_verified":true})", "email_verified", {{"true"}}),
              "met");
    EXPECT_EQ(
        claim(R"({"email_verified":"true"})", "email_verified", {{"true"}}),
        "met")
        << "Cognito writes it so in userinfo";
    for (const char* value :
         {"false", R"("false")", "0", "1", "null", R"("TRUE")", "[]", "{}"}) {
        EXPECT_EQ(claim(R"({"email_verified":)" + std::string(value) + "}",
                        "email_verified", {{"true"}}),
                  "claim_mismatch")
            << value;
    }
}

TEST(ClaimPaths, ReachOddNames) {  // AC-104
    const std::string claims =
        R"({"cognito:groups":["a"],"https://x.example/roles":["b"],)"
        R"("__proto__":"c","a/b":"d","realm":{"x.y":{"z":"e"}},)"
        R"("it's":"f","dot.ted":"g","dot":{"ted":"h"}})";

    EXPECT_EQ(claim(claims, "cognito:groups", {{"a"}}), "met");
    EXPECT_EQ(claim(claims, "https://x.example/roles", {{"b"}}), "met");
    EXPECT_EQ(claim(claims, "__proto__", {{"c"}}), "met");
    EXPECT_EQ(claim(claims, "a/b", {{"d"}}), "met");
    EXPECT_EQ(claim(claims, R"("realm"."x.y"."z")", {{"e"}}), "met");
    EXPECT_EQ(claim(claims, "it's", {{"f"}}), "met");
    EXPECT_EQ(claim(claims, "dot.ted", {{"g"}}), "met");
}

TEST(ClaimPaths, AreUnambiguousWhenQuoted) {  // AC-104
    const std::string claims =
        R"({"dot.ted":"g","dot":{"ted":"h"},"a.b":{"c":"i"},"a.b.c":"j"})";

    EXPECT_EQ(claim(claims, R"("dot"."ted")", {{"h"}}), "met");
    EXPECT_EQ(claim(claims, R"("dot.ted")", {{"g"}}), "met");
    EXPECT_EQ(claim(claims, R"("a.b"."c")", {{"i"}}), "met");
    EXPECT_EQ(claim(claims, R"("a.b"."c")", {{"j"}}), "claim_mismatch");
    EXPECT_EQ(claim(claims, R"("a.c")", {{"i"}}), "claim_mismatch");
    for (const char* path : {"\"", "\"\"", "\"dot", "\"dot\".", "\"dot\"ted",
                             "\"dot\".ted", "\"dot\"..\"ted\""}) {
        EXPECT_EQ(claim(claims, path, {{"g"}, {"h"}, {"i"}, {"j"}}),
                  "claim_mismatch")
            << path;
    }
}

TEST(ClaimPaths, PreferAClaimOfTheWholeNameEvenIfNull) {
    EXPECT_EQ(claim(R"({"a.b":null,"a":{"b":"x"}})", "a.b", {{"x"}}),
              "claim_mismatch");
    EXPECT_EQ(claim(R"({"a":{"b":"x"}})", "a.b", {{"x"}}), "met");
    EXPECT_EQ(claim(R"({"":{"":"x"}})", ".", {{"x"}}), "met");
}

TEST(Rules, CheckPresence) {
    Location location;
    EXPECT_FALSE(access::has_rules(location));
    location.audience = {"api"};
    EXPECT_FALSE(access::has_rules(location)) << "that is for tokens alone";
    location.scopes = {{{"a"}}};
    EXPECT_TRUE(access::has_rules(location));
}

}  // namespace
}  // namespace oidc::test
