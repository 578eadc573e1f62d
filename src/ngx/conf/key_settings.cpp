// SPDX-License-Identifier: Apache-2.0
#include "ngx/conf/key_settings.hpp"

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

#include "ngx/conf/values.hpp"

namespace ngx {

namespace {

constexpr std::string_view kStale = "stale=";
constexpr base::Seconds kDefaultStale = std::chrono::hours{24};
constexpr mode_t kWritableByOthers = 0022;

}  // namespace

Complaint set_jwks_refresh(ProviderConf& p, Args a, ngx_conf_t*) {
    if (Complaint w = read_seconds(a[0], p.jwks_refresh_min); !w.empty()) {
        return w;
    }
    if (Complaint w = read_seconds(a[1], p.jwks_refresh_max); !w.empty()) {
        return w;
    }
    if (p.jwks_refresh_max < p.jwks_refresh_min) {
        return "the maximum is less than the minimum";
    }
    if (a.size() == 2) {
        p.jwks_stale = std::max(kDefaultStale, 2 * p.jwks_refresh_max);
        return {};
    }
    if (!view(a[2]).starts_with(kStale)) {
        return "the third parameter must be \"stale=time\"";
    }
    ngx_str_t time = a[2];
    time.data += kStale.size();
    time.len -= kStale.size();
    if (Complaint w = read_seconds(time, p.jwks_stale); !w.empty()) {
        return w;
    }
    return p.jwks_stale <= p.jwks_refresh_max
               ? "\"stale\" must be longer than the maximum"
               : Complaint{};
}

Complaint read_keys_path(MainConf& m, Args a, ngx_conf_t* cf) {
    if (m.keys_path != nullptr) {
        return "is duplicate";
    }
    auto* path =
        static_cast<ngx_path_t*>(ngx_pcalloc(cf->pool, sizeof(ngx_path_t)));
    if (path == nullptr) {
        return "out of memory";
    }
    path->name = a[0];
    while (path->name.len > 1 && path->name.data[path->name.len - 1] == '/') {
        path->name.data[--path->name.len] = '\0';
    }
    if (path->name.len == 0) {
        return "needs a directory";
    }
    if (ngx_conf_full_name(cf->cycle, &path->name, 0) != NGX_OK) {
        return "out of memory";
    }
    path->data = &m;  // another use of the same directory is an error
    path->conf_file = cf->conf_file->file.name.data;
    path->line = cf->conf_file->line;
    m.keys_path = path;
    return ngx_add_path(cf, &m.keys_path) == NGX_OK
               ? Complaint{}
               : "names a directory that is used for something else";
}

bool is_keys_path_usable(const MainConf& main, ngx_log_t* log) {
    if (main.keys_path == nullptr) {
        return true;
    }
    const ngx_str_t* name = &main.keys_path->name;
    struct stat info;
    // NOLINTNEXTLINE(*-reinterpret-cast)
    const char* path = reinterpret_cast<const char*>(name->data);
    if (stat(path, &info) == -1 || access(path, R_OK | W_OK | X_OK) == -1) {
        ngx_log_error(NGX_LOG_EMERG, log, errno,
                      "oidc_keys_path: \"%V\" cannot be used", name);
        return false;
    }
    if (!S_ISDIR(info.st_mode)) {
        ngx_log_error(NGX_LOG_EMERG, log, 0,
                      "oidc_keys_path: \"%V\" is no directory", name);
        return false;
    }
    if ((info.st_mode & kWritableByOthers) != 0) {
        ngx_log_error(NGX_LOG_EMERG, log, 0,
                      "oidc_keys_path: \"%V\" is writable by others than its "
                      "owner, who could bring keys of their own",
                      name);
        return false;
    }
    return true;
}

}  // namespace ngx
