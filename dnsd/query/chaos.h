#pragma once

#include "dnsd/query/query.h"
#include "dnsd/query/reply.h"
#include "dnsd/query/respond.h"

namespace dnsd {

/// Answers the questions of class CH by which people find out whom they talk to: version.bind and
/// version.server, id.server and hostname.bind (RFC 4892). What the operator did not fill in is
/// REFUSED, as is everything else.
Rcode answer_chaos(const Query& query, const RespondOptions& options, Reply& reply);

}  // namespace dnsd
