// SPDX-License-Identifier: Apache-2.0
// The error words of OAuth 2.0 and OpenID Connect. Only what is listed here is
// repeated in logs and pages: a provider's own text never is.
#pragma once

#include <string_view>

#include "base/errc.hpp"

namespace oidc::provider {

// What an error is about, and so whether a login can mend it.
enum class Subject {
    user,     // the grant, or the user's session at the provider
    client,   // our own configuration or registration
    provider  // or not known
};

struct ErrorWord {
    std::string_view word;
    Subject subject;
    base::Error of_token_endpoint;  // code_refused
    base::Error of_callback;        // provider_refused
};

// The errors of a word that is not listed do not repeat it.
const ErrorWord& error_word(std::string_view) noexcept;

}  // namespace oidc::provider
