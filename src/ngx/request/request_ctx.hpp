// Knows one request's state: the flow that judges it, what that waits for,
// and what was found out.
#pragma once

#include <memory>
#include <optional>

#include "ngx/request/gather_facts.hpp"
#include "ngx/request/suspend.hpp"
#include "ngx/request/request_ports.hpp"
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

    using Start = std::unique_ptr<oidc::Flow> (*)(const oidc::RequestContext&);
    // Begins or goes on: absent while the request waits.
    std::optional<oidc::Step> run(const ProviderConf&, const oidc::Location&,
                                  Start);
    bool is_running() const noexcept { return judging_ && judging_->flow; }

    // Gathered when they are first asked for.
    oidc::RequestFacts& facts();
    // What the client sent, among the facts from then on.
    void take_body(base::Secret body);
    oidc::RequestContext context(const ProviderConf&, const oidc::Location&);

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
    void defer(oidc::Response response) {
        deferred_ = std::make_unique<oidc::Response>(std::move(response));
    }
    // nullptr: none was.
    const oidc::Response* deferred() const noexcept { return deferred_.get(); }

private:
    void replied(oidc::ProviderReply reply) noexcept override;
    void arrived(bool there) noexcept override;
    static void on_limit(void* self);

    // What only a request has that is not let pass or refused at once.
    struct Judging {
        std::optional<RequestPorts> ports;
        std::unique_ptr<oidc::Flow> flow;
        std::optional<Suspension> parking;
        std::unique_ptr<Transfer> transfer;
        std::optional<oidc::ProviderReply> reply;
        std::optional<bool> arrived;
        CallBegun begun{};
        bool called = false;
        bool joined = false;  // another request had the turn
    };
    Judging& judging();

    std::optional<oidc::Step> advance(oidc::Step);
    std::optional<bool> start_waiting(const oidc::Await&);
    bool start_call(const oidc::Call&);
    oidc::Step judge(oidc::ProviderReply);
    bool suspend(Suspension::Client = Suspension::Client::may_leave);
    void resume() noexcept;

    ngx_http_request_t* r_;
    // Small, as every request has one; the rest when it is needed.
    std::unique_ptr<base::Secret> body_;
    std::unique_ptr<oidc::RequestFacts> facts_;
    std::unique_ptr<Judging> judging_;
    const ProviderConf* conf_ = nullptr;
    oidc::IdentityRef identity_;
    std::vector<oidc::IdentityRef> former_;
    std::string_view accepted_;  // "" when there is nothing to be read
    oidc::IdentityRef entered_;
    const ProviderConf* entered_at_ = nullptr;
    std::optional<base::Error> reason_;
    std::unique_ptr<oidc::Response> deferred_;
};

}  // namespace ngx
