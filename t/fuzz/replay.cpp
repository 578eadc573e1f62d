// SPDX-License-Identifier: Apache-2.0
// Runs a fuzz target over the files of the folders it is given, once each:
// seeds and old findings as an ordinary test.

#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <vector>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data,
                                      std::size_t size);

namespace {

bool replay(const std::filesystem::path& file) {
    std::ifstream in(file, std::ios::binary);
    const std::vector<char> bytes{std::istreambuf_iterator<char>(in), {}};

    if (in.bad()) {
        std::fprintf(stderr, "cannot read %s\n", file.c_str());
        return false;
    }
    // Told before it is run: a crash then names its input.
    std::printf("%s (%zu bytes)\n", file.c_str(), bytes.size());
    std::fflush(stdout);
    LLVMFuzzerTestOneInput(reinterpret_cast<const std::uint8_t*>(bytes.data()),
                           bytes.size());
    return true;
}

}  // namespace

int main(int argc, char** argv) {
    std::size_t ran = 0;
    std::error_code failed;

    for (int i = 1; i < argc; i++) {
        for (const auto& entry :
             std::filesystem::directory_iterator(argv[i], failed)) {
            if (!replay(entry.path())) {
                return 1;
            }
            ran++;
        }
    }
    std::printf("%zu seeds\n", ran);
    return ran == 0 ? 1 : 0;
}
