// SPDX-License-Identifier: Apache-2.0
// Knows a world in memory for the core: stores, keys and dice of a test.
#pragma once

#include <cstdlib>
#include <map>
#include <memory>
#include <set>
#include <string>

#include "crypto/digest.hpp"
#include "oidc/access/accept_cache.hpp"
#include "oidc/ports.hpp"
#include "oidc/web/cookie_sealer.hpp"
#include "oidc/session/ended_sessions.hpp"
#include "oidc/session/sessions.hpp"

namespace oidc::test {

class FakePorts final : private ProviderView,
                        private SessionRecords,
                        private SharedMarks,
                        private Random {
public:
    FakePorts() : grants_(*this) {
        std::vector<base::Secret> secrets;
        secrets.emplace_back("a secret of thirty-two bytes, or so");
        auto made = oidc::web::Sealer::create(secrets);
        if (!made) {
            std::abort();
        }
        sealer_ = std::make_unique<oidc::web::Sealer>(std::move(*made));
    }

    // What is known of the provider: reset to say "not here yet".
    std::optional<Metadata> known_metadata;
    std::optional<jose::KeySet> known_keys;
    std::uint64_t keys_generation = 1;
    bool keys_fail = false;  // to be fetched anew

    std::string extra_args;
    bool second_secret = false;  // the provider has accepted it last
    bool random_fails = false;
    bool store_fails = false;
    bool answers_fail = false;

    struct Session {
        StoredBytes stored;
        base::Instant expires;
    };
    std::map<SessionKey, Session> sessions;
    std::map<SessionKey, crypto::Digest256> owners;
    std::map<std::uint32_t, base::Instant> touched;  // by slot
    std::set<crypto::Digest256> used;                // states
    std::set<crypto::Digest256> used_tokens;
    std::map<crypto::Digest256, std::pair<std::uint64_t, base::Instant>>
        verified;
    std::uint64_t logout_number = 0;
    std::optional<base::Instant> all_ended;
    std::uint64_t denial_number = 0;
    bool denials_full = false;
    bool informed = true;
    std::map<crypto::Digest256, base::Instant> denied;
    std::set<crypto::Digest256> undone;
    std::map<crypto::Digest256, std::pair<base::Instant, base::Instant>>
        noted_logouts;
    std::map<crypto::Digest256, base::Instant> noted_ends;
    std::set<crypto::Digest256> turns;
    std::map<crypto::Digest256, std::pair<std::string, base::Instant>> answers;
    std::map<crypto::Digest256, std::pair<std::uint8_t, base::Instant>>
        refusals;
    std::vector<crypto::Digest256> ended_turns;

    static constexpr std::string_view kNamesKeys[] = {
        "thirty-two bytes of a zone's own"};

    // About the copies of sessions of a store elsewhere.
    RemoteSessions* remote = nullptr;
    base::Instant heard;
    std::uint64_t missed_changes = 0;
    std::map<SessionKey, std::uint64_t> changed;

    Ports all() {
        return {*this,        *this,
                remote,       *this,
                grants_,      *this,
                *sealer_,     kNamesKeys,
                identities(), accept_cache().token_digests()};
    }
    SessionRecords& records() { return *this; }
    SharedMarks& marks() { return *this; }
    GrantStore& grants() { return grants_; }
    Random& dice() { return *this; }
    const oidc::web::Sealer& sealer() { return *sealer_; }

    // What the shell does about Await::What::flight.
    bool take_flight(const crypto::Digest256& key) {
        return turns.insert(key).second;
    }
    access::AcceptCache& accept_cache() {
        if (!cache_) {
            cache_ = std::make_unique<access::AcceptCache>(
                7, access::AcceptCache::Capacity{64, 64});
        }
        return *cache_;
    }
    memory::IdentityTable& identities() { return accept_cache().identities(); }
    // Another worker, or this one after a restart: same shared memory.
    void forget_identities() { cache_.reset(); }

private:
    const Metadata* metadata() override {
        return known_metadata ? &*known_metadata : nullptr;
    }
    Keys keys() override {
        return {known_keys ? &*known_keys : nullptr,
                known_keys ? keys_generation : 0, keys_fail};
    }
    std::string extra_auth_args() override { return extra_args; }
    bool uses_second_secret() override { return second_secret; }
    void end_flight(const crypto::Digest256& key) override {
        turns.erase(key);
        ended_turns.push_back(key);
    }

    // The same bytes in every run, never twice in one.
    base::Result<std::string> bytes(std::size_t count) override {
        if (random_fails) {
            return base::Errc::random_failed;
        }
        std::string out;
        while (out.size() < count) {
            const auto block =
                crypto::sha256("dice " + std::to_string(throws_++));
            out += crypto::view(block);
        }
        out.resize(count);
        return out;
    }

    std::optional<StoredBytes> load(const SessionKey& key,
                                    base::Instant now) override {
        auto found = sessions.find(key);
        if (found == sessions.end() || found->second.expires <= now) {
            return std::nullopt;
        }
        return found->second.stored;
    }
    base::Result<SessionHandle> save(const SessionKey& key,
                                     const crypto::Digest256& owner,
                                     std::string_view bytes, base::Instant now,
                                     base::Instant expires) override {
        if (store_fails) {
            return base::Errc::store_failed;
        }
        const SessionHandle handle{next_slot_++, 1};
        sessions[key] = {{std::string(bytes), handle, now}, expires};
        owners[key] = owner;
        return handle;
    }
    base::Result<SessionHandle> replace(const SessionKey& key,
                                        SessionHandle handle,
                                        std::string_view bytes,
                                        base::Instant now,
                                        base::Instant expires) override {
        auto found = sessions.find(key);
        if (store_fails || found == sessions.end() ||
            found->second.stored.handle.slot != handle.slot ||
            found->second.stored.handle.version != handle.version) {
            return base::Errc::store_failed;
        }
        const SessionHandle next{handle.slot, handle.version + 1};
        found->second = {{std::string(bytes), next, now}, expires};
        return next;
    }
    bool remove(const SessionKey& key) override {
        return sessions.erase(key) != 0;
    }
    std::vector<OwnedSession> owned(const crypto::Digest256& owner,
                                    base::Instant now) override {
        std::vector<OwnedSession> out;
        for (const auto& [key, session] : sessions) {
            if (owners[key] == owner && now < session.expires) {
                out.push_back({key, session.stored.last_used, session.expires});
            }
        }
        return out;
    }
    bool is_current(SessionHandle handle) override {
        for (const auto& [key, session] : sessions) {
            const SessionHandle h = session.stored.handle;
            if (h.slot == handle.slot && h.version == handle.version) {
                return true;
            }
        }
        return false;
    }
    void touch(SessionHandle handle, base::Instant now) override {
        touched[handle.slot] = now;
        for (auto& [key, session] : sessions) {
            if (session.stored.handle.slot == handle.slot) {
                session.stored.last_used = now;
            }
        }
    }

    base::Result<SessionHandle> keep(const SessionKey& key,
                                     std::string_view bytes, base::Instant now,
                                     base::Instant expires) override {
        return save(key, key, bytes, now, expires);
    }
    base::Instant heard_until() override { return heard; }
    std::uint64_t missed() override { return missed_changes; }
    std::uint64_t changes(const SessionKey& key) override {
        return changed[key];
    }

    bool is_state_used(const crypto::Digest256& key, base::Instant) override {
        return used.count(key) != 0;
    }
    void note_state(const crypto::Digest256& key, base::Instant,
                    base::Instant) override {
        used.insert(key);
    }
    bool use_logout_token(const crypto::Digest256& key, base::Instant,
                          base::Instant) override {
        return used_tokens.insert(key).second;
    }
    std::uint64_t logouts() override { return logout_number; }
    void note_logout(const crypto::Digest256& whose, base::Instant now,
                     base::Instant until) override {
        logout_number++;
        noted_logouts[whose] = {now, until};
    }
    std::optional<base::Instant> ended_until() override { return all_ended; }
    std::optional<base::Instant> ended_at(const crypto::Digest256& whose,
                                          base::Instant now) override {
        const auto found = noted_logouts.find(whose);
        return found != noted_logouts.end() && now < found->second.second
                   ? std::optional(found->second.first)
                   : std::nullopt;
    }
    void note_end(const crypto::Digest256& key, base::Instant,
                  base::Instant until) override {
        logout_number++;
        noted_ends[key] = until;
    }
    bool has_ended(const crypto::Digest256& key, base::Instant now) override {
        const auto found = noted_ends.find(key);
        return found != noted_ends.end() && now < found->second;
    }
    std::uint64_t denials() override { return denial_number; }
    bool is_informed(base::Instant) override { return informed; }
    bool deny(const crypto::Digest256& whom, base::Instant,
              base::Instant until) override {
        if (denials_full) {
            return false;
        }
        logout_number++;
        denial_number++;
        undone.erase(whom);
        denied[whom] = until;
        return true;
    }
    void undo_denial(const crypto::Digest256& whom, base::Instant) override {
        logout_number++;
        denial_number++;
        undone.insert(whom);
    }
    std::optional<bool> is_denied(const crypto::Digest256& whom,
                                  base::Instant now) override {
        const auto found = denied.find(whom);
        return found != denied.end() && now < found->second
                   ? std::optional(undone.count(whom) == 0)
                   : std::nullopt;
    }
    bool is_verified(const crypto::Digest256& key, std::uint64_t generation,
                     base::Instant now) override {
        auto found = verified.find(key);
        return found != verified.end() && found->second.first == generation &&
               now < found->second.second;
    }
    void remember_verified(const crypto::Digest256& key,
                           std::uint64_t generation, base::Instant,
                           base::Instant until) override {
        verified[key] = {generation, until};
    }

    class Grants final : public GrantStore {
    public:
        explicit Grants(FakePorts& world) : world_(world) {}
        std::optional<std::string> load(const crypto::Digest256& key,
                                        base::Instant now) override {
            auto found = world_.answers.find(key);
            if (found == world_.answers.end() || found->second.second <= now) {
                return std::nullopt;
            }
            return found->second.first;
        }
        void save(const crypto::Digest256& key, std::string_view bytes,
                  base::Instant, base::Instant until) override {
            if (!world_.answers_fail) {
                world_.answers[key] = {std::string(bytes), until};
            }
        }
        std::optional<std::uint8_t> load_refusal(const crypto::Digest256& key,
                                                 base::Instant now) override {
            auto found = world_.refusals.find(key);
            if (found == world_.refusals.end() || found->second.second <= now) {
                return std::nullopt;
            }
            return found->second.first;
        }
        void save_refusal(const crypto::Digest256& key, std::uint8_t reason,
                          base::Instant, base::Instant until) override {
            world_.refusals[key] = {reason, until};
            world_.answers.erase(key);
        }

    private:
        FakePorts& world_;
    };

    Grants grants_;
    std::unique_ptr<oidc::web::Sealer> sealer_;
    std::unique_ptr<access::AcceptCache> cache_;
    std::uint32_t next_slot_ = 1;
    std::uint64_t throws_ = 0;
};

}  // namespace oidc::test
