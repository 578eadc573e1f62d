// SPDX-License-Identifier: Apache-2.0
// Warnings about settings that load and do not do what they seem to.
#pragma once

#include "ngx/conf/conf.hpp"

namespace ngx {

// Once all locations are known. One line at "warn" for each setting.
void warn_about_provider(ngx_conf_t*, const ProviderConf&);
// Header buffers that are smaller than the cookies of sessions may be.
void warn_about_buffers(ngx_conf_t*, const SrvConf&);
// A file with a secret that every user of the machine can read.
void warn_about_mode(ngx_conf_t*, std::FILE*, const std::string& path);

}  // namespace ngx
