// SPDX-License-Identifier: Apache-2.0
// The core's ports for one request: shared memory, random bytes, and the
// metadata and keys that the worker has.
#pragma once

#include "ngx/worker/worker.hpp"
#include "oidc/ports.hpp"
#include "oidc/memory/identity_table.hpp"
#include "oidc/memory/token_digest.hpp"
#include "oidc/web/cookie_sealer.hpp"

namespace ngx {

class RequestPorts final : public oidc::Ports {
public:
    RequestPorts(ngx_http_request_t* r, Worker& w, const ProviderConf& p)
        : r_(r), worker_(w), conf_(p) {}
    ~RequestPorts();
    RequestPorts(const RequestPorts&) = delete;
    RequestPorts& operator=(const RequestPorts&) = delete;

    const oidc::Metadata* metadata(const oidc::Provider&) override;
    oidc::Keys keys(const oidc::Provider&) override;
    const oidc::web::Sealer& sealer(const oidc::Provider&) override;
    base::Result<std::string> random(std::size_t bytes) override;
    std::string extra_auth_args(const oidc::Provider&) override;

    std::optional<oidc::StoredSession> load_session(const oidc::Provider&,
                                                    const oidc::SessionKey&,
                                                    base::Instant now) override;
    base::Result<oidc::SessionHandle> save_session(
        const oidc::Provider&, const oidc::SessionKey&,
        const crypto::Digest256& owner, std::string_view bytes,
        base::Instant now, base::Instant expires) override;
    void remove_session(const oidc::Provider&,
                        const oidc::SessionKey&) override;
    bool is_current(const oidc::Provider&, oidc::SessionHandle) override;
    void touch_session(const oidc::Provider&, oidc::SessionHandle,
                       base::Instant now) override;

    bool is_state_used(const crypto::Digest256&, base::Instant now) override;
    void note_state(const crypto::Digest256&, base::Instant now,
                    base::Instant until) override;
    bool use_logout_token(const crypto::Digest256&, base::Instant now,
                          base::Instant until) override;
    std::uint64_t logouts() override;
    void note_logout(const crypto::Digest256&, base::Instant now,
                     base::Instant until) override;
    std::optional<base::Instant> ended_until() override;
    std::optional<base::Instant> ended_at(const crypto::Digest256&,
                                          base::Instant now) override;
    bool is_verified(const crypto::Digest256&, std::uint64_t generation,
                     base::Instant now) override;
    void remember_verified(const crypto::Digest256&, std::uint64_t generation,
                           base::Instant now, base::Instant until) override;
    base::Result<oidc::SessionHandle> replace_session(
        const oidc::Provider&, const oidc::SessionKey&, oidc::SessionHandle,
        std::string_view bytes, base::Instant now,
        base::Instant expires) override;
    std::string_view zone_secret() override;
    std::optional<std::string> load_grant(const crypto::Digest256&,
                                          base::Instant now) override;
    void save_grant(const crypto::Digest256&, std::string_view bytes,
                    base::Instant now, base::Instant until) override;
    std::optional<std::uint8_t> load_refusal(const crypto::Digest256&,
                                             base::Instant now) override;
    void save_refusal(const crypto::Digest256&, std::uint8_t reason,
                      base::Instant now, base::Instant until) override;
    void end_flight(const crypto::Digest256&) override;
    oidc::memory::IdentityTable& identities() override;
    oidc::memory::TokenDigestMemo& token_digests() override;

    // See SingleFlight::take.
    bool take_flight(const oidc::Await&);

private:
    // nullptr for the cookie store.
    store::BlobTable* sessions() const noexcept;
    CacheZone& cache() const noexcept;

    ngx_http_request_t* r_;
    Worker& worker_;
    const ProviderConf& conf_;
    Flight turn_;
};

}  // namespace ngx
