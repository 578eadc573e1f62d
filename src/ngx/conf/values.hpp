// SPDX-License-Identifier: Apache-2.0
// Parses single values of the configuration.
#pragma once

#include <optional>

#include "base/instant.hpp"
#include "ngx/conf/block_parser.hpp"
#include "oidc/policy.hpp"

namespace ngx {

Complaint read_flag(const ngx_str_t&, bool& out);
// nginx's times: "90", "90s", "15m", "8h"; whole seconds, at least `least`.
Complaint read_seconds(const ngx_str_t&, base::Seconds& out,
                       base::Seconds least = base::Seconds{1});
Complaint read_msec(const ngx_str_t&, ngx_msec_t& out);
Complaint read_size(const ngx_str_t&, std::size_t& out);
// An absolute http or https URL without userinfo and fragment.
Complaint read_url(const ngx_str_t&, std::string& out);
// "/path" or an absolute URL with a path.
Complaint read_own_address(const ngx_str_t&, oidc::OwnAddress& out);
// "/path", without a query.
Complaint read_own_path(const ngx_str_t&, std::string& out);
// A file's bytes, at most 64 KiB, relative to nginx's configuration.
enum class Content { plain, secret };
Complaint read_file(ngx_conf_t*, const ngx_str_t& path, std::string& out,
                    Content = Content::plain);
// A secret: from a file, one trailing line break is cut; control characters
// are refused.
Complaint read_secret_file(ngx_conf_t*, const ngx_str_t& path,
                           base::Secret& out);
// The same with several lines, divided by "\n".
Complaint read_secret_lines(ngx_conf_t*, const ngx_str_t& path,
                            base::Secret& out);
Complaint compile(ngx_conf_t*, const ngx_str_t&, ngx_http_complex_value_t& out);

// The place in the configuration that nginx is reading, as file:line.
std::string here(const ngx_conf_t*);

std::vector<std::string> strings(Args);
// Blank-separated words.
std::vector<std::string> split_words(std::string_view);
// One directive of alternatives.
oidc::AnyOf alternatives(Args);

// The value that `word` names in a table of pairs.
template <class Table, class T>
Complaint read_word(const ngx_str_t& arg, const Table& table, T& out) {
    std::string known;
    for (const auto& [word, value] : table) {
        if (word == view(arg)) {
            out = value;
            return {};
        }
        known += (known.empty() ? "" : ", ") + std::string(word);
    }
    return "invalid value \"" + std::string(view(arg)) +
           "\", it must be one of: " + known;
}

}  // namespace ngx
