// SPDX-License-Identifier: Apache-2.0
#include "crypto/random.hpp"

#include <climits>
#include <openssl/rand.h>

#include "crypto/openssl.hpp"

namespace crypto {

base::Result<std::string> random_bytes(std::size_t count) {
    const CleanErrors clean;

    if (count > INT_MAX) {
        return base::Errc::random_failed;
    }

    std::string bytes(count, '\0');
    if (RAND_bytes(bytes_of(bytes), static_cast<int>(count)) != 1) {
        return base::Errc::random_failed;
    }
    return bytes;
}

}  // namespace crypto
