// SPDX-License-Identifier: Apache-2.0
// Random bytes for keys, nonces and identifiers.
#pragma once

#include <string>

#include "base/result.hpp"

namespace crypto {

// From the process's own generator, which OpenSSL reseeds after a fork.
base::Result<std::string> random_bytes(std::size_t count);

}  // namespace crypto
