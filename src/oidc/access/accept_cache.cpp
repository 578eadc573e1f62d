// SPDX-License-Identifier: Apache-2.0
#include "oidc/access/accept_cache.hpp"

#include <algorithm>

#include "jose/jws.hpp"
#include "oidc/memory/acceptance.hpp"
#include "oidc/session/cookie_key.hpp"
#include "oidc/session/sessions.hpp"
#include "oidc/token/access_token.hpp"
#include "oidc/web/own_origin.hpp"

namespace oidc::access {

using base::Instant;

AcceptCache::AcceptCache(std::uint64_t seed, Capacity capacity)
    : identities_(capacity.identities, seed), tokens_(capacity.tokens) {
}

AcceptCache::Decision AcceptCache::decide(const Shown& shown,
                                          const Provider& provider,
                                          const Location& location,
                                          std::uint64_t generation,
                                          SessionRecords& sessions,
                                          SharedMarks& marks, Instant now) {
    const std::size_t authorizations =
        location.passes_authorization ? 0 : shown.authorizations;
    if (shown.may_show_more || authorizations > 1 ||
        shown.cookie_lines > Shown::kMaxCookieLines ||
        !marks.is_informed(now)) {
        return {};
    }
    return authorizations == 1
               ? by_authorization(shown, provider, location, generation, marks,
                                  now)
               : by_session(shown, provider, location, sessions, marks, now);
}

AcceptCache::Decision AcceptCache::by_session(const Shown& shown,
                                              const Provider& provider,
                                              const Location& location,
                                              SessionRecords& sessions,
                                              SharedMarks& marks, Instant now) {
    if (shown.cookie_lines == 0) {
        return {.is_stranger = true};
    }
    session::SessionCookieKey credential(provider, shown.scheme, shown.host,
                                         shown.port);
    for (std::size_t i = 0; i < shown.cookie_lines; i++) {
        credential.read(shown.cookies[i]);
    }
    if (!credential.has_any()) {
        return {.is_stranger = true};
    }
    return {.identity =
                session::known_session({identities_, sessions, marks}, provider,
                                       location, credential.pieces(), now)};
}

AcceptCache::Decision AcceptCache::by_authorization(
    const Shown& shown, const Provider& provider, const Location& location,
    std::uint64_t keys, SharedMarks& marks, Instant now) {
    const std::uint64_t denials = marks.denials();
    const std::uint64_t generation = memory::judged_by(keys, denials);
    Decision decision{
        .identity = memory::known_authorization(
            identities_, provider, location, shown.authorization,
            web::is_https(provider, shown.scheme), generation, now),
        .denials = denials};

    decision.token = memory::bearer_token(shown.authorization);
    if (!decision.identity && !decision.token.empty() &&
        decision.token.size() <= jose::Limits().token_bytes &&
        location.methods.has(Method::bearer)) {
        look_for_token(decision, provider, location, generation, now);
    }
    return decision;
}

void AcceptCache::look_for_token(Decision& decision, const Provider& provider,
                                 const Location& location,
                                 std::uint64_t generation, Instant now) {
    using Use = memory::TokenTable::Use;

    tokens_.expect(decision.token);
    decision.token_key =
        digests_.of(provider.policy_id, decision.token).of_all();
    switch (tokens_.look(decision.token, *decision.token_key,
                         memory::location_bit(location), generation, now)) {
        case Use::unknown:
            break;
        case Use::seldom:
            decision.is_accepted = true;
            break;
        // Its identity should be known, unless it is too long for that.
        case Use::often:
            decision.is_accepted = decision.token.size() >
                                   memory::IdentityTable::kMaxCredentialBytes;
            break;
    }
}

void AcceptCache::note(const Decision& decision, const Location& location,
                       const IdentityRef& identity,
                       std::uint64_t generation_before,
                       std::uint64_t generation_after, Instant now) {
    if (decision.token_key && generation_before == generation_after &&
        identity && identity->method == Method::bearer) {
        tokens_.note(
            decision.token, *decision.token_key, memory::location_bit(location),
            memory::judged_by(generation_before, decision.denials), now,
            std::min(identity->expires,
                     base::saturating_add(now, token::kMaxVerdictAge)));
    }
}

}  // namespace oidc::access
