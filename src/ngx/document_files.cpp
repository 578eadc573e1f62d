// SPDX-License-Identifier: Apache-2.0
#include "ngx/document_files.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>

#include "ngx/log.hpp"
#include "oidc/provider/kept_document.hpp"

namespace ngx {

namespace {

// Nothing of it follows a link or waits for a pipe.
constexpr int kNever = O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK;
constexpr mode_t kOwnerAlone = 0600;
constexpr mode_t kWritableByOthers = 0022;

class File {
public:
    explicit File(int fd) noexcept : fd_(fd) {}
    File(const File&) = delete;
    File& operator=(const File&) = delete;
    ~File() { close(); }
    int get() const noexcept { return fd_; }
    bool is_open() const noexcept { return fd_ != -1; }
    bool close() noexcept {
        const int fd = fd_;
        fd_ = -1;
        return fd == -1 || ::close(fd) == 0;
    }

private:
    int fd_;
};

// Who may write it decides which tokens are good: this process and root alone.
const char* why_untrusted(const struct stat& info) noexcept {
    if (!S_ISREG(info.st_mode)) {
        return "it is no regular file";
    }
    if (info.st_uid != geteuid() && info.st_uid != 0) {
        return "another user owns it";
    }
    return (info.st_mode & kWritableByOthers) != 0
               ? "others than its owner may write it"
               : nullptr;
}

bool read_all(int fd, std::string& bytes) {
    std::size_t have = 0;
    while (have < bytes.size()) {
        const ssize_t n = read(fd, bytes.data() + have, bytes.size() - have);
        if (n == -1 && errno == EINTR) {
            continue;
        }
        if (n <= 0) {
            bytes.resize(have);
            return n == 0;
        }
        have += static_cast<std::size_t>(n);
    }
    return true;
}

bool write_all(int fd, std::string_view bytes) {
    while (!bytes.empty()) {
        const ssize_t n = write(fd, bytes.data(), bytes.size());
        if (n == -1 && errno != EINTR) {
            return false;
        }
        bytes.remove_prefix(n > 0 ? static_cast<std::size_t>(n) : 0);
    }
    return true;
}

bool write_file(const std::string& path, std::string_view bytes) {
    File file(
        open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | kNever, kOwnerAlone));
    return file.is_open() && write_all(file.get(), bytes) && file.close();
}

}  // namespace

DocumentFiles::DocumentFiles(const ngx_path_t* directory, std::string provider)
    : directory_(directory ? view(directory->name) : ""),
      provider_(std::move(provider)) {
}

std::string DocumentFiles::path_of(const crypto::Digest256& document) const {
    return directory_ + '/' + oidc::provider::file_name(document);
}

std::optional<DocumentFile> DocumentFiles::load(
    const crypto::Digest256& document, std::size_t max_bytes,
    base::Seconds stale) const {
    if (directory_.empty()) {
        return std::nullopt;
    }
    const std::string path = path_of(document);
    File file(open(path.c_str(), O_RDONLY | kNever));
    if (!file.is_open()) {
        if (errno != ENOENT) {
            complain(NGX_LOG_WARN, path, "is not read", errno);
        }
        return std::nullopt;
    }
    struct stat info;
    if (fstat(file.get(), &info) == -1) {
        complain(NGX_LOG_WARN, path, "is not read", errno);
        return std::nullopt;
    }
    if (const char* why = why_untrusted(info)) {
        refuse(document, why);
        return std::nullopt;
    }
    max_bytes += oidc::provider::kMaxKeptHeadBytes;
    std::string bytes(max_bytes + 1, '\0');
    if (!read_all(file.get(), bytes)) {
        complain(NGX_LOG_WARN, path, "is not read", errno);
        return std::nullopt;
    }
    if (bytes.size() > max_bytes) {
        refuse(document, "it is too large");
        return std::nullopt;
    }
    const auto kept = oidc::provider::read_kept(
        document, bytes, base::instant(ngx_time()), stale);
    if (!kept) {
        refuse(document,
               "it is damaged, older than \"stale\" of jwks_refresh, of the "
               "future, or not of this provider");
        return std::nullopt;
    }
    return DocumentFile{std::string(kept->text), base::seconds(kept->fetched)};
}

// As nginx's caches do, by a rename and without fsync, which could block the
// worker for long: a file that a power failure has cut is told by its checksum.
// No two processes write the same temporary file.
void DocumentFiles::save(const crypto::Digest256& document,
                         std::string_view text, std::int64_t fetched) const {
    if (directory_.empty()) {
        return;
    }
    const std::string path = path_of(document);
    const std::string temporary = path + '.' + std::to_string(ngx_pid);
    if (write_file(temporary, oidc::provider::write_kept(
                                  document, base::instant(fetched), text)) &&
        std::rename(temporary.c_str(), path.c_str()) == 0) {
        return;
    }
    const int error = errno;
    unlink(temporary.c_str());
    complain(NGX_LOG_ERR, path, "cannot be written", error);
}

void DocumentFiles::refuse(const crypto::Digest256& document,
                           std::string_view why) const {
    complain(NGX_LOG_WARN, path_of(document),
             "is not used: " + std::string(why), 0);
}

void DocumentFiles::complain(ngx_uint_t level, const std::string& path,
                             std::string_view what, int error) const {
    log_provider(level, provider_, "keys_file",
                 '"' + path + "\" " + std::string(what) +
                     (error != 0 ? std::string(": ") + std::strerror(error)
                                 : std::string()));
}

}  // namespace ngx
