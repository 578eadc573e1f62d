// Knows how the core's ports are met for one request: shared memory, random
// bytes, the worker's knowledge of the providers.
#pragma once

#include "ngx/worker.hpp"
#include "oidc/ports.hpp"

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
    const session::Sealer& sealer(const oidc::Provider&) override;
    base::Result<std::string> random(std::size_t bytes) override;
    std::string extra_auth_args(const oidc::Provider&) override;

    std::optional<oidc::StoredSession> load_session(const oidc::Provider&,
                                                    const oidc::SessionKey&,
                                                    base::Instant now) override;
    base::Result<oidc::SessionHandle> save_session(
        const oidc::Provider&, const oidc::SessionKey&, std::string_view bytes,
        base::Instant now, base::Instant expires) override;
    void remove_session(const oidc::Provider&,
                        const oidc::SessionKey&) override;
    bool is_current(const oidc::Provider&, oidc::SessionHandle) override;
    void touch_session(const oidc::Provider&, oidc::SessionHandle,
                       base::Instant now) override;

    bool use_once(const crypto::Digest256&, base::Instant now,
                  base::Instant until) override;
    std::uint64_t logouts() override;
    bool note_logout(const crypto::Digest256&, base::Instant now,
                     base::Instant until) override;
    std::optional<base::Instant> logout_of(const crypto::Digest256&,
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
    std::optional<std::string> load_answer(const crypto::Digest256&,
                                           base::Instant now) override;
    void save_answer(const crypto::Digest256&, std::string_view bytes,
                     base::Instant now, base::Instant until) override;
    void remove_answer(const crypto::Digest256&) override;
    void end_turn(const crypto::Digest256&) override;
    oidc::IdentityCache& identities() override;
    oidc::VerdictKeys& verdict_keys() override;

    // Whether the turn is this request's now.
    bool take_turn(const crypto::Digest256&);

private:
    // nullptr for the cookie store.
    store::BlobTable* sessions() const noexcept;

    ngx_http_request_t* r_;
    Worker& worker_;
    const ProviderConf& conf_;
    Turn turn_;
};

}  // namespace ngx
