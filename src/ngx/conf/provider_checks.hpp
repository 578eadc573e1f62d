// Knows what only the whole of a provider's settings shows.
#pragma once

#include "ngx/conf/conf.hpp"
#include "ngx/conf/values.hpp"

namespace ngx {

// Fills in what follows from other settings, and refuses what cannot be.
Complaint complete_provider(ProviderConf&);

}  // namespace ngx
