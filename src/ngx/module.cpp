// What nginx sees of this module: an empty one, for now.
#include "ngx/ngx.hpp"

namespace {

ngx_http_module_t context = {};

}  // namespace

extern "C" {
ngx_module_t ngx_http_auth_oidc_module = {
    NGX_MODULE_V1, &context, nullptr, NGX_HTTP_MODULE,
    nullptr,       nullptr,  nullptr, nullptr,
    nullptr,       nullptr,  nullptr, NGX_MODULE_V1_PADDING,
};
}
