#pragma once

#include <array>
#include <string_view>

namespace config {

/// The keys of dns.schemes. What each is stands in the table of dnsd/zone/schemes.cc.
inline constexpr std::array<std::string_view, 16> kDnsSchemes{"mesos-dns",
                                                              "cluster",
                                                              "txt",
                                                              "agentip",
                                                              "containerip",
                                                              "autoip",
                                                              "l4lb",
                                                              "dcos-masters",
                                                              "zk",
                                                              "thisnode",
                                                              "spartan",
                                                              "localhost",
                                                              "dclb",
                                                              "dcos-mesos",
                                                              "global",
                                                              "cluster-id"};

}  // namespace config
