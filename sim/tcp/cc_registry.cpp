#include "tcp/cc_registry.h"

#include "core/assert.h"

namespace wirelab::tcp {

#define WIRELAB_CC(name) extern const CcInfo cc_##name;
#include "tcp/cc/list.def"
#undef WIRELAB_CC

namespace {

constexpr const CcInfo* kAll[] = {
#define WIRELAB_CC(name) &cc_##name,
#include "tcp/cc/list.def"
#undef WIRELAB_CC
};

}  // namespace

double CcArguments::value(std::string_view name) const {
  for (const auto& [given, value] : config_->cc.parameters) {
    if (given == name) return value;
  }
  for (const CcParameter& p : parameters_) {
    if (p.name == name) return p.preset;
  }
  WIRELAB_ASSERT(false && "a congestion control asked for a parameter that it does not declare");
  return 0;
}

std::span<const CcInfo* const> congestion_controls() { return kAll; }

const CcInfo* find_congestion_control(std::string_view name) {
  for (const CcInfo* info : kAll) {
    if (info->name == name) return info;
  }
  return nullptr;
}

const CcNeeds& needs_of(const TcpConfig& config) {
  const CcInfo* info = find_congestion_control(config.cc.name);
  WIRELAB_ASSERT(info != nullptr);
  return info->needs;
}

std::unique_ptr<CongestionControl> make_congestion_control(const TcpConfig& config) {
  const CcInfo* info = find_congestion_control(config.cc.name);
  WIRELAB_ASSERT(info != nullptr);
  return info->make(CcArguments(config, info->parameters));
}

}  // namespace wirelab::tcp
