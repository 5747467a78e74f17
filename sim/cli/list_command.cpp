#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <string>
#include <string_view>
#include <utility>

#include "cli/commands.h"
#include "cli/data_files.h"
#include "cli/messages.h"
#include "core/near.h"
#include "scenario/documents.h"
#include "scenario/quantity.h"
#include "scenario/tables.h"
#include "scenario/tcp_reader.h"
#include "tcp/cc_registry.h"
#include "tcp/option_table.h"
#include "wire/match.h"

namespace wirelab::cli {

namespace {

using scenario::Entries;
using scenario::Entry;
using scenario::Field;
using scenario::Fields;

constexpr std::size_t kNameWidth = 18, kOptionWidth = 22;

void print_parameters(Fields fields) {
  for (const Field& f : fields) {
    std::string about = fmt::format("{}{}{}", f.type, f.fallback.empty() ? "" : ", default ", f.fallback);
    if (f.required) about += ", required";
    fmt::print("    {:<{}} {} ({})\n", f.name, kNameWidth - 2, f.help, about);
  }
}

void print_entries(Entries entries) {
  for (const Entry& e : entries) {
    fmt::print("  {:<{}} {}\n", e.name, kNameWidth, e.help);
    print_parameters(e.fields);
  }
}

void list_apps() {
  print_entries(scenario::app_types());
  fmt::print("  Any app:\n");
  // What every type shares is what is left of its keys without its own.
  const Entry& some = scenario::app_types().front();
  for (const Field& f : scenario::app_fields(some)) {
    const bool own =
        std::any_of(some.fields.begin(), some.fields.end(), [&](const Field& o) { return o.name == f.name; });
    if (!own) print_parameters(Fields(&f, 1));
  }
}

void list_topologies() {
  fmt::print("  Generators, with the names of their nodes:\n");
  print_entries(scenario::generators());
  fmt::print("  Files:\n");
  for (const std::string& name : topology_names()) fmt::print("  {}\n", name);
}

/// Said wherever someone may look for it: what Linux does beyond this. What has an option of Linux's name is there.
void say_what_is_missing() {
  constexpr std::pair<std::string_view, std::string_view> wanted[] = {
      {"rack", "RACK (losses are found as RFC 6675 says)"},
      {"early_retrans", "tail loss probes"},
      {"comp_sack_delay", "compressed SACKs"},
  };
  std::string missing;
  for (const auto& [option, what] : wanted) {
    if (tcp::find_option(option) == nullptr) missing += (missing.empty() ? "" : ", ") + std::string(what);
  }
  fmt::print("  The profile `linux` has Linux's windows, initial window, ACK policy, RTO and CUBIC.\n");
  if (!missing.empty()) fmt::print("  It has not yet: {}; see Deviations in README.md.\n", missing);
}

void list_cc() {
  for (const tcp::CcInfo* const cc : tcp::congestion_controls()) {
    fmt::print("  {:<{}} {}\n", cc->name, kNameWidth, cc->help);
    for (const tcp::CcParameter& p : cc->parameters) {
      const std::string about = p.is_flag ? fmt::format("boolean, default {}", p.preset != 0)
                                          : fmt::format("{:g} to {:g}, default {:.{}g}", p.minimum, p.maximum, p.preset,
                                                        p.preset < 1000 ? 3 : 6);
      fmt::print("    {:<{}} {} ({})\n", p.name, kNameWidth - 2, p.help, about);
    }
  }
  say_what_is_missing();
}

void list_tcp() {
  fmt::print("  {:<{}} {}\n", "cc", kOptionWidth,
             "congestion control: a name, or {\"name\": \"cubic\", \"beta\": 0.8} (wirelab list cc)");
  fmt::print("  {:<{}} {}\n", "profile", kOptionWidth,
             "linux or rfc: which defaults the options below have (default linux)");
  for (const tcp::OptionInfo& o : tcp::options()) {
    std::string defaults = scenario::defaults_text(o);
    if (!o.alias.empty()) defaults += fmt::format(", also called {}", o.alias);
    fmt::print("  {:<{}} {} ({})\n", o.name, kOptionWidth, o.help, defaults);
  }
  say_what_is_missing();
}

/// The first sentence of each description: what is shown.
void list_scenarios() {
  for (const std::string& name : scenario_names()) {
    scenario::Documents docs;
    const scenario::FileText file = scenario::read_file(resolve_scenario(name));
    const auto tree = docs.parse(name, file.text.value_or(""));
    const scenario::Value* const description = tree ? tree->find("description") : nullptr;
    const std::string about = description != nullptr && description->text() != nullptr ? *description->text() : "";
    fmt::print("  {:<{}} {}\n", name, kNameWidth, about.substr(0, about.find(". ")));
  }
}

void list_links() {
  print_parameters(scenario::link_fields());
  for (const auto& [name, fields] :
       {std::pair("jitter", scenario::jitter_fields()), std::pair("duplicate", scenario::probability_fields()),
        std::pair("corrupt", scenario::probability_fields()), std::pair("reorder", scenario::reorder_fields())}) {
    fmt::print("  {}\n", name);
    print_parameters(fields);
  }
}

/// How each kind of value is written that stands in parentheses elsewhere.
void list_values() {
  std::string words;
  for (const std::string_view word : kMatchWords) words += (words.empty() ? "" : ", ") + std::string(word);
  const std::pair<std::string_view, std::string> kinds[] = {
      {"rate", "\"10Mbit\": bit kbit Mbit Gbit Tbit in any case, also kbps Mbps Gbps; powers of 1000"},
      {"time", "\"20ms\": ps ns us ms s min h"},
      {"size, bytes", "\"64KiB\": B kB MB GB (powers of 1000), KiB MiB GiB (powers of 1024)"},
      {"probability", "0.01 or \"1%\""},
      {"frequency", "\"50/s\", also per /ms /min /h"},
      {"queue-limit", "\"100p\", a size, a time (rate x time), or \"1bdp\" (rate x the largest base RTT)"},
      {"queue", "a queue-limit, or {\"limit\": \"100p\", \"ecn_threshold\": \"20p\"}"},
      {"loss", "{\"model\": \"bernoulli\", \"p\": 0.01}, or an array of models that act in turn"},
      {"match", words},
      {"names", "an id, a list of ids, or a pattern: \"s*\", \"s[2-20]\""},
      {"random-...", "the value, or one of {\"uniform\": [\"0s\", \"1s\"]}, {\"exponential\": \"100ms\"},"},
      {"",
       "{\"pareto\": {\"mean\": \"100kB\", \"shape\": 1.2}}, {\"lognormal\": {\"mean\": \"100kB\", \"sigma\": 1.5}}"},
      {"arrivals", "{\"poisson\": \"50/s\"}"},
      {"reader", "{\"rate\": \"1Mbit\"} or {\"pause\": [\"5s\", \"20s\"]}: a slow reader"},
      {"steps", "{\"wait\": TIME}, {\"send\": SIZE}, {\"recv\": SIZE}, {\"shutdown\": \"write\"}, {\"close\": true},"},
      {"", "{\"abort\": true}"},
      {"tcp", "{\"cc\": \"reno\", \"sack\": false}: options of wirelab list tcp"},
      {"...-or-list", "one value, or an array with one for each pair of hosts"},
      {"$name", "in any place: the value of the parameter that the file declares under `params`"},
  };
  for (const auto& [name, about] : kinds) fmt::print("  {:<{}} {}\n", name, kNameWidth, about);
}

struct Section {
  std::string_view name, title;
  void (*print)();
};
const std::array kSections = {
    Section{"scenarios", "Scenarios that come with wirelab: wirelab run NAME", list_scenarios},
    Section{"cc", "Congestion controls", list_cc},
    Section{"apps", "Application types", list_apps},
    Section{"tcp", "TCP options", list_tcp},
    Section{"queues", "Queue types", [] { print_entries(scenario::queue_types()); }},
    Section{"loss", "Loss models", [] { print_entries(scenario::loss_models()); }},
    Section{"topologies", "Topologies", list_topologies},
    Section{"links", "Keys of a link; `forward` and `backward` give them for one direction", list_links},
    Section{"plots", "Plots", [] { print_entries(scenario::plot_kinds()); }},
    Section{"values", "How values are written", list_values},
};

}  // namespace

ExitStatus list(const ListCommand& command) {
  bool found = false;
  for (const Section& s : kSections) {
    if (!command.what.empty() && command.what != s.name) continue;
    if (found) fmt::print("\n");
    fmt::print("{} ({})\n", s.title, s.name);
    s.print();
    found = true;
  }
  if (found) return ExitStatus::Done;
  std::vector<std::string_view> names;
  for (const Section& s : kSections) names.push_back(s.name);
  say(fmt::format("list: there is no list called \"{}\"{}", command.what, suggestion(command.what, names, "lists")));
  return ExitStatus::BadInput;
}

}  // namespace wirelab::cli
