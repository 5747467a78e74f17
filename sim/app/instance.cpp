#include "app/instance.h"

#include "app/bulk.h"
#include "app/datagram.h"
#include "app/dialog.h"
#include "app/line.h"
#include "app/ping.h"
#include "app/request_response.h"

namespace wirelab {

void Instance::on_accepted(tcp::Connection& connection, Time now) { connection.abort(now); }

namespace {

struct Maker {
  Line& line;
  std::uint64_t number;
  const LineEndConfig& from;
  const LineEndConfig& to;

  using Made = std::unique_ptr<Instance>;
  Made operator()(const BulkApp& app) const { return std::make_unique<BulkInstance>(line, number, from, to, app); }
  Made operator()(const CbrApp& app) const { return make_cbr(line, number, from, to, app); }
  Made operator()(const OnOffApp& app) const { return make_on_off(line, number, from, to, app); }
  Made operator()(const PingApp& app) const { return std::make_unique<PingInstance>(line, number, from, to, app); }
  Made operator()(const RequestResponseApp& app) const {
    return std::make_unique<RequestResponseInstance>(line, number, from, to, app);
  }
  Made operator()(const DialogApp& app) const { return std::make_unique<DialogInstance>(line, number, from, to, app); }
};

}  // namespace

std::unique_ptr<Instance> make_instance(Line& line, std::uint64_t number, const LineEndConfig& from,
                                        const LineEndConfig& to) {
  return std::visit(Maker{line, number, from, to}, line.config().kind);
}

}  // namespace wirelab
