// SPDX-License-Identifier: Apache-2.0
#include "oidc/policy_id.hpp"

#include "oidc/fakes.hpp"

namespace oidc::test {
namespace {

enum Dependents : unsigned { nothing = 0, verdicts = 1, grants = 2 };

void change(std::string& value) {
    value += "x";
}
void change(base::Secret& value) {
    value = base::Secret("another secret of thirty-two bytes");
}
void change(base::Seconds& value) {
    value += base::Seconds(1);
}
void change(bool& value) {
    value = !value;
}
void change(std::uint64_t& value) {
    value++;
}
void change(std::uint32_t& value) {
    value++;
}
void change(jose::AlgSet& value) {
    value.add(jose::Alg::HS256);
}
void change(MethodSet& value) {
    value.add(Method::userinfo);
}
void change(std::vector<std::string>& value) {
    value.emplace_back("x");
}
void change(std::vector<OwnAddress>& value) {
    value.push_back({"/x", ""});
}
void change(ProviderEndpoints& value) {
    value.jwks += "x";
}
void change(const session::Store*& value) {
    value = &session::cookie_store();
}
void change(CookiePolicy& value) {
    value.name += "x";
}
void change(LogoutPolicy& value) {
    value.query_arg += "x";
}
template <class T>
requires std::is_enum_v<T>
void change(T& value) {
    value = static_cast<T>(static_cast<int>(value) + 1);
}

struct Ids {
    std::uint64_t verdict, grant;
    explicit Ids(const Provider& p)
        : verdict(verdict_policy(p)), grant(grant_policy(p, "ca")) {}
};

TEST(PolicyId, IsTheSameForTheSameSettings) {
    const Ids a(generic_provider());
    const Ids b(generic_provider());
    EXPECT_EQ(a.verdict, b.verdict);
    EXPECT_EQ(a.grant, b.grant);
}

TEST(PolicyId, ChangesWithEachSettingThatResultsDependOn) {  // AC-438
    const Ids before(generic_provider());
#define FIRST(member, dependents)                                          \
    {                                                                      \
        Provider p = generic_provider();                                   \
        change(p.member);                                                  \
        const Ids after(p);                                                \
        EXPECT_EQ(after.verdict != before.verdict,                         \
                  ((dependents)&verdicts) != 0)                            \
            << #member;                                                    \
        EXPECT_EQ(after.grant != before.grant, ((dependents)&grants) != 0) \
            << #member;                                                    \
    }
#define NEXT FIRST
#include "oidc/provider_fields.def"
#undef FIRST
#undef NEXT
}

TEST(PolicyId, ChangesWithEachEndpoint) {
    const Ids before(generic_provider());
    for (auto endpoint :
         {&ProviderEndpoints::authorization, &ProviderEndpoints::token,
          &ProviderEndpoints::userinfo, &ProviderEndpoints::introspection,
          &ProviderEndpoints::revocation, &ProviderEndpoints::end_session,
          &ProviderEndpoints::jwks}) {
        Provider p = generic_provider();
        p.endpoints.*endpoint = "https://idp.example/x";
        EXPECT_NE(Ids(p).verdict, before.verdict);
        EXPECT_NE(Ids(p).grant, before.grant);
    }
}

TEST(PolicyId, DiffersForShiftedItems) {
    Provider a = generic_provider();
    Provider b = generic_provider();
    a.audience = {"one", "two"};
    b.audience = {"one"};
    b.allowed_clients.insert(b.allowed_clients.begin(), "two");
    EXPECT_NE(Ids(a).verdict, Ids(b).verdict);
}

TEST(PolicyId, GrantsDependOnTheTrustInTheProvider) {
    const Provider p = generic_provider();
    EXPECT_NE(grant_policy(p, "ca"), grant_policy(p, "another ca"));
}

}  // namespace
}  // namespace oidc::test
