// SPDX-License-Identifier: Apache-2.0
#include "ngx/conf/main_directives.hpp"

#include "ngx/conf/conf.hpp"
#include "ngx/conf/hooks.hpp"
#include "ngx/conf/key_settings.hpp"
#include "ngx/conf/values.hpp"
#include "ngx/guard.hpp"

namespace ngx {

namespace {

// Runs the setter with the words behind the directive's name.
template <class Set>
char* set(ngx_conf_t* cf, const ngx_command_t* cmd, Set setter) noexcept {
    return guarded_call(static_cast<char*>(NGX_CONF_ERROR), [&]() -> char* {
        const Args words{static_cast<ngx_str_t*>(cf->args->elts),
                         cf->args->nelts};
        const Complaint wrong = setter(words.subspan(1));
        if (wrong.empty()) {
            return NGX_CONF_OK;
        }
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0, "\"%V\" %s", &cmd->name,
                           wrong.c_str());
        return static_cast<char*>(NGX_CONF_ERROR);
    });
}

}  // namespace

char* set_cache_zone(ngx_conf_t* cf, ngx_command_t* cmd, void* conf) noexcept {
    return set(cf, cmd, [&](Args a) -> Complaint {
        auto& main = *static_cast<MainConf*>(conf);
        if (std::exchange(main.cache_size_given, true)) {
            return "is duplicate";
        }
        return read_size(a[0], main.cache_size);
    });
}

char* set_keys_path(ngx_conf_t* cf, ngx_command_t* cmd, void* conf) noexcept {
    return set(cf, cmd, [&](Args a) {
        return read_keys_path(*static_cast<MainConf*>(conf), a, cf);
    });
}

char* set_shared(ngx_conf_t* cf, ngx_command_t* cmd, void* conf) noexcept {
    return set(cf, cmd, [&](Args a) -> Complaint {
        auto& main = *static_cast<MainConf*>(conf);
        if (!main.shared_name.empty()) {
            return "is duplicate";
        }
        main.shared_name = view(a[0]);
        return {};
    });
}

char* add_claim_set(ngx_conf_t* cf, ngx_command_t* cmd, void*) noexcept {
    return set(cf, cmd, [&](Args a) -> Complaint {
        return add_claim_variable(cf, a[0], strings(a.subspan(1)));
    });
}

}  // namespace ngx
