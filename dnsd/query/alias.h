#pragma once

#include "dnsd/query/reply.h"
#include "dnsd/query/respond.h"
#include "dnsd/wire/types.h"

namespace dnsd {

/// Adds a CNAME and what it leads to: RFC 1034 section 4.3.2 step 3a, as far as it leads through
/// our names; `reply.outside` is the first that is not ours. The result is that of the last name
/// (RFC 6604).
/// Precondition: the node, which `owner` names, has a CNAME.
Rcode add_alias(const Node& node,
                RrType type,
                const Zone& zone,
                Place owner,
                const AnswerStyle& style,
                Reply& reply);

}  // namespace dnsd
