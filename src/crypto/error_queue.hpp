// SPDX-License-Identifier: Apache-2.0
// Empties OpenSSL's error queue, which the whole process shares.
#pragma once

namespace crypto {

// nginx would read errors that another library left in the queue as a failure
// of its own next handshake, and log an alert.
void forget_errors() noexcept;

}  // namespace crypto
