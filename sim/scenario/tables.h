#pragma once
// What can be written in a scenario or topology file: every object's keys with type, default and one line of help. The
// readers refuse what is not here; the JSON Schema (schema.h) and `wirelab list` are printed from it. TCP options have
// their own table in tcp/option_table.h.

#include <span>
#include <string_view>
#include <vector>

namespace wirelab::scenario {

struct Field {
  std::string_view name;
  std::string_view type;      ///< a definition of the schema: "rate", "time", "queue", ...
  std::string_view fallback;  ///< as it would be written, without quotes; empty: none
  std::string_view help;
  bool required = false;
};
using Fields = std::span<const Field>;

/// Something that a scenario names: an app type, a loss model, a generator, a plot.
struct Entry {
  std::string_view name, help;
  Fields fields;
};
using Entries = std::span<const Entry>;

Fields scenario_fields();
Fields defaults_fields();
Fields topology_fields();         ///< of a topology file
Fields inline_topology_fields();  ///< of `topology` in a scenario
Fields node_fields();
Fields link_fields();       ///< direction_fields() and what concerns the whole link
Fields direction_fields();  ///< also of `forward`, `backward`, `defaults.link`
Fields link_set_fields();   ///< of `set` in an event
Fields queue_fields();
Fields jitter_fields();
Fields probability_fields();  ///< of `duplicate` and `corrupt`
Fields reorder_fields();
Fields route_fields();
Fields routing_fields();
Fields event_fields();
Fields measure_fields();
Fields record_fields();
Fields plot_fields();
Fields expect_fields();
Fields reader_fields();  ///< of bulk's `read`
Fields arrivals_fields();
Fields step_fields();    ///< of dialog's `client` and `server`
Fields random_fields();  ///< the four distributions
Fields pareto_fields();
Fields lognormal_fields();
Fields cc_fields();  ///< `name`; the rest are the algorithm's own

Entries app_types();  ///< with the keys of their own
/// All keys that an app of that type may have, common ones first.
std::vector<Field> app_fields(const Entry& type);
Entries loss_models();
Entries queue_types();
Entries generators();
Entries plot_kinds();

/// nullptr if there is none of that name.
const Entry* find_entry(Entries entries, std::string_view name);
std::vector<std::string_view> names_of(Entries entries);
std::vector<std::string_view> names_of(Fields fields);

}  // namespace wirelab::scenario
