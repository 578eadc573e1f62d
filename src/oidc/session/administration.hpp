// SPDX-License-Identifier: Apache-2.0
// What an administrator asks for by HTTP (`auth_oidc_sessions`): to list the
// sessions of a subject, to end sessions, to deny somebody.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <variant>

#include "oidc/flow.hpp"
#include "oidc/session/denials.hpp"

namespace oidc::session {

struct Order {
    enum class What { list, end, deny, undo } what = What::list;
    enum class By { sub, sid, id } by = By::sub;  // to list, to end
    DeniedBy denied_by = DeniedBy::sub;
    std::string value;
    std::string provider;  // "": each one
    base::Instant until;   // of a denial
};

// What a request orders, by its method, query and body; or why it is refused:
// it is malformed, or a page of another site may have sent it. A browser's
// form is never accepted, since any site could send it.
std::variant<Order, Response> read_order(const RequestFacts&,
                                         base::Instant now);
Response refuse_order(unsigned status, std::string_view error,
                      std::string_view message);

// Carries out at one provider what the request orders. The body of the response
// is a JSON object.
std::unique_ptr<Flow> administer(const RequestContext&);

}  // namespace oidc::session
