// SPDX-License-Identifier: Apache-2.0
#include "ngx/request/request_ctx.hpp"

#include "ngx/clock.hpp"
#include "ngx/guard.hpp"
#include "ngx/pool.hpp"
#include "ngx/request/cached_variables.hpp"
#include "oidc/policy.hpp"
#include "oidc/provider/reply.hpp"
#include "oidc/step.hpp"
#include "oidc/token/access_token.hpp"

namespace ngx {

namespace {

// Longer than the deadline of a call, so that the call ends first.
constexpr ngx_msec_t kGrace = 1000;

// A client that closes the connection must not lose its session: a refresh
// token that the provider rotates is spent by the call, and its successor is in
// the reply.
Suspension::Client client_during(oidc::CallKind kind) noexcept {
    return kind == oidc::CallKind::token_refresh ||
                   kind == oidc::CallKind::revoke
               ? Suspension::Client::is_outlived
               : Suspension::Client::may_leave;
}

void destroy(void* request) {
    static_cast<Request*>(request)->~Request();
}

}  // namespace

Request::Request(ngx_http_request_t* r) : r_(r) {
}

Request::~Request() = default;

Request* Request::find(ngx_http_request_t* r) noexcept {
    r = r->main;
    if (void* known = ngx_http_get_module_ctx(r, ngx_http_auth_oidc_module)) {
        return static_cast<Request*>(known);
    }
    for (ngx_pool_cleanup_t* c = r->pool->cleanup; c; c = c->next) {
        if (c->handler == destroy) {
            ngx_http_set_ctx(r, c->data, ngx_http_auth_oidc_module);
            return static_cast<Request*>(c->data);
        }
    }
    return nullptr;
}

Request* Request::of(ngx_http_request_t* r) {
    if (Request* known = find(r)) {
        if (known->facts_) {
            update_facts(*known->facts_, r);
        }
        return known;
    }
    ngx_pool_cleanup_t* cleanup = ngx_pool_cleanup_add(r->pool, 0);
    void* memory = ngx_palloc(r->pool, sizeof(Request));
    if (cleanup == nullptr || memory == nullptr) {
        return nullptr;
    }
    auto* made = new (memory) Request(r);
    cleanup->handler = destroy;
    cleanup->data = made;
    ngx_http_set_ctx(r, made, ngx_http_auth_oidc_module);
    return made;
}

void Request::begin_phases() noexcept {
    if (client_headers_ != nullptr) {
        restore_request_headers(r_, *client_headers_);
        client_headers_ = nullptr;
    }
    set_endpoint(nullptr, oidc::web::OwnEndpoint::none);
    is_deferred_now_ = false;
}

void Request::keep_uri() noexcept {
    kept_uri_ = {r_->uri, r_->args, r_->valid_unparsed_uri != 0};
}

void Request::restore_uri() noexcept {
    const auto kept = std::exchange(kept_uri_, std::nullopt);
    if (!kept ||
        (kept->uri.data == r_->uri.data && kept->args.data == r_->args.data)) {
        return;
    }
    r_->uri = kept->uri;
    r_->args = kept->args;
    r_->internal = 0;
    r_->valid_unparsed_uri = kept->is_valid_unparsed;
    ngx_http_set_exten(r_);
}

bool Request::keep_client_headers() noexcept {
    if (client_headers_ == nullptr) {
        client_headers_ = save_request_headers(r_);
    }
    return client_headers_ != nullptr;
}

void Request::add_set_cookies(std::vector<std::string> cookies) {
    for (std::string& cookie : cookies) {
        const std::string_view name =
            std::string_view(cookie).substr(0, cookie.find('=') + 1);
        std::erase_if(set_cookies_, [&](const std::string& other) {
            return other.starts_with(name);
        });
        set_cookies_.push_back(std::move(cookie));
    }
}

void Request::drop_outdated_cookies() {
    if (may_set_cookies_ && !may_set_cookies_(now())) {
        set_cookies_.clear();
    }
    may_set_cookies_ = nullptr;
}

void Request::set_identity(oidc::IdentityRef identity) {
    if (!identity && !identity_ && accepted_.empty()) {
        return;
    }
    forget_identity_variables(r_);
    if (identity_) {
        former_.push_back(std::move(identity_));
    }
    accepted_ = {};
    identity_ = std::move(identity);
}

void Request::set_reason(std::optional<base::Error> reason) {
    forget_identity_variables(r_);
    reason_ = reason;
}

void Request::set_accepted(const ProviderConf& p, std::string_view token) {
    set_identity({});
    conf_ = &p;
    accepted_ = token;
}

const oidc::Identity* Request::identity() {
    if (!accepted_.empty()) {
        identity_ = oidc::token::read_accepted(conf_->policy, accepted_);
        accepted_ = {};
    }
    return identity_.get();
}

std::optional<oidc::Method> Request::method() const noexcept {
    if (!accepted_.empty()) {
        return oidc::Method::bearer;
    }
    return identity_ ? std::optional(identity_->method) : std::nullopt;
}

oidc::RequestFacts& Request::facts() {
    if (!facts_) {
        facts_ = std::make_unique<oidc::RequestFacts>(gather_facts(r_));
    }
    return *facts_;
}

void Request::take_body(base::Secret body) {
    body_ = std::make_unique<base::Secret>(std::move(body));
    facts().body = body_->reveal();
}

oidc::RequestContext Request::context(const ProviderConf& conf,
                                      const oidc::Location& location) {
    auto& ports = judging().ports;
    if (conf_ != &conf || !ports) {
        conf_ = &conf;
        ports.emplace(r_, *worker_of(r_), conf);
        note_refresh_tokens(facts(), r_, conf.policy.refresh_token_header);
    }
    return {conf.policy, location, facts(), ports->ports()};
}

Request::Judging& Request::judging() {
    if (!judging_) {
        judging_ = std::make_unique<Judging>();
    }
    return *judging_;
}

std::optional<oidc::Step> Request::run(const ProviderConf& conf,
                                       const oidc::Location& location,
                                       Start start) {
    Judging& j = judging();
    if (j.flow == nullptr) {
        j.flow = start(context(conf, location));
        return advance(j.flow->begin(now()));
    }
    if (j.reply) {
        oidc::ProviderReply reply = std::move(*j.reply);
        j.reply.reset();
        return advance(judge(std::move(reply)));
    }
    if (j.arrived) {
        bool there = *j.arrived;
        j.arrived.reset();
        return advance(j.flow->resumed(there, now()));
    }
    return std::nullopt;
}

// Goes on until the flow ends or has to wait.
std::optional<oidc::Step> Request::advance(oidc::Step step) {
    Judging& j = judging();
    for (;;) {
        if (auto* call = std::get_if<oidc::Call>(&step)) {
            const auto failure = start_call(*call);
            if (!failure) {
                return std::nullopt;
            }
            end_call();
            oidc::ProviderReply none;
            none.failure = *failure;
            step = judge(std::move(none));
        } else if (const auto* what = std::get_if<oidc::Await>(&step)) {
            std::optional<bool> there = start_waiting(*what);
            if (!there && suspend()) {
                worker_of(r_)->poll_soon();
                return std::nullopt;
            }
            leave();
            step = j.flow->resumed(there.value_or(false), now());
        } else {
            j.flow.reset();
            return step;
        }
    }
}

// Absent: this waits.
std::optional<bool> Request::start_waiting(const oidc::Await& what) {
    Worker& worker = *worker_of(r_);
    if (what.what == oidc::Await::What::store) {
        judging().ports->wait_for_store(what, *this);
        return std::nullopt;
    }
    if (what.what != oidc::Await::What::flight) {
        return worker.source(*conf_).await(what, *this);
    }
    if (judging().ports->take_flight(what)) {
        return judging().ports->join_fleet(what, *this);
    }
    judging().joined = true;
    if (what.only_try) {
        return false;
    }
    worker.single_flight().wait(what, *this);
    return std::nullopt;
}

bool Request::start_transfer(const oidc::Call& call) {
    Worker& worker = *worker_of(r_);
    judging_->transfer = worker.fetcher().start(
        conf_->outbound, call, worker.source(*conf_).reach_of(call.url), *this);
    return judging_->transfer != nullptr;
}

// A secret that the provider refuses may have been replaced by the other one.
bool Request::try_otherwise(const oidc::ProviderReply& reply) {
    Judging& j = *judging_;
    const bool is_refused = oidc::provider::refuses_client(reply);
    if (std::exchange(j.is_otherwise, false) && !is_refused &&
        reply.failure == oidc::ProviderReply::Failure::none) {
        worker_of(r_)->source(*conf_).note_other_secret();
    }
    const auto otherwise = std::move(j.otherwise);
    if (!otherwise || !is_refused) {
        return false;
    }
    j.is_otherwise = true;
    return worker_of(r_)->source(*conf_).call_rates().take(*otherwise) &&
           start_transfer(*otherwise);
}

std::optional<oidc::ProviderReply::Failure> Request::start_call(
    oidc::Call& call) {
    using Failure = oidc::ProviderReply::Failure;
    Worker& worker = *worker_of(r_);
    ProviderState& provider = worker.source(*conf_);
    Judging& j = judging();
    j.called = true;
    j.begun = CallBegun(call.kind);
    j.slot = provider.call_slots().take(call.of_session);
    if (!j.slot) {
        return Failure::limited;
    }
    if (!provider.call_rates().take(call)) {
        return Failure::shed;
    }
    j.otherwise = std::move(call.otherwise);
    return start_transfer(call) && suspend(client_during(call.kind))
               ? std::nullopt
               : std::optional(Failure::unreachable);
}

void Request::end_call() noexcept {
    judging_->transfer.reset();
    judging_->otherwise.reset();
    judging_->slot.release();
}

oidc::Step Request::judge(oidc::ProviderReply reply) {
    oidc::Fetched fetched = judging().flow->fetched(std::move(reply), now());
    worker_of(r_)->tally(*conf_).called(judging().begun, fetched.outcome);
    return std::move(fetched.step);
}

std::optional<metrics::Saving> Request::saving() const noexcept {
    if (judging_ && judging_->called) {
        return std::nullopt;
    }
    return judging_ && judging_->joined ? metrics::Saving::single_flight
                                        : metrics::Saving::cache;
}

bool Request::suspend(Suspension::Client client) {
    auto& parking = judging().parking;
    if (!parking) {
        parking.emplace(r_, on_limit, this);
    }
    return parking->suspend(conf_->outbound.timeout + kGrace, client);
}

// The request may be gone afterwards.
void Request::resume() noexcept {
    if (judging_->parking) {
        judging_->parking->resume();
    }
}

void Request::replied(oidc::ProviderReply reply) noexcept {
    if (guarded_call(false, [&] { return try_otherwise(reply); })) {
        return;
    }
    end_call();
    judging_->reply.emplace(std::move(reply));
    resume();
}

void Request::arrived(bool there) noexcept {
    judging_->arrived = there;
    resume();
}

void Request::on_limit(void* data) {
    auto* self = static_cast<Request*>(data);
    if (self->is_waiting()) {
        self->leave();
        self->arrived(false);
        return;
    }
    oidc::ProviderReply late;
    late.failure = oidc::ProviderReply::Failure::timeout;
    self->replied(std::move(late));
}

}  // namespace ngx
