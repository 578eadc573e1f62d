// SPDX-License-Identifier: Apache-2.0
// The fast path: credentials that this worker has accepted at a location, found
// in one look-up until something that they were judged by changes.
//
// Each use checks all bytes of the credential, its expiry, that the keys or the
// session are those that it was judged by, and that it met the rules of this
// location.
#pragma once

#include <array>
#include <optional>
#include <string_view>

#include "oidc/memory/identity_table.hpp"
#include "oidc/memory/token_digest.hpp"
#include "oidc/memory/token_table.hpp"
#include "oidc/ports.hpp"

namespace oidc::access {

// What a request shows of credentials, as views of its header lines.
struct Shown {
    static constexpr std::size_t kMaxCookieLines = 4;

    std::string_view scheme;
    std::string_view host;  // lower case
    std::string_view port;  // with its colon, or ""
    unsigned authorizations = 0;
    std::string_view authorization;  // the last one
    std::size_t cookie_lines = 0;    // Cookie fields, also beyond kMax
    std::array<std::string_view, kMaxCookieLines> cookies;
    // A logout by a query argument, or credentials in another header field.
    bool may_show_more = false;
};

// The tables of one worker.
class AcceptCache {
public:
    struct Capacity {
        std::size_t identities = 16384;
        std::size_t tokens = 262144;  // 64 bytes each, as they come
    };
    // `seed` is random: it selects the places in the table of identities.
    AcceptCache(std::uint64_t seed, Capacity);

    struct Decision {
        // Null: the request is judged by the flow, unless the token is
        // accepted.
        IdentityRef identity = {};
        // It carries no credential of any kind.
        bool is_stranger = false;
        // Of a bearer token whose identity is not at hand: the token, the key
        // of its verdict, and whether it was accepted here before. Its claims
        // are read when they are asked for.
        std::string_view token = {};
        std::optional<crypto::Digest256> token_key = {};
        bool is_accepted = false;
        std::uint64_t denials = 0;  // as it was decided
    };
    // `generation` is that of the provider's keys, if the request has an
    // Authorization field. The sessions and marks are those of the provider.
    Decision decide(const Shown&, const Provider&, const Location&,
                    std::uint64_t generation, SessionRecords&, SharedMarks&,
                    base::Instant now);
    // Remembers the token of a decision, which the flow has accepted; not if
    // the keys were replaced meanwhile, since it is not known which ones it was
    // judged by.
    void note(const Decision&, const Location&, const IdentityRef&,
              std::uint64_t generation_before, std::uint64_t generation_after,
              base::Instant now);

    memory::IdentityTable& identities() noexcept { return identities_; }
    memory::TokenDigestMemo& token_digests() noexcept { return digests_; }

private:
    Decision by_session(const Shown&, const Provider&, const Location&,
                        SessionRecords&, SharedMarks&, base::Instant now);
    Decision by_authorization(const Shown&, const Provider&, const Location&,
                              std::uint64_t generation, SharedMarks&,
                              base::Instant now);
    void look_for_token(Decision&, const Provider&, const Location&,
                        std::uint64_t generation, base::Instant now);

    memory::IdentityTable identities_;
    memory::TokenDigestMemo digests_;
    memory::TokenTable tokens_;
};

}  // namespace oidc::access
