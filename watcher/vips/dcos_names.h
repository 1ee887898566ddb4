#pragma once

#include <string>
#include <string_view>

namespace watcher {

/// The two ways DC/OS turns a name people wrote into DNS labels. Byte for byte the same as there,
/// since the results stand in client configurations. Not the rules of Mesos-DNS, which differ at
/// the 63-octet limit.

/// One label: letters lowered, digits kept, '-', '_' and '.' made '-', all else deleted; at most 63
/// octets, no '-' at either end. May be empty.
/// Task and framework names below dcos.thisdcos.directory: "web.group" -> "web-group".
std::string dcos_label(std::string_view text);

/// Several labels: each part between dots through dcos_label(), parts that were empty before that
/// dropped. A part of odd characters only leaves an empty label, as it does in DC/OS.
/// VIP and framework names below l4lb.thisdcos.directory: "/group/web.v2" -> "groupweb.v2".
std::string dcos_domain_frag(std::string_view text);

}  // namespace watcher
