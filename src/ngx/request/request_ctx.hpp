// SPDX-License-Identifier: Apache-2.0
// The state of one request: its flow, what the flow waits for, and the result.
#pragma once

#include <memory>
#include <optional>

#include "ngx/request/client_headers.hpp"
#include "ngx/request/gather_facts.hpp"
#include "ngx/request/request_ports.hpp"
#include "ngx/request/suspend.hpp"
#include "oidc/flow.hpp"
#include "oidc/web/own_endpoints.hpp"

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
    // Begins or continues the flow; absent while the request waits.
    std::optional<oidc::Step> run(const ProviderConf&, const oidc::Location&,
                                  Start);
    bool is_running() const noexcept { return judging_ && judging_->flow; }

    // The facts are gathered by the first call.
    oidc::RequestFacts& facts();
    // Adds the body to the facts.
    void take_body(base::Secret body);
    oidc::RequestContext context(const ProviderConf&, const oidc::Location&);

    // The identity that variables show.
    const oidc::Identity* identity();
    const oidc::IdentityRef& judged_identity() const noexcept {
        return identity_;
    }
    // Which kind of credential it was; absent: none.
    std::optional<oidc::Method> method() const noexcept;
    // An accepted bearer token, read when its identity is first asked for. It
    // lies in the request.
    void set_accepted(const ProviderConf&, std::string_view token);
    // Former identities are kept: variables and header lines hold views into
    // them.
    void set_identity(oidc::IdentityRef identity);
    const std::optional<base::Error>& reason() const noexcept {
        return reason_;
    }
    void set_reason(std::optional<base::Error>);
    const ProviderConf* provider() const noexcept { return conf_; }
    void set_provider(const ProviderConf& p) noexcept { conf_ = &p; }

    // The user that this very request logged in; null: no user, or at another
    // provider.
    oidc::IdentityRef entered(const ProviderConf& p) const noexcept {
        return entered_at_ == &p ? entered_ : oidc::IdentityRef();
    }
    bool has_entered() const noexcept { return entered_at_ != nullptr; }
    void set_entered(const ProviderConf& p, oidc::IdentityRef who) noexcept {
        entered_at_ = &p;
        entered_ = std::move(who);
    }

    // Why a necessary call to the provider was not made; absent: it was made.
    std::optional<metrics::Saving> saving() const noexcept;

    // A way through the phases begins; after an internal redirect, again, with
    // the client's own header lines.
    void begin_phases() noexcept;
    // The URI, and the one of before the server's rewrite rules again.
    void keep_uri() noexcept;
    void restore_uri() noexcept;
    // Before the lines are changed. False: out of memory.
    bool keep_client_headers() noexcept;

    // The own address that the request is for, and its provider; noted in the
    // rewrite phase.
    void set_endpoint(const ProviderConf* p,
                      oidc::web::OwnEndpoint e) noexcept {
        endpoint_of_ = p;
        endpoint_ = e;
    }
    const ProviderConf* endpoint_provider() const noexcept {
        return endpoint_of_;
    }
    oidc::web::OwnEndpoint endpoint() const noexcept { return endpoint_; }

    // The last protected location whose access phase asked this module, and
    // whether it let the request in.
    void begin_access(const LocConf& location) noexcept {
        asked_at_ = &location;
        is_admitted_ = is_preflight_ = false;
    }
    void admit() noexcept { is_admitted_ = true; }
    const LocConf* asked_at() const noexcept { return asked_at_; }
    bool is_admitted() const noexcept { return is_admitted_; }
    // A preflight that the application answers.
    void set_preflight() noexcept { is_preflight_ = true; }
    bool is_preflight() const noexcept { return is_preflight_; }

    // Cookies that the module adds to the response. A later one replaces one of
    // the same name.
    void add_set_cookies(std::vector<std::string> cookies);
    // The cookies are dropped if `may` is false when the response is there.
    void guard_set_cookies(std::function<bool(base::Instant)> may) {
        may_set_cookies_ = std::move(may);
    }
    void drop_outdated_cookies();
    const std::vector<std::string>& set_cookies() const noexcept {
        return set_cookies_;
    }

    // The way to log in, kept back while another access module may yet let
    // the request pass (satisfy any), and forgotten when one has.
    void defer(oidc::Response response) {
        deferred_ = std::make_unique<oidc::Response>(std::move(response));
        is_deferred_now_ = true;
    }
    void forget_deferred() noexcept {
        if (is_deferred_now_) {
            deferred_.reset();
        }
    }
    // nullptr: none was.
    const oidc::Response* deferred() const noexcept { return deferred_.get(); }

    // What auth_oidc_sessions has done so far, at one provider after another.
    struct Administered {
        std::size_t providers = 0;
        unsigned status = 200;
        std::string answers;  // comma-separated
    };
    Administered& administered() {
        if (!administered_) {
            administered_ = std::make_unique<Administered>();
        }
        return *administered_;
    }

private:
    void replied(oidc::ProviderReply reply) noexcept override;
    void arrived(bool there) noexcept override;
    static void on_limit(void* self);

    struct KeptUri {
        ngx_str_t uri;
        ngx_str_t args;
        bool is_valid_unparsed;
    };
    // State of requests that the fast path does not decide.
    struct Judging {
        std::optional<RequestPorts> ports;
        std::unique_ptr<oidc::Flow> flow;
        std::optional<Suspension> parking;
        CallSlots::Slot slot;
        std::unique_ptr<Transfer> transfer;
        std::unique_ptr<oidc::Call> otherwise;  // with the other secret
        bool is_otherwise = false;              // which is being made
        std::optional<oidc::ProviderReply> reply;
        std::optional<bool> arrived;
        CallBegun begun{};
        bool called = false;
        bool joined = false;  // another request had the turn
    };
    Judging& judging();

    std::optional<oidc::Step> advance(oidc::Step);
    std::optional<bool> start_waiting(const oidc::Await&);
    // Why it was not started; absent: this waits.
    std::optional<oidc::ProviderReply::Failure> start_call(oidc::Call&);
    bool start_transfer(const oidc::Call&);
    bool try_otherwise(const oidc::ProviderReply&);
    void end_call() noexcept;
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
    std::unique_ptr<Administered> administered_;
    std::vector<std::string> set_cookies_;
    std::function<bool(base::Instant)> may_set_cookies_;
    const SavedHeaders* client_headers_ = nullptr;
    const ProviderConf* endpoint_of_ = nullptr;
    const LocConf* asked_at_ = nullptr;
    oidc::web::OwnEndpoint endpoint_ = oidc::web::OwnEndpoint::none;
    std::optional<KeptUri> kept_uri_;
    bool is_admitted_ = false;
    bool is_preflight_ = false;
    bool is_deferred_now_ = false;  // since the phases began
};

}  // namespace ngx
