// SPDX-License-Identifier: Apache-2.0
#include "oidc/session/administration.hpp"

#include <algorithm>
#include <charconv>
#include <span>

#include "base/form.hpp"
#include "base/http.hpp"
#include "base/json_object.hpp"
#include "oidc/session/ended_sessions.hpp"
#include "oidc/session/store.hpp"

namespace oidc::session {
namespace {

using base::Error;
using base::Instant;
using base::json::Object;
using By = Order::By;
using What = Order::What;

constexpr std::size_t kMaxOrderValueBytes = 1024;
constexpr std::int64_t kMaxDenialSeconds = 10 * 366 * 24 * 3600;

constexpr std::pair<std::string_view, By> kBy[] = {
    {"sub", By::sub}, {"sid", By::sid}, {"id", By::id}};
constexpr std::string_view kProvider = "provider";
constexpr std::string_view kOfDenials[] = {"kind", "value", kProvider, "until"};

Response refuse(std::string_view message) {
    return refuse_order(400, "invalid_request", message);
}

Response refuse_site() {
    return refuse_order(403, "forbidden",
                        "a page of another site may have sent this");
}

// A browser says where a request comes from, and pages cannot change what it
// says.
bool is_cross_site(const RequestFacts& facts) {
    if (!facts.sec_fetch_site.empty()) {
        return facts.sec_fetch_site != "same-origin" &&
               facts.sec_fetch_site != "none";
    }
    return !facts.origin.empty() &&
           facts.origin !=
               std::string(facts.scheme).append("://").append(facts.host);
}

bool is_from_browser(const RequestFacts& facts) {
    return !facts.sec_fetch_site.empty() || !facts.origin.empty() ||
           !facts.cookies.empty() || base::prefers_html(facts.accept);
}

// The parameters of an order, wherever they stand.
using Parameters = std::vector<std::pair<std::string, std::string>>;

const std::string* find(const Parameters& all, std::string_view name) {
    const auto found = std::ranges::find(
        all, name,
        [](const auto& one) -> const std::string& { return one.first; });
    return found == all.end() ? nullptr : &found->second;
}

// Absent: they cannot be decoded, or one came twice.
std::optional<Parameters> of_form(std::string_view text) {
    const auto form = base::Form::parse(text);
    Parameters out;
    if (!form) {
        return std::nullopt;
    }
    for (const auto& [name, value] : form->all()) {
        if (find(out, name) != nullptr) {
            return std::nullopt;
        }
        out.emplace_back(name, value);
    }
    return out;
}

std::optional<Parameters> of_json(std::string_view text) {
    const auto document = base::json::Document::parse(text);
    if (!document || !document->root().is_object()) {
        return std::nullopt;
    }
    Parameters out;
    bool is_good = true;
    document->root().each_member([&](std::string_view name,
                                     base::json::Value value) {
        const auto string = value.string();
        const auto integer = value.integer();
        is_good = is_good && (string || integer);
        out.emplace_back(name, string ? std::string(*string)
                                      : std::to_string(integer.value_or(0)));
    });
    return is_good ? std::optional(std::move(out)) : std::nullopt;
}

// "": they are all known.
std::string unknown_in(const Parameters& all,
                       std::span<const std::string_view> known) {
    for (const auto& [name, value] : all) {
        if (std::ranges::find(known, name) == known.end()) {
            return name;
        }
    }
    return "";
}

// What a value must not be; "": it is fine.
std::string_view wrong_with(std::string_view value) {
    if (value.empty()) {
        return "is empty";
    }
    if (value.size() > kMaxOrderValueBytes) {
        return "is too long";
    }
    if (value.find('\0') != value.npos) {
        return "has a NUL character";
    }
    // Answers and log lines repeat the value.
    return value.starts_with("eyJ") && value.find('.') != value.npos
               ? "is a token, not an identifier"
               : "";
}

std::variant<Order, Response> about_sessions(const RequestFacts& facts,
                                             What what) {
    const auto all = of_form(facts.query);
    if (!all) {
        return refuse("the query cannot be decoded, or repeats a parameter");
    }
    Order order;
    order.what = what;
    unsigned named = 0;
    for (const auto& [word, by] : kBy) {
        const std::string* value = find(*all, word);
        if (value == nullptr || (what == What::list && by != By::sub)) {
            continue;
        }
        if (const auto wrong = wrong_with(*value); !wrong.empty()) {
            return refuse(std::string(word).append(" ").append(wrong));
        }
        order.by = by;
        order.value = *value;
        named++;
    }
    if (named != 1) {
        return refuse(what == What::list ? "sub is missing"
                                         : "one of sub, sid and id is needed");
    }
    const std::string_view known[] = {
        std::ranges::find(kBy, order.by,
                          [](const auto& one) { return one.second; })
            ->first,
        kProvider};
    if (const auto other = unknown_in(*all, known); !other.empty()) {
        return refuse("unknown parameter " + base::json::quote(other));
    }
    if (const std::string* provider = find(*all, kProvider)) {
        if (provider->empty()) {
            return refuse("provider is empty");
        }
        order.provider = *provider;
    }
    return order;
}

std::optional<std::int64_t> as_number(std::string_view text) {
    std::int64_t n = 0;
    const auto [end, error] =
        std::from_chars(text.data(), text.data() + text.size(), n);
    return error == std::errc() && end == text.data() + text.size()
               ? std::optional(n)
               : std::nullopt;
}

std::variant<Order, Response> as_denial(const Parameters& all, Instant now) {
    if (const auto other = unknown_in(all, kOfDenials); !other.empty()) {
        return refuse("unknown parameter " + base::json::quote(other));
    }
    for (const std::string_view name : kOfDenials) {
        const std::string* value = find(all, name);
        if (value == nullptr) {
            return refuse(std::string(name) + " is missing");
        }
        if (const auto wrong = wrong_with(*value); !wrong.empty()) {
            return refuse(std::string(name).append(" ").append(wrong));
        }
    }
    Order order;
    order.what = What::deny;
    const auto kind =
        std::ranges::find(kDeniedBy, *find(all, "kind"),
                          [](const auto& one) { return one.first; });
    if (kind == std::end(kDeniedBy)) {
        return refuse(
            "kind is none of sub, client_id, sid, jti and origin_jti");
    }
    order.denied_by = kind->second;
    order.value = *find(all, "value");
    order.provider = *find(all, kProvider);
    const auto until = as_number(*find(all, "until"));
    if (until == 0) {
        order.what = What::undo;
        return order;
    }
    if (!until || *until <= base::seconds(now) ||
        *until > base::seconds(now) + kMaxDenialSeconds) {
        return refuse(
            "until is no time to come, in seconds since 1970, within ten "
            "years; 0 undoes a denial");
    }
    order.until = base::instant(*until);
    return order;
}

std::variant<Order, Response> about_denial(const RequestFacts& facts,
                                           Instant now) {
    if (!facts.query.empty()) {
        return refuse("the parameters belong into the body");
    }
    const bool is_json =
        base::media_type_is(facts.content_type, "application/json");
    if (!is_json && !base::media_type_is(facts.content_type,
                                         "application/x-www-form-urlencoded")) {
        return refuse_order(415, "unsupported_media_type",
                            "Content-Type is neither application/json nor "
                            "application/x-www-form-urlencoded");
    }
    if (!is_json && is_from_browser(facts)) {
        return refuse_site();
    }
    const auto all = is_json ? of_json(facts.body) : of_form(facts.body);
    return all ? as_denial(*all, now)
               : refuse(is_json ? "the body is no JSON object of strings and "
                                  "whole numbers"
                                : "the form cannot be decoded, or repeats a "
                                  "parameter");
}

void write(Object& object, const ListedSession& session) {
    object.text("id", session.id);
    object.integer("begun", base::seconds(session.begun));
    object.integer("last_used", base::seconds(session.last_used));
    object.integer("expires", base::seconds(session.ends));
}

class Administration final : public Flow {
public:
    explicit Administration(const RequestContext& context)
        : c_(context), store_(store_of(context.provider)) {}

    Step begin(Instant now) override {
        auto order = read_order(c_.facts, now);
        if (auto* refusal = std::get_if<Response>(&order)) {
            return std::move(*refusal);
        }
        order_ = std::move(std::get<Order>(order));
        return go_on(now);
    }
    // Whether the store has answered shows when it is asked again.
    Step resumed(bool, Instant now) override { return go_on(now); }
    // Makes no calls.
    Fetched fetched(ProviderReply, Instant) override {
        return {fail(base::Errc::internal_error), CallOutcome::ok};
    }

private:
    Step go_on(Instant now) {
        switch (order_.what) {
            case What::list:
                return list(now);
            case What::end:
                return order_.by == By::id ? end_one() : end(now);
            case What::deny:
                return denied(deny(c_, order_.denied_by, order_.value, now,
                                   order_.until));
            case What::undo:
                return denied(
                    undo_denial(c_, order_.denied_by, order_.value, now));
        }
        return fail(base::Errc::internal_error);
    }
    Step list(Instant now);
    Step end(Instant now);
    Step end_one();
    Step ended(std::optional<std::size_t> count) const;
    Step denied(const base::Status&) const;
    Response fail(Error) const;
    Response about(const std::function<void(Object&)>&) const;

    RequestContext c_;
    const Store& store_;
    Order order_;
    bool is_noted_ = false;
    std::optional<std::vector<ListedSession>> left_;  // to be ended
    std::size_t ended_ = 0;
};

Response Administration::about(
    const std::function<void(Object&)>& write_rest) const {
    Response response;
    response.status = 200;
    response.content_type = "application/json";
    {
        Object all(response.body);
        all.text(kProvider, c_.provider.name);
        write_rest(all);
    }
    return response;
}

Response Administration::fail(Error error) const {
    Response response = about([&](Object& all) {
        all.text("error", base::word(error.code));
        all.text("message", error.why);
    });
    const auto outcome = base::outcome(error.code);
    response.status = error.code == base::Errc::store_failed  ? 507
                      : outcome == base::Outcome::unavailable ? 503
                                                              : 500;
    return response;
}

Step Administration::list(Instant now) {
    auto listing = store_.list(c_, order_.value, now);
    if (listing.is_waiting()) {
        return as_step(std::move(listing.need()));
    }
    const auto& found = listing.result();
    if (!found) {
        return fail(found.error());
    }
    return about([&](Object& all) {
        if (!*found) {
            all.member("sessions") += "null";
            return;
        }
        all.member("sessions") += "[";
        for (const ListedSession& one : **found) {
            all.raw(&one == &(*found)->front() ? "" : ",");
            std::string text;
            {
                Object session(text);
                write(session, one);
            }
            all.raw(text);
        }
        all.raw("]");
    });
}

// The stamp first: a session that is begun or copied meanwhile ends by it.
Step Administration::end(Instant now) {
    if (!is_noted_) {
        const auto noted =
            note_logout(c_,
                        order_.by == By::sub ? LogoutSubject{"", order_.value}
                                             : LogoutSubject{order_.value, ""},
                        now);
        if (!noted) {
            return fail(noted.error());
        }
        is_noted_ = true;
    }
    if (order_.by != By::sub) {
        return ended(std::nullopt);
    }
    if (!left_) {
        auto listing = store_.list(c_, order_.value, now);
        if (listing.is_waiting()) {
            return as_step(std::move(listing.need()));
        }
        if (!listing.result()) {
            return fail(listing.result().error());
        }
        if (!*listing.result()) {
            return ended(std::nullopt);
        }
        left_ = std::move(*listing.result());
    }
    while (!left_->empty()) {
        auto ending = store_.end_listed(c_, left_->back().id);
        if (ending.is_waiting()) {
            return as_step(std::move(ending.need()));
        }
        if (!ending.result()) {
            return fail(ending.result().error());
        }
        ended_ += *ending.result() ? 1U : 0U;
        left_->pop_back();
    }
    return ended(ended_);
}

Step Administration::end_one() {
    auto ending = store_.end_listed(c_, order_.value);
    if (ending.is_waiting()) {
        return as_step(std::move(ending.need()));
    }
    if (!ending.result()) {
        return fail(ending.result().error());
    }
    return ended(std::size_t{*ending.result() ? 1U : 0U});
}

// `count`: absent if the store does not know them.
Step Administration::ended(std::optional<std::size_t> count) const {
    return about([&](Object& all) {
        for (const auto& [word, by] : kBy) {
            if (by == order_.by) {
                all.text(word, order_.value);
            }
        }
        all.member("ended") += count ? std::to_string(*count) : "null";
    });
}

Step Administration::denied(const base::Status& status) const {
    if (!status) {
        return fail(status.error());
    }
    return about([&](Object& all) {
        for (const auto& [word, by] : kDeniedBy) {
            if (by == order_.denied_by) {
                all.text("kind", word);
            }
        }
        all.text("value", order_.value);
        all.integer("denied_until", order_.what == What::deny
                                        ? base::seconds(order_.until)
                                        : 0);
    });
}

}  // namespace

Response refuse_order(unsigned status, std::string_view error,
                      std::string_view message) {
    Response response;
    response.status = status;
    response.content_type = "application/json";
    response.allow = "GET, DELETE, POST";
    {
        Object all(response.body);
        all.text("error", error);
        all.text("message", message);
    }
    return response;
}

std::variant<Order, Response> read_order(const RequestFacts& facts,
                                         Instant now) {
    if (is_cross_site(facts)) {
        return refuse_site();
    }
    if (facts.method == "GET") {
        return about_sessions(facts, What::list);
    }
    if (facts.method == "DELETE") {
        return about_sessions(facts, What::end);
    }
    if (facts.method == "POST") {
        return about_denial(facts, now);
    }
    return refuse_order(405, "method_not_allowed",
                        "GET lists, DELETE ends, POST denies");
}

std::unique_ptr<Flow> administer(const RequestContext& context) {
    return std::make_unique<Administration>(context);
}

}  // namespace oidc::session
