// SPDX-License-Identifier: Apache-2.0
// The module as nginx sees it.

#include <algorithm>

#include "ngx/conf/conf.hpp"
#include "ngx/guard.hpp"
#include "ngx/request/access_handler.hpp"
#include "ngx/request/phases.hpp"
#include "ngx/request/response_filter.hpp"
#include "ngx/request/variables.hpp"
#include "ngx/worker/worker.hpp"

namespace {

ngx_int_t add_handler(ngx_conf_t* cf, ngx_uint_t phase,
                      ngx_http_handler_pt handler) noexcept {
    auto* core = static_cast<ngx_http_core_main_conf_t*>(
        ngx_http_conf_get_module_main_conf(cf, ngx_http_core_module));
    auto* slot = static_cast<ngx_http_handler_pt*>(
        ngx_array_push(&core->phases[phase].handlers));
    if (slot == nullptr) {
        return NGX_ERROR;
    }
    *slot = handler;
    return NGX_OK;
}

// The same, to be called after all others that are there.
ngx_int_t add_last_handler(ngx_conf_t* cf, ngx_uint_t phase,
                           ngx_http_handler_pt handler) noexcept {
    if (add_handler(cf, phase, handler) != NGX_OK) {
        return NGX_ERROR;
    }
    auto* core = static_cast<ngx_http_core_main_conf_t*>(
        ngx_http_conf_get_module_main_conf(cf, ngx_http_core_module));
    const ngx_array_t& all = core->phases[phase].handlers;
    auto* handlers = static_cast<ngx_http_handler_pt*>(all.elts);
    std::rotate(handlers, handlers + all.nelts - 1, handlers + all.nelts);
    return NGX_OK;
}

ngx_http_output_header_filter_pt next_header_filter;

ngx_int_t header_filter(ngx_http_request_t* r) noexcept {
    return ngx::guarded_call(ngx_int_t{NGX_ERROR}, [&]() -> ngx_int_t {
        return ngx::filter_response_headers(r) ? next_header_filter(r)
                                               : NGX_ERROR;
    });
}

// nginx calls the handler of a phase first that was registered last.
ngx_int_t postconfiguration(ngx_conf_t* cf) noexcept {
    if (ngx::postconfiguration(cf) != NGX_OK ||
        add_handler(cf, NGX_HTTP_SERVER_REWRITE_PHASE,
                    ngx::guarded<ngx::server_rewrite_handler>) != NGX_OK ||
        add_last_handler(cf, NGX_HTTP_SERVER_REWRITE_PHASE,
                         ngx::guarded<ngx::rewritten_handler>) != NGX_OK ||
        add_handler(cf, NGX_HTTP_REWRITE_PHASE,
                    ngx::guarded<ngx::rewrite_handler>) != NGX_OK ||
        add_handler(cf, NGX_HTTP_ACCESS_PHASE,
                    ngx::guarded<ngx::access_handler>) != NGX_OK ||
        add_handler(cf, NGX_HTTP_PRECONTENT_PHASE,
                    ngx::guarded<ngx::precontent_handler>) != NGX_OK) {
        return NGX_ERROR;
    }
    next_header_filter = ngx_http_top_header_filter;
    ngx_http_top_header_filter = header_filter;
    return NGX_OK;
}

ngx_http_module_t context = {
    ngx::add_variables,     // preconfiguration
    postconfiguration,      // postconfiguration
    ngx::create_main_conf,  // create main configuration
    nullptr,                // init main configuration
    ngx::create_srv_conf,   // create server configuration
    nullptr,                // merge server configuration
    ngx::create_loc_conf,   // create location configuration
    ngx::merge_loc_conf,    // merge location configuration
};

}  // namespace

extern "C" {

ngx_module_t ngx_http_auth_oidc_module = {
    NGX_MODULE_V1,
    &context,
    ngx::commands,
    NGX_HTTP_MODULE,
    nullptr,             // init master
    ngx::reload_worker,  // init module
    ngx::init_worker,    // init process
    nullptr,             // init thread
    nullptr,             // exit thread
    ngx::exit_worker,    // exit process
    nullptr,             // exit master
    NGX_MODULE_V1_PADDING,
};
}
