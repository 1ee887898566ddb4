#include <fcntl.h>

#include <algorithm>
#include <array>
#include <boost/asio/buffer.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/udp.hpp>
#include <boost/asio/post.hpp>
#include <random>
#include <string>
#include <utility>

#include "watcher/probe/kinds/connection.h"
#include "watcher/probe/kinds/dns_message.h"

namespace watcher {
namespace {

using boost::asio::ip::udp;
using probe::Code;

/// One datagram there and one back. Handlers on the loop share it; once closed it calls nobody.
class Dialogue final : public std::enable_shared_from_this<Dialogue> {
 public:
  Dialogue(boost::asio::io_context& io,
           const config::Check& check,
           std::uint16_t id,
           Checker::Done done)
      : socket_(io), check_(check), id_(id), done_(std::move(done)) {}

  void start(const common::SocketAddress& endpoint) {
    Code error;
    const auto to = probe::to_asio<udp::endpoint>(endpoint);
    socket_.open(to.protocol(), error);
    if (!error) ::fcntl(socket_.native_handle(), F_SETFD, FD_CLOEXEC);
    if (!error) socket_.connect(to, error);
    if (!error) socket_.send(boost::asio::buffer(question()), 0, error);
    // What went wrong is told by the loop, as begin() must not call.
    if (error) return post(error);
    socket_.async_receive(boost::asio::buffer(answer_),
                          [self = shared_from_this()](const Code& failed, std::size_t size) {
                            self->on_answer(failed, size);
                          });
  }
  void close() {
    done_ = nullptr;
    Code ignored;
    socket_.close(ignored);
  }

 private:
  bool is_dns() const { return check_.kind == config::CheckKind::Dns; }
  std::string question() const {
    return is_dns() ? probe::dns_query(check_.subject, id_) : check_.subject;
  }
  void post(const Code& error) {
    boost::asio::post(socket_.get_executor(),
                      [self = shared_from_this(), error] { self->finish(probe::judge(error)); });
  }
  void on_answer(const Code& error, std::size_t size) {
    if (error) return finish(probe::judge(error));
    const std::string_view answer(answer_.data(), size);
    std::string problem;
    if (is_dns()) {
      problem = probe::dns_problem(answer, id_);
    } else if (answer.find(check_.expect) == std::string_view::npos) {
      problem = "the answer holds not what is expected";
    }
    finish(problem.empty() ? Finding::passed() : Finding::failed(std::move(problem)));
  }
  void finish(Finding finding) {
    const Checker::Done done = std::exchange(done_, nullptr);
    close();
    if (done) done(std::move(finding));
  }

  udp::socket socket_;
  config::Check check_;
  std::uint16_t id_;
  Checker::Done done_;
  std::array<char, 4096> answer_{};
};

class DatagramAttempt final : public CheckAttempt {
 public:
  explicit DatagramAttempt(std::shared_ptr<Dialogue> dialogue) : dialogue_(std::move(dialogue)) {}
  DatagramAttempt(const DatagramAttempt&) = delete;
  DatagramAttempt& operator=(const DatagramAttempt&) = delete;
  ~DatagramAttempt() override { dialogue_->close(); }

 private:
  std::shared_ptr<Dialogue> dialogue_;
};

class DatagramChecker final : public Checker {
 public:
  explicit DatagramChecker(boost::asio::io_context& io)
      : io_(io), random_(std::random_device{}()) {}
  std::unique_ptr<CheckAttempt> begin(const common::SocketAddress& endpoint,
                                      const config::Check& check,
                                      Done done) override {
    const auto id = static_cast<std::uint16_t>(random_());
    auto dialogue = std::make_shared<Dialogue>(io_, check, id, std::move(done));
    dialogue->start(endpoint);
    return std::make_unique<DatagramAttempt>(std::move(dialogue));
  }

 private:
  boost::asio::io_context& io_;
  std::minstd_rand random_;  // Ids only tell our own questions apart.
};

}  // namespace

std::unique_ptr<Checker> make_datagram_checker(boost::asio::io_context& io) {
  return std::make_unique<DatagramChecker>(io);
}

}  // namespace watcher
