#pragma once

#include "dnsd/query/query.h"
#include "dnsd/query/reply.h"
#include "dnsd/query/respond.h"

namespace dnsd {

/// Answers questions for SVCB and HTTPS records (RFC 9460) from SRV records, so that clients which
/// know no SRV learn ports too. False when there is nothing to answer from.
///
/// SVCB of `_web._tcp.<framework>`: one record for each SRV record of that name, with its target
/// and port and the target's addresses as hints. HTTPS of `web.<framework>`: the same of
/// `_https._web._tcp.<framework>`, the port that the service itself calls "https"; no other,
/// because an HTTPS record makes browsers use TLS (section 9.5).
///
/// A record's priority is that of its SRV record plus one: 0 has a meaning of its own. Weights are
/// lost; rotation spreads clients instead.
bool add_services(
    const Query& query, const Node& node, const Zone& zone, const AnswerStyle& style, Reply& reply);

}  // namespace dnsd
