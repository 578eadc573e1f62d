// SPDX-License-Identifier: Apache-2.0
// Sessions in cookies, sealed with a key that is derived from session_secret.
#include "base/cookie.hpp"
#include "oidc/session/codec.hpp"
#include "oidc/session/ended_sessions.hpp"
#include "oidc/session/limits.hpp"
#include "oidc/session/store.hpp"
#include "oidc/web/cookie_chunks.hpp"
#include "oidc/web/cookie_sealer.hpp"
#include "oidc/web/own_cookies.hpp"

namespace oidc::session {
namespace {

using base::Instant;

// "Cookie: ", and the smallest other cookies.
constexpr std::size_t kOtherHeaderBytes = 64;

web::SealContext seal_context(const RequestContext& context,
                              const SessionCookies& presented) {
    return {.purpose = web::Purpose::session,
            .cookie_name = presented.name,
            .provider = context.provider.name,
            .client_id = context.provider.client_id,
            .host = presented.binding};
}

// Browsers send all cookies in one line; the session must leave room for
// others.
bool fits_into_header(const RequestFacts& facts,
                      const std::vector<web::Chunk>& chunks) {
    std::size_t bytes = kOtherHeaderBytes;
    for (const web::Chunk& chunk : chunks) {
        bytes += chunk.name.size() + chunk.value.size() + 3;  // "=; "
    }
    return facts.header_line_bytes == 0 || bytes <= facts.header_line_bytes;
}

base::Result<SetCookies> seal(const RequestContext& context,
                              const SessionCookies& presented,
                              const Record& record) {
    std::string encoded = encode(record);
    const base::Secret plain = base::Secret::take(encoded);
    const auto sealed = context.ports.sealer.seal(
        seal_context(context, presented), plain.reveal());
    if (!sealed) {
        return sealed.error();
    }
    const auto chunks = web::split(presented.name, sealed->text());
    if (!chunks) {
        return chunks.error();
    }
    if (!fits_into_header(context.facts, *chunks)) {
        return base::Error(base::Errc::session_too_large,
                           "the session in cookies does not fit into one of "
                           "large_client_header_buffers: increase their size, "
                           "or request fewer claims");
    }
    const auto attributes =
        web::cookie_attributes(context.provider, context.facts);
    auto set_cookies = expire_cookies(context, presented, chunks->size());
    for (const web::Chunk& chunk : *chunks) {
        set_cookies.push_back(
            base::set_cookie(chunk.name, chunk.value, attributes));
    }
    return set_cookies;
}

class CookieStore final : public Store {
public:
    std::vector<std::string> values(const RequestFacts& facts,
                                    const std::string& name) const override {
        return web::join(
            name,
            [&](std::string_view one) {
                return web::cookie_values(facts, one);
            },
            kMaxSessionCookies);
    }
    std::size_t arrange(std::span<std::string_view, web::kMaxChunks> parts,
                        std::span<const unsigned, web::kMaxChunks> seen)
        const noexcept override {
        return web::arrange(parts, seen);
    }

    Progress<StoredRecord> open(const RequestContext& context,
                                const SessionCookies& presented,
                                const std::string& cookie,
                                Instant) const override {
        return read_record(context.ports.sealer.open(
            seal_context(context, presented), cookie));
    }
    base::Result<Use> use(const RequestContext&, const SessionCookies&,
                          const std::string&, StoredRecord&,
                          Instant now) const override;
    // The cookie says when it was sealed, and nothing changes that.
    bool use_again(SessionRecords&, const Provider&,
                   memory::IdentityTable::Entry&,
                   Instant) const noexcept override {
        return true;
    }
    Progress<SetCookies> save(const RequestContext& context,
                              const SessionCookies& presented,
                              const Record& record, Instant) const override {
        return seal(context, presented, record);
    }
    Progress<Renewed> replace(const RequestContext& context,
                              const SessionCookies& presented,
                              const std::string&, const StoredRecord& renewed,
                              Instant) const override {
        auto set_cookies = seal(context, presented, renewed.record);
        if (!set_cookies) {
            return set_cookies.error();
        }
        return Renewed{{}, std::move(*set_cookies)};
    }
    bool keeps_cookie() const noexcept override { return false; }
    Progress<void> remove(const RequestContext&, const SessionCookies&,
                          const std::string& cookie,
                          Instant now) const override;

    bool is_in_zone() const noexcept override { return false; }
    bool needs_session_secret() const noexcept override { return true; }
};

base::Result<Use> CookieStore::use(const RequestContext& context,
                                   const SessionCookies& presented,
                                   const std::string&, StoredRecord& stored,
                                   Instant now) const {
    Use use{slide_due(context.provider, stored.last_used), {}};
    const Instant end = absolute_end(context.provider, stored.record);

    if (now >= std::min(use.until, end)) {
        stored.record.last_used = now;
        auto set_cookies = seal(context, presented, stored.record);
        if (!set_cookies) {
            return set_cookies.error();
        }
        use.set_cookies = std::move(*set_cookies);
    }
    return use;
}

// A copy of the cookie ends, too: a stamp tells. What is no session any more
// makes none, since whoever has an old cookie could make many.
Progress<void> CookieStore::remove(const RequestContext& context,
                                   const SessionCookies& presented,
                                   const std::string& cookie,
                                   Instant now) const {
    auto opened = open(context, presented, cookie, now);
    const auto& stored = opened.result();

    if (!stored || stored->record.id.empty() ||
        now >= absolute_end(context.provider, stored->record) ||
        now >= idle_end(context.provider, stored->last_used) ||
        is_ended(context, stored->record, now)) {
        return base::Status();
    }
    return note_end(context, stored->record, now);
}

}  // namespace

const Store& cookie_store() noexcept {
    static constexpr CookieStore kStore;
    return kStore;
}

}  // namespace oidc::session
