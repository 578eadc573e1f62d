// SPDX-License-Identifier: Apache-2.0
#include "ngx/conf/outbound_settings.hpp"

#include "base/ascii.hpp"
#include "base/byte_io.hpp"
#include "metrics/words.hpp"
#include "ngx/conf/values.hpp"

namespace ngx {

using P = ProviderConf;

namespace {

constexpr ngx_int_t kHighestRate = 100'000;

// Metadata and keys are fetched by pauses of their own.
bool has_rate(oidc::CallKind kind) {
    return kind != oidc::CallKind::discovery && kind != oidc::CallKind::jwks;
}

Complaint add_kind(std::string_view word, oidc::CallRate& rate) {
    const auto words = metrics::kWords<metrics::Call>;
    std::string known;
    for (std::size_t i = 0; i < words.size(); i++) {
        const auto kind = static_cast<oidc::CallKind>(i);
        if (!has_rate(kind)) {
            continue;
        }
        if (words[i] == word) {
            const bool is_new = !rate.has(kind);
            rate.add(kind);
            return is_new ? Complaint{}
                          : "\"" + std::string(word) + "\" is there twice";
        }
        known += (known.empty() ? "" : ", ") + std::string(words[i]);
    }
    return "unknown kind \"" + std::string(word) +
           "\", it must be one of: " + known;
}

// kind[+kind...]=number/s
Complaint read_rate(std::string_view text, oidc::CallRate& rate) {
    constexpr std::string_view kPerSecond = "/s";
    if (text.find('=') == text.npos || !text.ends_with(kPerSecond)) {
        return "\"" + std::string(text) + "\" is not kind=number/s";
    }
    text.remove_suffix(kPerSecond.size());
    std::string_view kinds = base::take_until(text, '=');
    do {
        if (Complaint w = add_kind(base::take_until(kinds, '+'), rate);
            !w.empty()) {
            return w;
        }
    } while (!kinds.empty());
    ngx_str_t number = borrow(text);
    const ngx_int_t n = ngx_atoi(number.data, number.len);
    if (n < 1 || n > kHighestRate) {
        return "the number must be from 1 to " + std::to_string(kHighestRate);
    }
    rate.number = static_cast<std::uint32_t>(n);
    return {};
}

}  // namespace

Complaint set_ssl_verify(P& p, Args a, ngx_conf_t*) {
    return read_flag(a[0], p.outbound.verify);
}

Complaint read_certificate(ngx_conf_t* cf, const ngx_str_t& file,
                           std::string& out) {
    if (Complaint w = read_file(cf, file, out); !w.empty()) {
        return w;
    }
    return out.find("-----BEGIN ") == std::string::npos
               ? "the file holds no PEM certificate"
               : Complaint{};
}

Complaint read_crl(ngx_conf_t* cf, const ngx_str_t& file, Outbound& out) {
    std::string text;
    if (Complaint w = read_file(cf, file, text); !w.empty()) {
        return w;
    }
    ngx_str_t name = file;
    if (ngx_conf_full_name(cf->cycle, &name, 1) != NGX_OK) {
        return "out of memory";
    }
    out.crl_file = view(name);
    return {};
}

Complaint set_trusted_certificate(P& p, Args a, ngx_conf_t* cf) {
    return read_certificate(cf, a[0], p.outbound.ca_pem);
}

Complaint set_crl(P& p, Args a, ngx_conf_t* cf) {
    return read_crl(cf, a[0], p.outbound);
}

Complaint set_proxy(P& p, Args a, ngx_conf_t*) {
    p.proxy_given = true;
    if (view(a[0]) == "off") {
        return {};
    }
    return read_url(a[0], p.outbound.proxy);
}

Complaint set_connect_timeout(P& p, Args a, ngx_conf_t*) {
    p.connect_timeout_given = true;
    return read_msec(a[0], p.outbound.connect_timeout);
}

Complaint set_timeout(P& p, Args a, ngx_conf_t*) {
    return read_msec(a[0], p.outbound.timeout);
}

Complaint set_keepalive(P& p, Args a, ngx_conf_t*) {
    ngx_int_t n = ngx_atoi(a[0].data, a[0].len);
    if (n == NGX_ERROR || n > 1024) {
        return "it must be a number from 0 to 1024";
    }
    p.outbound.keepalive = n;
    return {};
}

Complaint set_call_limit(P& p, Args a, ngx_conf_t*) {
    const ngx_int_t n = ngx_atoi(a[0].data, a[0].len);
    if (n < 1 || n > 65535) {
        return "it must be a number from 1 to 65535";
    }
    p.outbound.call_limit = static_cast<std::uint32_t>(n);
    return {};
}

Complaint set_call_rate(P& p, Args a, ngx_conf_t*) {
    auto& rates = p.call_rates.emplace();
    if (a.size() == 1 && view(a[0]) == "off") {
        return {};
    }
    for (const ngx_str_t& arg : a) {
        oidc::CallRate rate;
        if (Complaint w = read_rate(view(arg), rate); !w.empty()) {
            return w;
        }
        for (const oidc::CallRate& other : rates) {
            if (other.kinds == rate.kinds) {
                return "\"" + std::string(view(arg)) +
                       "\" is about the same as another rate";
            }
        }
        rates.push_back(rate);
    }
    return {};
}

std::string trust_in(const Outbound& o) {
    base::ByteWriter text;

    text.u8(o.verify).blob(o.ca_pem).blob(o.crl_file);
    return std::move(text.bytes());
}

}  // namespace ngx
