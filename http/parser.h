#pragma once

#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/basic_parser.hpp>
#include <type_traits>

#include "http/message.h"

/// Private to http/: Beast's parser, filling our messages. Heavy; for client.cc and connection.cc.
namespace http {

/// Parses one message. Headers keep their order on the wire; the body is decoded from its chunks
/// and appended to message.body, from where the owner may take it at any time.
template <class Message>
class Parser final : public boost::beast::http::basic_parser<std::is_same_v<Message, Request>> {
 public:
  Message message;
  int version = 11;  // 10 for HTTP/1.0.

  /// Feeds all of `buffer` that the message wants and takes it out. `problem` stays clear when only
  /// more bytes are needed.
  void feed(boost::beast::flat_buffer& buffer, boost::beast::error_code& problem) {
    while (buffer.size() > 0 && !this->is_done() && !problem) {
      buffer.consume(this->put(buffer.data(), problem));
    }
    if (problem == boost::beast::http::error::need_more) problem = {};
  }

 private:
  using Code = boost::beast::error_code;
  using Text = boost::beast::string_view;
  static constexpr bool kIsRequest = std::is_same_v<Message, Request>;

  void on_request_impl(
      boost::beast::http::verb, Text method, Text target, int http_version, Code&) override {
    if constexpr (kIsRequest) {
      version = http_version;
      message.method = method;
      message.target = target;
    }
  }
  void on_response_impl(int status, Text, int, Code&) override {
    if constexpr (!kIsRequest) message.status = status;
  }
  void on_field_impl(boost::beast::http::field, Text name, Text value, Code&) override {
    message.headers.emplace_back(name, value);
  }
  void on_header_impl(Code&) override {}
  void on_body_init_impl(const boost::optional<std::uint64_t>&, Code&) override {}
  std::size_t on_body_impl(Text bytes, Code&) override {
    message.body.append(bytes.data(), bytes.size());
    return bytes.size();
  }
  void on_chunk_header_impl(std::uint64_t, Text, Code&) override {}
  std::size_t on_chunk_body_impl(std::uint64_t, Text bytes, Code& code) override {
    return on_body_impl(bytes, code);
  }
  void on_finish_impl(Code&) override {}
};

}  // namespace http
