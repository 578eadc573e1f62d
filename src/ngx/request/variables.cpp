// SPDX-License-Identifier: Apache-2.0
#include "ngx/request/variables.hpp"

#include <algorithm>

#include "base/http.hpp"
#include "ngx/guard.hpp"
#include "ngx/pool.hpp"
#include "ngx/request/request_ctx.hpp"
#include "oidc/access/rules.hpp"

namespace ngx {

namespace {

constexpr std::string_view kClaimPrefix = "oidc_claim_";

// The value of a variable; "" if there is none. It lies in the identity, the
// configuration, or the pool.
using Read = std::string_view (*)(ngx_http_request_t*, Request&);

std::string_view pooled(ngx_http_request_t* r, std::string_view text) {
    ngx_str_t copied = copy(r->pool, text);
    return copied.data ? view(copied) : std::string_view();
}

std::string_view authenticated(ngx_http_request_t*, Request& q) {
    return q.identity() ? "1" : "";
}

std::string_view method(ngx_http_request_t*, Request& q) {
    return q.identity() ? oidc::word(q.identity()->method) : std::string_view();
}

template <std::string oidc::Identity::*Member>
std::string_view text(ngx_http_request_t*, Request& q) {
    return q.identity() ? std::string_view(q.identity()->*Member)
                        : std::string_view();
}

template <oidc::HeldToken oidc::Identity::*Member>
std::string_view token(ngx_http_request_t*, Request& q) {
    return q.identity() ? (q.identity()->*Member).reveal() : std::string_view();
}

std::string_view provider(ngx_http_request_t*, Request& q) {
    return q.provider() ? std::string_view(q.provider()->policy.name)
                        : std::string_view();
}

std::string_view expires_in(ngx_http_request_t* r, Request& q) {
    if (!q.identity()) {
        return {};
    }
    auto left = q.identity()->expires - base::instant(ngx_time());
    return pooled(r, std::to_string(std::max<std::int64_t>(left.count(), 0)));
}

std::string_view error(ngx_http_request_t*, Request& q) {
    return q.reason() ? base::word(q.reason()->code) : std::string_view();
}

struct Variable {
    std::string_view name;
    Read read;
};

constexpr Variable kVariables[] = {
    {"oidc_authenticated", authenticated},
    {"oidc_method", method},
    {"oidc_user", text<&oidc::Identity::user>},
    {"oidc_provider", provider},
    {"oidc_client_id", text<&oidc::Identity::client_id>},
    {"oidc_scope", text<&oidc::Identity::scope>},
    {"oidc_expires_in", expires_in},
    {"oidc_error", error},
    {"oidc_id_token", token<&oidc::Identity::id_token>},
    {"oidc_access_token", token<&oidc::Identity::access_token>},
    {"oidc_userinfo", text<&oidc::Identity::userinfo>},
};

ngx_int_t give(ngx_http_variable_value_t* v, std::string_view value) {
    if (value.empty() || !base::is_header_safe(value)) {
        v->not_found = 1;
        return NGX_OK;
    }
    const ngx_str_t text = borrow(value);
    v->data = text.data;
    v->len = static_cast<unsigned>(text.len) & 0xfffffff;
    v->valid = 1;
    v->no_cacheable = 0;
    v->not_found = 0;
    return NGX_OK;
}

ngx_int_t get_variable(ngx_http_request_t* r, ngx_http_variable_value_t* v,
                       uintptr_t index) noexcept {
    return guarded_call(ngx_int_t{NGX_ERROR}, [&]() -> ngx_int_t {
        Request* request = Request::find(r);
        return give(v, request ? kVariables[index].read(r, *request)
                               : std::string_view());
    });
}

// In the name of a variable, "_" stands for all other characters of the claim's
// name.
bool is_claim_named(std::string_view claim, std::string_view variable) {
    if (claim.size() != variable.size()) {
        return false;
    }
    for (std::size_t i = 0; i < claim.size(); ++i) {
        char c = claim[i];
        bool plain = is_alnum(c) || c == '_';
        if ((plain ? static_cast<char>(ngx_tolower(c)) : '_') != variable[i]) {
            return false;
        }
    }
    return true;
}

// Values other than a single string.
std::string composed(base::json::Value value) {
    if (!value.is_array()) {
        return value.text();
    }
    std::string out;
    bool first = true;
    for (const base::json::Value one : value.elements()) {
        auto text = one.string();
        if (!text || text->find(',') != text->npos) {
            return value.text();  // only JSON tells such items apart
        }
        out.append(first ? "" : ",").append(*text);
        first = false;
    }
    return out;
}

std::string_view claim_text(ngx_http_request_t* r, base::json::Value value) {
    if (value.is_null()) {  // OIDC Core 5.3.2: as good as absent
        return {};
    }
    const auto text = value.string();
    return text ? *text : pooled(r, composed(value));
}

std::string_view claim(ngx_http_request_t* r, const oidc::Identity& who,
                       std::string_view variable) {
    // Most names are spelt the same: that needs no look at each claim.
    base::json::Value found = who.claims.get(variable);
    if (found.present()) {
        return claim_text(r, found);
    }
    who.claims.root().each_member(
        [&](std::string_view name, base::json::Value value) {
            if (!found.present() && is_claim_named(name, variable)) {
                found = value;
            }
        });
    return claim_text(r, found);
}

// The identity whose claims variables show; nullptr: there is none.
const oidc::Identity* identity_of(ngx_http_request_t* r) {
    Request* request = Request::find(r);
    return request ? request->identity() : nullptr;
}

ngx_int_t get_claim(ngx_http_request_t* r, ngx_http_variable_value_t* v,
                    uintptr_t data) noexcept {
    return guarded_call(ngx_int_t{NGX_ERROR}, [&]() -> ngx_int_t {
        std::string_view name = view(*reinterpret_cast<ngx_str_t*>(data));
        const oidc::Identity* who = identity_of(r);
        return give(v, who ? claim(r, *who, name.substr(kClaimPrefix.size()))
                           : std::string_view());
    });
}

ngx_int_t add(ngx_conf_t* cf, std::string_view name,
              ngx_http_get_variable_pt get, uintptr_t data, ngx_uint_t flags) {
    ngx_str_t n = borrow(name);
    ngx_http_variable_t* v = ngx_http_add_variable(cf, &n, flags);
    if (v == nullptr) {
        return NGX_ERROR;
    }
    v->get_handler = get;
    v->data = data;
    return NGX_OK;
}

using Path = std::vector<std::string>;

ngx_int_t get_nested(ngx_http_request_t* r, ngx_http_variable_value_t* v,
                     uintptr_t data) noexcept {
    return guarded_call(ngx_int_t{NGX_ERROR}, [&]() -> ngx_int_t {
        const oidc::Identity* who = identity_of(r);
        if (who == nullptr) {
            return give(v, {});
        }
        base::json::Value value = who->claims.root();
        for (const std::string& name : *reinterpret_cast<const Path*>(data)) {
            value = value.member(name);
        }
        return give(v, claim_text(r, value));
    });
}

bool is_variable_name(std::string_view name) {
    return name.size() > 1 && name[0] == '$' &&
           std::all_of(name.begin() + 1, name.end(),
                       [](char c) { return is_alnum(c) || c == '_'; });
}

}  // namespace

Complaint add_claim_variable(ngx_conf_t* cf, const ngx_str_t& variable,
                             Path path) {
    std::string_view name = view(variable);
    if (!is_variable_name(name)) {
        return "\"" + std::string(name) + "\" is no variable";
    }
    name.remove_prefix(1);
    ngx_str_t lower = copy(cf->pool, name);
    auto* kept = make<Path>(cf->pool, std::move(path));
    if (lower.data == nullptr || kept == nullptr) {
        return "out of memory";
    }
    ngx_strlow(lower.data, lower.data, lower.len);
    if (view(lower).starts_with("oidc_")) {
        return "variables that begin with $oidc_ are the module's own";
    }
    ngx_http_variable_t* v =
        ngx_http_add_variable(cf, &lower, NGX_HTTP_VAR_NOCACHEABLE);
    if (v == nullptr || v->get_handler != nullptr) {
        return "cannot have \"$" + std::string(name) +
               "\": another directive or nginx itself sets it";
    }
    v->get_handler = get_nested;
    v->data = reinterpret_cast<uintptr_t>(kept);
    return {};
}

ngx_int_t own_variable(ngx_conf_t* cf, std::string_view text) {
    if (!text.starts_with("$oidc_") || !is_variable_name(text)) {
        return NGX_ERROR;
    }
    ngx_str_t name = borrow(text.substr(1));
    return ngx_http_get_variable_index(cf, &name);
}

bool is_own_variable(const ngx_http_variable_t& v) noexcept {
    return v.get_handler == get_variable || v.get_handler == get_claim ||
           v.get_handler == get_nested;
}

// Never cached by nginx: read before the access phase they are empty, and
// that must not stick.
ngx_int_t add_variables(ngx_conf_t* cf) noexcept {
    for (std::size_t i = 0; i < std::size(kVariables); ++i) {
        if (add(cf, kVariables[i].name, get_variable, i,
                NGX_HTTP_VAR_NOCACHEABLE) != NGX_OK) {
            return NGX_ERROR;
        }
    }
    return add(cf, kClaimPrefix, get_claim, 0,
               NGX_HTTP_VAR_NOCACHEABLE | NGX_HTTP_VAR_PREFIX);
}

}  // namespace ngx
