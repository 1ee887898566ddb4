#pragma once

#include <string>

#include "common/result.h"
#include "signpost/desk.h"

/// Commands that show what a running Signpost knows, and why. Each returns what is to be printed:
/// words, or the JSON of the API. Errors: those of the API, in its words.
namespace signpost {

/// Every app with how many of its tasks run and pass, and its VIPs.
common::Expected<std::string> list_services(const Desk& desk);
/// Every endpoint of an app, by its id or a name of its, and why it does not pass.
common::Expected<std::string> list_endpoints(const Desk& desk, const std::string& service);
/// Why a name is answered as it is, or who stands behind a VIP and why.
///
/// what  NAME:PORT or ADDRESS:PORT for a VIP; else a domain name
/// type  of the records that are asked for; empty: SRV for names that begin with '_', else A
common::Expected<std::string> explain(const Desk& desk,
                                      const std::string& what,
                                      const std::string& type);

/// SRV for names that begin with '_', as those of services do; else A.
std::string usual_type(const std::string& name);

}  // namespace signpost
