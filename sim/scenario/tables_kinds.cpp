// What a scenario names by a type or model: apps, loss models and queues.

#include "scenario/tables.h"

namespace wirelab::scenario {

namespace {

// ---- apps

constexpr Field kAppCommon[] = {
    {"id", "name", "", "default: <type><n>"},
    {"type", "app-type", "", "what it does (wirelab list apps)", true},
    {"from", "names", "", "connects or sends: a node, a list, or a pattern", true},
    {"to", "names", "", "listens or answers: a node, a list, or a pattern", true},
    {"start", "random-time", "0s", "when it begins"},
    {"stop", "random-time", "", "when it closes"},
    {"stagger", "random-time", "0s", "between the starts of instances"},
    {"arrivals", "arrivals", "", "instances come by themselves until `stop`"},
    {"pairing", "pairing", "in-turn", "how `from` and `to` are matched: in-turn or random"},
};
constexpr Field kAppCount[] = {{"count", "count", "1", "instances; default: one for each host of the longer list"}};
constexpr Field kAppPort[] = {{"port", "port", "", "on which `to` listens; default: 5001 upwards"}};
constexpr Field kAppReverse[] = {{"reverse", "boolean", "false", "data flow from `to` to `from`"}};
constexpr Field kAppTcp[] = {
    {"abort", "boolean", "false", "sends RST at `stop` in place of a close"},
    {"tcp", "tcp", "", "TCP options of both ends"},
    {"from_tcp", "tcp", "", "TCP options of `from`"},
    {"to_tcp", "tcp", "", "TCP options of `to`"},
};
constexpr Field kBulk[] = {
    {"size", "random-size", "", "bytes to send; default: until the end"},
    {"read", "reader", "", "a reader that does not take all at once"},
};
constexpr Field kCbr[] = {
    {"rate", "rate", "", "of payload; or give `interval`"},
    {"interval", "random-time", "", "between packets"},
    {"packet", "random-bytes", "1000", "payload of a packet"},
    {"df", "boolean", "false", "must not be fragmented"},
};
constexpr Field kOnOff[] = {
    {"rate", "rate", "", "of payload while on", true},    {"on", "random-time", "", "length of a burst", true},
    {"off", "random-time", "", "silence after it", true}, {"packet", "random-bytes", "1000", "payload of a packet"},
    {"df", "boolean", "false", "must not be fragmented"},
};
constexpr Field kPing[] = {
    {"count", "count", "", "echo requests; default: until `stop` or the end"},
    {"interval", "random-time", "1s", "between requests"},
    {"size", "random-bytes", "56", "payload, as ping -s"},
    {"df", "boolean", "false", "must not be fragmented"},
    {"ttl", "ttl", "64", "time to live of the requests"},
};
constexpr Field kRequestResponse[] = {
    {"request", "random-size", "100B", "what `from` sends"},
    {"response", "random-size", "10kB", "what `to` answers"},
    {"think", "random-time", "0s", "from a response to the next request"},
    {"requests", "random-count", "1", "on one connection"},
};
constexpr Field kDialog[] = {
    {"client", "steps", "", "what the program at `from` does, in order", true},
    {"server", "steps", "", "what the program at `to` does, in order", true},
    {"open", "open", "", "\"simultaneous\": both connect"},
};
constexpr Entry kApps[] = {
    {"bulk", "one TCP connection that sends as fast as it may", kBulk},
    {"cbr", "UDP packets at a constant rate", kCbr},
    {"on-off", "UDP packets at a constant rate in bursts", kOnOff},
    {"ping", "ICMP echo requests", kPing},
    {"request-response", "one TCP connection: requests and their responses", kRequestResponse},
    {"dialog", "what two programs do on one TCP connection, step by step", kDialog},
};

// ---- links

constexpr Field kBernoulli[] = {
    {"p", "probability", "", "for each matching packet", true},
    {"match", "match", "any", "which packets"},
};
constexpr Field kEvery[] = {
    {"n", "positive", "", "the n-th, 2n-th, ... matching packet", true},
    {"match", "match", "data", "which packets are counted"},
};
constexpr Field kList[] = {
    {"packets", "ordinals", "", "numbers of matching packets, from 1", true},
    {"match", "match", "data", "which packets are counted"},
};
constexpr Field kGilbertElliott[] = {
    {"p", "probability", "", "from good to bad, for each packet", true},
    {"r", "probability", "", "from bad to good, for each packet", true},
    {"loss_bad", "probability", "1", "loss in the bad state"},
    {"loss_good", "probability", "0", "loss in the good state"},
    {"match", "match", "any", "which packets"},
};
constexpr Field kBlackout[] = {
    {"from", "time", "", "start", true},
    {"to", "time", "", "end", true},
    {"match", "match", "any", "which packets"},
};
constexpr Entry kLoss[] = {
    {"bernoulli", "each matching packet is lost with probability p", kBernoulli},
    {"every", "every n-th matching packet is lost", kEvery},
    {"list", "the matching packets with these numbers are lost", kList},
    {"gilbert-elliott", "bursts: a good and a bad state", kGilbertElliott},
    {"blackout", "everything that matches is lost for a while", kBlackout},
};
constexpr Field kDropTail[] = {{"limit", "queue-limit", "1000p", "packets, a size, a time at the link's rate, or BDPs"},
                               {"ecn_threshold", "queue-limit", "",
                                "ECN-capable packets with which more than this waits are marked CE (RFC 8257)"}};
constexpr Entry kQueues[] = {{"droptail", "first in, first out; what does not fit is dropped", kDropTail}};

}  // namespace

Entries app_types() { return kApps; }
Entries loss_models() { return kLoss; }
Entries queue_types() { return kQueues; }

std::vector<Field> app_fields(const Entry& type) {
  std::vector<Field> all(std::begin(kAppCommon), std::end(kAppCommon));
  const auto add = [&](Fields more) { all.insert(all.end(), more.begin(), more.end()); };
  const bool ping = type.name == "ping";
  const bool udp = type.name == "cbr" || type.name == "on-off";
  if (!ping) add(kAppCount);
  if (!ping) add(kAppPort);
  if (udp || type.name == "bulk") add(kAppReverse);
  if (!udp && !ping) add(kAppTcp);
  add(type.fields);
  return all;
}

}  // namespace wirelab::scenario
