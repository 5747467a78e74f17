#include "tcp/listener.h"

#include "tcp/connection.h"
#include "tcp/layer.h"

namespace wirelab::tcp {

Connection* Listener::accept() {
  if (ready_.empty()) return nullptr;
  Connection* const c = ready_.front();
  ready_.pop();
  c->unaccepted_ = false;
  c->listener_ = nullptr;
  return c;
}

void Listener::close(Time now) { layer_->close_listener(*this, now); }

}  // namespace wirelab::tcp
