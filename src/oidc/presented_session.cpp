#include "oidc/presented_session.hpp"

#include "base/cookie.hpp"
#include "oidc/cookies.hpp"
#include "oidc/sessions.hpp"
#include "session/chunk.hpp"
#include "session/codec.hpp"

namespace oidc {
namespace {

using base::Errc;
using session::Record;

// Each value of the first name with the one set of chunks.
void join_chunks(const Facts& facts, Presented& presented) {
    for (const std::string_view first : cookie_values(facts, presented.name)) {
        if (presented.cookies.size() == kMaxSessionCookies) {
            return;
        }
        auto joined = session::join(presented.name, [&](std::string_view name) {
            return name == presented.name ? std::vector<std::string_view>{first}
                                          : cookie_values(facts, name);
        });
        if (joined && *joined) {
            presented.cookies.push_back(std::move(**joined));
        } else {
            presented.damaged = true;
        }
    }
}

}  // namespace

std::string session_binding(const Provider& provider, const Facts& facts) {
    return provider.cookie.domain.empty() ? own_origin(provider, facts)
                                          : provider.cookie.domain;
}

std::vector<std::string_view> cookie_values(const Facts& facts,
                                            std::string_view name) {
    std::vector<std::string_view> values;

    for (const std::string_view header : facts.cookies) {
        base::each_cookie(header, [&](base::CookiePair pair) {
            if (pair.name == name) {
                values.push_back(pair.value);
            }
        });
    }
    return values;
}

Errc Presented::nothing_found() const noexcept {
    return damaged ? Errc::session_invalid : Errc::session_missing;
}

Presented presented_by(const Context& context) {
    const Facts& facts = context.facts;
    Presented presented;

    presented.name = session_cookie_name(context.provider, facts);
    presented.binding = session_binding(context.provider, facts);
    switch (context.provider.store) {
        case StoreKind::memory:
            for (const auto value : cookie_values(facts, presented.name)) {
                if (presented.cookies.size() < kMaxSessionCookies) {
                    presented.cookies.emplace_back(value);
                }
            }
            break;
        case StoreKind::cookie:
            join_chunks(facts, presented);
            break;
    }
    return presented;
}

session::Context seal_context(const Context& context,
                              const Presented& presented) {
    return {.purpose = session::Purpose::session,
            .cookie_name = presented.name,
            .provider = context.provider.name,
            .host = presented.binding};
}

base::Result<std::vector<std::string>> seal_into_cookies(
    const Context& context, const Presented& presented, const Record& record) {
    std::string encoded = session::encode(record);
    const base::Secret plain = base::Secret::take(encoded);
    const auto sealed =
        context.ports.sealer(context.provider)
            .seal(seal_context(context, presented), plain.reveal());
    if (!sealed) {
        return sealed.error();
    }
    const auto chunks = session::split(presented.name, sealed->text());
    if (!chunks) {
        return chunks.error();
    }
    const auto attributes = cookie_attributes(context.provider, context.facts);
    auto set_cookies = expire_cookies(context, presented, chunks->size());
    for (const session::Chunk& chunk : *chunks) {
        set_cookies.push_back(
            base::set_cookie(chunk.name, chunk.value, attributes));
    }
    return set_cookies;
}

std::vector<std::string> expire_cookies(const Context& context,
                                        const Presented& presented,
                                        std::size_t first_chunk) {
    const auto names = session::chunk_names(presented.name);
    const auto attributes = cookie_attributes(context.provider, context.facts);
    std::vector<std::string> set_cookies;

    for (std::size_t i = first_chunk; i < names.size(); i++) {
        if (!cookie_values(context.facts, names[i]).empty()) {
            set_cookies.push_back(base::expire_cookie(names[i], attributes));
        }
    }
    return set_cookies;
}

}  // namespace oidc
