// SPDX-License-Identifier: Apache-2.0
#include "redis/protocol.hpp"

#include <hiredis/hiredis.h>

#include <new>

namespace redis {
namespace {

using Kind = Reply::Kind;

// Where the library wants the object of a task: below its parent, or the root.
// An item is complete before the next one of its array begins.
Reply* place(const redisReadTask* task) {
    if (task->parent == nullptr) {
        return new (std::nothrow) Reply;
    }
    return &static_cast<Reply*>(task->parent->obj)->items.emplace_back();
}

template <class Fill>
void* make(const redisReadTask* task, Fill fill) noexcept {
    Reply* reply = nullptr;
    try {
        reply = place(task);
        if (reply) {
            fill(*reply);
        }
        return reply;
    } catch (const std::bad_alloc&) {
        if (task->parent == nullptr) {
            delete reply;
        }
        return nullptr;
    }
}

// The parameters differ between the versions of the library.
redisReplyObjectFunctions functions() noexcept {
    redisReplyObjectFunctions out{};
    out.createString = [](const redisReadTask* task, char* text,
                          auto length) -> void* {
        return make(task, [&](Reply& r) {
            r.kind = task->type == REDIS_REPLY_ERROR    ? Kind::error
                     : task->type == REDIS_REPLY_STATUS ? Kind::status
                                                        : Kind::string;
            r.text.assign(text, static_cast<std::size_t>(length));
        });
    };
    out.createArray = [](const redisReadTask* task, auto) -> void* {
        return make(task, [](Reply& r) { r.kind = Kind::array; });
    };
    out.createInteger = [](const redisReadTask* task, long long n) -> void* {
        return make(task, [n](Reply& r) {
            r.kind = Kind::integer;
            r.integer = n;
        });
    };
    out.createNil = [](const redisReadTask* task) -> void* {
        return make(task, [](Reply&) {});
    };
    out.freeObject = [](void* root) { delete static_cast<Reply*>(root); };
    return out;
}

}  // namespace

struct ReplyReader::Library {
    redisReplyObjectFunctions made_by = functions();
    redisReader* reader = redisReaderCreateWithFunctions(&made_by);

    Library() = default;
    Library(const Library&) = delete;
    Library& operator=(const Library&) = delete;
    ~Library() {
        if (reader) {
            redisReaderFree(reader);
        }
    }
};

ReplyReader::ReplyReader()
    : library_(std::make_unique<Library>()),
      is_broken_(library_->reader == nullptr) {
}

ReplyReader::~ReplyReader() = default;

void ReplyReader::feed(std::string_view bytes) {
    pending_ += bytes.size();
    if (!is_broken_ && !bytes.empty()) {
        is_broken_ = redisReaderFeed(library_->reader, bytes.data(),
                                     bytes.size()) != REDIS_OK;
    }
}

std::optional<Reply> ReplyReader::next() {
    void* found = nullptr;
    if (is_broken_ ||
        redisReaderGetReply(library_->reader, &found) != REDIS_OK) {
        is_broken_ = true;
        return std::nullopt;
    }
    if (found == nullptr) {
        is_broken_ = pending_ > kMaxReplyBytes;
        return std::nullopt;
    }
    const std::unique_ptr<Reply> owned(static_cast<Reply*>(found));
    pending_ = library_->reader->len - library_->reader->pos;
    return std::move(*owned);
}

bool append(std::string& out, const Command& command) {
    std::vector<const char*> words;
    std::vector<std::size_t> lengths;
    for (const std::string& word : command) {
        words.push_back(word.data());
        lengths.push_back(word.size());
    }
    char* text = nullptr;
    const auto length = redisFormatCommandArgv(
        &text, static_cast<int>(words.size()), words.data(), lengths.data());
    if (length < 0) {
        return false;
    }
    out.append(text, static_cast<std::size_t>(length));
    redisFreeCommand(text);
    return true;
}

}  // namespace redis
