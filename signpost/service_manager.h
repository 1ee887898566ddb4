#pragma once

#include <string_view>

namespace signpost {

/// Tells the service manager how this process is (sd_notify(3)): "READY=1", "MAINPID=17". Nothing
/// where there is none.
void tell_service_manager(std::string_view words);

}  // namespace signpost
