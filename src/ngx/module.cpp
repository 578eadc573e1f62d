// What nginx sees of this module: an empty one, for now.
extern "C" {
#include <ngx_config.h>
#include <ngx_core.h>
#include <ngx_http.h>

extern ngx_module_t ngx_http_auth_oidc_module;

static ngx_http_module_t ngx_http_auth_oidc_ctx = {
    nullptr, nullptr, nullptr, nullptr, nullptr, nullptr, nullptr, nullptr,
};

ngx_module_t ngx_http_auth_oidc_module = {
    NGX_MODULE_V1,
    &ngx_http_auth_oidc_ctx,
    nullptr,
    NGX_HTTP_MODULE,
    nullptr, nullptr, nullptr, nullptr, nullptr, nullptr, nullptr,
    NGX_MODULE_V1_PADDING,
};
}
