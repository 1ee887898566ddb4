// Whatever a server says where a gRPC answer should be, in pieces of any size, gives one verdict,
// and no more replies than there were frames.
#include "tests/fuzz/fuzz.h"
#include "watcher/probe/kinds/grpc_frames.h"

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using watcher::probe::GrpcHealthAnswer;
  const std::string_view bytes = fuzz::text(data, size);
  GrpcHealthAnswer whole;
  const auto verdict = whole.feed(bytes);
  fuzz::expect(whole.take_replies().size() <= 2 * size, "replies are no larger than their cause");

  GrpcHealthAnswer pieces;
  auto in_pieces = GrpcHealthAnswer::Status::Reading;
  fuzz::in_pieces(bytes, [&](std::string_view piece) {
    if (in_pieces == GrpcHealthAnswer::Status::Reading) in_pieces = pieces.feed(piece);
  });
  // More than may come in all is refused whenever that shows.
  const bool too_much = size > (64 << 10);
  fuzz::expect(too_much || in_pieces == verdict, "pieces are judged like the whole");
  return 0;
}
