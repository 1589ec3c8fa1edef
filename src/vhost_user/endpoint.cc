#include "vhost_user/endpoint.h"

#include "vhost_user/connector.h"
#include "vhost_user/listener.h"
#include "vhost_user/socket_address.h"

namespace outrigger::vhost_user {

Result<std::unique_ptr<Endpoint>> Endpoint::create(core::Reactor& control, EndpointOptions options, std::string name) {
  OR_ASSIGN(const SocketAddress address, SocketAddress::create(options.path));
  if (options.role == Role::Connect) {
    return std::unique_ptr<Endpoint>(std::make_unique<Connector>(control, address, std::move(name)));
  }
  OR_ASSIGN(auto listener, Listener::create(control, address, options, std::move(name)));
  return std::unique_ptr<Endpoint>(std::move(listener));
}

}  // namespace outrigger::vhost_user
