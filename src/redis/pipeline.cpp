// SPDX-License-Identifier: Apache-2.0
#include "redis/pipeline.hpp"

#include <utility>

namespace redis {

bool Pipeline::ask(const Commands& commands, Millis now, Answered answered) {
    if (commands.empty() || asked_.size() >= kMaxPending) {
        return false;
    }
    const std::size_t before = output_.size();
    for (const Command& command : commands) {
        if (!append(output_, command)) {
            output_.resize(before);
            return false;
        }
    }
    asked_.push_back({commands.size(), now, {}, std::move(answered)});
    return true;
}

bool Pipeline::feed(std::string_view bytes,
                    const std::function<void(const Reply&)>& unasked) {
    reader_.feed(bytes);
    while (auto reply = reader_.next()) {
        if (asked_.empty()) {
            if (!unasked) {
                return false;
            }
            unasked(*reply);
            continue;
        }
        Asked& first = asked_.front();
        first.replies.push_back(std::move(*reply));
        if (first.replies.size() < first.count) {
            continue;
        }
        const Asked done = std::move(first);
        asked_.pop_front();
        if (done.answered) {
            done.answered(&done.replies);
        }
    }
    return !reader_.is_broken();
}

void Pipeline::close() {
    output_.clear();
    for (Asked& asked : std::exchange(asked_, {})) {
        if (asked.answered) {
            asked.answered(nullptr);
        }
    }
}

void Pipeline::give_up(Millis asked_before) {
    std::vector<Answered> waiting;
    for (Asked& asked : asked_) {
        if (asked.since >= asked_before) {
            break;
        }
        if (asked.answered) {
            waiting.push_back(std::exchange(asked.answered, nullptr));
        }
    }
    for (const Answered& answered : waiting) {
        answered(nullptr);
    }
}

}  // namespace redis
