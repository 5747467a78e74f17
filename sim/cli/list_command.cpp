#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <string>
#include <string_view>

#include "cli/commands.h"
#include "cli/data_files.h"
#include "cli/messages.h"
#include "scenario/near.h"
#include "scenario/quantity.h"
#include "scenario/tables.h"
#include "tcp/cc_registry.h"
#include "tcp/option_table.h"

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

void list_cc() {
  for (const tcp::CcInfo* const cc : tcp::congestion_controls()) {
    fmt::print("  {:<{}} {}\n", cc->name, kNameWidth, cc->help);
    for (const tcp::CcParameter& p : cc->parameters) {
      const std::string about = p.is_flag ? fmt::format("boolean, default {}", p.preset != 0)
                                          : fmt::format("{:g} to {:g}, default {:.3g}", p.minimum, p.maximum, p.preset);
      fmt::print("    {:<{}} {} ({})\n", p.name, kNameWidth - 2, p.help, about);
    }
  }
}

std::string option_value(tcp::OptionKind kind, std::int64_t value) {
  switch (kind) {
    case tcp::OptionKind::Flag: return value != 0 ? "true" : "false";
    case tcp::OptionKind::Count: return std::to_string(value);
    case tcp::OptionKind::Size: return scenario::to_text(Bytes(value));
    case tcp::OptionKind::Time: return scenario::to_text(Duration::ps(value));
    case tcp::OptionKind::Rate: return scenario::to_text(DataRate::bps(value));
  }
  return {};
}

void list_tcp() {
  for (const tcp::OptionInfo& o : tcp::options()) {
    const std::string by_linux = option_value(o.kind, o.linux_default), by_rfc = option_value(o.kind, o.rfc_default);
    std::string defaults = "default " + by_linux;
    if (by_rfc != by_linux) defaults += ", profile rfc " + by_rfc;
    if (!o.alias.empty()) defaults += fmt::format(", also called {}", o.alias);
    fmt::print("  {:<{}} {} ({})\n", o.name, kOptionWidth, o.help, defaults);
  }
}

struct Section {
  std::string_view name, title;
  void (*print)();
};
const std::array kSections = {
    Section{"cc", "Congestion controls", list_cc},
    Section{"apps", "Application types", list_apps},
    Section{"tcp", "TCP options", list_tcp},
    Section{"queues", "Queue types", [] { print_entries(scenario::queue_types()); }},
    Section{"loss", "Loss models", [] { print_entries(scenario::loss_models()); }},
    Section{"topologies", "Topologies", list_topologies},
    Section{"plots", "Plots", [] { print_entries(scenario::plot_kinds()); }},
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
  say(fmt::format("list: there is no list called \"{}\"{}", command.what,
                  scenario::suggestion(command.what, names, "lists")));
  return ExitStatus::BadInput;
}

}  // namespace wirelab::cli
