// SPDX-License-Identifier: Apache-2.0
// Knows OpenSSL's queue of errors, which this process has one of for all.
#pragma once

namespace crypto {

// What another library left there, nginx would take for a failure of its own
// next handshake, and log an alert.
void forget_errors() noexcept;

}  // namespace crypto
