// SPDX-License-Identifier: Apache-2.0
#include "ngx/conf/outbound_settings.hpp"

#include "base/byte_io.hpp"
#include "ngx/conf/values.hpp"

namespace ngx {

using P = ProviderConf;

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

std::string trust_in(const Outbound& o) {
    base::ByteWriter text;

    text.u8(o.verify).blob(o.ca_pem).blob(o.crl_file);
    return std::move(text.bytes());
}

}  // namespace ngx
