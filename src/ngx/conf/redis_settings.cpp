// SPDX-License-Identifier: Apache-2.0
#include "ngx/conf/redis_settings.hpp"

#include <algorithm>

#include "base/http.hpp"
#include "ngx/conf/outbound_settings.hpp"
#include "ngx/conf/values.hpp"

namespace ngx {

namespace {

constexpr std::size_t kMaxPrefix = 64;        // bytes
constexpr unsigned kMaxDatabase = 16 * 1024;  // a number

// "host:port", "[::1]:6379", "unix:/path"; the port may be absent.
Complaint read_server(const ngx_str_t& arg, unsigned port, RedisServer& out) {
    std::string_view text = view(arg);
    out.name = text;
    out.port = port;
    if (text.starts_with("unix:")) {
        out.path = text.substr(5);
        out.host = "localhost";
        return out.path.starts_with('/') ? Complaint{}
                                         : "a path must follow \"unix:\"";
    }
    if (text.find("//") != std::string_view::npos) {
        return "it must be \"host:port\" or \"unix:/path\", not a URL";
    }
    const bool is_bracketed = text.starts_with('[');
    const auto end = is_bracketed ? text.find(']') : text.find(':');
    if (is_bracketed && end == std::string_view::npos) {
        return "the address has no \"]\"";
    }
    out.host = is_bracketed ? text.substr(1, end - 1) : text.substr(0, end);
    std::string_view rest = end == std::string_view::npos
                                ? std::string_view()
                                : text.substr(end + (is_bracketed ? 1 : 0));
    if (rest.starts_with(':')) {
        const auto number = base::parse_decimal(rest.substr(1));
        if (!number || *number == 0 || *number > 65535) {
            return "the port must be a number from 1 to 65535";
        }
        out.port = static_cast<unsigned>(*number);
    } else if (!rest.empty()) {
        return "it must be \"host:port\" or \"unix:/path\"";
    }
    const bool is_name = std::ranges::all_of(out.host, [&](unsigned char c) {
        return std::isalnum(c) || c == '.' || c == '-' || c == '_' ||
               (is_bracketed && c == ':');
    });
    return out.host.empty() || !is_name
               ? "it must be \"host:port\" or \"unix:/path\""
               : Complaint{};
}

constexpr unsigned kRedisPort = 6379;
constexpr unsigned kSentinelPort = 26379;

Complaint read_servers(Args args, unsigned port,
                       std::vector<RedisServer>& out) {
    for (const ngx_str_t& arg : args) {
        RedisServer server;
        if (Complaint wrong = read_server(arg, port, server); !wrong.empty()) {
            return "\"" + std::string(view(arg)) + "\": " + wrong;
        }
        out.push_back(std::move(server));
    }
    return {};
}

}  // namespace

Complaint set_server(SessionStore& store, Args a, ngx_conf_t*) {
    return read_servers(a, kRedisPort, store.redis.servers);
}

// The name of the master comes first.
Complaint set_sentinel(SessionStore& store, Args a, ngx_conf_t*) {
    store.redis_only = "sentinel";
    store.redis.sentinel_master = view(a[0]);
    return read_servers(a.subspan(1), kSentinelPort, store.redis.sentinels);
}

Complaint set_username(SessionStore& store, Args a, ngx_conf_t*) {
    store.redis_only = "username";
    store.redis.credentials.username = view(a[0]);
    return {};
}

Complaint set_password(SessionStore& store, Args a, ngx_conf_t*) {
    store.redis_only = "password";
    store.redis.credentials.password = base::Secret(std::string(view(a[0])));
    return a[0].len == 0 ? "it is empty" : Complaint{};
}

Complaint set_password_file(SessionStore& store, Args a, ngx_conf_t* cf) {
    store.redis_only = "password_file";
    return read_secret_file(cf, a[0], store.redis.credentials.password);
}

Complaint set_database(SessionStore& store, Args a, ngx_conf_t*) {
    store.redis_only = "database";
    const auto number = base::parse_decimal(view(a[0]));
    if (!number || *number >= kMaxDatabase) {
        return "it must be a number";
    }
    store.redis.credentials.database = static_cast<unsigned>(*number);
    return {};
}

Complaint set_prefix(SessionStore& store, Args a, ngx_conf_t*) {
    store.redis_only = "prefix";
    store.redis.prefix = view(a[0]);
    const bool is_plain =
        std::ranges::all_of(store.redis.prefix, [](unsigned char c) {
            return std::isalnum(c) || c == '-' || c == '_' || c == '.' ||
                   c == ':';
        });
    return store.redis.prefix.empty() || !is_plain ||
                   store.redis.prefix.size() > kMaxPrefix
               ? "it must be 1 to 64 letters, digits, \"-\", \"_\", \".\" or "
                 "\":\""
               : Complaint{};
}

Complaint set_stale(SessionStore& store, Args a, ngx_conf_t*) {
    store.redis_only = "stale";
    return read_seconds(a[0], store.redis.stale, base::Seconds{0});
}

Complaint set_ended_unknown(SessionStore& store, Args a, ngx_conf_t*) {
    store.redis_only = "ended_unknown";
    store.redis.deny_unknown = view(a[0]) == "deny";
    return store.redis.deny_unknown || view(a[0]) == "pass"
               ? Complaint{}
               : "it must be \"deny\" or \"pass\"";
}

Complaint set_store_timeout(SessionStore& store, Args a, ngx_conf_t*) {
    store.redis_only = "timeout";
    return read_msec(a[0], store.redis.outbound.timeout);
}

Complaint set_store_connect_timeout(SessionStore& store, Args a, ngx_conf_t*) {
    store.redis_only = "connect_timeout";
    return read_msec(a[0], store.redis.outbound.connect_timeout);
}

Complaint set_ssl(SessionStore& store, Args a, ngx_conf_t*) {
    store.redis_only = "ssl";
    return read_flag(a[0], store.redis.ssl);
}

Complaint set_ssl_name(SessionStore& store, Args a, ngx_conf_t*) {
    store.redis_only = "ssl_name";
    store.redis.ssl_name = view(a[0]);
    return {};
}

Complaint set_store_ssl_verify(SessionStore& store, Args a, ngx_conf_t*) {
    store.redis_only = "ssl_verify";
    return read_flag(a[0], store.redis.outbound.verify);
}

Complaint set_store_trusted_certificate(SessionStore& store, Args a,
                                        ngx_conf_t* cf) {
    store.redis_only = "ssl_trusted_certificate";
    return read_certificate(cf, a[0], store.redis.outbound.ca_pem);
}

Complaint set_store_crl(SessionStore& store, Args a, ngx_conf_t* cf) {
    store.redis_only = "ssl_crl";
    return read_crl(cf, a[0], store.redis.outbound);
}

Complaint set_ssl_certificate(SessionStore& store, Args a, ngx_conf_t* cf) {
    store.redis_only = "ssl_certificate";
    return read_certificate(cf, a[0], store.redis.certificate);
}

Complaint set_ssl_certificate_key(SessionStore& store, Args a, ngx_conf_t* cf) {
    store.redis_only = "ssl_certificate_key";
    std::string text;
    Complaint wrong = read_file(cf, a[0], text, Content::secret);
    store.redis.certificate_key = base::Secret::take(text);
    return wrong;
}

Complaint check_redis(const SessionStore& store) {
    const RedisConf& redis = store.redis;
    if (&store.type() != &oidc::session::redis_store()) {
        return !redis.servers.empty() ? "a store of this type has no \"server\""
               : store.redis_only     ? "a store of this type has no \"" +
                                        std::string(store.redis_only) + "\""
                                  : Complaint{};
    }
    if (!store.is_remote()) {
        return "type redis needs a \"server\" or a \"sentinel\"";
    }
    if (!redis.servers.empty() && !redis.sentinels.empty()) {
        return "\"server\" and \"sentinel\" exclude each other";
    }
    if (redis.certificate.empty() != redis.certificate_key.empty()) {
        return "\"ssl_certificate\" and \"ssl_certificate_key\" need each "
               "other";
    }
    if (!redis.credentials.username.empty() &&
        redis.credentials.password.empty()) {
        return "a \"username\" needs a \"password_file\"";
    }
    return {};
}

}  // namespace ngx
