#pragma once

#include <string>
#include <string_view>

#include "config/settings.h"

/// How Mesos-DNS turns what people wrote into labels, byte for byte. Not the rules of DC/OS, which
/// differ at the 63-octet limit: watcher/vips/dcos_names.h.
namespace dnsd {

/// One label: letters lowered, digits kept, '-', '.' and '_' made '-', all else deleted; no '-' in
/// front (RFC 952: and no digit); cut to 63 octets (RFC 952: 24), where dashes at the cut give way
/// to what follows. May be empty.
std::string mesos_label(std::string_view text, config::LabelRule rule = config::LabelRule::Rfc1123);

/// A framework's name: each part between dots through mesos_label(), empty results dropped.
std::string mesos_domain_part(std::string_view text,
                              config::LabelRule rule = config::LabelRule::Rfc1123);

/// May no framework be called so? Its names would be those of the cluster itself: "leader",
/// "slave", "ns1", "master", "master2", or anything below. Or there would be none. As
/// mesos_domain_part() gave it.
bool is_reserved_framework(std::string_view framework);
inline constexpr const char* kReservedFramework =
    "this framework name is empty or reserved in the domain: rename the framework";

/// Five characters that tell tasks of one name apart: the first 25 bits of the SHA-1 of the task's
/// id in z-base-32. "test" -> "iffe9".
std::string mesos_task_hash(std::string_view task_id);

/// What follows the last dash of an agent's id, lowered: "...-S12" -> "s12". The id has none: all.
std::string mesos_agent_tail(std::string_view agent_id);

/// The part of a canonical name in front of the framework: "web-iffe9-s12". The reference makes
/// labels over 63 octets here and then cannot answer at all; we shorten the name in front and keep
/// hash and tail, which make it unique.
std::string mesos_canonical_part(std::string_view name,
                                 std::string_view hash,
                                 std::string_view tail);

}  // namespace dnsd
