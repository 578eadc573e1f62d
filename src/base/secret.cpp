// SPDX-License-Identifier: Apache-2.0
#include "base/secret.hpp"

#include <string.h>
#include <utility>

namespace base {
namespace {

// The whole buffer: a string that was moved from or made shorter still holds
// the bytes behind its end.
void wipe_buffer(std::string& bytes) noexcept {
    bytes.resize(bytes.capacity());
    wipe(bytes.data(), bytes.size());
    bytes.clear();
}

}  // namespace

void wipe(void* bytes, std::size_t size) noexcept {
    if (size != 0) {
        explicit_bzero(bytes, size);
    }
}

Secret Secret::take(std::string& bytes) {
    Secret secret;
    secret.bytes_ = std::move(bytes);
    // A short string is copied by the move, not taken.
    wipe_buffer(bytes);
    return secret;
}

Secret& Secret::operator=(Secret&& other) noexcept {
    if (this != &other) {
        wipe_buffer(bytes_);
        bytes_ = std::move(other.bytes_);
        wipe_buffer(other.bytes_);
    }
    return *this;
}

Secret::~Secret() {
    wipe_buffer(bytes_);
}

}  // namespace base
