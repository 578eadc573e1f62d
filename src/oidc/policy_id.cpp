// SPDX-License-Identifier: Apache-2.0
#include "oidc/policy_id.hpp"

#include <cstring>

#include "base/byte_io.hpp"
#include "crypto/digest.hpp"

namespace oidc {
namespace {

enum Dependents : unsigned { nothing = 0, verdicts = 1, grants = 2 };

// Each value follows its length or has a fixed size, so that no two settings
// give the same bytes.
class Fields {
public:
    void add(std::string_view text) { out_.blob(text); }
    void add(const base::Secret& secret) {
        add(crypto::view(crypto::sha256(secret.reveal())));
    }
    void add(base::Seconds time) { out_.i64(time.count()); }
    void add(jose::AlgSet algs) { out_.i64(algs.bits()); }
    template <class T>
    requires std::is_enum_v<T> || std::is_same_v<T, bool>
    void add(T word) { out_.u8(static_cast<std::uint8_t>(word)); }
    void add(const std::vector<std::string>& list) {
        out_.u32(static_cast<std::uint32_t>(list.size()));
        for (const std::string& item : list) {
            add(item);
        }
    }
    void add(const ProviderEndpoints& e) {
        const auto& [authorization, token, userinfo, introspection, revocation,
                     end_session, jwks] = e;
        for (const std::string* url :
             {&authorization, &token, &userinfo, &introspection, &revocation,
              &end_session, &jwks}) {
            add(*url);
        }
    }

    std::uint64_t number() {
        const auto digest = crypto::sha256(out_.bytes());
        std::uint64_t id = 0;
        std::memcpy(&id, digest.data(), sizeof id);
        return id;
    }

private:
    base::ByteWriter out_;
};

// Fails to compile when Provider has a member that the list has not.
[[maybe_unused]] void every_member_is_listed(const Provider& p) {
    [[maybe_unused]] const auto& [
#define FIRST(member, dependents) member
#define NEXT(member, dependents) , member
#include "oidc/provider_fields.def"
#undef FIRST
#undef NEXT
    ] = p;
}

template <bool Counts, class Value>
void add_if(Fields& all, const Value& value) {
    if constexpr (Counts) {
        all.add(value);
    }
}

template <Dependents Whose>
Fields fields_of(const Provider& p) {
    Fields all;
#define FIRST(member, dependents) \
    add_if<((dependents)&Whose) != 0>(all, p.member);
#define NEXT FIRST
#include "oidc/provider_fields.def"
#undef FIRST
#undef NEXT
    return all;
}

}  // namespace

std::uint64_t verdict_policy(const Provider& p) {
    return fields_of<verdicts>(p).number();
}

std::uint64_t grant_policy(const Provider& p, std::string_view trust) {
    Fields all = fields_of<grants>(p);
    all.add(trust);
    return all.number();
}

}  // namespace oidc
