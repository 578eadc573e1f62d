// SPDX-License-Identifier: Apache-2.0
#include "ngx/conf/warnings.hpp"

#include "base/ascii.hpp"
#include "base/url.hpp"

namespace ngx {

namespace {

// What a session in cookies takes at most, beside the name of each chunk.
constexpr std::size_t kSessionBytes =
    oidc::web::kMaxChunks * oidc::web::kChunkBytes;

void warn(ngx_conf_t* cf, const std::string& what) {
    ngx_log_error(NGX_LOG_WARN, cf->log, 0, "%s", what.c_str());
}

std::string of(const ProviderConf& p) {
    return "oidc_provider \"" + p.policy.name + "\": ";
}

bool has_word(std::string_view words, std::string_view wanted) {
    while (!words.empty()) {
        if (base::take_until(words, ' ') == wanted) {
            return true;
        }
    }
    return false;
}

void warn_about_scope(ngx_conf_t* cf, const ProviderConf& p) {
    if (p.policy.methods.has(oidc::Method::authorization_code) &&
        !has_word(p.policy.scope, "openid")) {
        warn(cf, of(p) +
                     "\"scope\" lacks openid, so that a login gives no "
                     "ID token in " +
                     p.where);
    }
}

// Cognito registers http for localhost alone.
void warn_about_http(ngx_conf_t* cf, const ProviderConf& p) {
    if (!oidc::traits(p.policy.profile).has_own_logout ||
        p.policy.plain_http_allowed) {
        return;
    }
    const auto check = [&](const char* setting, const std::string& origin) {
        const auto url = base::Url::parse(origin);
        if (url && url->scheme == "http" && url->host != "localhost") {
            warn(cf, of(p) + "\"" + setting +
                         "\" is http, which Cognito "
                         "accepts for localhost only in " +
                         p.where);
        }
    };
    check("base_url", p.policy.base_url);
    for (const oidc::OwnAddress& address : p.policy.redirect_uris) {
        check("redirect_uri", address.origin);
    }
}

void warn_about_times(ngx_conf_t* cf, const ProviderConf& p) {
    if (p.idle_timeout_given &&
        p.policy.session_idle_timeout > p.policy.session_timeout) {
        warn(cf, of(p) +
                     "\"session_idle_timeout\" is longer than "
                     "session_timeout, and has no effect in " +
                     p.where);
    }
}

std::size_t buffer_size(const SrvConf& server) {
    return server.core->large_client_header_buffers.size;
}

}  // namespace

void warn_about_provider(ngx_conf_t* cf, const ProviderConf& p) {
    warn_about_scope(cf, p);
    warn_about_http(cf, p);
    warn_about_times(cf, p);
}

void warn_about_buffers(ngx_conf_t* cf, const SrvConf& server) {
    for (const ProviderConf* p : server.providers) {
        if (!p->policy.store->keeps_cookie() &&
            buffer_size(server) < kSessionBytes) {
            warn(cf, of(*p) + "sessions in cookies take up to " +
                         std::to_string(kSessionBytes / 1000) +
                         "k of a request, and large_client_header_buffers are "
                         "smaller in " +
                         p->where);
        }
    }
}

void warn_about_mode(ngx_conf_t* cf, std::FILE* file, const std::string& path) {
    ngx_file_info_t info;

    if (ngx_fd_info(fileno(file), &info) != NGX_FILE_ERROR &&
        (ngx_file_access(&info) & S_IROTH) != 0) {
        ngx_conf_log_error(NGX_LOG_WARN, cf, 0,
                           "\"%s\" has a secret and is readable by all users",
                           path.c_str());
    }
}

}  // namespace ngx
