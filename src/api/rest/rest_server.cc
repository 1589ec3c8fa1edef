// The only file that knows the HTTP library. One listener thread per address, rest_threads workers each.
#include "api/rest/rest_server.h"

#include "api/limits.h"
#include "api/rest/handler.h"
#include "api/rest/router.h"
#include "base/check.h"
#include "base/log.h"

#include <httplib.h>
#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>

#include <algorithm>
#include <cctype>
#include <condition_variable>
#include <deque>
#include <mutex>
#include <thread>

namespace outrigger::api {

namespace {

// A pool whose queue is bounded: when it is full the listener itself waits, and further connections stay in
// the kernel. (The library's own queue grows without limit.)
class BoundedPool final : public httplib::TaskQueue {
 public:
  BoundedPool() {
    for (size_t i = 0; i < rest_threads; ++i) {
      threads_.emplace_back([this] { work(); });
    }
  }

  void enqueue(std::function<void()> connection) override {
    std::unique_lock lock(mutex_);
    has_room_.wait(lock, [this] { return waiting_.size() < rest_connections_waiting_max || is_stopping_; });
    waiting_.push_back(std::move(connection));
    has_work_.notify_one();
  }

  void shutdown() override {
    {
      const std::lock_guard lock(mutex_);
      is_stopping_ = true;
    }
    has_work_.notify_all();
    has_room_.notify_all();
    for (std::thread& thread : threads_) {
      thread.join();
    }
  }

 private:
  void work() {
    while (true) {
      std::function<void()> connection;
      {
        std::unique_lock lock(mutex_);
        has_work_.wait(lock, [this] { return !waiting_.empty() || is_stopping_; });
        if (waiting_.empty()) {
          return;
        }
        connection = std::move(waiting_.front());
        waiting_.pop_front();
      }
      has_room_.notify_one();
      connection();
    }
  }

  std::mutex mutex_;
  std::condition_variable has_work_;
  std::condition_variable has_room_;
  std::deque<std::function<void()>> waiting_;
  std::vector<std::thread> threads_;
  bool is_stopping_ = false;
};

struct BioFree {
  void operator()(BIO* bio) const { BIO_free(bio); }
};
std::unique_ptr<BIO, BioFree> open_bio(const std::string& text) {
  return std::unique_ptr<BIO, BioFree>(BIO_new_mem_buf(text.data(), static_cast<int>(text.size())));
}

bool use_chain(SSL_CTX& context, const std::string& pem) {
  const auto bio = open_bio(pem);
  X509* leaf = PEM_read_bio_X509(bio.get(), nullptr, nullptr, nullptr);
  bool is_used = leaf != nullptr && SSL_CTX_use_certificate(&context, leaf) == 1;
  X509_free(leaf);
  while (X509* next = PEM_read_bio_X509(bio.get(), nullptr, nullptr, nullptr)) {
    is_used = is_used && SSL_CTX_add0_chain_cert(&context, next) == 1;
  }
  ERR_clear_error();  // the end of the file is an error to PEM_read
  return is_used;
}

bool use_key(SSL_CTX& context, const std::string& pem) {
  const auto bio = open_bio(pem);
  EVP_PKEY* key = PEM_read_bio_PrivateKey(bio.get(), nullptr, nullptr, nullptr);
  const bool is_used = key != nullptr && SSL_CTX_use_PrivateKey(&context, key) == 1;
  EVP_PKEY_free(key);
  return is_used;
}

bool trust(SSL_CTX& context, const std::string& pem) {
  const auto bio = open_bio(pem);
  bool is_any = false;
  while (X509* authority = PEM_read_bio_X509(bio.get(), nullptr, nullptr, nullptr)) {
    is_any = X509_STORE_add_cert(SSL_CTX_get_cert_store(&context), authority) == 1 || is_any;
    SSL_CTX_add_client_CA(&context, authority);
    X509_free(authority);
  }
  ERR_clear_error();
  return is_any;
}

bool set_up(SSL_CTX& context, const TlsFiles& files) {
  SSL_CTX_set_min_proto_version(&context, TLS1_2_VERSION);
  SSL_CTX_set_options(&context, SSL_OP_NO_COMPRESSION | SSL_OP_NO_RENEGOTIATION);
  SSL_CTX_set_verify(&context, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, nullptr);
  return SSL_CTX_set_cipher_list(&context, tls12_ciphers) == 1 && use_chain(context, files.certificate_pem) &&
         use_key(context, files.key_pem) && trust(context, files.authority_pem);
}

std::unique_ptr<httplib::Server> make_http(const std::optional<TlsFiles>& tls) {
  if (!tls.has_value()) {
    return std::make_unique<httplib::Server>();
  }
  return std::make_unique<httplib::SSLServer>([&](SSL_CTX& context) { return set_up(context, *tls); });
}

void put(httplib::Response& response, rest::HttpAnswer answer) {
  response.status = answer.status;
  if (answer.is_of_a_call) {
    // As grpc-gateway: the response metadata of the call, of which gRPC has this one.
    response.set_header("Grpc-Metadata-Content-Type", "application/grpc");
  }
  response.set_content(answer.body, answer.content_type);
}

// grpc-gateway makes metadata of Grpc-Metadata-…; those called …-Bin hold base64.
Result<> check_metadata(const httplib::Request& request) {
  constexpr std::string_view prefix = "grpc-metadata-";
  constexpr std::string_view suffix = "-bin";
  for (const auto& [header, value] : request.headers) {
    std::string name = header;
    std::ranges::transform(name, name.begin(), [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    const std::string_view data = std::string_view(value).substr(0, value.find('='));
    const bool is_base64 =
        std::ranges::all_of(data, [](unsigned char c) { return std::isalnum(c) != 0 || c == '+' || c == '/'; }) &&
        data.size() % 4 != 1;
    if (name.starts_with(prefix) && name.ends_with(suffix) && !is_base64) {
      return fail(Code::InvalidArgument, "invalid binary header {}: its value is not base64", header);
    }
  }
  return {};
}

// What never reached a handler: too large, badly written, an unknown verb.
void put_own_error(httplib::Response& response) {
  const int status = response.status;
  Error error{Code::InvalidArgument, "the HTTP request is malformed"};
  if (status == 413) {
    error = {Code::ResourceExhausted, fmt::format("the body is larger than {} bytes", message_bytes_max)};
  } else if (status == 414) {
    error = {Code::InvalidArgument, fmt::format("the URL is longer than {} bytes", rest_target_bytes_max)};
  } else if (status == 404) {
    error = {Code::NotFound, "Not Found"};
  } else if (status >= 500) {
    error = {Code::Internal, "the server failed on this request"};
  }
  put(response, rest::error_answer(error));
  response.status = status;
}

class RestServerImpl final : public RestServer {
 public:
  RestServerImpl(Door& door, rest::Router router) : router_(std::move(router)), handler_(door, router_) {}
  ~RestServerImpl() override { stop(); }

  Result<> listen(const RestOptions& options) {
    for (const Address& address : options.addresses) {
      OR_TRY(bind(address, options));
    }
    for (auto& server : servers_) {
      threads_.emplace_back([&http = *server] { http.listen_after_bind(); });
    }
    for (auto& server : servers_) {
      // stop() of a server that has not begun yet would be lost.
      while (!server->is_running()) {
        std::this_thread::yield();
      }
    }
    return {};
  }

  [[nodiscard]] const std::vector<Address>& addresses() const noexcept override { return addresses_; }

  void stop() override {
    for (auto& server : servers_) {
      server->stop();
    }
    for (std::thread& thread : threads_) {
      thread.join();
    }
    threads_.clear();
    servers_.clear();
  }

 private:
  Result<> bind(const Address& address, const RestOptions& options) {
    if (address.is_unix()) {
      return fail(Code::InvalidArgument, "{}: REST listens on host:port only; gRPC may use a UNIX socket",
                  address.text());
    }
    OR_TRY(check_plaintext(address, options.tls.has_value(), options.allow_insecure));
    OR_TRY(probe(address));
    auto server = make_http(options.tls);
    if (!server->is_valid()) {
      return fail(Code::InvalidArgument, "REST cannot use the TLS certificate, key or CA that it was given");
    }
    set_up_http(*server);
    Address bound = address;
    int port = address.tcp_port;
    if (port == 0) {
      port = server->bind_to_any_port(address.host);
    } else if (!server->bind_to_port(address.host, port)) {
      port = -1;
    }
    if (port <= 0) {
      return fail(Code::Unavailable, "REST cannot listen on {}: another program took it in this moment",
                  address.text());
    }
    bound.tcp_port = static_cast<uint16_t>(port);
    addresses_.push_back(std::move(bound));
    servers_.push_back(std::move(server));
    return {};
  }

  void set_up_http(httplib::Server& server) {
    server.new_task_queue = [] { return new BoundedPool; };  // the library deletes it
    server.set_payload_max_length(message_bytes_max);
    server.set_read_timeout(rest_read);
    server.set_write_timeout(rest_write);
    server.set_keep_alive_timeout(rest_keep_alive.count());
    server.set_keep_alive_max_count(rest_keep_alive_requests_max);
    server.set_tcp_nodelay(true);
    // The library's default is SO_REUSEPORT: a second daemon would silently get half of the connections.
    server.set_socket_options([](socket_t socket) {
      const int on = 1;
      ::setsockopt(socket, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
    });
    server.set_pre_routing_handler([this](const httplib::Request& request, httplib::Response& response) {
      if (request.target.size() > rest_target_bytes_max) {
        response.status = 414;
        put_own_error(response);
        return httplib::Server::HandlerResponse::Handled;
      }
      if (request.has_header("Content-Length") || request.has_header("Transfer-Encoding")) {
        return httplib::Server::HandlerResponse::Unhandled;
      }
      // No body follows (RFC 9112 §6.3); the library would wait for one after POST, PUT and PATCH.
      answer(request, response, {});
      return httplib::Server::HandlerResponse::Handled;
    });
    server.set_error_handler([](const httplib::Request&, httplib::Response& response) {
      if (response.body.empty()) {
        put_own_error(response);
      }
    });
    // Any path: ours is the table of routes, not the library's.
    constexpr const char* any = R"([\s\S]*)";
    const auto without_body = [this](const httplib::Request& request, httplib::Response& response) {
      answer(request, response, request.body);
    };
    // Read by ourselves: the library takes a body without a content type, as curl sends it, for a form.
    const auto with_body = [this](const httplib::Request& request, httplib::Response& response,
                                  const httplib::ContentReader& read) {
      std::string body;
      const bool is_read = read([&](const char* data, size_t size) {
        body.append(data, size);
        return body.size() <= message_bytes_max;
      });
      if (!is_read) {
        response.status = body.size() > message_bytes_max ? 413 : std::max(response.status, 400);
        put_own_error(response);
        return;
      }
      answer(request, response, body);
    };
    server.Get(any, without_body);
    server.Options(any, without_body);
    server.Post(any, with_body);
    server.Put(any, with_body);
    server.Patch(any, with_body);
    server.Delete(any, with_body);
  }

  void answer(const httplib::Request& request, httplib::Response& response, std::string_view body) const {
    if (const auto metadata = check_metadata(request); !metadata.has_value()) {
      put(response, rest::error_answer(metadata.error()));
      return;
    }
    const std::string override = request.get_header_value("X-HTTP-Method-Override");
    put(response,
        handler_.handle({.verb = request.method == "HEAD" ? "GET" : request.method,
                         .target = request.target,
                         .body = body,
                         .is_form = request.get_header_value("Content-Type") == "application/x-www-form-urlencoded",
                         .method_override = override}));
  }

  rest::Router router_;
  rest::Handler handler_;
  std::vector<std::unique_ptr<httplib::Server>> servers_;
  std::vector<std::thread> threads_;
  std::vector<Address> addresses_;
};

}  // namespace

Result<std::unique_ptr<RestServer>> RestServer::start(
    Door& door, std::span<const google::protobuf::ServiceDescriptor* const> services, const RestOptions& options) {
  OR_ASSIGN(rest::Router router, rest::Router::make(services));
  auto server = std::make_unique<RestServerImpl>(door, std::move(router));
  OR_TRY(server->listen(options));
  return server;
}

}  // namespace outrigger::api
