#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <utility>
#include <vector>

#include "vipd/relay/buffer.h"
#include "vipd/relay/io.h"

namespace vipd {

enum class End : std::uint8_t { Client, Backend };
constexpr End other(End end) { return end == End::Client ? End::Backend : End::Client; }

/// What a worker lends to the session that runs: one for all of them.
template <StreamSocket Socket>
struct Workspace {
  std::span<std::byte> scratch;  // At most BufferPool::kBlockBytes.
  BufferPool& pool;
  typename Socket::Pipes& pipes;       // take() gives an empty one, or null when there is none.
  std::size_t budget;                  // Bytes after which a run reads no more from an end.
  std::array<std::size_t, 2> moved{};  // Bytes passed on, by the end they came from; only grows.
};

enum class Outcome : std::uint8_t {
  Wait,          // Nothing to do until the poller reports something.
  Again,         // The budget is used up: run again, after the others had their turn.
  Finished,      // Both ends sent FIN and everything is delivered: close both sockets.
  ClientReset,   // The client's connection broke: reset the backend's.
  BackendReset,  // And the other way round.
  Lost,          // There was no memory for bytes that had been read: reset both.
};

/// What a session knows of one direction that its sockets don't: what to pass on when it goes on
/// elsewhere.
struct Carried {
  std::vector<std::byte> bytes;  // Read, and not yet taken by the other end.
  bool ended = false;            // FIN has been read,
  bool finished = false;         // and passed on.
};

/// Relays one connection as if the two ends were one wire apart: every byte in order, FIN as FIN
/// and only in its own direction, a reset as a reset. Pure: it does nothing but call the sockets,
/// and never waits.
///
/// Bytes go from one socket through the worker's scratch to the other at once. Only what the other
/// does not take is kept, at most one block a direction, and nothing more is read until it is gone:
/// that is the back-pressure, and why an idle session holds no buffer. A direction that fills read
/// after read goes through a pipe instead, as long as it brings much at a time: the kernel then
/// passes its pages on. For little, the calls for a pipe cost more than the copy.
template <StreamSocket Socket>
class Session {
 public:
  using Workspace = vipd::Workspace<Socket>;

  /// An accepted client; its bytes stay in the kernel until a backend is connected.
  explicit Session(Socket client) { leg(End::Client).socket = std::move(client); }

  Socket& socket(End end) { return leg(end).socket; }
  bool is_broken(End end) const { return legs_[index(end)].broken; }
  /// One direction is over, the other goes on.
  bool is_half_closed() const { return flows_[0].finished != flows_[1].finished; }
  bool holds_bytes() const { return flows_[0].holds_bytes() || flows_[1].holds_bytes(); }
  /// Nothing was read from either end, no byte and no FIN: neither knows yet who the other is.
  bool is_untouched() const { return !touched_ && !flows_[0].ended && !flows_[1].ended; }

  /// Notes what the poller said; run() acts on it.
  void notice(End end, const Readiness& now) {
    Leg& leg = this->leg(end);
    leg.readable |= now.readable;
    leg.writable |= now.writable;
    leg.ended |= now.ended;
    leg.broken |= now.broken;
    leg.reads_short |= now.urgent;
  }

  /// Forgets the backend, and closes its socket. Precondition: is_untouched().
  void drop_backend() { leg(End::Backend) = Leg(); }

  /// Takes out what is known of the direction from that end. The session relays no more.
  Carried carry_out(End from) {
    Flow& flow = flows_[index(from)];
    Carried carried{{}, flow.ended, flow.finished};
    const auto kept = flow.pending.bytes();
    carried.bytes.assign(kept.begin(), kept.end());
    if (flow.pipe) flow.pipe->drain(carried.bytes);
    return carried;
  }
  /// The other way round, for a session that has not relayed yet. What the poller tells of its
  /// sockets makes it go on.
  void carry_in(End from, const Carried& carried, BufferPool& pool) {
    Flow& flow = flows_[index(from)];
    flow.ended = carried.ended;
    flow.finished = carried.finished;
    touched_ = true;  // For all we know.
    if (!carried.bytes.empty()) lost_ |= !pool.fill(flow.pending, carried.bytes);
  }

  /// Moves what can be moved. Precondition: both ends are connected.
  Outcome run(Workspace& work) {
    const bool more_up = move(End::Client, work);
    const bool more_down = move(End::Backend, work);
    if (lost_) return Outcome::Lost;
    if (is_broken(End::Client)) return abandon(End::Client, work);
    if (is_broken(End::Backend)) return abandon(End::Backend, work);
    if (flows_[0].finished && flows_[1].finished) return Outcome::Finished;
    return more_up || more_down ? Outcome::Again : Outcome::Wait;
  }

 private:
  struct Leg {
    Socket socket;
    bool readable = false;
    bool writable = false;
    bool ended = false;
    bool broken = false;
    bool reads_short = false;  // A short read doesn't mean that nothing is left.
  };

  /// One direction, named by the end its bytes come from.
  struct Flow {
    Buffer pending;                     // Read, and not yet taken by the other end; or that is
    typename Socket::Pipes::Lent pipe;  // in here, if there is one.
    bool ended = false;                 // FIN has been read,
    bool finished = false;              // and passed on.
    std::uint8_t full_reads = 0;        // One after the other, until now.

    bool holds_bytes() const { return !pending.empty() || pipe; }
  };

  /// So many full reads in a row, and the next goes through a pipe.
  static constexpr std::uint8_t kFullReads = 2;

  static constexpr std::size_t index(End end) { return static_cast<std::size_t>(end); }
  Leg& leg(End end) { return legs_[index(end)]; }

  /// Moves bytes from one end to the other until one has no more to give or the other takes no
  /// more, then the FIN. True when only the budget stopped it.
  bool move(End from, Workspace& work) {
    Flow& flow = flows_[index(from)];
    if (flow.finished || !flush(from, work)) return false;
    std::size_t budget = work.budget;
    while (leg(from).readable && !flow.ended) {
      if (budget == 0) return true;
      const Step step = takes_pipe(from, work) ? splice(from, work) : copy(from, work);
      budget -= std::min(budget, step.bytes);
      touched_ |= step.bytes > 0;
      if (!step.all_taken) return false;
    }
    if (flow.ended) finish(from);
    return false;
  }

  /// What one read came to.
  struct Step {
    std::size_t bytes = 0;
    bool all_taken = true;  // By the other end.
  };

  Step copy(End from, Workspace& work) {
    const std::span<const std::byte> bytes = take(from, work.scratch);
    std::uint8_t& full_reads = flows_[index(from)].full_reads;
    if (bytes.size() < work.scratch.size()) {
      full_reads = 0;
    } else if (full_reads < kFullReads) {
      ++full_reads;
    }
    return {bytes.size(), pass_on(from, bytes, work)};
  }

  /// Where ends of any kind are near, copying knows more about them.
  bool takes_pipe(End from, Workspace& work) {
    Flow& flow = flows_[index(from)];
    const Leg& source = leg(from);
    if (flow.full_reads < kFullReads || source.reads_short || is_broken(other(from))) return false;
    flow.pipe = work.pipes.take();
    return static_cast<bool>(flow.pipe);
  }

  Step splice(End from, Workspace& work) {
    Flow& flow = flows_[index(from)];
    Leg& source = leg(from);
    const IoResult got = source.socket.read_into(*flow.pipe);
    source.readable = got.status == IoStatus::Ok;
    source.broken |= got.status == IoStatus::Broken;
    flow.ended = got.status == IoStatus::Ended;
    if (got.status == IoStatus::Ok && got.bytes < work.scratch.size()) flow.full_reads = 0;
    return {got.bytes, empty_pipe(from, work)};
  }

  /// True when nothing is left in it; it goes back then.
  bool empty_pipe(End from, Workspace& work) {
    Flow& flow = flows_[index(from)];
    Leg& sink = leg(other(from));
    while (!flow.pipe->empty()) {
      const IoResult put = sink.socket.write_from(*flow.pipe);
      work.moved[index(from)] += put.bytes;
      sink.writable = put.status == IoStatus::Ok;
      if (put.status == IoStatus::Broken) mark_broken(sink);
      if (!sink.writable) return false;
    }
    flow.pipe.reset();
    return true;
  }

  /// Reads once. Costs no second read to learn that nothing is left: a short read says so, and if
  /// FIN had arrived before it, says also that the stream is over.
  std::span<const std::byte> take(End from, std::span<std::byte> scratch) {
    Leg& source = leg(from);
    const bool end_is_queued = source.ended;
    const IoResult got = source.socket.read(scratch);
    const bool drained = got.bytes < scratch.size() && !source.reads_short;
    source.readable = got.status == IoStatus::Ok && !drained;
    flows_[index(from)].ended =
        got.status == IoStatus::Ended || (got.status == IoStatus::Ok && drained && end_is_queued);
    if (got.status == IoStatus::Broken) source.broken = true;
    return scratch.first(got.bytes);
  }

  /// Writes bytes just read and keeps the rest; false when the other end takes no more for now.
  bool pass_on(End from, std::span<const std::byte> bytes, Workspace& work) {
    if (bytes.empty()) return true;
    const std::size_t taken = write(from, bytes, work);
    if (taken == bytes.size()) return true;
    if (!is_broken(other(from))) {
      lost_ |= !work.pool.fill(flows_[index(from)].pending, bytes.subspan(taken));
    }
    return false;
  }

  /// Writes what was kept; true when nothing is left of it.
  bool flush(End from, Workspace& work) {
    Flow& flow = flows_[index(from)];
    if (!flow.holds_bytes()) return true;
    if (!leg(other(from)).writable) return false;
    if (flow.pipe) return empty_pipe(from, work);
    work.pool.consume(flow.pending, write(from, flow.pending.bytes(), work));
    return flow.pending.empty();
  }

  std::size_t write(End from, std::span<const std::byte> bytes, Workspace& work) {
    Leg& sink = leg(other(from));
    const IoResult put = sink.socket.write(bytes);
    sink.writable = put.bytes == bytes.size();
    if (put.status == IoStatus::Broken) mark_broken(sink);
    work.moved[index(from)] += put.bytes;
    return put.bytes;
  }

  void finish(End from) {
    Leg& source = leg(from);
    Leg& sink = leg(other(from));
    if (source.broken || sink.broken) return;
    flows_[index(from)].finished = true;
    if (flows_[index(other(from))].finished) return;  // close() follows, and sends FIN by itself.
    if (sink.socket.shutdown_write() == IoStatus::Broken) mark_broken(sink);
  }

  /// The kernel reports a reset to one call only, and the write that met it may have left bytes
  /// to read behind, whose end then looks like FIN.
  static void mark_broken(Leg& leg) {
    leg.broken = true;
    leg.readable = true;
    leg.reads_short = true;
  }

  /// What an end sent before it broke is still passed on, as far as the other takes it at once:
  /// a reset overtakes the rest, as it would on the wire.
  Outcome abandon(End from, Workspace& work) {
    leg(other(from)).writable = true;  // Perhaps; this is the last time to ask.
    if (move(from, work)) return Outcome::Again;
    return from == End::Client ? Outcome::ClientReset : Outcome::BackendReset;
  }

  std::array<Leg, 2> legs_;
  std::array<Flow, 2> flows_;
  bool lost_ = false;
  bool touched_ = false;
};

}  // namespace vipd
