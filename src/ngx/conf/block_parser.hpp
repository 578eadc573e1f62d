// SPDX-License-Identifier: Apache-2.0
// Reads a block of settings from one table: names, numbers of arguments and
// duplicates are checked here, values by each setting.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "ngx/ngx.hpp"

namespace ngx {

using Args = std::span<const ngx_str_t>;  // without the setting's name

// An error in a value, in lower case without a full stop; "" if there is none.
using Complaint = std::string;

template <class T>
struct Setting {
    std::string_view name;
    unsigned min_args;
    unsigned max_args;
    Complaint (*set)(T&, Args, ngx_conf_t*);
};

inline constexpr unsigned kManyArgs = 64;

template <class T>
struct BlockReader {
    const char* block;  // "oidc_provider"
    std::string_view name;
    T* target;
    std::span<const Setting<T>> settings;
    std::uint64_t seen = 0;

    char* setting(ngx_conf_t* cf) {
        Args words{static_cast<ngx_str_t*>(cf->args->elts), cf->args->nelts};
        if (view(words[0]) == "include" && words.size() == 2) {
            return ngx_conf_include(cf, nullptr, nullptr);
        }
        for (std::size_t i = 0; i < settings.size(); ++i) {
            if (settings[i].name == view(words[0])) {
                return apply(cf, i, words);
            }
        }
        return complain(cf, words, "unknown setting");
    }

private:
    char* apply(ngx_conf_t* cf, std::size_t index, Args words) {
        const Setting<T>& s = settings[index];
        std::size_t count = words.size() - 1;
        if (count < s.min_args || count > s.max_args) {
            return complain(cf, words, "invalid number of arguments");
        }
        if (seen & (std::uint64_t{1} << index)) {
            return complain(cf, words, "is duplicate");
        }
        seen |= std::uint64_t{1} << index;
        Complaint wrong = s.set(*target, words.subspan(1), cf);
        return wrong.empty() ? NGX_CONF_OK : complain(cf, words, wrong);
    }

    char* complain(ngx_conf_t* cf, Args words, const std::string& why) {
        ngx_str_t n = borrow(name);
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0, "%s \"%V\": \"%V\": %s", block,
                           &n, &words[0], why.c_str());
        return static_cast<char*>(NGX_CONF_ERROR);
    }
};

// Runs nginx's parser over the block that follows.
template <class T>
char* read_block(ngx_conf_t* cf, BlockReader<T>& reader) {
    ngx_conf_t saved = *cf;
    cf->handler = [](ngx_conf_t* c, ngx_command_t*, void*) -> char* {
        try {
            return static_cast<BlockReader<T>*>(c->handler_conf)->setting(c);
        } catch (...) {
            return static_cast<char*>(NGX_CONF_ERROR);
        }
    };
    cf->handler_conf = &reader;
    char* rc = ngx_conf_parse(cf, nullptr);
    *cf = saved;
    return rc;
}

}  // namespace ngx
