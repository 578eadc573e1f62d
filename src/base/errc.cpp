// SPDX-License-Identifier: Apache-2.0
#include "base/errc.hpp"

namespace base {

std::string_view word(Errc code) noexcept {
    switch (code) {
#define X(word, outcome, sentence) \
    case Errc::word:               \
        return #word;
#include "base/errors.def"
#undef X
    }
    return "internal_error";
}

std::string_view sentence(Errc code) noexcept {
    switch (code) {
#define X(word, outcome, sentence) \
    case Errc::word:               \
        return sentence;
#include "base/errors.def"
#undef X
    }
    return "internal error";
}

Outcome outcome(Errc code) noexcept {
    switch (code) {
#define X(word, kind, sentence) \
    case Errc::word:            \
        return Outcome::kind;
#include "base/errors.def"
#undef X
    }
    return Outcome::internal;
}

}  // namespace base
