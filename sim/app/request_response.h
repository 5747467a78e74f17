#pragma once
// `request-response`: the client asks, the server answers, so many times on one connection, as HTTP/1.1 does.

#include "app/tcp_instance.h"

namespace wirelab {

class RequestResponseInstance final : public TcpInstance {
 public:
  RequestResponseInstance(Line& line, std::uint64_t number, const LineEndConfig& from, const LineEndConfig& to,
                          const RequestResponseApp& app);

 private:
  Task client_program() override;
  Task server_program() override;
  std::int64_t first_bytes() const override { return requested_in_all_; }

  const RequestResponseApp& app_;
  RandomStream requests_, responses_, thinking_;
  std::int64_t rounds_ = 1;
  // Set when the client asks, for its first question from the start; the server finds them here, where real programs
  // put them into the request.
  std::int64_t requested_in_all_ = 0, response_size_ = 0;
};

}  // namespace wirelab
