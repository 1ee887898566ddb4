#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "common/result.h"
#include "http/message.h"

/// Who leads a Mesos cluster, as its masters write it into ZooKeeper. Pure.
namespace watcher::zookeeper {

/// "zk://user:secret@10.0.0.1:2181,10.0.0.2:2181/mesos" taken apart.
struct Ensemble {
  std::string hosts;        // As ZooKeeper's client takes them: "10.0.0.1:2181,10.0.0.2:2181".
  std::string path;         // Of the election, "/mesos".
  std::string credentials;  // "user:secret" of the digest scheme; may be empty.
};

/// Errors: InvalidInput, without the secret.
common::Expected<Ensemble> parse_ensemble(std::string_view url);

/// Of the children of the election's node, the one of the leading master: among "json.info_" nodes
/// the lowest number. Others, e.g. the replicated log's, are passed over. Empty when nobody leads.
/// Source: src/zookeeper/detector.cpp of Apache Mesos.
std::string_view leader_of(const std::vector<std::string>& children);

/// Where the master listens whose MasterInfo this JSON is. Mesos gives its address as text and, in
/// old versions only, as a number whose lowest octet stands first.
common::Expected<http::Url> parse_master(std::string_view master_info);

}  // namespace watcher::zookeeper
