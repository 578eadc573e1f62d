// SPDX-License-Identifier: Apache-2.0
#include "ngx/conf/values.hpp"

#include <memory>

#include "base/ascii.hpp"
#include "base/same_origin_uri.hpp"
#include "base/url.hpp"
#include "ngx/conf/warnings.hpp"

namespace ngx {

namespace {

constexpr std::size_t kMaxFileBytes = 64 * 1024;

ngx_str_t* mutable_arg(const ngx_str_t& s) {
    return const_cast<ngx_str_t*>(&s);  // nginx's parsers only read
}

}  // namespace

Complaint read_flag(const ngx_str_t& arg, bool& out) {
    if (view(arg) == "on" || view(arg) == "off") {
        out = view(arg) == "on";
        return {};
    }
    return "it must be \"on\" or \"off\"";
}

Complaint read_seconds(const ngx_str_t& arg, base::Seconds& out,
                       base::Seconds least) {
    ngx_int_t n = ngx_parse_time(mutable_arg(arg), 1);
    if (n == NGX_ERROR || arg.len == 0) {
        return "invalid time \"" + std::string(view(arg)) + "\"";
    }
    out = base::Seconds{n};
    return out < least ? "the time must be at least " +
                             std::to_string(least.count()) + "s"
                       : Complaint{};
}

Complaint read_msec(const ngx_str_t& arg, ngx_msec_t& out) {
    ngx_int_t n = ngx_parse_time(mutable_arg(arg), 0);
    if (n == NGX_ERROR || n == 0 || arg.len == 0) {
        return "invalid time \"" + std::string(view(arg)) + "\"";
    }
    out = static_cast<ngx_msec_t>(n);
    return {};
}

Complaint read_size(const ngx_str_t& arg, std::size_t& out) {
    ssize_t n = ngx_parse_size(mutable_arg(arg));
    if (n == NGX_ERROR || arg.len == 0) {
        return "invalid size \"" + std::string(view(arg)) + "\"";
    }
    std::size_t least = 16 * ngx_pagesize;
    if (static_cast<std::size_t>(n) < least) {
        return "the size must be at least " + std::to_string(least / 1024) +
               "k";
    }
    out = static_cast<std::size_t>(n);
    return {};
}

Complaint read_url(const ngx_str_t& arg, std::string& out) {
    if (!base::Url::parse(view(arg))) {
        return "\"" + std::string(view(arg)) +
               "\" is not an absolute http or https URL";
    }
    out = view(arg);
    return {};
}

Complaint read_own_address(const ngx_str_t& arg, oidc::OwnAddress& out) {
    if (auto url = base::Url::parse(view(arg))) {
        out.origin = url->origin();
        out.path = url->path.empty() ? "/" : url->path;
        return url->query.empty() ? Complaint{}
                                  : "the URL must not have a query";
    }
    out.origin.clear();
    return read_own_path(arg, out.path).empty()
               ? Complaint{}
               : "\"" + std::string(view(arg)) +
                     "\" is neither a path of this server nor an absolute URL";
}

Complaint read_own_path(const ngx_str_t& arg, std::string& out) {
    if (!base::SameOriginUri::parse(view(arg)) ||
        view(arg).find_first_of("?#") != std::string_view::npos) {
        return "\"" + std::string(view(arg)) +
               "\" is not a path of this server";
    }
    out = view(arg);
    return {};
}

Complaint read_file(ngx_conf_t* cf, const ngx_str_t& path, std::string& out,
                    Content content) {
    ngx_str_t name = path;
    if (ngx_conf_full_name(cf->cycle, &name, 1) != NGX_OK) {
        return "out of memory";
    }
    std::string shown(view(name));
    auto close = [](std::FILE* f) { std::fclose(f); };
    std::unique_ptr<std::FILE, decltype(close)> file(
        std::fopen(shown.c_str(), "rb"), close);
    if (!file) {
        return "cannot open \"" + shown + "\"";
    }
    if (content == Content::secret) {
        warn_about_mode(cf, file.get(), shown);
    }
    out.resize(kMaxFileBytes + 1);
    out.resize(std::fread(out.data(), 1, out.size(), file.get()));
    if (std::ferror(file.get())) {
        return "cannot read \"" + shown + "\"";
    }
    return out.size() > kMaxFileBytes ? "\"" + shown + "\" is too large"
                                      : Complaint{};
}

Complaint read_secret_lines(ngx_conf_t* cf, const ngx_str_t& path,
                            base::Secret& out) {
    std::string text;
    if (Complaint wrong = read_file(cf, path, text, Content::secret);
        !wrong.empty()) {
        return wrong;
    }
    for (std::size_t at = text.find("\r\n"); at != text.npos;
         at = text.find("\r\n", at)) {
        text.erase(at, 1);
    }
    if (text.ends_with('\n')) {
        text.pop_back();
    }
    for (char c : text) {
        if ((static_cast<unsigned char>(c) < 0x20 && c != '\n') || c == 0x7f) {
            return "the secret holds a control character";
        }
    }
    if (text.empty()) {
        return "the secret is empty";
    }
    out = base::Secret::take(text);
    return {};
}

Complaint read_secret_file(ngx_conf_t* cf, const ngx_str_t& path,
                           base::Secret& out) {
    if (Complaint wrong = read_secret_lines(cf, path, out); !wrong.empty()) {
        return wrong;
    }
    return out.reveal().find('\n') == std::string_view::npos
               ? Complaint{}
               : "the secret holds a control character";
}

Complaint compile(ngx_conf_t* cf, const ngx_str_t& arg,
                  ngx_http_complex_value_t& out) {
    ngx_http_compile_complex_value_t ccv{};
    ccv.cf = cf;
    ccv.value = mutable_arg(arg);
    ccv.complex_value = &out;
    return ngx_http_compile_complex_value(&ccv) == NGX_OK
               ? Complaint{}
               : "invalid value with variables";
}

std::string here(const ngx_conf_t* cf) {
    return std::string(view(cf->conf_file->file.name)) + ":" +
           std::to_string(cf->conf_file->line);
}

std::vector<std::string> strings(Args args) {
    std::vector<std::string> out;
    for (const ngx_str_t& a : args) {
        out.emplace_back(view(a));
    }
    return out;
}

std::vector<std::string> split_words(std::string_view text) {
    std::vector<std::string> out;
    while (!text.empty()) {
        std::string_view word = base::take_until(text, ' ');
        if (!word.empty()) {
            out.emplace_back(word);
        }
    }
    return out;
}

oidc::AnyOf alternatives(Args args) {
    oidc::AnyOf out;
    for (const ngx_str_t& a : args) {
        out.push_back(split_words(view(a)));
    }
    return out;
}

}  // namespace ngx
