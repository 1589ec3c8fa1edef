// TcpQueue: one TCP connection to a target, which is one queue of ours: admin or I/O.
//
// Life: make → open() on the control reactor: TCP, TLS where there is a key for it, ICReq and ICResp → opened() →
// Connect (and whatever the controller asks for before it takes commands) as commands → attach() to the core where it
// is to live, after detach() from control → commands → broken, or close(). Whatever ends it takes it off its reactor
// and completes every command in flight with HostPathingError; afterwards it is memory that anybody may let go. All
// calls, unless said otherwise, on the reactor that it is attached to.
//
// Nothing that the target sends is trusted: a PDU that breaks a rule ends the connection with H2CTermReq.
#pragma once

#include "base/intrusive.h"
#include "block/iov_cursor.h"
#include "core/reactor.h"
#include "nvme_host/inbound_pdu.h"
#include "nvme_host/outbox.h"
#include "nvme_host/path_queue.h"
#include "nvme_host/tcp_socket.h"
#include "nvme_tcp/stream.h"
#include "nvme_tcp/tls_stream.h"

#include <coroutine>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace outrigger::nvme_host {

class TcpQueue;

// Control reactor.
class TcpQueueOwner {
 public:
  virtual ~TcpQueueOwner() = default;
  // The connection ended by itself after it had been opened; told once, never from inside a call. Before the owner lets
  // a queue go it calls close() where the queue is attached, and waits for a message from there: what the queue had
  // still to tell has come by then.
  virtual void queue_broken(TcpQueue& queue) noexcept = 0;
};

struct TcpQueueOptions {
  std::string name;  // for errors
  TcpAddress address;
  Digests digests;
  bool is_admin = false;
  uint32_t entries = admin_queue_entries;  // SQSIZE + 1
  uint32_t in_capsule_bytes = 0;           // data of an I/O command's capsule, as the controller said (IOCCSZ)
  uint64_t open_ns = 0;                    // TCP, and then TLS with ICResp, must be there within
  uint64_t answer_ns = 0;                  // a command without an answer for so long ends the connection
  uint64_t connect_ns = 0;                 // the same for Connect and authentication; 0: answer_ns
  uint32_t user_timeout_ms = 0;            // TCP_USER_TIMEOUT
  BeginConnect connect = begin_connect;
  // TLS with this key, before anything else is said; nullptr: in the clear.
  std::shared_ptr<const nvme_auth::TlsPsk> tls;
};

class TcpQueue final : public PathQueue, private core::Poller, private core::FdWatch {
 public:
  TcpQueue(core::Reactor& control, TcpQueueOwner& owner, TcpQueueOptions options);
  // Must not be attached.
  ~TcpQueue() override;
  TcpQueue(const TcpQueue&) = delete;
  TcpQueue& operator=(const TcpQueue&) = delete;

  // -- on the control reactor
  // Begins to connect.
  void open();
  // The same on a socket that is connected.
  void open(UniqueFd socket);
  // co_await queue.opened(): resumes when ICResp came or it broke; is_live() then says which.
  class Opened {
   public:
    explicit Opened(TcpQueue& queue) noexcept : queue_(queue) {}
    Opened(const Opened&) = delete;
    Opened& operator=(const Opened&) = delete;
    bool await_ready() const noexcept { return false; }
    void await_suspend(std::coroutine_handle<> waiter) noexcept;
    void await_resume() const noexcept {}

   private:
    TcpQueue& queue_;
  };
  [[nodiscard]] Opened opened() noexcept { return Opened(*this); }
  // Why it is over, for a person. Once it broke and the owner knows.
  [[nodiscard]] const std::string& why() const noexcept { return why_; }
  [[nodiscard]] const TcpQueueOptions& options() const noexcept { return options_; }
  // It is over because TLS did not come about: the target was there, and does not share our key.
  [[nodiscard]] bool is_tls_refused() const noexcept { return is_tls_refused_; }

  // -- where it is attached, or will be
  // Takes it to `reactor`, whose thread calls. False: the reactor cannot watch it, and it is broken.
  bool attach(core::Reactor& reactor) noexcept;
  // Leaves that reactor; no command is in flight.
  void detach() noexcept;
  // Ends it without telling the owner; does nothing when it is over.
  void close() noexcept;
  // The same, for a reason that the owner hears.
  void give_up(std::string why) noexcept;

  // PathQueue
  bool submit(Command& command) noexcept override;
  bool is_live() const noexcept override { return state_ == State::Ready; }
  uint32_t in_flight_count() const noexcept override { return in_flight_; }
  uint32_t depth() const noexcept override { return depth_; }

 private:
  enum class State : uint8_t { Idle, Connecting, Secures, WaitsForIcresp, Ready, Over };
  // What the next received bytes are.
  enum class Part : uint8_t { Header, Data, DataDigest };
  enum class SlotState : uint8_t { Free, Waits, Sent, Answered };

  struct Slot {
    Command* command = nullptr;
    Slot* next = nullptr;  // in `to_send_`
    SlotState state = SlotState::Free;
    bool is_queued = false;  // in `to_send_`
    bool is_in_capsule = false;
    bool has_last = false;        // C2HData with LAST_PDU came
    bool has_bad_digest = false;  // of its data
    uint16_t index = 0;
    uint16_t cid = 0;
    uint16_t ttag = 0;
    uint32_t moved = 0;      // bytes of data received; bytes put into the outbox
    uint32_t asked_end = 0;  // of the data, how far R2Ts have asked
    uint64_t sent_at = 0;    // outbox position behind its latest PDU
    nvme::Status held;       // an answer that waits until the outbox let go of the data
    block::IovCursor cursor;
  };

  // core::Poller, core::FdWatch
  uint32_t poll(uint64_t now_ns) noexcept override;
  bool prepare_sleep() noexcept override;
  void wake() noexcept override {}
  void on_ready(uint32_t events) noexcept override;

  // -- tcp_queue.cc
  void begin(UniqueFd socket) noexcept;
  void begin_tls(UniqueFd socket) noexcept;
  void drive_handshake() noexcept;
  void begin_initialization() noexcept;
  void socket_is_writable() noexcept;
  void tell_opened() noexcept;
  bool join_reactor(core::Reactor& reactor, int fd, uint32_t events) noexcept;
  void leave_reactor() noexcept;
  void end(std::string why, bool tells_owner) noexcept;
  void complete_all() noexcept;
  void complete(Slot& slot, nvme::Status status, uint64_t result) noexcept;
  void time_is_up() noexcept;
  void look_for_late_answers() noexcept;
  void fill_in(Slot& slot) noexcept;
  // How long it may be without an answer.
  [[nodiscard]] uint64_t answer_ns(const Command& command) const noexcept;
  // Asynchronous event requests are answered when something happens, perhaps never.
  [[nodiscard]] bool waits_for_event(const Command& command) const noexcept;
  [[nodiscard]] bool uses_capsule(const Command& command) const noexcept;
  // All that was said for this command so far has left for the socket.
  [[nodiscard]] bool is_gone(const Slot& slot) const noexcept {
    return !slot.is_queued && outbox_.sent() >= slot.sent_at;
  }

  // -- tcp_queue_send.cc
  void send() noexcept;
  void stage() noexcept;
  // False: no room at the moment.
  bool stage_one(Slot& slot) noexcept;
  void stage_capsule(Slot& slot) noexcept;
  void stage_h2cdata(Slot& slot) noexcept;
  template <typename Pdu>
  void append_header(Pdu& pdu, uint32_t data_bytes) noexcept;
  void borrow_data(Slot& slot, uint32_t bytes) noexcept;
  void release_answered() noexcept;
  void send_termination(const PduFault& fault) noexcept;
  void watch_for_writing(bool is_wanted) noexcept;

  // -- tcp_queue_receive.cc
  uint32_t receive() noexcept;
  // What to say of an error of the stream.
  [[nodiscard]] std::string describe_error(ssize_t outcome) const;
  // One read. How much came; 0: nothing at the moment, or it is over. `was_full`: there may be more.
  size_t read_once(bool& was_full) noexcept;
  void take_direct(size_t bytes) noexcept;
  void parse() noexcept;
  // False: not all of it is there.
  bool parse_header() noexcept;
  void parse_data() noexcept;
  bool parse_data_digest() noexcept;
  [[nodiscard]] bool has_good_header_digest(const std::byte* pdu, size_t header_bytes) noexcept;
  void handle(nvme_tcp::PduType type) noexcept;
  void handle_icresp() noexcept;
  void handle_response() noexcept;
  void handle_data() noexcept;
  void handle_r2t() noexcept;
  void handle_termination() noexcept;
  // What a successful answer claims against what was moved; a literal, or nullptr when they agree.
  [[nodiscard]] const char* contradiction(const Slot& slot) const noexcept;
  void data_complete() noexcept;
  void fault(const PduFault& fault) noexcept;
  // The slot of a command that was sent and not answered, or nullptr.
  [[nodiscard]] Slot* find(uint16_t cid) noexcept;

  core::Reactor& control_;
  core::Reactor* reactor_ = nullptr;  // nullptr: not attached
  TcpQueueOwner& owner_;
  const TcpQueueOptions options_;
  State state_ = State::Idle;
  std::unique_ptr<nvme_tcp::Stream> stream_;
  nvme_tcp::TlsStream* handshake_ = nullptr;  // `stream_`, while it is on its way
  bool is_tls_refused_ = false;
  UniqueFd connecting_;
  uint32_t watched_events_ = 0;
  core::Timer timer_;

  // Commands.
  std::vector<Slot> slots_;
  std::vector<uint16_t> free_;
  uint32_t depth_;
  uint32_t in_flight_ = 0;
  uint32_t answers_due_ = 0;  // in flight, without those that wait for an event
  unsigned index_bits_;       // of a command identifier; a generation is above

  // Sending.
  Outbox outbox_;
  IntrusiveQueue<Slot> to_send_;
  uint32_t held_count_ = 0;
  bool is_send_blocked_ = false;
  uint32_t pda_bytes_ = 4;
  uint32_t maxh2cdata_ = 0;

  // Receiving.
  std::unique_ptr<std::byte[]> buffer_;
  const uint32_t buffer_bytes_;
  uint32_t begin_ = 0;
  uint32_t end_ = 0;
  Part part_ = Part::Header;
  const std::byte* pdu_ = nullptr;  // being handled, and how much of it is there
  size_t pdu_bytes_ = 0;
  Slot* data_slot_ = nullptr;  // whose data come
  uint32_t data_left_ = 0;
  uint32_t data_digest_ = 0;
  uint8_t data_flags_ = 0;
  uint32_t quiet_turns_ = 0;

  // To control.
  std::string why_;
  core::Message opened_message_;
  core::Message broken_message_;
  std::coroutine_handle<> opened_waiter_;
  bool is_opening_told_ = false;
  bool is_opened_ = false;  // control has heard
};

}  // namespace outrigger::nvme_host
