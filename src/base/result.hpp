// SPDX-License-Identifier: Apache-2.0
// The result of a function: a value, or the reason why there is none.
#pragma once

#include <optional>
#include <utility>

#include "base/errc.hpp"

namespace base {

template <class T>
class [[nodiscard]] Result {
public:
    Result(T value)
        : value_(std::move(value)), error_(Errc::internal_error, "no error") {}
    Result(Error error) : error_(error) {}
    Result(Errc code) : error_(code) {}

    explicit operator bool() const noexcept { return value_.has_value(); }
    T& operator*() & noexcept { return *value_; }
    const T& operator*() const& noexcept { return *value_; }
    T&& operator*() && noexcept { return std::move(*value_); }
    T* operator->() noexcept { return &*value_; }
    const T* operator->() const noexcept { return &*value_; }
    // Only when there is no value.
    const Error& error() const noexcept { return error_; }

private:
    std::optional<T> value_;
    Error error_;
};

template <>
class [[nodiscard]] Result<void> {
public:
    Result() noexcept = default;
    Result(Error error) noexcept : error_(error) {}
    Result(Errc code) noexcept : error_(code) {}

    explicit operator bool() const noexcept { return !error_; }
    const Error& error() const noexcept { return *error_; }

private:
    std::optional<Error> error_;
};

using Status = Result<void>;

}  // namespace base
