// SPDX-License-Identifier: Apache-2.0
// The operations of one request on sessions in Redis.
#pragma once

#include <memory>
#include <vector>

#include "ngx/worker/redis_lease.hpp"
#include "ngx/worker/waiter.hpp"
#include "oidc/ports.hpp"

namespace ngx {

class RequestSessions final : public oidc::RemoteSessions,
                              private LeaseUser,
                              private WaitingRoom {
public:
    // `hold`: how long a refresh may take.
    RequestSessions(RedisClient& client, oidc::SessionRecords& copies,
                    base::Seconds hold, unsigned session_limit)
        : client_(client),
          copies_(copies),
          hold_(hold),
          session_limit_(session_limit) {}
    ~RequestSessions();

    bool is_up() override { return client_.may_ask(); }
    base::Seconds stale() override { return client_.conf().stale; }
    oidc::Progress<std::optional<oidc::RemoteRecord>> load(
        const oidc::SessionKey&) override;
    base::Secret& new_cookie() override { return new_cookie_; }
    oidc::Progress<void> save(const oidc::SessionKey&,
                              const crypto::Digest256& owner,
                              std::string_view bytes, base::Seconds lasts,
                              base::Instant now, base::Instant ends) override;
    oidc::Progress<bool> replace(const oidc::SessionKey&,
                                 std::uint64_t generation,
                                 std::string_view bytes,
                                 base::Seconds lasts) override;
    oidc::Progress<void> end(const oidc::SessionKey&) override;
    oidc::Progress<std::vector<oidc::OwnedSession>> owned(
        const crypto::Digest256& owner) override;
    void touch(const oidc::SessionKey&, base::Seconds lasts) override;
    oidc::Progress<Lease> take_lease(const oidc::SessionKey&,
                                     bool only_try) override;
    void end_lease(const oidc::SessionKey&) override;
    void forget(const oidc::SessionKey&) override;

    // Waits for the next answer.
    void wait(const oidc::Await&, Waiter&);

private:
    enum class Kind { load, save, replace, end, owned };
    struct Operation;
    // Makes the result of the replies; null: none came.
    using Read = void (*)(Operation&, const redis::Replies*);
    struct Operation final : Asker {
        Operation(RequestSessions& o, Kind k, const oidc::SessionKey& s,
                  std::uint64_t g)
            : owner(o), kind(k), key(s), generation(g) {}
        void answered(const redis::Replies*) noexcept override;

        RequestSessions& owner;
        Kind kind;
        oidc::SessionKey key;
        std::uint64_t generation;  // that is replaced
        Read read = nullptr;
        bool is_done = false;
        // What the replies mean; absent: the store has not answered.
        std::optional<std::optional<oidc::RemoteRecord>> loaded;
        std::optional<bool> succeeded;
        std::optional<std::vector<oidc::OwnedSession>> owned;
        // Of copies, when the operation began.
        std::uint64_t changes = 0;
        std::uint64_t missed = 0;
    };

    Operation* find(Kind, const oidc::SessionKey&,
                    std::uint64_t generation = 0) const noexcept;
    Operation& begin(Kind, const oidc::SessionKey&,
                     std::uint64_t generation = 0);
    void ask(Operation&, const redis::Commands&, Read read,
             RedisClient::Always always = nullptr);
    static oidc::Progress<void> succeeded(const Operation&);
    void wake() noexcept;
    void settled() noexcept override { wake(); }
    void forget(Waiter&) noexcept override { waiter_ = nullptr; }

    RedisClient& client_;
    oidc::SessionRecords& copies_;
    base::Seconds hold_;
    unsigned session_limit_;
    base::Secret new_cookie_;
    oidc::SessionKey leased_{};  // of lease_
    std::optional<RedisLease> lease_;
    std::vector<std::unique_ptr<Operation>> operations_;
    Waiter* waiter_ = nullptr;
};

}  // namespace ngx
