// AcceptStream: the target's end of a connection at a port that knows TLS. The host's first byte tells what it is to
// be: a TLS record, or an ICReq in the clear where that is allowed.
#pragma once

#include "base/unique_fd.h"
#include "nvme_tcp/stream.h"
#include "nvme_tcp/tls_stream.h"

#include <memory>
#include <string>

namespace outrigger::nvme_tcp {

class AcceptStream final : public Stream {
 public:
  struct Options {
    bool requires_tls = false;
    bool takes_turns = false;  // see TlsStream
  };
  // `keys` is used until the handshake is over. `clock` is borrowed.
  AcceptStream(UniqueFd socket, PskLookup& keys, const core::Clock& clock, Options options)
      : fd_(socket.get()), socket_(std::move(socket)), keys_(keys), clock_(clock), options_(options) {}

  ssize_t read(const iovec* iov, size_t count) noexcept override;
  // Nothing goes before the first byte came: the host begins.
  ssize_t write(const iovec* iov, size_t count) noexcept override;
  bool has_buffered() const noexcept override { return inner_ != nullptr && inner_->has_buffered(); }
  bool needs_turn() const noexcept override { return inner_ != nullptr && inner_->needs_turn(); }
  void take_turn() noexcept override { inner_->take_turn(); }
  int fd() const noexcept override { return fd_; }
  std::string_view tls_identity() const noexcept override { return inner_ ? inner_->tls_identity() : ""; }
  std::string_view tls_fingerprint() const noexcept override { return inner_ ? inner_->tls_fingerprint() : ""; }
  std::string_view failure() const noexcept override { return inner_ ? inner_->failure() : failure_; }

 private:
  // 1: there is an inner stream; else what read() returns.
  ssize_t choose() noexcept;

  int fd_;
  UniqueFd socket_;  // until it is the inner stream's
  PskLookup& keys_;
  const core::Clock& clock_;
  Options options_;
  std::unique_ptr<Stream> inner_;
  std::string failure_;
};

}  // namespace outrigger::nvme_tcp
