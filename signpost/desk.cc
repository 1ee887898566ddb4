#include "signpost/desk.h"

#include <CLI/CLI.hpp>

namespace signpost {

void add_desk(CLI::App& command, Desk& desk) {
  command.add_option("--admin", desk.admin, "Where its admin.listen is")
      ->group(kAskingOptions)
      ->envname("SIGNPOST_ADMIN")
      ->capture_default_str();
  command
      .add_option("--ca-file",
                  desk.tls.ca_file,
                  "Who vouches for it where --admin is https, in PEM; by default the host's "
                  "certificates")
      ->group(kAskingOptions)
      ->envname("SIGNPOST_CA_FILE");
  auto* certificate =
      command
          .add_option("--certificate-file",
                      desk.tls.certificate_file,
                      "Our own certificate, in PEM, where its admin.tls_client_ca_file wants one")
          ->group(kAskingOptions);
  command
      .add_option("--key-file",
                  desk.tls.key_file,
                  "The key of --certificate-file; by default in that file, too")
      ->group(kAskingOptions)
      ->needs(certificate);
  command.add_flag("--json", desk.as_json, "Print the JSON of the API")->group(kAskingOptions);
}

}  // namespace signpost
