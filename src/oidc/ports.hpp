// SPDX-License-Identifier: Apache-2.0
// What the core needs from outside: shared memory, random bytes, and the
// metadata and keys of the providers.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/instant.hpp"
#include "crypto/digest.hpp"
#include "jose/jwks.hpp"
#include "oidc/metadata.hpp"
#include "oidc/policy.hpp"

namespace oidc {

namespace memory {
class IdentityTable;
class TokenDigestMemo;
}  // namespace memory

namespace web {
class Sealer;
}

using SessionKey = crypto::Digest256;

// One version of a stored session (see store::BlobTable::Ref).
struct SessionHandle {
    std::uint32_t slot = 0;
    std::uint32_t version = 0;
};

struct StoredSession {
    std::string bytes;
    SessionHandle handle;
    base::Instant last_used;
};

struct Keys {
    const jose::KeySet* set = nullptr;  // null: not here yet
    std::uint64_t generation = 0;
    bool failing = false;  // the last attempt to fetch newer ones did
};

// What was found wrong by these keys. Who cannot look for newer ones cannot
// say that a key is not the provider's.
inline base::Error unless_failing(const Keys& keys, base::Error error) {
    return keys.failing && error.code == base::Errc::unknown_kid
               ? base::Error(base::Errc::keys_unavailable)
               : error;
}

class Ports {
public:
    // Null: not here yet. Pointers hold until control returns to the shell.
    virtual const Metadata* metadata(const Provider&) = 0;
    virtual Keys keys(const Provider&) = 0;
    virtual const web::Sealer& sealer(const Provider&) = 0;

    virtual base::Result<std::string> random(std::size_t bytes) = 0;

    // extra_auth_args for this request, variables filled in: a form.
    virtual std::string extra_auth_args(const Provider&) = 0;

    // Sessions of the memory store.
    virtual std::optional<StoredSession> load_session(const Provider&,
                                                      const SessionKey&,
                                                      base::Instant now) = 0;
    // A new one; beyond session_limit the owner's least recently used goes.
    virtual base::Result<SessionHandle> save_session(
        const Provider&, const SessionKey&, const crypto::Digest256& owner,
        std::string_view bytes, base::Instant now, base::Instant expires) = 0;
    virtual void remove_session(const Provider&, const SessionKey&) = 0;
    virtual bool is_current(const Provider&, SessionHandle) = 0;
    virtual void touch_session(const Provider&, SessionHandle,
                               base::Instant now) = 0;

    // States of logins whose code the provider has accepted, over all
    // workers. Without room the one noted longest ago is forgotten.
    virtual bool is_state_used(const crypto::Digest256& key,
                               base::Instant now) = 0;
    virtual void note_state(const crypto::Digest256& key, base::Instant now,
                            base::Instant until) = 0;
    // True once for a key until `until`, over all workers. Without room the
    // one used longest ago is forgotten.
    virtual bool use_logout_token(const crypto::Digest256& key,
                                  base::Instant now, base::Instant until) = 0;

    // Logouts that the provider asked for, over all workers (see
    // ended_sessions.hpp). The number is another after each; it is read
    // without a lock, before the question. 0: there never was one.
    virtual std::uint64_t logouts() = 0;
    // Without room the one noted longest ago is forgotten, and ended_until
    // moves to its time.
    virtual void note_logout(const crypto::Digest256& whose, base::Instant now,
                             base::Instant until) = 0;
    // When the last one was.
    virtual std::optional<base::Instant> ended_at(
        const crypto::Digest256& whose, base::Instant now) = 0;
    // Every session of the provider that began until then has ended.
    virtual std::optional<base::Instant> ended_until() = 0;

    // Verdicts about tokens, shared by the workers. `generation` is that of
    // the keys which verified it; another one makes the verdict void.
    virtual bool is_verified(const crypto::Digest256& key,
                             std::uint64_t generation, base::Instant now) = 0;
    virtual void remember_verified(const crypto::Digest256& key,
                                   std::uint64_t generation, base::Instant now,
                                   base::Instant until) = 0;

    // Replaces the session only while it is still that version.
    virtual base::Result<SessionHandle> replace_session(
        const Provider&, const SessionKey&, SessionHandle,
        std::string_view bytes, base::Instant now, base::Instant expires) = 0;

    // A key of the zone, 32 bytes: what names an answer is an HMAC under it,
    // so that no secret and no plain hash of one is ever stored.
    virtual std::string_view zone_secret() = 0;
    // Answers of the provider that all workers share. The caller seals them.
    virtual std::optional<std::string> load_grant(const crypto::Digest256& key,
                                                  base::Instant now) = 0;
    virtual void save_grant(const crypto::Digest256& key,
                            std::string_view bytes, base::Instant now,
                            base::Instant until) = 0;
    // Why the provider has just refused it, in a place apart from grants; one
    // under the same key is forgotten.
    virtual std::optional<std::uint8_t> load_refusal(
        const crypto::Digest256& key, base::Instant now) = 0;
    virtual void save_refusal(const crypto::Digest256& key, std::uint8_t reason,
                              base::Instant now, base::Instant until) = 0;
    // See Await::What::turn. Harmless when the turn is not ours.
    virtual void end_flight(const crypto::Digest256& key) = 0;

    // What this worker remembers of identities.
    virtual memory::IdentityTable& identities() = 0;
    virtual memory::TokenDigestMemo& token_digests() = 0;

protected:
    ~Ports() = default;
};

}  // namespace oidc
