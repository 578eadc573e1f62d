// SPDX-License-Identifier: Apache-2.0
// Loaded before everything else into an nginx under test: makes one
// allocation of a worker fail, and the clock say another time. What it does
// is said by a file that the test and all processes share (mischief.py).
#include <dlfcn.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/time.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <ctime>

namespace {

// As struct.pack("qqqq") has it.
struct Orders {
    std::atomic<std::int64_t> pid;      // whose allocations
    std::atomic<std::int64_t> left;     // up to the one that fails; 0: none
    std::atomic<std::int64_t> failed;   // how many have
    std::atomic<std::int64_t> seconds;  // that the clock is ahead
};
static_assert(sizeof(Orders) == 32);

Orders* orders;

[[gnu::constructor]] void read_orders() {
    const char* path = std::getenv("MISCHIEF");
    const int file = path == nullptr ? -1 : open(path, O_RDWR | O_CLOEXEC);
    void* shared = mmap(nullptr, sizeof(Orders), PROT_READ | PROT_WRITE,
                        MAP_SHARED, file, 0);

    if (shared == MAP_FAILED) {
        _exit(127);
    }
    close(file);
    orders = static_cast<Orders*>(shared);
}

// libcurl's own are spared: 7.88 divides by the size of a table that it had no
// memory for.
bool is_spared(const void* caller) {
    Dl_info info;
    return dladdr(caller, &info) != 0 &&
           std::strstr(info.dli_fname, "/libcurl.") != nullptr;
}

bool fails(const void* caller) {
    if (orders == nullptr || orders->left == 0 || orders->pid != getpid() ||
        is_spared(caller) || --orders->left != 0) {
        return false;
    }
    orders->failed++;
    errno = ENOMEM;
    return true;
}

// The function of that name which is not ours.
template <class Function>
Function next(const char* name) {
    return reinterpret_cast<Function>(dlsym(RTLD_NEXT, name));
}

std::int64_t ahead() {
    return orders == nullptr ? 0 : orders->seconds.load();
}

}  // namespace

#define REAL(name) static const auto real = next<decltype(&name)>(#name)

// dlsym allocates nothing where glibc finds what it looks for.
extern "C" {

void* malloc(std::size_t size) noexcept {
    REAL(malloc);
    return fails(__builtin_return_address(0)) ? nullptr : real(size);
}

void* calloc(std::size_t count, std::size_t size) noexcept {
    REAL(calloc);
    return fails(__builtin_return_address(0)) ? nullptr : real(count, size);
}

void* realloc(void* old, std::size_t size) noexcept {
    REAL(realloc);
    return fails(__builtin_return_address(0)) ? nullptr : real(old, size);
}

int posix_memalign(void** at, std::size_t alignment,
                   std::size_t size) noexcept {
    REAL(posix_memalign);
    return fails(__builtin_return_address(0)) ? ENOMEM
                                              : real(at, alignment, size);
}

void* aligned_alloc(std::size_t alignment, std::size_t size) noexcept {
    REAL(aligned_alloc);
    return fails(__builtin_return_address(0)) ? nullptr : real(alignment, size);
}

int clock_gettime(clockid_t which, timespec* now) noexcept {
    REAL(clock_gettime);
    const int done = real(which, now);
    if (which == CLOCK_REALTIME || which == CLOCK_REALTIME_COARSE) {
        now->tv_sec += ahead();
    }
    return done;
}

int gettimeofday(timeval* now, void* zone) noexcept {
    REAL(gettimeofday);
    const int done = real(now, zone);
    now->tv_sec += ahead();
    return done;
}

std::time_t time(std::time_t* at) noexcept {
    timespec now{};
    clock_gettime(CLOCK_REALTIME, &now);
    if (at != nullptr) {
        *at = now.tv_sec;
    }
    return now.tv_sec;
}
}
