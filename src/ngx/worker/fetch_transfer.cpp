// SPDX-License-Identifier: Apache-2.0
#include "ngx/worker/fetch_transfer.hpp"

#include "base/http.hpp"
#include "crypto/error_queue.hpp"
#include "ngx/guard.hpp"
#include "oidc/provider/inner_address.hpp"

namespace ngx {

namespace {

constexpr long kMaxHeaderBytes = 64 * 1024;
constexpr std::uint64_t kMaxRetryAfter = 3600;  // seconds

// How long a connection may have been idle to be used again, in seconds. What
// is not repeated must not meet one that the provider is just closing.
constexpr long kMaxIdle = 118;
constexpr long kMaxIdleSentOnce = 5;

// What may have spent a code or a refresh token is not to be repeated.
bool is_sent_once(oidc::CallKind kind) noexcept {
    return kind == oidc::CallKind::token_code ||
           kind == oidc::CallKind::token_refresh;
}

bool is_inner(const sockaddr& address) noexcept {
    const auto bytes_of = [](const auto& ip) {
        return std::span(reinterpret_cast<const unsigned char*>(&ip),
                         sizeof ip);
    };
    if (address.sa_family == AF_INET) {
        return oidc::provider::is_inner_address(
            bytes_of(reinterpret_cast<const sockaddr_in&>(address).sin_addr));
    }
    return address.sa_family != AF_INET6 ||
           oidc::provider::is_inner_address(bytes_of(
               reinterpret_cast<const sockaddr_in6&>(address).sin6_addr));
}

// Text as libcurl gives it: without brackets, without a zone.
bool is_inner(const char* address) noexcept {
    unsigned char ip[16];
    if (inet_pton(AF_INET, address, ip) == 1) {
        return oidc::provider::is_inner_address(std::span(ip).first(4));
    }
    return inet_pton(AF_INET6, address, ip) != 1 ||
           oidc::provider::is_inner_address(ip);
}

oidc::ProviderReply::Failure failure_of(CURLcode code) {
    using Failure = oidc::ProviderReply::Failure;
    switch (static_cast<int>(code)) {
        case CURLE_OK:
            return Failure::none;
        case CURLE_OPERATION_TIMEDOUT:
            return Failure::timeout;
        case CURLE_COULDNT_RESOLVE_PROXY:
        case CURLE_COULDNT_RESOLVE_HOST:
        case CURLE_COULDNT_CONNECT:
            return Failure::unreachable;
        case CURLE_SSL_CONNECT_ERROR:
        case CURLE_SSL_CERTPROBLEM:
        case CURLE_SSL_CIPHER:
        case CURLE_PEER_FAILED_VERIFICATION:
        case CURLE_SSL_CACERT_BADFILE:
        case CURLE_SSL_CRL_BADFILE:
        case CURLE_SSL_ISSUER_ERROR:
            return Failure::tls;
    }
    return Failure::broken;
}

}  // namespace

bool set_trust(CURL* easy, const Outbound& outbound) {
    const auto set = [easy](CURLoption option, auto value) {
        return curl_easy_setopt(easy, option, value) == CURLE_OK;
    };
    long verify = outbound.verify ? 1L : 0L;
    bool ok =
        set(CURLOPT_SSL_VERIFYPEER, verify) &&
        set(CURLOPT_SSL_VERIFYHOST, outbound.verify ? 2L : 0L) &&
        set(CURLOPT_SSLVERSION, static_cast<long>(CURL_SSLVERSION_TLSv1_2));
    if (!outbound.ca_pem.empty()) {
        curl_blob blob{const_cast<char*>(outbound.ca_pem.data()),
                       outbound.ca_pem.size(), CURL_BLOB_NOCOPY};
        ok = ok && set(CURLOPT_CAINFO_BLOB, &blob) &&
             set(CURLOPT_CAPATH, static_cast<const char*>(nullptr));
    }
    if (!outbound.crl_file.empty()) {
        ok = ok && set(CURLOPT_CRLFILE, outbound.crl_file.c_str());
    }
    return ok;
}

CurlTransfer::~CurlTransfer() {
    if (easy_) {
        if (multi_) {
            curl_multi_remove_handle(multi_, easy_);
        }
        curl_easy_cleanup(easy_);
        crypto::forget_errors();
    }
    for (curl_slist* h = headers_; h; h = h->next) {
        base::wipe(h->data, ngx_strlen(h->data));
    }
    curl_slist_free_all(headers_);
}

bool CurlTransfer::add_header(const std::string& line) {
    curl_slist* longer = curl_slist_append(headers_, line.c_str());
    headers_ = longer ? longer : headers_;
    return longer != nullptr;
}

bool CurlTransfer::prepare(const Outbound& outbound, const oidc::Call& call) {
    easy_ = curl_easy_init();
    return easy_ && set_request(call) && set_trust(easy_, outbound) &&
           set_transport(outbound) && set_reach();
}

bool CurlTransfer::set_request(const oidc::Call& call) {
    max_idle_ = kMaxIdle;
    bool ok = set(CURLOPT_URL, call.url.c_str()) &&
              add_header("Accept: application/json") &&
              add_header("Accept-Encoding: identity") &&
              add_header("User-Agent: nginx-auth-oidc");
    if (!call.authorization.empty()) {
        std::string line =
            "Authorization: " + std::string(call.authorization.reveal());
        ok = ok && add_header(line);
        base::wipe(line.data(), line.size());
    }
    if (!call.header.empty()) {
        ok = ok && add_header(call.header);
    }
    if (call.post) {
        ok = ok && add_header("Content-Type: " + call.content_type) &&
             add_header("Expect:") && set_body(call);
    }
    return ok && set(CURLOPT_HTTPHEADER, headers_);
}

// libcurl sends a request once more when a kept connection breaks before a
// reply, unless it has handed out some of a body that it cannot rewind: so
// what is sent once is read piece by piece, without a seek function.
bool CurlTransfer::set_body(const oidc::Call& call) {
    body_ = call.body.clone();
    if (!set(CURLOPT_POST, 1L) || !set(CURLOPT_POSTFIELDSIZE_LARGE,
                                       static_cast<curl_off_t>(body_.size()))) {
        return false;
    }
    if (!is_sent_once(call.kind)) {
        return set(CURLOPT_POSTFIELDS, body_.reveal().data());
    }
    max_idle_ = kMaxIdleSentOnce;
    using Read = std::size_t (*)(char*, std::size_t, std::size_t, void*);
    Read on_read = [](char* to, std::size_t, std::size_t n, void* self) {
        return static_cast<CurlTransfer*>(self)->body_wanted(to, n);
    };
    return set(CURLOPT_READFUNCTION, on_read) &&
           set(CURLOPT_READDATA, static_cast<void*>(this));
}

// libcurl asks again after the end only if it repeats the request.
std::size_t CurlTransfer::body_wanted(char* to, std::size_t room) {
    const std::string_view rest = body_.reveal().substr(body_taken_);
    if (rest.empty()) {
        return CURL_READFUNC_ABORT;
    }
    const std::size_t n = rest.copy(to, room);
    body_taken_ += n;
    return n;
}

bool CurlTransfer::set_transport(const Outbound& outbound) {
    using Write = std::size_t (*)(char*, std::size_t, std::size_t, void*);
    Write on_body = [](char* at, std::size_t, std::size_t n, void* self) {
        return guarded_call(std::size_t{0}, [&] {
            return static_cast<CurlTransfer*>(self)->body_arrived(at, n);
        });
    };
    Write on_header = [](char* at, std::size_t, std::size_t n, void* self) {
        return guarded_call(std::size_t{0}, [&] {
            return static_cast<CurlTransfer*>(self)->header_arrived({at, n});
        });
    };
    return set(CURLOPT_NOSIGNAL, 1L) && set(CURLOPT_FOLLOWLOCATION, 0L) &&
           set(CURLOPT_PROTOCOLS_STR, "http,https") &&
           set(CURLOPT_HTTP_VERSION,
               static_cast<long>(CURL_HTTP_VERSION_2TLS)) &&
           set(CURLOPT_CONNECTTIMEOUT_MS,
               static_cast<long>(outbound.connect_timeout)) &&
           set(CURLOPT_TIMEOUT_MS, static_cast<long>(outbound.timeout)) &&
           set(CURLOPT_PROXY, outbound.proxy.c_str()) &&
           set(CURLOPT_NOPROXY, outbound.no_proxy.c_str()) &&
           set(CURLOPT_FORBID_REUSE, outbound.keepalive == 0 ? 1L : 0L) &&
           set(CURLOPT_MAXAGE_CONN, max_idle_) &&
           set(CURLOPT_TCP_KEEPALIVE, 1L) && set(CURLOPT_HTTP09_ALLOWED, 0L) &&
           set(CURLOPT_PRIVATE,
               static_cast<void*>(static_cast<CurlHandle*>(this))) &&
           set(CURLOPT_WRITEFUNCTION, on_body) &&
           set(CURLOPT_WRITEDATA, static_cast<void*>(this)) &&
           set(CURLOPT_HEADERFUNCTION, on_header) &&
           set(CURLOPT_HEADERDATA, static_cast<void*>(this));
}

// A socket is opened for each address that a name resolves to; a connection
// that is used again was opened for another call, perhaps by other rules.
bool CurlTransfer::set_reach() {
    curl_opensocket_callback on_open = [](void* self, curlsocktype,
                                          curl_sockaddr* address) {
        return static_cast<CurlTransfer*>(self)->open_socket(*address);
    };
    curl_prereq_callback on_connected = [](void* self, char* address, char*,
                                           int, int) {
        return static_cast<CurlTransfer*>(self)->connected(address);
    };
    return set(CURLOPT_OPENSOCKETFUNCTION, on_open) &&
           set(CURLOPT_OPENSOCKETDATA, static_cast<void*>(this)) &&
           set(CURLOPT_PREREQFUNCTION, on_connected) &&
           set(CURLOPT_PREREQDATA, static_cast<void*>(this));
}

curl_socket_t CurlTransfer::open_socket(const curl_sockaddr& to) noexcept {
    if (reach_ == Reach::outside && is_inner(to.addr)) {
        refused_inner_ = true;
        return CURL_SOCKET_BAD;
    }
    return socket(to.family, to.socktype, to.protocol);
}

int CurlTransfer::connected(const char* address) noexcept {
    reply_.is_from_inside = is_inner(address);
    if (reach_ == Reach::outside && reply_.is_from_inside) {
        refused_inner_ = true;
        return CURL_PREREQFUNC_ABORT;
    }
    return CURL_PREREQFUNC_OK;
}

bool CurlTransfer::add_to(CURLM* multi) {
    if (curl_multi_add_handle(multi, easy_) != CURLM_OK) {
        return false;
    }
    multi_ = multi;
    return true;
}

std::size_t CurlTransfer::body_arrived(const char* at, std::size_t n) {
    if (n > max_bytes_ - reply_.body.size()) {
        too_large_ = true;
        return 0;
    }
    reply_.body.append(at, n);
    return n;
}

std::size_t CurlTransfer::header_arrived(std::string_view line) {
    header_bytes_ += line.size();
    if (header_bytes_ > kMaxHeaderBytes) {
        too_large_ = true;
        return 0;
    }
    // RFC 9112 6.3: the end of such a response is unknown. libcurl takes the
    // digits that it finds.
    const auto length = base::field_value(line, "Content-Length");
    if (length && !base::parse_decimal(*length)) {
        return 0;
    }
    if (const auto pause = base::field_value(line, "Retry-After")) {
        const auto seconds = base::parse_decimal(*pause);
        if (seconds && *seconds > 0 && *seconds <= kMaxRetryAfter) {
            reply_.retry_after = base::Seconds(*seconds);
        }
    }
    return line.size();
}

oidc::ProviderReply CurlTransfer::reply_for(CURLcode code) {
    reply_.failure = too_large_ ? oidc::ProviderReply::Failure::too_large
                     : refused_inner_ && code != CURLE_OK
                         ? oidc::ProviderReply::Failure::inner
                         : failure_of(code);
    long status = 0;
    curl_easy_getinfo(easy_, CURLINFO_RESPONSE_CODE, &status);
    reply_.status = static_cast<unsigned>(status);
    const char* type = nullptr;
    curl_easy_getinfo(easy_, CURLINFO_CONTENT_TYPE, &type);
    reply_.content_type = type ? type : "";
    return std::move(reply_);
}

void CurlTransfer::finish(CURLcode code) noexcept {
    oidc::ProviderReply reply;
    guarded_call([&] { reply = reply_for(code); });
    curl_multi_remove_handle(multi_, easy_);
    multi_ = nullptr;
    receiver_.replied(std::move(reply));
}

}  // namespace ngx
