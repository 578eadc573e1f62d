// SPDX-License-Identifier: Apache-2.0
#include "ngx/worker/fetch.hpp"

#include <sys/stat.h>

#include "crypto/error_queue.hpp"
#include "ngx/guard.hpp"
#include "ngx/worker/fetch_stream.hpp"
#include "ngx/worker/fetch_transfer.hpp"

namespace ngx {

namespace {

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

class CurlFetcher final : public Fetcher {
public:
    explicit CurlFetcher(ngx_log_t* log) : log_(log) {}
    ~CurlFetcher() override;

    bool open(long most_kept);
    std::unique_ptr<Transfer> start(const Outbound&, const oidc::Call&, Reach,
                                    Receiver&) override;
    std::unique_ptr<Stream> open(const RedisConf&, const RedisServer&,
                                 StreamUser&) override;

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
                                             Reach reach, Receiver& receiver) {
    auto transfer =
        std::make_unique<CurlTransfer>(receiver, reach, call.max_bytes);
    if (!transfer->prepare(outbound, call) || !transfer->add_to(multi_)) {
        return nullptr;
    }
    return transfer;
}

std::unique_ptr<Stream> CurlFetcher::open(const RedisConf& conf,
                                          const RedisServer& server,
                                          StreamUser& user) {
    auto stream = std::make_unique<CurlStream>(user, log_);
    return stream->open(multi_, conf, server) ? std::move(stream) : nullptr;
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
        char* handle = nullptr;
        CURLcode code = message->data.result;
        curl_easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, &handle);
        reinterpret_cast<CurlHandle*>(handle)->finish(code);
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
