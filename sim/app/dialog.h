#pragma once
// `dialog`: two programs written out step by step, to show what TCP makes of each order of calls.

#include "app/tcp_instance.h"

namespace wirelab {

class DialogInstance final : public TcpInstance {
 public:
  DialogInstance(Line& line, std::uint64_t number, const LineEndConfig& from, const LineEndConfig& to,
                 const DialogApp& app)
      : TcpInstance(line, number, from, to), app_(app) {}

 private:
  Task client_program() override { return play(Role::Client, app_.client); }
  Task server_program() override { return play(Role::Server, app_.server); }
  std::int64_t first_bytes() const override;
  bool opens_simultaneously() const override { return app_.simultaneous_open; }
  Task play(Role role, const std::vector<DialogStep>& steps);

  const DialogApp& app_;
  int played_out_ = 0;
};

}  // namespace wirelab
