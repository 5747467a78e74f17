#pragma once
// `bulk`: one end sends as fast as it can, the other reads, fast or slowly.

#include "app/tcp_instance.h"

namespace wirelab {

class BulkInstance final : public TcpInstance {
 public:
  BulkInstance(Line& line, std::uint64_t number, const LineEndConfig& from, const LineEndConfig& to,
               const BulkApp& app);

 private:
  Task client_program() override;
  Task server_program() override;
  std::int64_t first_bytes() const override;
  Task send(Role role);
  Task receive(Role role);
  void write(Role role, Time now, std::int64_t& left, tcp::Error& error);
  Time may_read_at(Time now) const;
  Time read(Role role, Time now, tcp::Error& error);

  const BulkApp& app_;
  std::optional<std::int64_t> size_;
  Time next_read_;
};

}  // namespace wirelab
