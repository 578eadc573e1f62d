// Knows the module's variables.
#pragma once

#include "ngx/ngx.hpp"

namespace ngx {

ngx_int_t add_variables(ngx_conf_t*) noexcept;

}  // namespace ngx
