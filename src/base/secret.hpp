// SPDX-License-Identifier: Apache-2.0
// Bytes that cannot be copied or printed, and are wiped at the end.
#pragma once

#include <string>
#include <string_view>
#include <utility>

namespace base {

// Overwrites the bytes in a way the compiler keeps.
void wipe(void* bytes, std::size_t size) noexcept;

class Secret {
public:
    Secret() = default;
    explicit Secret(std::string_view bytes) : bytes_(bytes) {}
    // Takes the bytes over and wipes the string they came in.
    static Secret take(std::string& bytes);

    Secret(Secret&& other) noexcept { *this = std::move(other); }
    Secret& operator=(Secret&& other) noexcept;
    Secret(const Secret&) = delete;
    Secret& operator=(const Secret&) = delete;
    ~Secret();

    bool empty() const noexcept { return bytes_.empty(); }
    std::size_t size() const noexcept { return bytes_.size(); }
    // To use the bytes, never to keep or compare them.
    std::string_view reveal() const noexcept { return bytes_; }
    Secret clone() const { return Secret(bytes_); }

private:
    std::string bytes_;
};

bool operator==(const Secret&, const Secret&) = delete;

}  // namespace base
