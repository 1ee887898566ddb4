#include <array>
#include <boost/asio/buffer.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/write.hpp>
#include <string>
#include <utility>

#include "watcher/probe/kinds/connection.h"
#include "watcher/probe/kinds/grpc_frames.h"

namespace watcher {
namespace {

using probe::Code;
using probe::GrpcHealthAnswer;
using Status = GrpcHealthAnswer::Status;

Finding judge(Status status) {
  switch (status) {
    case Status::Serving:
      return Finding::passed();
    case Status::NotServing:
      return Finding::failed("it does not say SERVING");
    case Status::NoAnswer:
      return Finding::failed("no such service, or no health service");
    default:
      return Finding::failed("it speaks no gRPC");
  }
}

class GrpcConnection final : public probe::Connection {
 public:
  GrpcConnection(boost::asio::io_context& io,
                 const config::Check& check,
                 std::string call,
                 Checker::Done done)
      : Connection(io, check, std::move(done)), call_(std::move(call)) {}

 private:
  void connected() override {
    // What breaks the connection shows in the read.
    boost::asio::async_write(socket,
                             boost::asio::buffer(call_),
                             [self = shared_from_this()](const Code&, std::size_t) {});
    read();
  }
  void read() {
    socket.async_read_some(boost::asio::buffer(in_),
                           [self = shared_from_this(), this](const Code& error, std::size_t size) {
                             if (!closed()) on_read(error, size);
                           });
  }
  void on_read(const Code& error, std::size_t size) {
    if (error) return finish(Finding::failed("it closed the connection without an answer"));
    const Status status = answer_.feed({in_.data(), size});
    if (status != Status::Reading) return finish(judge(status));
    // A few octets into an empty buffer; where they don't fit, the server does without.
    if (const std::string replies = answer_.take_replies(); !replies.empty()) {
      Code ignored;
      socket.non_blocking(true, ignored);
      socket.write_some(boost::asio::buffer(replies), ignored);
    }
    read();
  }

  std::string call_;
  std::array<char, 4096> in_{};
  GrpcHealthAnswer answer_;
};

class GrpcChecker final : public Checker {
 public:
  explicit GrpcChecker(boost::asio::io_context& io) : io_(io) {}
  std::unique_ptr<CheckAttempt> begin(const common::SocketAddress& endpoint,
                                      const config::Check& check,
                                      Done done) override {
    const std::string call = probe::grpc_health_call(endpoint.to_string(), check.subject);
    return std::make_unique<probe::ConnectionAttempt>(
        std::make_shared<GrpcConnection>(io_, check, call, std::move(done)), endpoint);
  }

 private:
  boost::asio::io_context& io_;
};

}  // namespace

std::unique_ptr<Checker> make_grpc_checker(boost::asio::io_context& io) {
  return std::make_unique<GrpcChecker>(io);
}

}  // namespace watcher
