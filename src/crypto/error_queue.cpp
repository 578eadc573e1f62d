// SPDX-License-Identifier: Apache-2.0
#include "crypto/error_queue.hpp"

#include <openssl/err.h>

namespace crypto {

void forget_errors() noexcept {
    ERR_clear_error();
}

}  // namespace crypto
