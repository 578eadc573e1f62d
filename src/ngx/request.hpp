// Knows one request's state: the flow that judges it, what that waits for,
// and what was found out.
#pragma once

#include <memory>
#include <optional>

#include "ngx/facts.hpp"
#include "ngx/park.hpp"
#include "ngx/request_ports.hpp"
#include "oidc/flow.hpp"

namespace ngx {

class Request final : private Receiver, private Waiter {
public:
    explicit Request(ngx_http_request_t* r);
    ~Request() override;

    // The request's own, made when it is not there yet; nullptr: no memory.
    // Found again after an internal redirect has wiped nginx's contexts.
    static Request* of(ngx_http_request_t*);
    static Request* find(ngx_http_request_t*) noexcept;

    using Start = std::unique_ptr<oidc::Flow> (*)(const oidc::Context&);
    // Begins or goes on: absent while the request waits.
    std::optional<oidc::Step> run(const ProviderConf&, const oidc::Location&,
                                  Start);
    bool is_running() const noexcept { return flow_ != nullptr; }

    // Gathered when they are first asked for.
    oidc::Facts& facts();
    // What the client sent, among the facts from then on.
    void take_body(base::Secret body);
    oidc::Context context(const ProviderConf&, const oidc::Location&);

    // What variables tell.
    const oidc::Identity* identity();
    const oidc::IdentityRef& judged_identity() const noexcept {
        return identity_;
    }
    // Which kind of credential it was; absent: none.
    std::optional<oidc::Method> method() const noexcept;
    // An accepted bearer token, read when its identity is first asked for. It
    // lies in the request.
    void set_accepted(const ProviderConf& p, std::string_view token) noexcept {
        conf_ = &p;
        accepted_ = token;
    }
    // What variables and headers say of an identity lies in it: all that a
    // request ever had live as long as the request.
    void set_identity(oidc::IdentityRef identity) {
        if (identity_) {
            former_.push_back(std::move(identity_));
        }
        accepted_ = {};
        identity_ = std::move(identity);
    }
    const std::optional<base::Error>& reason() const noexcept {
        return reason_;
    }
    void set_reason(std::optional<base::Error> e) noexcept { reason_ = e; }
    const ProviderConf* provider() const noexcept { return conf_; }
    void set_provider(const ProviderConf& p) noexcept { conf_ = &p; }

    // Who has logged in by this very request; null: nobody, or elsewhere.
    oidc::IdentityRef entered(const ProviderConf& p) const noexcept {
        return entered_at_ == &p ? entered_ : oidc::IdentityRef();
    }
    void set_entered(const ProviderConf& p, oidc::IdentityRef who) noexcept {
        entered_at_ = &p;
        entered_ = std::move(who);
    }

    // Why a provider that had to be asked was not; absent: it was asked.
    std::optional<metrics::Saving> saving() const noexcept;

    // The way to log in, kept back while another access module may yet let
    // the request pass (satisfy any).
    void defer(oidc::Answer answer) { deferred_.emplace(std::move(answer)); }
    const std::optional<oidc::Answer>& deferred() const noexcept {
        return deferred_;
    }

private:
    void replied(oidc::Reply reply) noexcept override;
    void arrived(bool there) noexcept override;
    static void on_limit(void* self);

    std::optional<oidc::Step> advance(oidc::Step);
    std::optional<bool> start_waiting(const oidc::Await&);
    bool start_call(const oidc::Call&);
    oidc::Step judge(oidc::Reply);
    bool park(Parking::Client = Parking::Client::may_leave);

    ngx_http_request_t* r_;
    std::optional<oidc::Facts> facts_;
    base::Secret body_;
    const ProviderConf* conf_ = nullptr;
    std::optional<RequestPorts> ports_;
    std::unique_ptr<oidc::Flow> flow_;
    Parking parking_;
    std::unique_ptr<Transfer> transfer_;
    std::optional<oidc::Reply> reply_;
    std::optional<bool> arrived_;
    CallBegun begun_{};
    bool called_ = false;
    bool joined_ = false;  // another request had the turn
    oidc::IdentityRef identity_;
    std::vector<oidc::IdentityRef> former_;
    std::string_view accepted_;  // "" when there is nothing to be read
    oidc::IdentityRef entered_;
    const ProviderConf* entered_at_ = nullptr;
    std::optional<base::Error> reason_;
    std::optional<oidc::Answer> deferred_;
};

}  // namespace ngx
