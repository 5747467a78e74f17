#include "scenario/addresses.h"

#include <algorithm>
#include <charconv>
#include <map>

namespace wirelab::scenario {

namespace {

struct Interface {
  Ipv4Address address;
  int length = 0;
};

/// "10.0.1.1/24"; the address may be any that a host can have in that subnet.
std::optional<Interface> parse_interface(std::string_view text, std::string& fault) {
  const auto slash = text.find('/');
  const auto address = Ipv4Address::parse(text.substr(0, slash));
  int length = -1;
  if (slash != std::string_view::npos) {
    const char* end = text.data() + text.size();
    const auto [stop, bad] = std::from_chars(text.data() + slash + 1, end, length);
    if (bad != std::errc() || stop != end) length = -1;
  }
  if (!address || length < 8 || length > 31) {
    fault = "is not an interface's address; write one such as \"10.0.1.1/24\", with 8 to 31 bits";
    return std::nullopt;
  }
  const Ipv4Prefix subnet(*address, length);
  if (address->is_multicast() || address->is_loopback() || address->bits() >> 24 == 0 || address->bits() >> 28 == 0xf) {
    fault = "is no unicast address; take one of 10.0.0.0/8";
    return std::nullopt;
  }
  if (length < 31 && (*address == subnet.address() || address == subnet.broadcast())) {
    fault = "is the network or broadcast address of its subnet; take one in between";
    return std::nullopt;
  }
  return Interface{*address, length};
}

class Assignment {
 public:
  Assignment(Documents& docs, Network& network) : docs_(docs), network_(network) {}

  bool write(LinkIndex index, const Value& v);
  void assign(const std::vector<bool>& written);

 private:
  bool claim(const Ipv4Prefix& subnet, LinkIndex index, Origin at);

  Documents& docs_;
  Network& network_;
  std::map<std::uint32_t, std::pair<std::uint32_t, LinkIndex>> claimed_;  ///< first address: last address, link
};

bool Assignment::claim(const Ipv4Prefix& subnet, LinkIndex index, Origin at) {
  const std::uint32_t first = subnet.address().bits(), last = first | ~Ipv4Prefix::mask(subnet.length());
  auto next = claimed_.upper_bound(last);
  if (next != claimed_.begin() && std::prev(next)->second.first >= first) {
    docs_.error(at, "the subnet " + subnet.to_string() + " overlaps that of the link \"" +
                        network_.links[std::prev(next)->second.second].id + "\"; each link needs its own");
    return false;
  }
  claimed_.emplace(first, std::pair(last, index));
  return true;
}

bool Assignment::write(LinkIndex index, const Value& v) {
  Link& link = network_.links[index];
  const std::string& first = network_.nodes[link.ends[0].node].id;
  const std::string& second = network_.nodes[link.ends[1].node].id;
  const std::string example = "{ \"" + first + "\": \"10.0.1.1/24\", \"" + second + "\": \"10.0.1.2/24\" }";
  if (!v.is_object()) {
    docs_.error(v.origin(),
                "expected the addresses of both ends, found " + std::string(v.kind()) + "; write " + example);
    return false;
  }
  bool good = true;
  for (const Member& m : *v.object()) {
    if (m.key == first || m.key == second || m.key == "meta" || m.key == "$schema") continue;
    docs_.error(m.origin, in_quotes(m.key) + " is not an end of this link; its ends are " + first + " and " + second);
    good = false;
  }
  for (LinkEnd& end : link.ends) {
    const std::string& id = network_.nodes[end.node].id;
    const Value* text = v.find(id);
    if (text == nullptr) {
      docs_.error(v.origin(), "the address of \"" + id + "\" is missing; write " + example);
      good = false;
      continue;
    }
    std::string fault = "is not an interface's address; write one such as \"10.0.1.1/24\"";
    const auto parsed = text->text() != nullptr ? parse_interface(*text->text(), fault) : std::nullopt;
    if (!parsed) {
      docs_.error(text->origin(), text->dump() + " " + fault);
      good = false;
      continue;
    }
    end.address = parsed->address;
    end.prefix_length = parsed->length;
  }
  if (!good) return false;
  const Ipv4Prefix a(link.ends[0].address, link.ends[0].prefix_length),
      b(link.ends[1].address, link.ends[1].prefix_length);
  if (a != b) {
    docs_.error(v.origin(), "the ends are in different subnets, " + a.to_string() + " and " + b.to_string() +
                                "; give both the same");
    return false;
  }
  if (link.ends[0].address == link.ends[1].address) {
    docs_.error(v.origin(), "both ends have the address " + link.ends[0].address.to_string() + "; each needs its own");
    return false;
  }
  return claim(a, index, v.origin());
}

void Assignment::assign(const std::vector<bool>& written) {
  const int length = network_.links.size() <= 60'000 ? 24 : 30;
  const std::uint32_t step = std::uint32_t{1} << (32 - length);
  std::uint32_t next = Ipv4Address(10, 0, 0, 0).bits() + (length == 24 ? step : 0);  // 10.0.1.0/24 is the first
  for (LinkIndex i = 0; i < network_.links.size(); ++i) {
    if (written[i]) continue;
    for (auto after = claimed_.upper_bound(next + step - 1);
         after != claimed_.begin() && std::prev(after)->second.first >= next;
         after = claimed_.upper_bound(next + step - 1)) {
      next = (std::prev(after)->second.first | (step - 1)) + 1;
      if (next >> 24 != 10) break;
    }
    if (next >> 24 != 10) {
      docs_.error({}, "10.0.0.0/8 is used up by written addresses; write smaller subnets");
      return;
    }
    Link& link = network_.links[i];
    for (std::uint32_t side = 0; side < 2; ++side) {
      link.ends[side].address = Ipv4Address(next + 1 + side);
      link.ends[side].prefix_length = length;
    }
    next += step;
  }
}

}  // namespace

void set_addresses(Documents& docs, Network& network, const std::vector<const Value*>& written) {
  Assignment assignment(docs, network);
  std::vector<bool> has(network.links.size(), false);
  for (LinkIndex i = 0; i < network.links.size(); ++i) {
    if (written[i] != nullptr) has[i] = assignment.write(i, *written[i]);
  }
  assignment.assign(has);
}

}  // namespace wirelab::scenario
