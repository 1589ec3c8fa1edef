// TlsStream: TLS 1.3 on a socket, with a pre-shared key and nothing else: no certificates, tickets, early data or older
// versions (NVMe/TCP Transport 1.0, 3.6.1). Both sides. Non-blocking; a connection that uses it need not know.
//
// handshake() is called until it is done or failed, whenever the socket has what it asked for; read() and write() do it
// on the way where nobody did. The owner times it out. A peer whose identity nobody knows gets the answer that a peer
// with a wrong key gets.
//
// What write() says went is with the kernel, and a record that went only in part is told as not gone: its owner comes
// back with the same bytes, which are then skipped. So nothing is left behind that nobody would send.
//
// One read opens a limited number of records: has_buffered() tells that there are more. A peer that sends more records
// without data than any needs (key updates, for which both sides derive keys) is given up.
//
// Belongs to one thread at a time. Buffers are small until the handshake is done, and allocated then; OpenSSL keeps its
// own per connection.
#pragma once

#include "base/result.h"
#include "base/unique_fd.h"
#include "core/clock.h"
#include "core/token_bucket.h"
#include "nvme_auth/tls_psk.h"
#include "nvme_tcp/limits.h"
#include "nvme_tcp/stream.h"

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

struct ssl_st;
struct ssl_session_st;
struct bio_st;

namespace outrigger::nvme_tcp {

// Whose key is which. Asked during a handshake, on its thread.
class PskLookup {
 public:
  virtual ~PskLookup() = default;
  // `identity` is what a peer sent: any bytes, at most nvme_auth::psk_identity_bytes_max of them.
  virtual std::optional<nvme_auth::TlsPsk> find(std::string_view identity) noexcept = 0;
};

class TlsStream final : public Stream {
 public:
  // What the handshake waits for.
  enum class Handshake : uint8_t { WantsRead, WantsWrite, Done, Failed };

  // The server's side. `keys` is used until the handshake is over. `clock` is borrowed. `takes_turns`: the handshake
  // looks at what any stranger may send, and computes for it, in take_turn() only.
  static Result<std::unique_ptr<TlsStream>> accept(UniqueFd socket, PskLookup& keys, const core::Clock& clock,
                                                   bool takes_turns = false);
  // The client's side, with one key.
  static Result<std::unique_ptr<TlsStream>> connect(UniqueFd socket, nvme_auth::TlsPsk psk, const core::Clock& clock);
  // Says good-bye where it can without waiting.
  ~TlsStream() override;
  TlsStream(const TlsStream&) = delete;
  TlsStream& operator=(const TlsStream&) = delete;

  Handshake handshake() noexcept;
  // As tls_identity(); the key is wiped by then.
  [[nodiscard]] const std::string& identity() const noexcept { return psk_.identity; }
  [[nodiscard]] nvme_auth::HashId hash() const noexcept { return psk_.hash; }
  // Why the handshake, a read or a write failed, for a person; holds nothing that the peer chose, and no secret.
  [[nodiscard]] std::string_view failure() const noexcept override { return failure_; }
  [[nodiscard]] std::string_view tls_identity() const noexcept override {
    return is_done_ ? std::string_view(psk_.identity) : std::string_view();
  }
  [[nodiscard]] std::string_view tls_fingerprint() const noexcept override { return fingerprint_; }

  // As Stream says. 0 is an end that the peer vouched for; an end without it is -ECONNRESET, a record that is not
  // authentic -EPROTO.
  ssize_t read(const iovec* iov, size_t count) noexcept override;
  ssize_t write(const iovec* iov, size_t count) noexcept override;
  bool has_buffered() const noexcept override;
  bool needs_turn() const noexcept override { return needs_turn_; }
  void take_turn() noexcept override;
  int fd() const noexcept override { return socket_.get(); }
  // That it holds for records.
  [[nodiscard]] size_t buffer_bytes() const noexcept {
    return in_capacity_ + out_capacity_ + (scratch_ ? scratch_bytes_ : 0);
  }

 private:
  friend struct TlsCallbacks;

  struct FreeSsl {
    void operator()(ssl_st* ssl) const noexcept;
  };
  // A record in out_ whose plaintext the owner was not told of yet.
  struct Record {
    size_t end = 0;  // in out_
    size_t plaintext_bytes = 0;
  };

  TlsStream(UniqueFd socket, const core::Clock& clock);
  Result<void> set_up(bool is_server);

  // -- what OpenSSL's callbacks call
  bool choose_identity(std::span<const uint8_t> extension);
  ssl_session_st* make_session() const;
  size_t fetch(std::span<std::byte> into) noexcept;  // 0: nothing now, or see io_error_ and has_end_
  bool put(std::span<const std::byte> bytes) noexcept;

  [[nodiscard]] size_t next_record_bytes() const noexcept;
  void begin_turn() noexcept;
  [[nodiscard]] bool may_open_record() noexcept;
  void receive() noexcept;
  void reserve_in(size_t bytes);
  void handshake_done();
  int flush() noexcept;  // 0, or an errno; out_ may still hold bytes
  size_t take_sent() noexcept;
  int encrypt(const iovec* iov, size_t count, size_t skip) noexcept;
  int drive_handshake() noexcept;
  int outcome_of(int result) noexcept;
  void fail_with(int error, std::string why) noexcept;

  UniqueFd socket_;
  std::unique_ptr<ssl_st, FreeSsl> ssl_;
  PskLookup* keys_ = nullptr;  // until the handshake is over
  nvme_auth::TlsPsk psk_;
  std::string fingerprint_;  // when the handshake is done
  bool is_identity_known_ = true;
  bool takes_turns_ = false;
  bool needs_turn_ = false;
  bool has_turn_ = false;
  bool is_done_ = false;

  int error_ = 0;  // errno of every further call
  bool is_error_told_ = false;
  int io_error_ = 0;
  bool has_end_ = false;      // the socket's
  bool has_goodbye_ = false;  // TLS's
  std::string failure_;

  // Ciphertext that came. OpenSSL is given whole records, so that has_buffered() knows.
  std::unique_ptr<std::byte[]> in_;
  size_t in_capacity_ = 0;
  size_t in_begin_ = 0;
  size_t in_end_ = 0;
  size_t record_left_ = 0;  // of the record that OpenSSL reads
  bool may_receive_ = true;
  // What is left of this turn; and whether the record that was opened last has shown no data so far.
  uint32_t records_left_ = 0;
  uint32_t silent_records_left_ = 0;
  bool is_silent_ = false;
  bool floods_ = false;
  const core::Clock& clock_;
  core::TokenBucket silent_records_;

  // Ciphertext to go.
  std::unique_ptr<std::byte[]> out_;
  size_t out_capacity_ = 0;
  size_t out_begin_ = 0;
  size_t out_end_ = 0;
  std::array<Record, tls_records_per_send> records_;
  size_t record_first_ = 0;
  size_t record_count_ = 0;
  static constexpr size_t scratch_bytes_ = 16384;
  std::unique_ptr<std::byte[]> scratch_;  // where small pieces become one record
};

}  // namespace outrigger::nvme_tcp
