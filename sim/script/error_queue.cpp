// recvmsg with MSG_ERRQUEUE: what the socket is told of data that it has sent.

#include <fmt/format.h>

#include "script/program.h"
#include "script/symbols.h"

namespace wirelab::script {

namespace {

using tcp::SendNotice;

/// The fields of Linux's sock_extended_err.
struct Report {
  std::int64_t error = 0, origin = 0, code = 0, info = 0, data = 0;
};

Report report_of(const SendNotice& n) {
  Report r;
  if (n.kind == SendNotice::Kind::MemoryFree) {
    r.origin = symbol_value("SO_EE_ORIGIN_ZEROCOPY");
    r.code = symbol_value("SO_EE_CODE_ZEROCOPY_COPIED");  // the device of scripts is a program that reads
    r.info = n.first;
    r.data = n.last;
    return r;
  }
  r.error = symbol_value("ENOMSG");
  r.origin = symbol_value("SO_EE_ORIGIN_TIMESTAMPING");
  r.info = n.kind == SendNotice::Kind::Scheduled ? symbol_value("SCM_TSTAMP_SCHED")
           : n.kind == SendNotice::Kind::Sent    ? symbol_value("SCM_TSTAMP_SND")
                                                 : symbol_value("SCM_TSTAMP_ACK");
  r.data = n.last;
  return r;
}

/// The first member of `data` that is not what was reported.
std::string difference(const Argument& data, const Report& r) {
  const std::pair<std::string_view, std::int64_t> fields[] = {
      {"ee_errno", r.error}, {"ee_origin", r.origin}, {"ee_type", 0},
      {"ee_code", r.code},   {"ee_info", r.info},     {"ee_data", r.data},
  };
  for (const auto& [name, value] : fields) {
    const Argument* const written = data.find(name);
    if (written != nullptr && written->kind == Argument::Kind::Number && written->number != value) {
      return fmt::format("{} is {}", name, value);
    }
  }
  return {};
}

}  // namespace

/// Of recvmsg; the other calls have no place for what it says.
Program::Answer Program::read_error_queue(Descriptor& d, const Arguments& a) {
  if (a.size() != 3) throw Unsupported{0, "MSG_ERRQUEUE is modelled of recvmsg alone"};
  const auto notice = d.connection != nullptr ? d.connection->take_send_notice() : std::nullopt;
  if (!notice) return CallResult{-1, "EAGAIN", {}};
  CallResult r;
  const bool is_stamp = notice->kind != SendNotice::Kind::MemoryFree;
  std::int64_t bytes = is_stamp && !d.stamps_only ? notice->payload : 0;
  if (bytes != 0 && notice->has_header) bytes += 40 + (d.connection->terms().timestamps ? 12 : 0);
  const Argument* const vector = a[1].find("msg_iov");
  r.value = std::min(bytes, vector == nullptr ? 0 : vector_bytes(*vector));
  const bool truncated = r.value < bytes;
  const std::int64_t flags = symbol_value("MSG_ERRQUEUE") | (truncated ? symbol_value("MSG_TRUNC") : 0);
  const Argument* const written = a[1].find("msg_flags");
  if (written != nullptr && written->kind == Argument::Kind::Number && written->number != flags) {
    r.note = fmt::format("msg_flags is {:#x}", flags);
    return r;
  }
  const Argument* const control = a[1].find("msg_control");
  if (control == nullptr || control->kind == Argument::Kind::Any) return r;
  const std::size_t messages = is_stamp ? 2 : 1;
  if (control->items.size() != messages) {
    r.note = fmt::format("there are {} control messages", messages);
    return r;
  }
  for (const Argument& message : control->items) {
    const Argument* const type = message.find("cmsg_type");
    const Argument* const data = message.find("cmsg_data");
    if (type == nullptr || data == nullptr) continue;
    if (type->number == symbol_value("SCM_TIMESTAMPING")) {
      const Argument* const seconds = data->find("scm_sec");
      const Argument* const nanoseconds = data->find("scm_nsec");
      const Duration due = Duration::s(seconds != nullptr ? seconds->number : 0) +
                           Duration::ns(nanoseconds != nullptr ? nanoseconds->number : 0);
      const Duration is = notice->when.since_start();
      const Duration off = is < due ? due - is : is - due;
      if (off > tolerance_) r.note = fmt::format("the time is {:.9f} s", is.seconds());
    } else {
      r.note = difference(*data, report_of(*notice));
    }
    if (!r.note.empty()) return r;
  }
  return r;
}

}  // namespace wirelab::script
