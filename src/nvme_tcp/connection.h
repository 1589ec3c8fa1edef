// Connection: one TCP connection of a host, which is one queue: from its first byte (ICReq, Connect) over commands to
// the end. It is served on the control reactor until its queue is ready, and then on the queue's home.
//
// Life: made on control by who accepted → start() → on its core → gone: ConnectionOwner::connection_gone() on control,
// where it is destroyed. It ends when the host closes, when the host makes a fatal error (C2HTermReq first), when it
// stalls, or by disconnect(); whatever the reason, every command that the queue has begun ends before.
#pragma once

#include "core/reactor.h"
#include "nvme/authentication_turns.h"
#include "nvme/directory.h"
#include "nvme/queue.h"
#include "nvme_tcp/connect_queue.h"
#include "nvme_tcp/group.h"
#include "nvme_tcp/pace.h"
#include "nvme_tcp/pdu.h"
#include "nvme_tcp/pdu_check.h"
#include "nvme_tcp/receive_buffer.h"
#include "nvme_tcp/send_queue.h"
#include "nvme_tcp/slot.h"
#include "nvme_tcp/slot_table.h"
#include "nvme_tcp/stream.h"

#include <array>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

namespace outrigger::nvme_tcp {

// Who made it. Called on the control reactor.
class ConnectionOwner {
 public:
  virtual ~ConnectionOwner() = default;
  // Its host asks for a queue of so many entries. False: there is no memory for them, now. It takes none yet.
  [[nodiscard]] virtual bool may_have_entries(Connection& connection, uint32_t count) noexcept = 0;
  // Its host was let in, right after it was said that it may have them.
  virtual void take_entries(Connection& connection, uint32_t count) noexcept = 0;
  // Its queue is ready: the host is no stranger any more.
  virtual void connection_ready(Connection& connection) noexcept = 0;
  // Its host is gone, and commands of its are still at work: it may be long until it is gone, too.
  virtual void connection_ending(Connection& connection) noexcept { static_cast<void>(connection); }
  // It is over; nothing refers to it any more. May destroy it.
  virtual void connection_gone(Connection& connection) noexcept = 0;
};

struct ConnectionOptions {
  bool allows_digests = true;
  // Successful reads end with the SUCCESS flag instead of a response capsule even when the host wants SQ flow control,
  // for which it then has to do without some SQHD updates. Off: only where flow control is disabled, as it should be.
  bool always_uses_success_flag = false;
};

struct ConnectionContext {
  GroupSet& groups;
  ConnectDesk& desk;
  ConnectionOwner& owner;
  const nvme::Port& port;
  std::string peer;            // the host's address, for logs and for limits
  std::string tls_identity{};  // both as the stream has them when ICReq comes
  std::string tls_fingerprint{};
  ConnectionOptions options;
  std::string local_address{};                 // ours, that the host reached
  nvme::AuthenticationTurns* turns = nullptr;  // where a stream that needs a turn waits
};

class Connection final : public nvme::Link, private core::FdWatch, private QueueRoom {
 public:
  // What a queue of so many entries may come to take in memory, beside connection_bytes.
  [[nodiscard]] static uint64_t bytes_of_entries(uint32_t count) noexcept;

  Connection(ConnectionContext context, std::unique_ptr<Stream> stream);
  // Gone, or never started.
  ~Connection() override;
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  // -- control
  void start();
  // nvme::Link: ends it soon, from wherever it is served.
  void disconnect() noexcept override;
  [[nodiscard]] const std::string& peer() const noexcept { return context_.peer; }
  [[nodiscard]] bool is_ready() const noexcept { return is_ready_; }

  // -- its core: what the group calls
  // Reads once and does what came. True: something came.
  [[nodiscard]] bool turn() noexcept;
  // After anything happened: goes on with what had to wait, sends, moves on in life. May leave the group.
  void service() noexcept;
  // Room for a command that waits: the oldest small or large one.
  [[nodiscard]] Served serve_waiting_slot() noexcept;
  [[nodiscard]] bool waits_for_room() const noexcept {
    return !waiting_slots_.front().is_empty() || !waiting_slots_.back().is_empty();
  }

  GroupLink group_link;  // the group's

 private:
  enum class State : uint8_t {
    AwaitsICReq,
    Connecting,  // the ConnectQueue serves
    Serving,
    Ending,
    Gone,
  };
  // Bits that tell which commands of all 65536 identifiers are at work.
  class CidSet {
   public:
    // False: it is in already.
    [[nodiscard]] bool add(uint16_t cid) noexcept {
      uint64_t& word = words_[cid / 64U];
      const uint64_t bit = uint64_t{1} << (cid % 64U);
      const bool is_new = (word & bit) == 0;
      word |= bit;
      return is_new;
    }
    void remove(uint16_t cid) noexcept { words_[cid / 64U] &= ~(uint64_t{1} << (cid % 64U)); }

   private:
    std::array<uint64_t, 1024> words_{};
  };
  // An H2CData of which data are still to come.
  struct Incoming {
    Slot* slot = nullptr;
    uint32_t begin = 0;  // of this PDU's data in the command's
    uint32_t bytes = 0;
    uint32_t received = 0;
    bool has_digest = false;
  };

  // connection.cc: life
  void on_ready(uint32_t events) noexcept override;
  void enter(Group& group) noexcept;
  void leave_group() noexcept;
  [[nodiscard]] bool make_send_room(uint32_t slot_count) noexcept;
  [[nodiscard]] bool has_room_for(uint32_t entries) noexcept override;
  [[nodiscard]] bool take_room_for(uint32_t entries) noexcept override;
  void adopt_queue() noexcept;
  [[nodiscard]] bool settle_home() noexcept;
  [[nodiscard]] bool go_home() noexcept;
  void arrive() noexcept;
  void update_watch() noexcept;
  void unwatch() noexcept;
  void timer_fired() noexcept;
  [[nodiscard]] std::string_view find_stall(uint64_t now_ns) const noexcept;
  [[nodiscard]] bool is_partial() const noexcept;
  void note_progress() noexcept;
  void expect_progress() noexcept;

  // connection_end.cc
  void terminate(Fault fault, const std::byte* header, uint32_t header_bytes) noexcept;
  void end(std::string_view why) noexcept;
  void begin_end() noexcept;
  void abandon_slots() noexcept;
  void wind_down() noexcept;
  void discard() noexcept;
  void disconnect_arrived() noexcept;
  void gone_arrived() noexcept;

  // connection_receive.cc
  [[nodiscard]] bool may_read() const noexcept;
  [[nodiscard]] bool receive() noexcept;
  void wait_for_turn() noexcept;
  [[nodiscard]] ssize_t read_stream() noexcept;
  void parse() noexcept;
  [[nodiscard]] bool parse_one() noexcept;
  [[nodiscard]] bool take_pdu(const CommonHeader& common) noexcept;
  [[nodiscard]] bool take_header_digest(const std::byte* pdu, const CommonHeader& common) noexcept;
  [[nodiscard]] bool take_icreq(const std::byte* pdu) noexcept;
  [[nodiscard]] bool take_capsule(const std::byte* pdu, const CommonHeader& common) noexcept;
  [[nodiscard]] bool take_h2cdata(const std::byte* pdu, const CommonHeader& common) noexcept;
  [[nodiscard]] std::optional<Fault> check_h2cdata(const DataPdu& header, const Layout& layout) const noexcept;
  [[nodiscard]] bool take_incoming() noexcept;
  void incoming_done(bool is_intact) noexcept;

  // connection_commands.cc
  [[nodiscard]] Slot* take_slot() noexcept;
  void begin_command(Slot& slot, const std::byte* pdu, const Layout& layout) noexcept;
  void begin_data(Slot& slot, const std::byte* capsule_data, bool is_in_capsule) noexcept;
  void place_in_capsule(Slot& slot, const std::byte* data) noexcept;
  [[nodiscard]] bool lend(Slot& slot) noexcept;
  void keep_loan(Slot& slot) noexcept;
  [[nodiscard]] bool is_control_work() const noexcept { return group_->is_control() && (!is_home_ || is_admin_); }
  [[nodiscard]] IntrusiveQueue<Slot>& waiting_for(BufferKind kind) noexcept {
    return waiting_slots_[static_cast<size_t>(kind)];
  }
  [[nodiscard]] Served take_buffers(Slot& slot, BufferNeed need, bool is_favoured = false) noexcept;
  [[nodiscard]] Served take_buffers_in_order(Slot& slot) noexcept;
  [[nodiscard]] Served serve_first(IntrusiveQueue<Slot>& waiting) noexcept;
  [[nodiscard]] bool may_be_favoured(BufferKind kind) const noexcept;
  void forgo_favour() noexcept;
  void buffers_taken(Slot& slot) noexcept;
  void make_ready(Slot& slot) noexcept;
  void execute_ready() noexcept;
  static void command_done(nvme::Command& command) noexcept;
  void done(Slot& slot) noexcept;
  // Ends a command that the queue did not begin, or that it has forgotten.
  void refuse(Slot& slot, nvme::Status status) noexcept;
  void respond(Slot& slot) noexcept;
  void release_data(Slot& slot) noexcept;
  void free_slot(Slot& slot) noexcept;

  // connection_send.cc
  void append_icresp() noexcept;
  void append_r2t(Slot& slot) noexcept;
  void append_c2hdata(Slot& slot, bool is_whole_answer) noexcept;
  void append_response(const Slot& slot) noexcept;
  void append_header(void* header, uint32_t bytes) noexcept;
  void flush() noexcept;
  void release_sent() noexcept;

  ConnectionContext context_;
  std::unique_ptr<Stream> stream_;
  Group* group_ = nullptr;  // of the core that serves it
  State state_ = State::AwaitsICReq;
  Agreement agreement_;

  // The queue.
  ConnectQueue connect_queue_;
  std::shared_ptr<nvme::Queue> session_queue_;  // from Connect on
  nvme::Queue* queue_ = &connect_queue_;
  bool is_home_ = false;    // attached, on the queue's home
  bool goes_home_ = false;  // no more commands are begun until it is there
  bool is_ready_ = false;   // control's view
  bool is_admin_ = true;    // the admin queue, or not known yet
  bool has_flow_control_ = true;
  uint32_t entry_count_ = 2;  // of the submission queue
  uint32_t sqhd_ = 0;
  uint32_t header_reserve_ = 0;  // bytes of headers that one command may cause

  // Receiving.
  ReceiveBuffer receive_;
  Incoming incoming_;
  bool has_more_ = false;    // parsed no further only because the turn was over
  bool is_blocked_ = false;  // no slot, or no room for answers
  uint32_t copies_left_ = 0;
  uint32_t commands_this_turn_ = 0;
  uint64_t pdu_count_ = 0;       // consumed, ever
  uint64_t received_bytes_ = 0;  // ever
  Pace partial_;                 // of a PDU that is half there
  uint64_t partial_pdu_count_ = 0;

  // Commands.
  SlotTable slots_;
  SlotTable queue_slots_;  // from Connect until its queue is adopted
  uint32_t used_slots_ = 0;
  uint32_t executing_ = 0;
  uint32_t waiting_for_data_ = 0;
  uint64_t asked_bytes_ = 0;      // by R2Ts, ever
  uint64_t host_data_bytes_ = 0;  // that came for them, ever
  Pace asked_;
  HeldBuffers held_;                                                 // of the core's buffers
  std::array<IntrusiveQueue<Slot>, DataPool::kinds> waiting_slots_;  // for room; by the buffers that they need
  BufferKind served_last_ = BufferKind::Small;
  std::array<Slot*, ready_batch_max> ready_{};
  uint32_t ready_count_ = 0;
  std::unique_ptr<CidSet> cids_;

  // Sending.
  SendQueue send_;
  bool is_send_blocked_ = false;
  Pace unsent_;

  // Life.
  nvme::AuthenticationTurns::Place turn_;  // of the stream; on control
  uint32_t watched_events_ = 0;
  core::Timer timer_;
  uint64_t setup_deadline_ns_ = 0;
  bool says_farewell_ = false;  // a C2HTermReq is under way; the host shall close
  bool has_begun_end_ = false;
  bool has_seen_disconnect_ = false;  // the serving core's view; not changed after gone_message_ was posted
  core::Message move_message_;
  core::Message disconnect_message_;
  core::Message ending_message_;
  core::Message gone_message_;
  core::Message final_message_;
  // Control's view.
  core::Reactor* served_by_ = nullptr;
  bool is_disconnect_posted_ = false;
};

}  // namespace outrigger::nvme_tcp
