// SPDX-License-Identifier: Apache-2.0
#include "metrics/status.hpp"

#include <gtest/gtest.h>

#include "base/json.hpp"
#include "metrics/exposition.hpp"
#include "oidc/policy.hpp"

namespace metrics {
namespace {

Status sample() {
    Status status;
    status.providers.resize(2);
    ProviderStatus& p = status.providers[0];
    p.name = "cognito";
    p.counts[Place::requests(Method::bearer, Result::allowed)] = 41;
    p.counts[Place::refusals(base::Errc::token_expired)] = 3;
    p.counts[Place::calls(Call::token_code, CallResult::ok)] = 4;
    p.counts[Place::latency(Call::token_code, 0)] = 1;
    p.counts[Place::latency(Call::token_code, 2)] = 2;
    p.counts[Place::latency(Call::token_code, kBuckets.size())] = 1;
    p.counts[Place::latency_sum(Call::token_code)] = 12'000'345;
    p.counts[Place::saved(Call::token_code, Saving::cache)] = 7;
    p.counts[Place::verdicts(Verdict::remembered)] = 6;
    p.key_set = {5, 60, true};
    status.providers[1].name = "a \"quoted\\\n name";
    status.stores = {{"fleet", true, false}};
    status.tables = {{"oidc", "sessions", 10, 20, 100, 2, 3, 1},
                     {"oidc", "tokens", 1, 1, 8, 0, 0, 0}};
    return status;
}

TEST(Prometheus, IsWellFormed) {
    const Exposition text(to_prometheus(sample()));
    EXPECT_EQ(text.fault(), "");
    for (const auto& [name, type] : text.types()) {
        EXPECT_TRUE(name.starts_with("auth_oidc_")) << name;
        EXPECT_EQ(name.ends_with("_total"), type == "counter") << name;
    }
    EXPECT_EQ(Exposition(to_prometheus(Status{})).fault(), "");
}

TEST(Prometheus, ReportsStores) {
    const Exposition text(to_prometheus(sample()));
    EXPECT_EQ(text.value(R"(auth_oidc_store_up{store="fleet"})"), "1");
    EXPECT_EQ(text.value(R"(auth_oidc_store_listening{store="fleet"})"), "0");
}

TEST(Prometheus, ReportsWhatWasCounted) {
    const Exposition text(to_prometheus(sample()));
    const std::string p = R"({provider="cognito",)";
    EXPECT_EQ(text.value("auth_oidc_requests_total" + p +
                         R"(method="bearer",result="allowed"})"),
              "41");
    EXPECT_EQ(text.value("auth_oidc_requests_total" + p +
                         R"(method="bearer",result="refused"})"),
              "0");
    EXPECT_EQ(text.value("auth_oidc_refusals_total" + p +
                         R"(reason="token_expired"})"),
              "3");
    EXPECT_EQ(text.value("auth_oidc_refusals_total" + p +
                         R"(reason="alg_not_allowed"})"),
              "-");
    EXPECT_EQ(text.value("auth_oidc_provider_calls_total" + p +
                         R"(call="token_code",result="ok"})"),
              "4");
    EXPECT_EQ(text.value("auth_oidc_provider_calls_saved_total" + p +
                         R"(call="token_code",by="cache"})"),
              "7");
    EXPECT_EQ(text.value("auth_oidc_token_verdicts_total" + p +
                         R"(by="remembered"})"),
              "6");
    EXPECT_EQ(text.value(R"(auth_oidc_key_set_age_seconds)"
                         R"({provider="cognito"})"),
              "60");
    EXPECT_EQ(text.value(R"(auth_oidc_key_set_stale{provider="cognito"})"),
              "1");
    EXPECT_EQ(text.value(R"(auth_oidc_table_evictions_total)"
                         R"({zone="oidc",table="sessions"})"),
              "2");
    EXPECT_EQ(text.value(R"(auth_oidc_table_rejections_total)"
                         R"({zone="oidc",table="sessions"})"),
              "3");
}

TEST(Prometheus, BucketsAddUp) {
    const Exposition text(to_prometheus(sample()));
    const std::string name = "auth_oidc_provider_call_seconds";
    const std::string labels = R"({provider="cognito",call="token_code")";
    const auto bucket = [&](const std::string& le) {
        return text.value(name + "_bucket" + labels + ",le=\"" + le + "\"}");
    };
    EXPECT_EQ(bucket("0.005"), "1");
    EXPECT_EQ(bucket("0.01"), "1");
    EXPECT_EQ(bucket("0.025"), "3");
    EXPECT_EQ(bucket("10"), "3");
    EXPECT_EQ(bucket("+Inf"), "4");
    EXPECT_EQ(text.value(name + "_count" + labels + "}"), "4");
    EXPECT_EQ(text.value(name + "_sum" + labels + "}"), "12.000345");
}

TEST(Prometheus, LabelsAreEscaped) {
    const Exposition text(to_prometheus(sample()));
    EXPECT_EQ(text.value("auth_oidc_requests_total"
                         R"({provider="a \"quoted\\\n name",)"
                         R"(method="none",result="failed"})"),
              "0");
}

TEST(Prometheus, AbsentKeySetHasNoAge) {
    Status status = sample();
    status.providers[0].key_set.reset();
    const Exposition text(to_prometheus(status));
    ASSERT_FALSE(text.samples().empty());
    for (const auto& [series, value] : text.samples()) {
        EXPECT_EQ(series.find("key_set"), std::string::npos) << series;
    }
}

TEST(Exposition, FindsFormatErrors) {  // or the tests above could not fail
    const std::string head = "# HELP a x\n# TYPE a counter\n";
    EXPECT_EQ(Exposition(head + "a{b=\"c\"} 1\n").fault(), "");
    for (const char* bad :
         {"", "a 1", "a 1\na 1\n", "b 1\n", "a\n", "a{b=c} 1\n",
          "a{b=\"c\" 1\n", "a{b=\"c\"d\"} 1\n", "a{b=\"\\x\"} 1\n",
          "a{1=\"c\"} 1\n", "a x\n", "a_bucket 1\n", "# TYPE c counter\n",
          "# HELP a x\n# TYPE a counter\n"}) {
        const std::string text = *bad == '\0' ? bad : head + bad;
        EXPECT_NE(Exposition(text).fault(), "") << bad;
    }
}

TEST(StatusJson, ReportsWhatWasCounted) {
    const auto document = base::json::Document::parse(to_json(sample()));
    ASSERT_TRUE(document);
    const auto providers = document->root().member("providers");
    const auto cognito = providers.member("cognito");
    const auto call = cognito.member("calls").member("token_code");
    const auto requests = cognito.member("requests").member("bearer");

    EXPECT_EQ(providers.size(), 2u);
    EXPECT_TRUE(providers.member("a \"quoted\\\n name").is_object());
    EXPECT_EQ(requests.member("allowed").integer(), 41);
    EXPECT_EQ(cognito.member("refusals").member("token_expired").integer(), 3);
    EXPECT_EQ(cognito.member("refusals").size(), 1u);
    EXPECT_EQ(call.member("ok").integer(), 4);
    EXPECT_EQ(call.member("saved").member("cache").integer(), 7);
    EXPECT_EQ(cognito.member("verdicts").member("remembered").integer(), 6);
    EXPECT_EQ(cognito.member("verdicts").member("checked").integer(), 0);
    const auto seconds = call.member("seconds");
    EXPECT_EQ(seconds.member("le").member("0.025").integer(), 3);
    EXPECT_EQ(seconds.member("count").integer(), 4);
    EXPECT_EQ(seconds.member("sum_microseconds").integer(), 12'000'345);
    EXPECT_EQ(cognito.member("key_set").member("generation").integer(), 5);
    EXPECT_EQ(cognito.member("key_set").member("age_seconds").integer(), 60);
    EXPECT_TRUE(
        providers.member("a \"quoted\\\n name").member("key_set").is_null());
    const auto table = document->root().member("tables").at(0);
    EXPECT_EQ(table.member("table").string(), "sessions");
    EXPECT_EQ(table.member("used").integer(), 20);
    EXPECT_EQ(document->root().member("tables").size(), 2u);
}

TEST(StatusJson, IsAnObjectWithoutProviders) {
    const auto document = base::json::Document::parse(to_json(Status{}));
    ASSERT_TRUE(document);
    EXPECT_EQ(document->root().member("tables").size(), 0u);
    EXPECT_TRUE(document->root().member("tables").is_array());
}

}  // namespace
}  // namespace metrics
