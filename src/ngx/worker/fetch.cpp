// SPDX-License-Identifier: Apache-2.0
#include "ngx/worker/fetch.hpp"

#include <curl/curl.h>
#include <sys/stat.h>

#include "base/http.hpp"
#include "crypto/error_queue.hpp"
#include "ngx/guard.hpp"

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

class CurlFetcher;

// A socket of libcurl, watched by nginx. libcurl opens and closes it, and may
// report it when its number is closed already or has become another socket:
// nginx must not remove a closed one from epoll.
struct Socket {
    CurlFetcher* owner;
    ngx_connection_t* connection;
    ino_t file;

    bool is_open() const noexcept { return file_of(connection->fd) == file; }

    // Another one for each socket; 0 for none.
    static ino_t file_of(ngx_socket_t fd) noexcept {
        struct stat found {};
        return fstat(fd, &found) == 0 ? found.st_ino : 0;
    }
};

class CurlTransfer final : public Transfer {
public:
    CurlTransfer(CurlFetcher& owner, Receiver& receiver, std::size_t max)
        : owner_(owner), receiver_(receiver), max_bytes_(max) {}
    ~CurlTransfer() override;

    bool prepare(const Outbound&, const oidc::Call&);
    bool add_to(CURLM*);
    void finish(CURLcode) noexcept;

private:
    bool set_request(const oidc::Call&);
    bool set_body(const oidc::Call&);
    bool set_tls(const Outbound&);
    bool set_transport(const Outbound&);
    bool add_header(const std::string& line);
    oidc::ProviderReply reply_for(CURLcode);
    std::size_t body_wanted(char* to, std::size_t room);
    std::size_t body_arrived(const char*, std::size_t);
    std::size_t header_arrived(std::string_view line);

    template <class T>
    bool set(CURLoption option, T value) {
        return curl_easy_setopt(easy_, option, value) == CURLE_OK;
    }

    CurlFetcher& owner_;
    Receiver& receiver_;
    std::size_t max_bytes_;
    std::size_t header_bytes_ = 0;
    CURL* easy_ = nullptr;
    CURLM* multi_ = nullptr;
    curl_slist* headers_ = nullptr;
    base::Secret body_;
    std::size_t body_taken_ = 0;
    long max_idle_ = kMaxIdle;
    oidc::ProviderReply reply_;
    bool too_large_ = false;
};

class CurlFetcher final : public Fetcher {
public:
    explicit CurlFetcher(ngx_log_t* log) : log_(log) {}
    ~CurlFetcher() override;

    bool open(long most_kept);
    std::unique_ptr<Transfer> start(const Outbound&, const oidc::Call&,
                                    Receiver&) override;

private:
    static int watch(CURL*, curl_socket_t, int what, void* self,
                     void* socket) noexcept;
    static int schedule(CURLM*, long ms, void* self) noexcept;
    static void on_timer(ngx_event_t*) noexcept;
    static void on_socket(ngx_event_t*) noexcept;

    Socket* open_socket(curl_socket_t);
    void close_socket(Socket*) noexcept;
    // `how`: NGX_CLOSE_EVENT when the socket is closed already, else 0.
    bool want(ngx_event_t*, ngx_int_t event, bool wanted,
              ngx_uint_t how = 0) noexcept;
    void act(curl_socket_t, int events) noexcept;
    void deliver() noexcept;

    ngx_log_t* log_;
    CURLM* multi_ = nullptr;
    ngx_event_t timer_{};
    ngx_connection_t dummy_{};  // nginx's timers name a connection's fd
};

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
    return easy_ && set_request(call) && set_tls(outbound) &&
           set_transport(outbound);
}

bool CurlTransfer::set_request(const oidc::Call& call) {
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

bool CurlTransfer::set_tls(const Outbound& outbound) {
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
           set(CURLOPT_PRIVATE, static_cast<void*>(this)) &&
           set(CURLOPT_WRITEFUNCTION, on_body) &&
           set(CURLOPT_WRITEDATA, static_cast<void*>(this)) &&
           set(CURLOPT_HEADERFUNCTION, on_header) &&
           set(CURLOPT_HEADERDATA, static_cast<void*>(this));
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

oidc::ProviderReply CurlTransfer::reply_for(CURLcode code) {
    reply_.failure =
        too_large_ ? oidc::ProviderReply::Failure::too_large : failure_of(code);
    long status = 0;
    curl_easy_getinfo(easy_, CURLINFO_RESPONSE_CODE, &status);
    reply_.status = static_cast<unsigned>(status);
    const char* type = nullptr;
    curl_easy_getinfo(easy_, CURLINFO_CONTENT_TYPE, &type);
    reply_.content_type = type ? type : "";
    return std::move(reply_);
}

// The receiver may destroy this object before `replied` returns.
void CurlTransfer::finish(CURLcode code) noexcept {
    oidc::ProviderReply reply;
    guarded_call([&] { reply = reply_for(code); });
    curl_multi_remove_handle(multi_, easy_);
    multi_ = nullptr;
    receiver_.replied(std::move(reply));
}

bool CurlFetcher::open(long most_kept) {
    multi_ = curl_multi_init();
    if (multi_ == nullptr) {
        return false;
    }
    dummy_.fd = static_cast<ngx_socket_t>(-1);
    timer_.data = &dummy_;
    timer_.handler = on_timer;
    timer_.log = log_;
    timer_.cancelable = 1;
    dummy_.data = this;
    return curl_multi_setopt(multi_, CURLMOPT_SOCKETFUNCTION, watch) ==
               CURLM_OK &&
           curl_multi_setopt(multi_, CURLMOPT_SOCKETDATA, this) == CURLM_OK &&
           curl_multi_setopt(multi_, CURLMOPT_TIMERFUNCTION, schedule) ==
               CURLM_OK &&
           curl_multi_setopt(multi_, CURLMOPT_TIMERDATA, this) == CURLM_OK &&
           curl_multi_setopt(multi_, CURLMOPT_MAXCONNECTS, most_kept) ==
               CURLM_OK;
}

CurlFetcher::~CurlFetcher() {
    if (multi_) {
        curl_multi_cleanup(multi_);
    }
    if (timer_.timer_set) {
        ngx_del_timer(&timer_);
    }
}

std::unique_ptr<Transfer> CurlFetcher::start(const Outbound& outbound,
                                             const oidc::Call& call,
                                             Receiver& receiver) {
    auto transfer =
        std::make_unique<CurlTransfer>(*this, receiver, call.max_bytes);
    if (!transfer->prepare(outbound, call) || !transfer->add_to(multi_)) {
        return nullptr;
    }
    return transfer;
}

int CurlFetcher::schedule(CURLM*, long ms, void* self) noexcept {
    ngx_event_t& timer = static_cast<CurlFetcher*>(self)->timer_;
    if (timer.timer_set) {
        ngx_del_timer(&timer);
    }
    if (ms >= 0) {
        ngx_add_timer(&timer, static_cast<ngx_msec_t>(ms));
    }
    return 0;
}

void CurlFetcher::on_timer(ngx_event_t* event) noexcept {
    auto* dummy = static_cast<ngx_connection_t*>(event->data);
    static_cast<CurlFetcher*>(dummy->data)->act(CURL_SOCKET_TIMEOUT, 0);
}

void CurlFetcher::on_socket(ngx_event_t* event) noexcept {
    auto* connection = static_cast<ngx_connection_t*>(event->data);
    auto* socket = static_cast<Socket*>(connection->data);
    int events = event->write ? CURL_CSELECT_OUT : CURL_CSELECT_IN;
    if (event->error) {
        events |= CURL_CSELECT_ERR;
    }
    socket->owner->act(connection->fd, events);
}

void CurlFetcher::act(curl_socket_t fd, int events) noexcept {
    int running = 0;
    curl_multi_socket_action(multi_, fd, events, &running);
    crypto::forget_errors();
    deliver();
}

void CurlFetcher::deliver() noexcept {
    int left = 0;
    while (CURLMsg* message = curl_multi_info_read(multi_, &left)) {
        if (message->msg != CURLMSG_DONE) {
            continue;
        }
        char* transfer = nullptr;
        CURLcode code = message->data.result;
        curl_easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, &transfer);
        reinterpret_cast<CurlTransfer*>(transfer)->finish(code);
    }
}

Socket* CurlFetcher::open_socket(curl_socket_t fd) {
    auto socket = std::make_unique<Socket>();
    ngx_connection_t* c = ngx_get_connection(fd, log_);
    if (c == nullptr) {
        return nullptr;
    }
    socket->owner = this;
    socket->connection = c;
    socket->file = Socket::file_of(fd);
    c->data = socket.get();
    c->read->handler = on_socket;
    c->write->handler = on_socket;
    c->read->log = log_;
    c->write->log = log_;
    c->log = log_;
    return socket.release();
}

void CurlFetcher::close_socket(Socket* socket) noexcept {
    ngx_connection_t* c = socket->connection;
    const ngx_uint_t how = socket->is_open() ? 0 : NGX_CLOSE_EVENT;
    want(c->read, NGX_READ_EVENT, false, how);
    want(c->write, NGX_WRITE_EVENT, false, how);
    for (ngx_event_t* event : {c->read, c->write}) {
        if (event->posted) {
            ngx_delete_posted_event(event);
        }
    }
    ngx_free_connection(c);
    c->fd = static_cast<ngx_socket_t>(-1);
    delete socket;
}

bool CurlFetcher::want(ngx_event_t* event, ngx_int_t kind, bool wanted,
                       ngx_uint_t how) noexcept {
    if (wanted == static_cast<bool>(event->active)) {
        return true;
    }
    return (wanted ? ngx_add_event(event, kind, NGX_LEVEL_EVENT)
                   : ngx_del_event(event, kind, how)) == NGX_OK;
}

int CurlFetcher::watch(CURL*, curl_socket_t fd, int what, void* self,
                       void* known) noexcept {
    auto* fetcher = static_cast<CurlFetcher*>(self);
    auto* socket = static_cast<Socket*>(known);
    if (socket && (what == CURL_POLL_REMOVE || !socket->is_open())) {
        fetcher->close_socket(socket);
        curl_multi_assign(fetcher->multi_, fd, nullptr);
        socket = nullptr;
    }
    if (what == CURL_POLL_REMOVE) {
        return 0;
    }
    if (socket == nullptr) {
        socket = guarded_call(static_cast<Socket*>(nullptr),
                              [&] { return fetcher->open_socket(fd); });
        if (socket == nullptr) {
            return -1;
        }
        curl_multi_assign(fetcher->multi_, fd, socket);
    }
    ngx_connection_t* c = socket->connection;
    bool in = what == CURL_POLL_IN || what == CURL_POLL_INOUT;
    bool out = what == CURL_POLL_OUT || what == CURL_POLL_INOUT;
    return fetcher->want(c->read, NGX_READ_EVENT, in) &&
                   fetcher->want(c->write, NGX_WRITE_EVENT, out)
               ? 0
               : -1;
}

}  // namespace

std::unique_ptr<Fetcher> Fetcher::create(ngx_log_t* log, long most_kept) {
    if (curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK) {
        return nullptr;
    }
    auto fetcher = std::make_unique<CurlFetcher>(log);
    // 0 would be libcurl's own idea of a limit.
    if (!fetcher->open(std::max(most_kept, 1L))) {
        return nullptr;
    }
    return fetcher;
}

}  // namespace ngx
