// SPDX-License-Identifier: Apache-2.0
// Knows where unguessable bytes come from.
#pragma once

#include <string>

#include "base/result.hpp"

namespace crypto {

// From the process's own generator, which OpenSSL reseeds after a fork.
base::Result<std::string> random_bytes(std::size_t count);

}  // namespace crypto
