// SPDX-License-Identifier: Apache-2.0
#include "oidc/session/listing.hpp"

#include <algorithm>

#include "base/base64url.hpp"
#include "oidc/session/limits.hpp"
#include "oidc/session/sealed_record.hpp"
#include "oidc/web/cookie_sealer.hpp"

namespace oidc::session {

using base::Instant;
using base::Seconds;

namespace {

std::string listed_id(const SessionKey& key) {
    return base::base64url_encode(crypto::view(key));
}

}  // namespace

std::optional<SessionKey> read_listed_id(std::string_view id) {
    const auto bytes = base::base64url_decode(id);
    SessionKey key;
    if (!bytes || bytes->size() != key.size()) {
        return std::nullopt;
    }
    std::ranges::copy(*bytes, key.begin());
    return key;
}

std::optional<ListedSession> as_listed(const Provider& provider,
                                       const OwnedSession& one, Instant now) {
    if (now >= one.ends || now >= idle_end(provider, one.last_used)) {
        return std::nullopt;
    }
    return ListedSession{.id = listed_id(one.key),
                         .begun = one.ends - provider.session_timeout,
                         .last_used = one.last_used,
                         .ends = one.ends};
}

base::Result<std::vector<crypto::Digest256>> owners_of(
    std::span<const std::string_view> names_keys, const Provider& provider,
    std::string_view sub) {
    std::vector<std::string_view> issuers(provider.issuers.begin(),
                                          provider.issuers.end());
    if (std::ranges::find(issuers, provider.issuer) == issuers.end()) {
        issuers.push_back(provider.issuer);
    }
    std::vector<crypto::Digest256> out;
    for (const std::string_view key : names_keys) {
        for (const std::string_view issuer : issuers) {
            const auto owner = owner_of(key, provider, issuer, sub);
            if (!owner) {
                return owner.error();
            }
            out.push_back(*owner);
        }
    }
    return out;
}

Instant used_last(const Provider& provider, Seconds remains, Instant now) {
    return provider.session_idle_timeout.count() <= 0
               ? now
               : std::min(now, now + remains - provider.session_idle_timeout);
}

// Asks for all of them before it waits for the first.
Progress<Listing> list_remote(const RequestContext& context,
                              std::string_view sub, Instant now) {
    RemoteSessions& remote = *context.ports.remote;
    const auto owners =
        owners_of(context.ports.sealer.names_keys(), context.provider, sub);
    if (!owners) {
        return owners.error();
    }
    std::optional<Need> need;
    std::vector<ListedSession> out;
    for (const crypto::Digest256& owner : *owners) {
        auto owned = remote.owned(owner);
        if (owned.is_waiting()) {
            need = std::move(owned.need());
            continue;
        }
        if (!owned.result()) {
            return owned.result().error();
        }
        for (OwnedSession& one : *owned.result()) {
            auto loading = remote.load(one.key);
            if (loading.is_waiting()) {
                need = std::move(loading.need());
                continue;
            }
            const auto& loaded = loading.result();
            if (!loaded) {
                return loaded.error();
            }
            if (!*loaded) {
                continue;
            }
            one.last_used = used_last(context.provider, (*loaded)->lasts, now);
            if (auto listed = as_listed(context.provider, one, now)) {
                out.push_back(std::move(*listed));
            }
        }
    }
    if (need) {
        return std::move(*need);
    }
    return std::optional(std::move(out));
}

// What is no session is not ended, as in `remove`.
Progress<bool> end_remote(const RequestContext& context,
                          const std::string& id) {
    RemoteSessions& remote = *context.ports.remote;
    const auto key = read_listed_id(id);
    if (!key) {
        return false;
    }
    auto loading = remote.load(*key);
    if (loading.is_waiting()) {
        return std::move(loading.need());
    }
    const auto& loaded = loading.result();
    if (!loaded) {
        return loaded.error();
    }
    if (!*loaded) {
        return false;
    }
    auto ending = remote.end(*key);
    if (ending.is_waiting()) {
        return std::move(ending.need());
    }
    if (!ending.result()) {
        return ending.result().error();
    }
    context.ports.sessions.remove(*key);
    return true;
}

}  // namespace oidc::session
