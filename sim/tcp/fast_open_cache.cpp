#include "tcp/fast_open_cache.h"

#include <algorithm>

namespace wirelab::tcp {

FastOpenCache::Advice FastOpenCache::look_up(Ipv4Address local, Ipv4Address remote) const {
  const Entry wanted{local, remote, {}, 0, 0};
  const auto found = std::lower_bound(entries_.begin(), entries_.end(), wanted, before);
  if (found == entries_.end() || found->remote != remote || found->local != local) return {};
  Advice advice{found->cookie, found->mss};
  if (advice.option.length == 0) advice.option.experimental = found->refusals == 1;
  return advice;
}

void FastOpenCache::note(Ipv4Address local, Ipv4Address remote, const Answer& answer) {
  const Entry fresh{local, remote, {}, 0, 0};
  auto at = std::lower_bound(entries_.begin(), entries_.end(), fresh, before);
  if (at == entries_.end() || before(fresh, *at)) at = entries_.insert(at, fresh);
  if (answer.mss != 0) at->mss = answer.mss;
  if (answer.cookie && answer.cookie->length != 0) {
    at->cookie = *answer.cookie;
  } else if (answer.refused && at->cookie.length == 0) {
    at->refusals = std::max<std::uint8_t>(at->refusals, answer.experimental ? 2 : 1);
  }
}

void FastOpenCache::on_black_hole(Duration timeout, Time now) {
  if (timeout == Duration{}) return;
  paused_at_ = now;
  ++pauses_;
}

bool FastOpenCache::is_paused(Duration timeout, Time now) const {
  if (timeout == Duration{} || pauses_ == 0) return false;
  return now - paused_at_ < timeout * (std::int64_t{1} << std::min(pauses_ - 1, 6u));
}

}  // namespace wirelab::tcp
