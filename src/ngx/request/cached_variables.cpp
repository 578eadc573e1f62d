// SPDX-License-Identifier: Apache-2.0
#include "ngx/request/cached_variables.hpp"

#include <algorithm>
#include <memory>

#include "ngx/conf/conf.hpp"
#include "ngx/request/variables.hpp"

namespace ngx {

namespace {

const ngx_http_variable_t* variables_of(ngx_http_request_t* r,
                                        ngx_uint_t& count) {
    auto* core = static_cast<ngx_http_core_main_conf_t*>(
        ngx_http_get_module_main_conf(r, ngx_http_core_module));
    count = core->variables.nelts;
    return static_cast<const ngx_http_variable_t*>(core->variables.elts);
}

bool is_of_the_lines(std::string_view name) {
    return name.starts_with("http_") || name.starts_with("cookie_") ||
           name == "remote_user" || name == "request_uri";
}

// map, geo, split_clients, js_set and their like; `set` alone is weak.
bool is_computed(const ngx_http_variable_t& v) {
    return v.get_handler != nullptr &&
           (v.flags & NGX_HTTP_VAR_CHANGEABLE) != 0 &&
           (v.flags & (NGX_HTTP_VAR_NOCACHEABLE | NGX_HTTP_VAR_WEAK)) == 0;
}

// Read when the first request needs it: only then every variable is certain
// to have its handler.
const VariableIndexes& indexes_of(ngx_http_request_t* r) {
    const MainConf& main = main_conf(r);
    if (main.variable_indexes) {
        return *main.variable_indexes;
    }
    auto made = std::make_unique<VariableIndexes>();
    ngx_uint_t count = 0;
    const ngx_http_variable_t* variables = variables_of(r, count);
    for (ngx_uint_t i = 0; i < count; ++i) {
        if (is_own_variable(variables[i])) {
            made->own.push_back(i);
        } else if (is_of_the_lines(view(variables[i].name))) {
            made->lines.push_back(i);
        } else if (is_computed(variables[i])) {
            made->computed.push_back(i);
        }
    }
    main.variable_indexes = std::move(made);
    return *main.variable_indexes;
}

bool is_cached(ngx_http_request_t* r, ngx_uint_t index) {
    return r->variables[index].valid || r->variables[index].not_found;
}

void forget(ngx_http_request_t* r, ngx_uint_t index) {
    r->variables[index].valid = 0;
    r->variables[index].not_found = 0;
}

bool is_same(const ngx_http_variable_value_t& a,
             const ngx_http_variable_value_t& b) {
    return a.not_found == b.not_found &&
           (a.not_found != 0 ||
            view(ngx_str_t{a.len, a.data}) == view(ngx_str_t{b.len, b.data}));
}

// Whether the handler gives what is cached: what a directive such as
// auth_request_set or set has put there cannot be computed again.
bool can_be_computed(ngx_http_request_t* r, ngx_uint_t index) {
    ngx_uint_t count = 0;
    const ngx_http_variable_t& variable = variables_of(r, count)[index];
    ngx_http_variable_value_t fresh{};
    return variable.get_handler(r, &fresh, variable.data) == NGX_OK &&
           is_same(fresh, r->variables[index]);
}

void forget_with_computed(ngx_http_request_t* r, const VariableIndexes& all,
                          const std::vector<ngx_uint_t>& changed) {
    const ngx_http_variable_value_t* values = r->variables;
    if (std::none_of(changed.begin(), changed.end(), [=](ngx_uint_t index) {
            return values[index].valid || values[index].not_found;
        })) {
        return;
    }
    std::vector<ngx_uint_t> stale;
    for (ngx_uint_t index : all.computed) {
        if (is_cached(r, index) && can_be_computed(r, index)) {
            stale.push_back(index);
        }
    }
    stale.insert(stale.end(), changed.begin(), changed.end());
    for (ngx_uint_t index : stale) {
        forget(r, index);
    }
}

}  // namespace

void forget_identity_variables(ngx_http_request_t* r) {
    const VariableIndexes& all = indexes_of(r);
    // nginx keeps none of our own.
    if (!all.computed.empty()) {
        forget_with_computed(r, all, all.own);
    }
}

void forget_header_variables(ngx_http_request_t* r) {
    const VariableIndexes& all = indexes_of(r);
    forget_with_computed(r, all, all.lines);
}

}  // namespace ngx
