// SPDX-License-Identifier: Apache-2.0
// JSON: what is read is written in one way and read again the same; quoted
// bytes are always a string.

#include "base/json.hpp"
#include "hold.hpp"

namespace {

using base::json::Document;
using base::json::Limits;
using base::json::Value;

// Text grows by its escapes, depth does not.
constexpr Limits kWide{.bytes = 64 * 1024 * 1024, .depth = 33};

std::size_t depth(Value value) {
    std::size_t deepest = 0;

    for (std::size_t i = 0; i < value.size() && value.is_array(); i++) {
        deepest = std::max(deepest, depth(value.at(i)));
    }
    value.each_member([&](std::string_view name, Value member) {
        hold(name.find('\0') == std::string_view::npos);
        hold(value.member(name).present());
        deepest = std::max(deepest, depth(member));
    });
    return deepest + (value.is_array() || value.is_object() ? 1 : 0);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data,
                                      std::size_t size) {
    const std::string_view input = text_of(data, size);
    const auto quoted =
        Document::parse("[" + base::json::quote(input) + "]", kWide);
    hold(bool(quoted) && quoted->root().at(0).is_string());

    const auto document = Document::parse(input);
    // A fraction is not plain: the library reads that, and all beside it.
    const auto librarys =
        Document::parse("[" + std::string(input) + ",0.5]", kWide);
    if (!document) {
        return 0;
    }
    hold(bool(librarys) &&
         librarys->root().at(0).text() == document->root().text());
    hold(document->root().is_object() || document->root().is_array());
    hold(depth(document->root()) <= Limits{}.depth);

    const std::string once = document->root().text();
    const auto second = Document::parse(once, kWide);
    hold(bool(second));
    const std::string twice = second->root().text();
    const auto third = Document::parse(twice, kWide);
    hold(bool(third) && third->root().text() == twice);
    return 0;
}
