// TLS on OpenSSL, over buffers of our own: OpenSSL sees no socket, so it can neither block nor raise SIGPIPE.
#include "nvme_tcp/tls_stream.h"

#include "base/check.h"
#include "nvme_auth/hash.h"
#include "nvme_auth/limits.h"

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/tls1.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

namespace outrigger::nvme_tcp {
namespace {

constexpr size_t header_bytes = 5;
constexpr size_t plaintext_bytes_max = 16384;
// RFC 8446, 5.2: what encryption may add, at most.
constexpr size_t record_bytes_max = header_bytes + plaintext_bytes_max + 256;
// Behind the records of a write there is room for what OpenSSL has to say itself: an alert, a key update.
constexpr size_t out_spare_bytes = 4096;
constexpr size_t out_answer_bytes_min = 64;
constexpr size_t out_bytes = tls_records_per_send * record_bytes_max + out_spare_bytes;
static_assert(tls_receive_bytes >= record_bytes_max);

const char* cipher_name(nvme_auth::HashId hash) noexcept {
  return hash == nvme_auth::HashId::Sha384 ? "TLS_AES_256_GCM_SHA384" : "TLS_AES_128_GCM_SHA256";
}

uint16_t be16_at(const uint8_t* at) noexcept { return static_cast<uint16_t>(at[0] << 8U | at[1]); }

}  // namespace

// What OpenSSL calls. The stream is the SSL's application data and the BIO's data.
struct TlsCallbacks {
  static TlsStream& stream_of(SSL* ssl) noexcept { return *static_cast<TlsStream*>(SSL_get_app_data(ssl)); }

  static int bio_read(BIO* bio, char* into, size_t size, size_t* count) {
    auto& stream = *static_cast<TlsStream*>(BIO_get_data(bio));
    BIO_clear_retry_flags(bio);
    *count = stream.fetch(std::as_writable_bytes(std::span(into, size)));
    if (*count == 0 && stream.io_error_ == 0 && !stream.has_end_) {
      BIO_set_retry_read(bio);
    }
    return *count > 0 ? 1 : 0;
  }
  static int bio_write(BIO* bio, const char* from, size_t size, size_t* count) {
    auto& stream = *static_cast<TlsStream*>(BIO_get_data(bio));
    BIO_clear_retry_flags(bio);
    *count = stream.put(std::as_bytes(std::span(from, size))) ? size : 0;
    if (*count == 0 && stream.io_error_ == 0) {
      BIO_set_retry_write(bio);
    }
    return *count > 0 ? 1 : 0;
  }
  static long bio_ctrl(BIO* bio, int command, long /*number*/, void* /*pointer*/) {
    switch (command) {
      case BIO_CTRL_EOF: return static_cast<TlsStream*>(BIO_get_data(bio))->has_end_ ? 1 : 0;
      case BIO_CTRL_FLUSH: return 1;
      default: return 0;
    }
  }

  // Before a cipher suite is chosen, because the key decides which.
  static int client_hello(SSL* ssl, int* alert, void* /*argument*/) {
    const unsigned char* extension = nullptr;
    size_t size = 0;
    if (SSL_client_hello_get0_ext(ssl, TLSEXT_TYPE_psk, &extension, &size) != 1 ||
        !stream_of(ssl).choose_identity({extension, size})) {
      *alert = SSL_AD_HANDSHAKE_FAILURE;
      return SSL_CLIENT_HELLO_ERROR;
    }
    return SSL_CLIENT_HELLO_SUCCESS;
  }
  static int find_session(SSL* ssl, const unsigned char* identity, size_t size, SSL_SESSION** session) {
    const TlsStream& stream = stream_of(ssl);
    const std::string_view text(reinterpret_cast<const char*>(identity), size);
    *session = text == stream.psk_.identity ? stream.make_session() : nullptr;
    return 1;
  }
  static int use_session(SSL* ssl, const EVP_MD* /*digest*/, const unsigned char** identity, size_t* size,
                         SSL_SESSION** session) {
    const TlsStream& stream = stream_of(ssl);
    *session = stream.make_session();
    *identity = reinterpret_cast<const unsigned char*>(stream.psk_.identity.data());
    *size = stream.psk_.identity.size();
    return *session != nullptr ? 1 : 0;
  }
};

namespace {

struct FreeContext {
  void operator()(SSL_CTX* context) const noexcept { SSL_CTX_free(context); }
};
using Context = std::unique_ptr<SSL_CTX, FreeContext>;

// One for all connections of a side; nullptr when OpenSSL has none to give.
Context make_context(bool is_server) {
  Context context(SSL_CTX_new(is_server ? TLS_server_method() : TLS_client_method()));
  if (!context || SSL_CTX_set_min_proto_version(context.get(), TLS1_3_VERSION) != 1 ||
      SSL_CTX_set_max_proto_version(context.get(), TLS1_3_VERSION) != 1 ||
      SSL_CTX_set_ciphersuites(context.get(), "TLS_AES_256_GCM_SHA384:TLS_AES_128_GCM_SHA256") != 1 ||
      SSL_CTX_set1_groups_list(context.get(), "X25519:P-256:X448:P-384:P-521") != 1) {
    return nullptr;
  }
  // No finite field groups: a stranger's ClientHello would have us compute for a tenth of a second in the largest one.
  // psk_dhe_ke alone is OpenSSL's default. A peer that comes with a certificate has no authority that vouches for it.
  SSL_CTX_set_options(context.get(), SSL_OP_NO_TICKET | SSL_OP_NO_COMPRESSION | SSL_OP_NO_RENEGOTIATION);
  SSL_CTX_set_session_cache_mode(context.get(), SSL_SESS_CACHE_OFF);
  SSL_CTX_set_num_tickets(context.get(), 0);
  SSL_CTX_set_max_early_data(context.get(), 0);
  SSL_CTX_set_mode(context.get(), SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
  if (is_server) {
    SSL_CTX_set_client_hello_cb(context.get(), TlsCallbacks::client_hello, nullptr);
    SSL_CTX_set_psk_find_session_callback(context.get(), TlsCallbacks::find_session);
  } else {
    SSL_CTX_set_verify(context.get(), SSL_VERIFY_PEER, nullptr);
    SSL_CTX_set_psk_use_session_callback(context.get(), TlsCallbacks::use_session);
  }
  return context;
}

SSL_CTX* context_of(bool is_server) {
  static const Context server = make_context(true);
  static const Context client = make_context(false);
  return is_server ? server.get() : client.get();
}

BIO_METHOD* make_bio_method() {
  BIO_METHOD* const method = BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "outrigger");
  check(method != nullptr && BIO_meth_set_read_ex(method, TlsCallbacks::bio_read) == 1 &&
            BIO_meth_set_write_ex(method, TlsCallbacks::bio_write) == 1 &&
            BIO_meth_set_ctrl(method, TlsCallbacks::bio_ctrl) == 1,
        "OpenSSL takes a BIO method");
  return method;
}

}  // namespace

void TlsStream::FreeSsl::operator()(ssl_st* ssl) const noexcept { SSL_free(ssl); }

TlsStream::TlsStream(UniqueFd socket, const core::Clock& clock)
    : socket_(std::move(socket)),
      in_(std::make_unique<std::byte[]>(tls_handshake_bytes)),
      in_capacity_(tls_handshake_bytes),
      clock_(clock),
      out_(std::make_unique<std::byte[]>(tls_handshake_bytes)),
      out_capacity_(tls_handshake_bytes) {
  silent_records_.configure(tls_silent_records_per_s, tls_silent_records_burst, clock_.now_ns());
}

TlsStream::~TlsStream() {
  if (is_done_ && error_ == 0) {
    ERR_clear_error();
    SSL_shutdown(ssl_.get());
    static_cast<void>(flush());
    ERR_clear_error();
  }
}

Result<std::unique_ptr<TlsStream>> TlsStream::accept(UniqueFd socket, PskLookup& keys, const core::Clock& clock,
                                                     bool takes_turns) {
  std::unique_ptr<TlsStream> stream(new TlsStream(std::move(socket), clock));
  stream->keys_ = &keys;
  stream->takes_turns_ = takes_turns;
  OR_TRY(stream->set_up(true));
  return stream;
}

Result<std::unique_ptr<TlsStream>> TlsStream::connect(UniqueFd socket, nvme_auth::TlsPsk psk,
                                                      const core::Clock& clock) {
  if (psk.hash == nvme_auth::HashId::Sha512 || psk.key.size() != nvme_auth::hash_bytes(psk.hash) ||
      psk.identity.empty() || psk.identity.size() > nvme_auth::psk_identity_bytes_max) {
    return fail(Code::InvalidArgument, "a TLS PSK has a key as long as its hash, and an identity");
  }
  std::unique_ptr<TlsStream> stream(new TlsStream(std::move(socket), clock));
  stream->psk_ = std::move(psk);
  OR_TRY(stream->set_up(false));
  return stream;
}

Result<void> TlsStream::set_up(bool is_server) {
  static BIO_METHOD* const method = make_bio_method();
  SSL_CTX* const context = context_of(is_server);
  ssl_.reset(context != nullptr ? SSL_new(context) : nullptr);
  BIO* const bio = ssl_ ? BIO_new(method) : nullptr;
  if (bio == nullptr) {
    ERR_clear_error();
    return fail(Code::Internal, "OpenSSL makes no TLS connection");
  }
  BIO_set_data(bio, this);
  BIO_set_init(bio, 1);
  SSL_set_bio(ssl_.get(), bio, bio);
  SSL_set_app_data(ssl_.get(), this);
  SSL_set_mode(ssl_.get(), SSL_MODE_RELEASE_BUFFERS);  // until the handshake is done
  if (is_server) {
    SSL_set_accept_state(ssl_.get());
  } else {
    SSL_set_connect_state(ssl_.get());
    check(SSL_set_ciphersuites(ssl_.get(), cipher_name(psk_.hash)) == 1, "OpenSSL has the cipher suites of NVMe");
  }
  return {};
}

// The first identity that has a key is taken. Where none has, a key that nobody has stands in for the first one's, so
// that the peer learns nothing of who is known.
bool TlsStream::choose_identity(std::span<const uint8_t> extension) {
  if (extension.size() < 2 || be16_at(extension.data()) > extension.size() - 2) {
    return false;
  }
  std::span<const uint8_t> rest = extension.subspan(2, be16_at(extension.data()));
  std::string_view first;
  for (uint32_t offered = 0; offered < tls_identities_max && rest.size() >= 2; ++offered) {
    constexpr size_t age_bytes = 4;
    const size_t size = be16_at(rest.data());
    if (size + age_bytes > rest.size() - 2) {
      return false;
    }
    const std::string_view identity(reinterpret_cast<const char*>(rest.data()) + 2, size);
    rest = rest.subspan(2 + size + age_bytes);
    if (identity.empty() || identity.size() > nvme_auth::psk_identity_bytes_max) {
      continue;
    }
    first = first.empty() ? identity : first;
    auto found = keys_->find(identity);
    if (found.has_value() && found->key.size() == nvme_auth::hash_bytes(found->hash)) {
      psk_ = std::move(*found);
      psk_.identity = identity;
      is_identity_known_ = true;
      return SSL_set_ciphersuites(ssl_.get(), cipher_name(psk_.hash)) == 1;
    }
  }
  if (first.empty()) {
    return false;
  }
  const auto parsed = nvme_auth::parse_psk_identity(first);
  psk_.identity = first;
  psk_.hash = parsed.has_value() ? parsed->hash : nvme_auth::HashId::Sha256;
  psk_.key = Secret::zeroes(nvme_auth::hash_bytes(psk_.hash));
  nvme_auth::fill_random(psk_.key.writable());
  is_identity_known_ = false;
  return SSL_set_ciphersuites(ssl_.get(), cipher_name(psk_.hash)) == 1;
}

ssl_session_st* TlsStream::make_session() const {
  const unsigned char id[] = {0x13, static_cast<unsigned char>(psk_.hash == nvme_auth::HashId::Sha384 ? 2 : 1)};
  const SSL_CIPHER* const cipher = SSL_CIPHER_find(ssl_.get(), id);
  SSL_SESSION* const session = SSL_SESSION_new();
  if (session == nullptr || cipher == nullptr ||
      SSL_SESSION_set1_master_key(session, reinterpret_cast<const unsigned char*>(psk_.key.bytes().data()),
                                  psk_.key.size()) != 1 ||
      SSL_SESSION_set_cipher(session, cipher) != 1 || SSL_SESSION_set_protocol_version(session, TLS1_3_VERSION) != 1) {
    SSL_SESSION_free(session);
    return nullptr;
  }
  return session;
}

// Bytes of the record at in_begin_, when it is there as a whole. What is no record at all is handed on at once: OpenSSL
// says what is wrong with it.
size_t TlsStream::next_record_bytes() const noexcept {
  const size_t here = in_end_ - in_begin_;
  if (here < header_bytes) {
    return 0;
  }
  const auto* const header = reinterpret_cast<const uint8_t*>(in_.get()) + in_begin_;
  const size_t size = header_bytes + be16_at(header + 3);
  if (header[0] < SSL3_RT_CHANGE_CIPHER_SPEC || header[0] > SSL3_RT_APPLICATION_DATA || header[1] != 3 ||
      size > record_bytes_max) {
    return here;
  }
  return here >= size ? size : 0;
}

void TlsStream::receive() noexcept {
  if (!may_receive_ || has_end_ || io_error_ != 0) {
    return;
  }
  if (in_begin_ != 0) {
    std::memmove(in_.get(), in_.get() + in_begin_, in_end_ - in_begin_);
    in_end_ -= in_begin_;
    in_begin_ = 0;
  }
  if (!is_done_ && in_end_ >= header_bytes) {
    const auto* const header = reinterpret_cast<const uint8_t*>(in_.get());
    reserve_in(std::min(header_bytes + be16_at(header + 3), record_bytes_max));
  }
  const size_t room = in_capacity_ - in_end_;
  const ssize_t bytes = ::recv(socket_.get(), in_.get() + in_end_, room, MSG_DONTWAIT);
  if (bytes > 0) {
    in_end_ += static_cast<size_t>(bytes);
    may_receive_ = static_cast<size_t>(bytes) == room;  // a socket that gave less has no more: saves a call
  } else if (bytes == 0) {
    has_end_ = true;
  } else if (errno == EAGAIN || errno == EINTR) {
    may_receive_ = false;
  } else {
    io_error_ = errno;
  }
}

void TlsStream::reserve_in(size_t bytes) {
  if (bytes > in_capacity_) {
    auto larger = std::make_unique<std::byte[]>(bytes);
    std::memcpy(larger.get(), in_.get(), in_end_);
    in_ = std::move(larger);
    in_capacity_ = bytes;
  }
}

// The peer has a key. Nothing waits in out_.
void TlsStream::handshake_done() {
  is_done_ = true;
  keys_ = nullptr;
  fingerprint_ = nvme_auth::fingerprint_of(psk_);
  psk_.key = {};
  reserve_in(tls_receive_bytes);
  out_ = std::make_unique<std::byte[]>(out_bytes);
  out_capacity_ = out_bytes;
  scratch_ = std::make_unique<std::byte[]>(scratch_bytes_);
  SSL_clear_mode(ssl_.get(), SSL_MODE_RELEASE_BUFFERS);
}

void TlsStream::begin_turn() noexcept {
  may_receive_ = true;
  records_left_ = tls_records_per_turn;
  silent_records_left_ = tls_silent_records_per_turn;
}

// One more record in this turn? OpenSSL goes on by itself from record to record until one carries data.
bool TlsStream::may_open_record() noexcept {
  if (records_left_ == 0 || floods_ || (is_silent_ && silent_records_left_ == 0)) {
    return false;
  }
  if (is_silent_) {
    floods_ = !silent_records_.take(1, clock_.now_ns());
    --silent_records_left_;
  }
  return !floods_;
}

size_t TlsStream::fetch(std::span<std::byte> into) noexcept {
  if (record_left_ == 0) {
    size_t next = next_record_bytes();
    if (next == 0) {
      receive();
      next = next_record_bytes();
    }
    // In the clear: a ClientHello, or a part of one. What only who has the key can say comes encrypted.
    if (next != 0 && takes_turns_ && !is_done_ && !has_turn_ &&
        std::to_integer<uint8_t>(in_[in_begin_]) == SSL3_RT_HANDSHAKE) {
      needs_turn_ = true;
      return 0;
    }
    if (next == 0 || !may_open_record()) {
      return 0;
    }
    record_left_ = next;
    --records_left_;
    is_silent_ = true;
  }
  const size_t count = std::min(into.size(), record_left_);
  std::memcpy(into.data(), in_.get() + in_begin_, count);
  in_begin_ += count;
  record_left_ -= count;
  return count;
}

bool TlsStream::put(std::span<const std::byte> bytes) noexcept {
  if (out_begin_ == out_end_ && record_count_ == 0) {
    out_begin_ = out_end_ = 0;
  }
  if (bytes.size() > out_capacity_ - out_end_) {
    return false;
  }
  std::memcpy(out_.get() + out_end_, bytes.data(), bytes.size());
  out_end_ += bytes.size();
  return true;
}

int TlsStream::flush() noexcept {
  while (out_begin_ != out_end_ && io_error_ == 0) {
    const ssize_t bytes =
        ::send(socket_.get(), out_.get() + out_begin_, out_end_ - out_begin_, MSG_DONTWAIT | MSG_NOSIGNAL);
    if (bytes < 0) {
      if (errno == EAGAIN || errno == EINTR) {
        return 0;
      }
      io_error_ = errno;
      break;
    }
    out_begin_ += static_cast<size_t>(bytes);
  }
  return io_error_;
}

// Plaintext whose records have gone.
size_t TlsStream::take_sent() noexcept {
  size_t bytes = 0;
  while (record_count_ != 0 && records_[record_first_].end <= out_begin_) {
    bytes += records_[record_first_].plaintext_bytes;
    record_first_ = (record_first_ + 1) % records_.size();
    --record_count_;
  }
  return bytes;
}

// As many full records as there is room for, from what lies behind the first `skip` bytes.
int TlsStream::encrypt(const iovec* iov, size_t count, size_t skip) noexcept {
  size_t index = 0;
  while (record_count_ < records_.size()) {
    while (index < count && skip >= iov[index].iov_len) {
      skip -= iov[index++].iov_len;
    }
    if (index == count) {
      return 0;
    }
    const std::byte* plaintext = static_cast<const std::byte*>(iov[index].iov_base) + skip;
    size_t size = std::min(iov[index].iov_len - skip, plaintext_bytes_max);
    if (size < plaintext_bytes_max && index + 1 < count) {
      std::memcpy(scratch_.get(), plaintext, size);
      for (size_t next = index + 1; next < count && size < plaintext_bytes_max; ++next) {
        const size_t piece = std::min(iov[next].iov_len, plaintext_bytes_max - size);
        if (piece != 0) {
          std::memcpy(scratch_.get() + size, iov[next].iov_base, piece);
        }
        size += piece;
      }
      plaintext = scratch_.get();
    }
    ERR_clear_error();
    size_t written = 0;
    if (const int result = SSL_write_ex(ssl_.get(), plaintext, size, &written); result != 1 || written != size) {
      return outcome_of(result);
    }
    records_[(record_first_ + record_count_++) % records_.size()] = {out_end_, size};
    skip += size;
  }
  return 0;
}

ssize_t TlsStream::write(const iovec* iov, size_t count) noexcept {
  if (const int error = drive_handshake(); error != 0) {
    return -error;
  }
  size_t room = 0;
  for (size_t i = 0; i < count; ++i) {
    room += iov[i].iov_len;
  }
  size_t gone = 0;
  if (flush() == 0) {
    gone = take_sent();
    // A new batch when all of the one before has gone.
    if (out_begin_ == out_end_) {
      check(gone <= room, "a write that could not go comes again");
      out_begin_ = out_end_ = 0;
      if (const int error = encrypt(iov, count, gone); error != 0) {
        return -error;
      }
      static_cast<void>(flush());
      gone += take_sent();
    }
  }
  if (io_error_ != 0) {
    fail_with(io_error_, "the connection broke");
    return -error_;
  }
  return gone != 0 || room == 0 ? static_cast<ssize_t>(gone) : -EAGAIN;
}

ssize_t TlsStream::read(const iovec* iov, size_t count) noexcept {
  if (const int error = drive_handshake(); error != 0) {
    is_error_told_ = error_ != 0;
    return -error;
  }
  if (has_goodbye_) {
    return 0;
  }
  begin_turn();
  size_t total = 0;
  for (size_t i = 0; i < count && error_ == 0; ++i) {
    for (size_t filled = 0; filled < iov[i].iov_len;) {
      ERR_clear_error();
      size_t bytes = 0;
      const int result =
          SSL_read_ex(ssl_.get(), static_cast<std::byte*>(iov[i].iov_base) + filled, iov[i].iov_len - filled, &bytes);
      if (result != 1) {
        const int error = outcome_of(result);
        static_cast<void>(flush());  // an alert, the answer to a key update
        if (total != 0) {
          return static_cast<ssize_t>(total);
        }
        is_error_told_ = error_ != 0;
        return has_goodbye_ ? 0 : -error;
      }
      is_silent_ = false;
      filled += bytes;
      total += bytes;
    }
  }
  return static_cast<ssize_t>(total);
}

// An error that came behind data counts too: the socket may have nothing more to tell.
bool TlsStream::has_buffered() const noexcept {
  if (error_ != 0) {
    return !is_error_told_;
  }
  if (needs_turn_) {
    return false;
  }
  return !has_goodbye_ && (SSL_pending(ssl_.get()) > 0 || record_left_ != 0 || next_record_bytes() != 0);
}

TlsStream::Handshake TlsStream::handshake() noexcept {
  if (error_ != 0) {
    return Handshake::Failed;
  }
  if (is_done_) {
    return Handshake::Done;
  }
  if (needs_turn_) {
    return Handshake::WantsRead;
  }
  begin_turn();
  ERR_clear_error();
  const int result = SSL_do_handshake(ssl_.get());
  has_turn_ = false;
  if (result == 1 && SSL_session_reused(ssl_.get()) != 1) {
    fail_with(EPROTO, "the TLS handshake ended without a pre-shared key");
  } else if (result != 1 && outcome_of(result) == 0) {
    fail_with(ECONNRESET, "the peer took its leave amid the TLS handshake");
  }
  if (flush() != 0 && error_ == 0) {
    fail_with(io_error_, "the connection broke");
  }
  if (error_ != 0) {
    psk_.key = {};
    return Handshake::Failed;
  }
  if (result == 1 && out_begin_ == out_end_) {
    handshake_done();
    return Handshake::Done;
  }
  return out_begin_ != out_end_ ? Handshake::WantsWrite : Handshake::WantsRead;
}

void TlsStream::take_turn() noexcept {
  needs_turn_ = false;
  has_turn_ = true;
  static_cast<void>(handshake());
}

// For read() and write(): 0, or why they cannot go on.
int TlsStream::drive_handshake() noexcept {
  if (error_ == 0 && !is_done_) {
    static_cast<void>(handshake());
  }
  return error_ != 0 ? error_ : is_done_ ? 0 : EAGAIN;
}

// What an OpenSSL call's result means: EAGAIN, or the error that the stream has from now on. A good-bye is 0.
int TlsStream::outcome_of(int result) noexcept {
  const int reason_code = SSL_get_error(ssl_.get(), result);
  if (floods_) {
    fail_with(EPROTO, "TLS: the peer sends more key updates, or other records without data, than any peer needs");
    ERR_clear_error();
    return error_;
  }
  switch (reason_code) {
    case SSL_ERROR_WANT_READ: return EAGAIN;
    case SSL_ERROR_WANT_WRITE:
      // Behind the data there is room for more answers than a peer can ask for while it takes none for a minute.
      if (is_done_ && out_capacity_ - out_end_ < out_answer_bytes_min) {
        fail_with(EPROTO, "TLS: the peer asks for key updates and takes none");
        return error_;
      }
      return EAGAIN;
    case SSL_ERROR_ZERO_RETURN: has_goodbye_ = true; return 0;
    default: break;
  }
  const char* const reason = ERR_reason_error_string(ERR_peek_error());
  if (io_error_ != 0) {
    fail_with(io_error_, "the connection broke");
  } else if (has_end_) {
    fail_with(ECONNRESET, "the peer closed the connection without TLS's good-bye");
  } else if (!is_identity_known_) {
    fail_with(EPROTO, "TLS: the peer came with a PSK identity that has no key here");
  } else {
    fail_with(EPROTO, std::string("TLS: ") + (reason != nullptr ? reason : "the protocol was broken"));
  }
  ERR_clear_error();
  return error_;
}

void TlsStream::fail_with(int error, std::string why) noexcept {
  error_ = error;
  failure_ = std::move(why);
}

}  // namespace outrigger::nvme_tcp
