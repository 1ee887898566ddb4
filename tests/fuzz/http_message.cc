// Any text is a URL or an error; any target has a path and a query.
#include "http/message.h"
#include "tests/fuzz/fuzz.h"

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text = fuzz::text(data, size);
  if (const auto url = http::Url::parse(text)) {
    const auto again = http::Url::parse(url->scheme + "://" + url->authority() + url->target);
    fuzz::expect(again && again->host == url->host && again->port == url->port,
                 "a URL put together again is the same");
  }
  http::Request request;
  request.target = text;
  fuzz::expect(request.path().size() <= text.size(), "the path is a part of the target");
  request.query("id");
  http::percent_decode(text);
  return 0;
}
