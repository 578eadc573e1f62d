// SPDX-License-Identifier: Apache-2.0
// What the core needs from outside: shared memory, random bytes, and the
// metadata and keys of the provider. All of it is about one provider.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/instant.hpp"
#include "crypto/digest.hpp"
#include "jose/jwks.hpp"
#include "oidc/metadata.hpp"
#include "oidc/policy.hpp"
#include "oidc/step.hpp"

namespace oidc {

namespace memory {
class IdentityTable;
class TokenDigestMemo;
}  // namespace memory

namespace web {
class Sealer;
}

struct Keys {
    const jose::KeySet* set = nullptr;  // null: not here yet
    std::uint64_t generation = 0;
    bool failing = false;  // the last attempt to fetch newer ones did
    bool stale = false;    // there are some, too old to be used
};

// Why there are none.
inline base::Error no_keys(const Keys& keys) {
    return keys.stale ? base::Error(base::Errc::keys_unavailable,
                                    "the provider's keys are too old, and it "
                                    "gives no newer ones")
                      : base::Error(base::Errc::keys_unavailable);
}

// What was found wrong by these keys. Who cannot look for newer ones cannot
// say that a key is not the provider's.
inline base::Error unless_failing(const Keys& keys, base::Error error) {
    return keys.failing && error.code == base::Errc::unknown_kid
               ? base::Error(base::Errc::keys_unavailable)
               : error;
}

// The provider, as one request sees it.
class ProviderView {
public:
    // Null: not here yet. Pointers hold until control returns to the shell.
    virtual const Metadata* metadata() = 0;
    virtual Keys keys() = 0;
    // extra_auth_args for this request, variables filled in: a form.
    virtual std::string extra_auth_args() = 0;
    // Whether second_client_secret is the one that the provider has accepted
    // last.
    virtual bool uses_second_secret() = 0;
    // See Await::What::flight. Harmless when the flight is not ours.
    virtual void end_flight(const crypto::Digest256& name) = 0;

protected:
    ~ProviderView() = default;
};

using SessionKey = crypto::Digest256;

// One version of a stored session (see store::BlobTable::Ref).
struct SessionHandle {
    std::uint32_t slot = 0;
    std::uint32_t version = 0;
};

struct StoredBytes {
    std::string bytes;
    SessionHandle handle;
    base::Instant last_used;
};

struct OwnedSession {
    SessionKey key{};
    base::Instant last_used;
    base::Instant ends;
};

// Sealed sessions in shared memory.
class SessionRecords {
public:
    virtual std::optional<StoredBytes> load(const SessionKey&,
                                            base::Instant now) = 0;
    // A new one; beyond session_limit the owner's least recently used goes.
    virtual base::Result<SessionHandle> save(const SessionKey&,
                                             const crypto::Digest256& owner,
                                             std::string_view bytes,
                                             base::Instant now,
                                             base::Instant expires) = 0;
    // Only while it is still that version; store_failed.
    virtual base::Result<SessionHandle> replace(const SessionKey&,
                                                SessionHandle,
                                                std::string_view bytes,
                                                base::Instant now,
                                                base::Instant expires) = 0;
    // Whether there was one.
    virtual bool remove(const SessionKey&) = 0;
    virtual bool is_current(SessionHandle) = 0;
    virtual void touch(SessionHandle, base::Instant now) = 0;
    // Those that an owner is known to have.
    virtual std::vector<OwnedSession> owned(const crypto::Digest256& owner,
                                            base::Instant now) = 0;

    // Copies of the sessions of a store elsewhere (RemoteSessions).
    virtual base::Result<SessionHandle> keep(const SessionKey&,
                                             std::string_view bytes,
                                             base::Instant now,
                                             base::Instant expires) = 0;
    // How long changes are believed to be heard of after the last sign of it.
    static constexpr base::Seconds kHeardLife{3};
    // Until when each change there was heard of.
    virtual base::Instant heard_until() = 0;
    // How often some may have been missed; and a number that is another one
    // after a change of this session there.
    virtual std::uint64_t missed() = 0;
    virtual std::uint64_t changes(const SessionKey&) = 0;

protected:
    ~SessionRecords() = default;
};

// A session as a store elsewhere has it.
struct RemoteRecord {
    std::string bytes;
    std::uint64_t generation = 0;
    base::Seconds lasts{0};     // until the store drops it
    std::uint64_t changes = 0;  // SessionRecords::changes when it was asked
    std::uint64_t missed = 0;
};

// The sessions of a store that all nginx share. An operation begins with the
// first call; the same call gives its result once the request has waited, and
// again until `forget`. store_unavailable.
class RemoteSessions {
public:
    // Whether an operation that begins now may succeed.
    virtual bool is_up() = 0;
    // How long copies are used while it does not answer.
    virtual base::Seconds stale() = 0;
    // Absent: there is none, or it has ended.
    virtual Progress<std::optional<RemoteRecord>> load(const SessionKey&) = 0;
    // The cookie of the session that this request saves; "" at first.
    virtual base::Secret& new_cookie() = 0;
    virtual Progress<void> save(const SessionKey&,
                                const crypto::Digest256& owner,
                                std::string_view bytes, base::Seconds lasts,
                                base::Instant now, base::Instant ends) = 0;
    // False: another nginx has replaced that generation, or ended the session.
    // Without an answer, it is repeated after the request, since the provider
    // may have replaced the refresh token.
    virtual Progress<bool> replace(const SessionKey&, std::uint64_t generation,
                                   std::string_view bytes,
                                   base::Seconds lasts) = 0;
    virtual Progress<void> end(const SessionKey&) = 0;
    // The sessions that an owner had when they were noted, with their ends.
    virtual Progress<std::vector<OwnedSession>> owned(
        const crypto::Digest256& owner) = 0;
    // The session is used: its idle limit moves. Nobody waits for it.
    virtual void touch(const SessionKey&, base::Seconds lasts) = 0;
    struct Lease {
        bool is_ours = false;
        std::uint64_t generation = 0;  // of the session now; 0: there is none
    };
    virtual Progress<Lease> take_lease(const SessionKey&, bool only_try) = 0;
    virtual void end_lease(const SessionKey&) = 0;
    virtual void forget(const SessionKey&) = 0;

protected:
    ~RemoteSessions() = default;
};

// Stamps that all workers share. Without room, the oldest one is forgotten.
class SharedMarks {
public:
    // States of logins whose code the provider has accepted.
    virtual bool is_state_used(const crypto::Digest256& key,
                               base::Instant now) = 0;
    virtual void note_state(const crypto::Digest256& key, base::Instant now,
                            base::Instant until) = 0;
    // True once for a key until `until`.
    virtual bool use_logout_token(const crypto::Digest256& key,
                                  base::Instant now, base::Instant until) = 0;

    // Logouts that the provider asked for (see ended_sessions.hpp). The number
    // is another after each; it is read without a lock, before the question.
    // 0: there never was one.
    virtual std::uint64_t logouts() = 0;
    // With the stamp that makes room, ended_until moves to its time.
    virtual void note_logout(const crypto::Digest256& whose, base::Instant now,
                             base::Instant until) = 0;
    // When the last one was.
    virtual std::optional<base::Instant> ended_at(
        const crypto::Digest256& whose, base::Instant now) = 0;
    // Every session of the provider that began until then has ended.
    virtual std::optional<base::Instant> ended_until() = 0;
    // One session that its user has ended; advances logouts, too.
    virtual void note_end(const crypto::Digest256& session, base::Instant now,
                          base::Instant until) = 0;
    virtual bool has_ended(const crypto::Digest256& session,
                           base::Instant now) = 0;

    // Whom an administrator denies (see denials.hpp). The number is another one
    // after each change, and so is `logouts`; 0: there never was one.
    virtual std::uint64_t denials() = 0;
    // False: there is no room.
    virtual bool deny(const crypto::Digest256& whom, base::Instant now,
                      base::Instant until) = 0;
    virtual void undo_denial(const crypto::Digest256& whom,
                             base::Instant now) = 0;
    // False: who has ended or is denied elsewhere is not heard of, and nobody
    // must be let in then.
    virtual bool is_informed(base::Instant now) = 0;
    // Absent: nobody was denied by this name; false: it was undone.
    virtual std::optional<bool> is_denied(const crypto::Digest256& whom,
                                          base::Instant now) = 0;

    // Verdicts about tokens. `generation` is that of the keys which verified
    // it; another one makes the verdict void.
    virtual bool is_verified(const crypto::Digest256& key,
                             std::uint64_t generation, base::Instant now) = 0;
    virtual void remember_verified(const crypto::Digest256& key,
                                   std::uint64_t generation, base::Instant now,
                                   base::Instant until) = 0;

protected:
    ~SharedMarks() = default;
};

// Responses of the provider that all workers share. The caller seals them.
class GrantStore {
public:
    virtual std::optional<std::string> load(const crypto::Digest256& key,
                                            base::Instant now) = 0;
    virtual void save(const crypto::Digest256& key, std::string_view bytes,
                      base::Instant now, base::Instant until) = 0;
    // Why the provider has just refused it, in a place apart from grants; one
    // under the same key is forgotten.
    virtual std::optional<std::uint8_t> load_refusal(
        const crypto::Digest256& key, base::Instant now) = 0;
    virtual void save_refusal(const crypto::Digest256& key, std::uint8_t reason,
                              base::Instant now, base::Instant until) = 0;

protected:
    ~GrantStore() = default;
};

class Random {
public:
    virtual base::Result<std::string> bytes(std::size_t count) = 0;

protected:
    ~Random() = default;
};

struct Ports {
    ProviderView& provider;
    SessionRecords& sessions;
    RemoteSessions* remote;  // null: the sessions are here
    SharedMarks& marks;
    GrantStore& grants;
    Random& random;
    const web::Sealer& sealer;
    // 32 bytes each, the keys of all names in shared memory: an HMAC under it,
    // so that no secret and no plain hash of one is ever stored. The first is
    // used; logouts are noted under all, since they outlive a change of keys.
    std::span<const std::string_view> names_keys;
    std::string_view names_key() const noexcept { return names_keys.front(); }
    // What this worker remembers.
    memory::IdentityTable& identities;
    memory::TokenDigestMemo& token_digests;
};

}  // namespace oidc
