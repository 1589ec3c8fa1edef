#include "nvme_tcp/connection.h"

#include "base/check.h"
#include "nvme/limits.h"
#include "nvme_tcp/limits.h"

#include <sys/epoll.h>

#include <algorithm>
#include <utility>

namespace outrigger::nvme_tcp {
namespace {

// ICResp, and a C2HTermReq with the header at fault, whatever else is in the ring.
constexpr uint32_t reserve_of_connection = sizeof(ICResp) + sizeof(TermReq) + term_data_bytes_max;

// In place of the events that are watched for.
constexpr uint32_t is_unwatched = UINT32_MAX;

// C2HData with its digests and padding, a response, an R2T: headers of one length.
static_assert(sizeof(CapsuleResp) == sizeof(DataPdu) && sizeof(R2T) == sizeof(DataPdu));
uint32_t header_reserve(const Agreement& agreement) noexcept {
  constexpr uint32_t header_bytes = sizeof(DataPdu);
  const uint32_t digest = agreement.digests.header_bytes();
  const uint32_t alignment = pda_bytes(agreement.hpda);
  const uint32_t c2hdata = (header_bytes + digest + alignment - 1) / alignment * alignment + uint32_t{digest_bytes};
  return c2hdata + 2 * (header_bytes + digest);
}

}  // namespace

Connection::Connection(ConnectionContext context, std::unique_ptr<Stream> stream)
    : context_(std::move(context)),
      stream_(std::move(stream)),
      connect_queue_({.control = context_.groups.control().reactor(),
                      .desk = context_.desk,
                      .port = context_.port,
                      .peer = context_.peer,
                      .tls_identity = context_.tls_identity,
                      .tls_fingerprint = context_.tls_fingerprint,
                      .link = *this,
                      .room = *this,
                      .local_address = context_.local_address}),
      cids_(std::make_unique<CidSet>()) {
  timer_.owner = this;
  move_message_.owner = disconnect_message_.owner = ending_message_.owner = this;
  gone_message_.owner = final_message_.owner = this;
  timer_.fire = [](core::Timer& timer) noexcept { static_cast<Connection*>(timer.owner)->timer_fired(); };
  move_message_.run = [](core::Message& message) noexcept { static_cast<Connection*>(message.owner)->arrive(); };
  disconnect_message_.run = [](core::Message& message) noexcept {
    static_cast<Connection*>(message.owner)->disconnect_arrived();
  };
  ending_message_.run = [](core::Message& message) noexcept {
    auto& self = *static_cast<Connection*>(message.owner);
    self.context_.owner.connection_ending(self);
  };
  gone_message_.run = [](core::Message& message) noexcept { static_cast<Connection*>(message.owner)->gone_arrived(); };
  final_message_.run = [](core::Message& message) noexcept {
    auto& self = *static_cast<Connection*>(message.owner);
    self.context_.owner.connection_gone(self);
  };
}

Connection::~Connection() {
  check(group_ == nullptr && used_slots_ == 0, "a connection goes after it has ended");
  check(!timer_.is_armed(), "a connection goes without a timer");
}

void Connection::start() {
  Group& control = context_.groups.control();
  served_by_ = &control.reactor();
  setup_deadline_ns_ = control.reactor().clock().now_ns() + setup_ns_max;
  enter(control);
  if (!slots_.make(1) || !make_send_room(1)) {
    end("there is no memory for it");
  }
  expect_progress();
}

// Joins a core's connections. Where the core cannot watch one more descriptor, the connection ends.
void Connection::enter(Group& group) noexcept {
  group_ = &group;
  group.join(*this, context_.peer);
  watched_events_ = EPOLLIN;
  if (!group.reactor().watch(stream_->fd(), watched_events_, *this).has_value()) {
    watched_events_ = is_unwatched;
    end("it cannot be watched");
  }
  // Something may be here already.
  group.heat(*this);
  group.mark(*this);
}

void Connection::leave_group() noexcept {
  unwatch();
  group_->reactor().cancel(timer_);
  receive_.give_back_all(group_->segments());
  group_->leave(*this);
  group_ = nullptr;
}

uint64_t Connection::bytes_of_entries(uint32_t count) noexcept {
  const uint32_t headers = header_reserve({.digests = {.header = true, .data = true}, .hpda = pda_max});
  return uint64_t{count} * sizeof(Slot) + SendQueue::capacity_for(count * headers + reserve_of_connection);
}

bool Connection::make_send_room(uint32_t slot_count) noexcept {
  header_reserve_ = header_reserve(agreement_);
  return send_.set_capacity(slot_count * header_reserve_ + reserve_of_connection);
}

bool Connection::has_room_for(uint32_t entries) noexcept { return context_.owner.may_have_entries(*this, entries); }

// For the queue that Connect asks for. Whoever sends more at a time waits for those before.
bool Connection::take_room_for(uint32_t entries) noexcept {
  if (!queue_slots_.make(entries)) {
    return false;
  }
  if (!make_send_room(entries)) {
    SlotTable none;
    queue_slots_.take_over(none);
    return false;
  }
  context_.owner.take_entries(*this, entries);
  return true;
}

// Connect succeeded and its answer is on the way.
void Connection::adopt_queue() noexcept {
  const nvme::ConnectSqe& connect = connect_queue_.sqe();
  session_queue_ = connect_queue_.take_queue();
  queue_ = session_queue_.get();
  entry_count_ = connect.sqsize + 1U;
  has_flow_control_ = (connect.cattr & cattr_no_flow_control) == 0;
  is_admin_ = connect.qid == 0;
  sqhd_ = 1;  // Connect was the first entry
  check(used_slots_ == 0, "slots are replaced when none is in use");
  slots_.take_over(queue_slots_);
  state_ = State::Serving;
  setup_deadline_ns_ = group_->reactor().turn_ns() + authentication_ns_max;
}

// The queue may be ready now. Commands are begun again when it is at home. True: it has left, and another thread may
// serve it already, so that nothing of it may be touched here.
bool Connection::settle_home() noexcept {
  goes_home_ = queue_->is_ready();
  if (!goes_home_ || used_slots_ != 0) {
    return false;
  }
  if (!is_ready_) {
    is_ready_ = true;
    context_.owner.connection_ready(*this);
  }
  if (&queue_->home() == &group_->reactor()) {
    is_home_ = true;
    goes_home_ = false;
    queue_->attach();
    return false;
  }
  return go_home();
}

bool Connection::go_home() noexcept {
  flush();
  if (is_disconnect_posted_) {
    // That message is on its way to this core, and must find the connection here.
    end("its association is over");
  }
  if (state_ == State::Ending) {
    return false;
  }
  leave_group();
  served_by_ = &queue_->home();
  served_by_->post(move_message_);
  return true;
}

void Connection::arrive() noexcept {
  is_home_ = true;
  goes_home_ = false;
  queue_->attach();
  enter(context_.groups.of(queue_->home()));
  has_more_ = has_more_ || receive_.size() != 0;
}

void Connection::on_ready(uint32_t events) noexcept {
  if ((events & EPOLLOUT) != 0) {
    is_send_blocked_ = false;
  }
  const bool is_dead = (events & (EPOLLERR | EPOLLHUP)) != 0;
  if ((events & EPOLLRDHUP) != 0 && turn_.is_waiting()) {
    end("the host closed it");
  } else if (is_dead && (state_ == State::Ending || !may_read())) {
    says_farewell_ = false;
    end("the connection broke");
  } else {
    static_cast<void>(turn());
    group_->heat(*this);
  }
  group_->mark(*this);
}

bool Connection::turn() noexcept {
  if (state_ == State::Ending) {
    discard();
    return false;
  }
  if (is_send_blocked_) {
    // Quicker than waiting for epoll to say so, which a busy core asks seldom.
    is_send_blocked_ = false;
    flush();
  }
  // What was left over from the turn before is service()'s.
  if (has_more_ || !may_read()) {
    return false;
  }
  if (!receive()) {
    if (stream_->has_buffered()) {
      group_->mark(*this);  // it has had its turn; nothing else would tell of the rest
    }
    return false;
  }
  parse();
  flush();
  group_->mark(*this);
  return true;
}

void Connection::service() noexcept {
  if (state_ == State::Ending) {
    wind_down();
    return;
  }
  if (has_more_ || is_blocked_) {
    flush();
    parse();
  } else if (stream_->has_buffered() && may_read() && receive()) {
    parse();
  }
  flush();
  if (state_ == State::Connecting && connect_queue_.has_queue() && used_slots_ == 0) {
    adopt_queue();
    has_more_ = receive_.size() != 0;
  }
  if (state_ == State::Serving && !is_home_ && settle_home()) {
    return;
  }
  if (has_more_ || (stream_->has_buffered() && may_read()) || state_ == State::Ending) {
    group_->mark(*this);
  }
  update_watch();
  expect_progress();
}

void Connection::unwatch() noexcept {
  if (watched_events_ != is_unwatched) {
    group_->reactor().unwatch(stream_->fd(), *this);
    watched_events_ = is_unwatched;
  }
}

void Connection::update_watch() noexcept {
  if (watched_events_ == is_unwatched) {
    return;
  }
  const bool reads = state_ == State::Ending ? says_farewell_ : has_more_ || may_read();
  // Who waits for a turn is not read; but nothing shall be computed for who has gone.
  const uint32_t events = (reads ? uint32_t{EPOLLIN} : 0U) | (is_send_blocked_ ? uint32_t{EPOLLOUT} : 0U) |
                          (turn_.is_waiting() ? uint32_t{EPOLLRDHUP} : 0U);
  if (events != watched_events_) {
    watched_events_ = events;
    group_->reactor().rewatch(stream_->fd(), events, *this);
  }
}

bool Connection::is_partial() const noexcept {
  return !is_blocked_ && !has_more_ && (receive_.size() != 0 || incoming_.slot != nullptr);
}

// What the host owes us, and how much of it came.
void Connection::note_progress() noexcept {
  const uint64_t now_ns = group_->reactor().turn_ns();
  if (!is_partial() || partial_pdu_count_ != pdu_count_) {
    partial_.stop();
  }
  partial_pdu_count_ = pdu_count_;
  if (is_partial()) {
    // Only the next PDU ends the time of a capsule, which is shorter than what has to move.
    const bool is_data = incoming_.slot != nullptr && incoming_.received != incoming_.bytes;
    partial_.note(now_ns, received_bytes_, is_data ? incoming_.bytes - incoming_.received : progress_bytes_min);
  }
  asked_.note(now_ns, host_data_bytes_, asked_bytes_ - host_data_bytes_);
}

// Sees to it that somebody looks after a while. A connection that owes nothing has no timer, so that it costs nothing.
void Connection::expect_progress() noexcept {
  const uint64_t now_ns = group_->reactor().turn_ns();
  note_progress();
  if (timer_.is_armed()) {
    return;
  }
  if (state_ == State::Ending) {
    if (says_farewell_) {
      group_->reactor().arm(timer_, now_ns + farewell_ns_max);
    }
  } else if (!is_home_) {
    group_->reactor().arm(timer_, setup_deadline_ns_);
  } else if (is_partial() || waiting_for_data_ != 0 || !send_.is_empty()) {
    group_->reactor().arm(timer_, now_ns + stall_ns_max);
  }
}

// What the host should have done by now; empty: nothing.
std::string_view Connection::find_stall(uint64_t now_ns) const noexcept {
  if (partial_.is_over(now_ns)) {
    return "it sent half a PDU";
  }
  if (unsent_.is_over(now_ns)) {
    return "it takes no answers, or hardly any";
  }
  if (asked_.is_over(now_ns)) {
    return "it does not send what an R2T asked for";
  }
  for (const Slot& slot : slots_.slots()) {
    const bool is_late = slot.deadline_ns != 0 && now_ns >= slot.deadline_ns;
    if (is_late && slot.state == SlotState::WaitsForData) {
      return "it does not send what an R2T asked for, though it sends other data";
    }
    if (is_late && slot.state == SlotState::Sending && slot.is_lent) {
      return "it leaves what the device lent for too long";
    }
  }
  return {};
}

void Connection::timer_fired() noexcept {
  const uint64_t now_ns = group_->reactor().turn_ns();
  note_progress();
  if (state_ == State::Ending) {
    says_farewell_ = false;
  } else if (!is_home_) {
    if (now_ns >= setup_deadline_ns_) {
      end("it was not ready in time");
    }
  } else if (const std::string_view stall = find_stall(now_ns); !stall.empty()) {
    end(stall);
  }
  expect_progress();
  group_->mark(*this);
}

}  // namespace outrigger::nvme_tcp
