// SPDX-License-Identifier: Apache-2.0
// Loaded into an nginx under test: names that a resolver of the internet
// would know, and one of its addresses, which is this machine.
#include <arpa/inet.h>
#include <dlfcn.h>
#include <netdb.h>
#include <sys/socket.h>

#include <cstdlib>
#include <cstring>
#include <string>

namespace {

// NAMES: "name=address name=address". Read before nginx clears its workers'
// environment.
std::string* names;

[[gnu::constructor]] void read_names() {
    const char* given = std::getenv("NAMES");
    names = new std::string(std::string(" ") + (given ? given : "") + " ");
}

std::string address_of(const char* name) {
    const std::string key = std::string(" ") + name + "=";
    const auto at = names->find(key);

    if (at == std::string::npos) {
        return name;
    }
    const auto from = at + key.size();
    return names->substr(from, names->find(' ', from) - from);
}

constexpr in_addr kOutside{0x09090909};  // 9.9.9.9 in either byte order
constexpr int kMaxFiles = 1024;
bool led_here[kMaxFiles];  // by file descriptor

template <class Function>
Function next(const char* name) {
    return reinterpret_cast<Function>(dlsym(RTLD_NEXT, name));
}

}  // namespace

extern "C" {

int getaddrinfo(const char* name, const char* service, const addrinfo* hints,
                addrinfo** found) {
    static const auto real = next<decltype(&getaddrinfo)>("getaddrinfo");
    return real(name ? address_of(name).c_str() : name, service, hints, found);
}

int connect(int fd, const sockaddr* address, socklen_t size) {
    static const auto real = next<decltype(&connect)>("connect");
    sockaddr_in here;

    led_here[fd % kMaxFiles] = false;
    if (address->sa_family != AF_INET || size != sizeof here) {
        return real(fd, address, size);
    }
    std::memcpy(&here, address, sizeof here);
    if (here.sin_addr.s_addr == kOutside.s_addr) {
        here.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        led_here[fd % kMaxFiles] = true;
    }
    return real(fd, reinterpret_cast<const sockaddr*>(&here), size);
}

// libcurl takes its peer's address from here.
int getpeername(int fd, sockaddr* address, socklen_t* size) noexcept {
    static const auto real = next<decltype(&getpeername)>("getpeername");
    const int done = real(fd, address, size);

    if (done == 0 && led_here[fd % kMaxFiles]) {
        reinterpret_cast<sockaddr_in*>(address)->sin_addr = kOutside;
    }
    return done;
}
}
