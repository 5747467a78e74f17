#pragma once
// What a program sees of the machine that it runs on. A node implements it.

#include "core/timers.h"
#include "ip/ip.h"
#include "socket/process.h"
#include "tcp/layer.h"
#include "udp/layer.h"

namespace wirelab {

class Host {
 public:
  virtual tcp::Layer& tcp() = 0;
  virtual udp::Layer& udp() = 0;
  virtual Ip& ip() = 0;
  virtual TimerHeap& timers() = 0;
  virtual ReadyList& ready() = 0;

 protected:
  ~Host() = default;
};

}  // namespace wirelab
