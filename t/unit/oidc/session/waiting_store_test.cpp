// SPDX-License-Identifier: Apache-2.0
// Flows with a store that has to wait for each of its answers.
#include <set>

#include "oidc/logout/frontchannel_logout.hpp"
#include "oidc/logout/rp_logout.hpp"
#include "oidc/refresh_story.hpp"
#include "oidc/session_story.hpp"

namespace oidc::test {
namespace {

// The store in memory, but each operation says first that it has to wait.
class WaitingStore final : public session::Store {
public:
    std::vector<std::string> values(const RequestFacts& facts,
                                    const std::string& name) const override {
        return memory_.values(facts, name);
    }
    std::size_t arrange(std::span<std::string_view, web::kMaxChunks> parts,
                        std::span<const unsigned, web::kMaxChunks> seen)
        const noexcept override {
        return memory_.arrange(parts, seen);
    }
    Progress<session::StoredRecord> open(const RequestContext& context,
                                         const session::SessionCookies& cookies,
                                         const std::string& cookie,
                                         base::Instant now) const override {
        if (waits("open")) {
            return kWait;
        }
        return memory_.open(context, cookies, cookie, now);
    }
    base::Result<session::Use> use(const RequestContext& context,
                                   const session::SessionCookies& cookies,
                                   const std::string& cookie,
                                   session::StoredRecord& stored,
                                   base::Instant now) const override {
        return memory_.use(context, cookies, cookie, stored, now);
    }
    // Nothing is known without being asked for.
    bool use_again(SessionRecords&, const Provider&,
                   memory::IdentityTable::Entry&,
                   base::Instant) const noexcept override {
        return false;
    }
    Progress<session::SetCookies> save(const RequestContext& context,
                                       const session::SessionCookies& cookies,
                                       const session::Record& record,
                                       base::Instant now) const override {
        if (waits("save")) {
            return kWait;
        }
        return memory_.save(context, cookies, record, now);
    }
    Progress<session::Renewed> replace(const RequestContext& context,
                                       const session::SessionCookies& cookies,
                                       const std::string& cookie,
                                       const session::StoredRecord& renewed,
                                       base::Instant now) const override {
        if (waits("replace")) {
            return kWait;
        }
        return memory_.replace(context, cookies, cookie, renewed, now);
    }
    bool keeps_cookie() const noexcept override { return true; }
    Progress<void> remove(const RequestContext& context,
                          const session::SessionCookies& cookies,
                          const std::string& cookie,
                          base::Instant now) const override {
        if (waits("remove")) {
            return kWait;
        }
        return memory_.remove(context, cookies, cookie, now);
    }
    bool is_in_zone() const noexcept override { return true; }
    bool needs_session_secret() const noexcept override { return false; }

    // What was waited for since the last call.
    std::string waited() const { return std::exchange(waited_, ""); }

private:
    static constexpr Await kWait{Await::What::keys};

    // Each operation waits once, and has its answer when it is called again.
    bool waits(const char* operation) const {
        if (!arrived_.insert(operation).second) {
            arrived_.erase(operation);
            return false;
        }
        waited_.append(waited_.empty() ? "" : " ").append(operation);
        return true;
    }

    const session::Store& memory_ = session::memory_store();
    mutable std::set<std::string> arrived_;
    mutable std::string waited_;
};

class StoreThatWaits : public RefreshStory, public ::testing::Test {
public:
    StoreThatWaits() { provider.store = &store; }

    // Resumes a flow until it does not wait for the store any more.
    Step arrive(Flow& flow, Step step) {
        for (int most = 20;
             as<Await>(step) && as<Await>(step)->what == Await::What::keys;
             most--) {
            if (most == 0) {
                ADD_FAILURE() << "waits for ever: " << store.waited();
                break;
            }
            step = flow.resumed(true, now);
        }
        return step;
    }
    Step run(std::unique_ptr<Flow> (*start)(const RequestContext&),
             Request request) {
        flow_.reset();  // it refers to the visit
        visit_ = std::make_unique<Visit>(
            *this, Visit::with_cookies(*this, std::move(request)));
        flow_ = start(visit_->context());
        return keep(arrive(*flow_, flow_->begin(now)));
    }
    Step take_flight(Step step) {
        EXPECT_TRUE(ports.take_flight(as<Await>(step)->flight));
        return keep(arrive(*flow_, flow_->resumed(true, now)));
    }
    Step reply(ProviderReply r) {
        return keep(arrive(*flow_, flow_->fetched(std::move(r), now).step));
    }
    Step keep(Step step) {
        if (const auto* allow = as<Allow>(step)) {
            jar.take(allow->set_cookies);
        }
        if (const auto* response = as<Response>(step)) {
            jar.take(response->set_cookies);
        }
        return step;
    }
    Step visit() { return run(access::protect, Request{}); }
    static Request at(std::string uri) {
        Request r;
        r.uri = std::move(uri);
        r.sec_fetch_site = "same-origin";
        return r;
    }

    WaitingStore store;
    std::unique_ptr<Visit> visit_;
    std::unique_ptr<Flow> flow_;
};

TEST_F(StoreThatWaits, SessionIsOpened) {
    EXPECT_EQ(summary(visit()), "allow");
    EXPECT_EQ(store.waited(), "open");
}

TEST_F(StoreThatWaits, LostSessionBeginsALogin) {
    ports.sessions.clear();
    EXPECT_EQ(summary(visit()), "302");
    for (const auto& cookie : jar.cookies()) {
        EXPECT_NE(cookie.name, kSessionCookie);
    }
}

TEST_F(StoreThatWaits, LoginSavesTheSession) {
    run(logout::logout, at("/logout"));
    (void)store.waited();
    const Step begun = visit();
    ASSERT_EQ(summary(begun), "302");
    const std::string to = std::get<Response>(begun).location;
    nonce = query_value(to, "nonce");
    Step step = run(login::callback, at("/oidc_callback?code=c&state=" +
                                        query_value(to, "state")));
    step = take_flight(std::move(step));
    ASSERT_EQ(summary(step), "call");
    step = reply(
        json_reply(token_members(SigningKey::ours().token(
                                     good_claims(provider, nonce, now).text()))
                       .text()));
    EXPECT_EQ(summary(step), "302");
    EXPECT_EQ(store.waited(), "save");
    EXPECT_EQ(ports.sessions.size(), 1u);
    EXPECT_EQ(summary(visit()), "allow");
}

TEST_F(StoreThatWaits, CallbackOpenedAgainFindsTheSession) {
    const Step step =
        run(login::callback, at("/oidc_callback?code=c&state=" + state));
    EXPECT_EQ(summary(step), "302");
    EXPECT_EQ(store.waited(), "open");
}

TEST_F(StoreThatWaits, RefreshReplacesTheSession) {
    almost_expire();
    Step step = take_flight(visit());
    ASSERT_EQ(summary(step), "call");
    (void)store.waited();
    step = reply(json_reply(rotated().text()));
    EXPECT_EQ(summary(step), "allow");
    EXPECT_EQ(std::get<Allow>(step).identity->access_token.reveal(),
              "second-access-token");
    EXPECT_EQ(store.waited(), "replace");
    ports.forget_identities();
    EXPECT_EQ(summary(visit()), "allow");
}

TEST_F(StoreThatWaits, RefusedRefreshEndsTheSession) {
    expire();
    ASSERT_EQ(summary(take_flight(visit())), "call");
    (void)store.waited();
    EXPECT_EQ(summary(reply(refusal("invalid_grant"))), "302");
    EXPECT_EQ(store.waited(), "open remove remove") << "found, ended, useless";
    EXPECT_TRUE(ports.sessions.empty());
}

TEST_F(StoreThatWaits, LogoutEndsTheSession) {
    const Step step = run(logout::logout, at("/logout"));
    EXPECT_EQ(summary(step), "302");
    EXPECT_EQ(store.waited(), "open remove");
    EXPECT_TRUE(ports.sessions.empty());
    EXPECT_EQ(jar.size(), 0u);
}

TEST_F(StoreThatWaits, FrontchannelLogoutEndsTheSession) {
    Step step = run(logout::frontchannel_logout, at("/front"));
    EXPECT_EQ(summary(step), "200");
    EXPECT_EQ(store.waited(), "open remove");
    EXPECT_TRUE(ports.sessions.empty());
}

}  // namespace
}  // namespace oidc::test
