#include "scenario/topology.h"

#include <algorithm>
#include <filesystem>
#include <set>

#include "core/assert.h"
#include "core/near.h"
#include "scenario/generators.h"
#include "scenario/imports.h"
#include "scenario/overrides.h"
#include "scenario/reader.h"

namespace wirelab::scenario {

NodeEntry* TopologyTree::node(const std::string& id) {
  const auto it = node_index_.find(id);
  return it == node_index_.end() ? nullptr : &nodes[it->second];
}
LinkEntry* TopologyTree::link(const std::string& id) {
  const auto it = link_index_.find(id);
  return it == link_index_.end() ? nullptr : &links[it->second];
}
void TopologyTree::add(NodeEntry entry) {
  WIRELAB_ASSERT(node_index_.emplace(entry.id, nodes.size()).second);
  nodes.push_back(std::move(entry));
}
void TopologyTree::add(LinkEntry entry) {
  WIRELAB_ASSERT(link_index_.emplace(entry.id, links.size()).second);
  links.push_back(std::move(entry));
}

std::string directory_of(const std::string& path) { return std::filesystem::path(path).parent_path().string(); }

std::string stem_of(const std::string& path) {
  std::string stem = std::filesystem::path(path).stem().string().substr(0, 64);
  for (char& c : stem) c = is_name(std::string_view(&c, 1)) ? c : '_';
  return stem.empty() ? "scenario" : stem;
}

namespace {

constexpr std::size_t kLongestChain = 16;  ///< topology files that name each other

/// One topology under way: where paths start, and which files led here.
class Resolver {
 public:
  Resolver(Documents& docs, const FileReader& files, TopologyTree& tree) : docs_(docs), files_(files), tree_(tree) {}

  void resolve_inline(const Value& topology, const std::string& directory);
  void load_file(const std::string& path, Origin named_at, const Value* params);

 private:
  /// `file` or `generator`, then `nodes` and `links` on top.
  void resolve_parts(const ObjectReader& r, const std::string& directory, const Value* params, bool all_params_known);
  void run_generator(const Value& name, const Value* params, bool all_params_known);
  void read_written_file(const Value& root, const std::string& path, const Value* params);
  Value declared_params(const Value& root, const Value* given, const std::string& path);

  void add_nodes(const Value& list);
  void add_links(const Value& list);
  void add_node(const Value& entry, std::set<std::string>& seen);
  void add_link(const Value& entry, std::set<std::string>& seen);
  bool is_entry(const Value& v, std::string_view what) const;

  Documents& docs_;
  const FileReader& files_;
  TopologyTree& tree_;
  std::vector<std::string> chain_;
};

void Resolver::resolve_inline(const Value& topology, const std::string& directory) {
  const std::size_t before = docs_.error_count();
  const ObjectReader r(docs_, topology, inline_topology_fields(), "a topology");
  if (!r.is_object()) return;
  const Value* params = r.get("params");
  if (params != nullptr && !params->is_object()) {
    docs_.error(params->origin(),
                "expected an object of parameters, found " + std::string(params->kind()) + "; write { \"pairs\": 2 }");
    params = nullptr;
  }
  if (params != nullptr && !r.has("file") && !r.has("generator")) {
    r.error_at("params",
               "parameters belong to a file or a generator, and neither is named; add \"generator\" or remove them");
  }
  if (!r.has("file") && !r.has("generator") && !r.has("nodes")) {
    if (docs_.error_count() != before) return;  // a slip in a key's name says enough
    r.error(
        "the topology is empty; name a \"file\" or a \"generator\" (wirelab list topologies), or write \"nodes\" and "
        "\"links\"");
    return;
  }
  resolve_parts(r, directory, params, true);
}

void Resolver::resolve_parts(const ObjectReader& r, const std::string& directory, const Value* params,
                             bool all_params_known) {
  if (r.has("file") && r.has("generator")) {
    r.error_at("generator", "a topology starts from a file or from a generator, not from both; remove one");
  } else if (const Value* file = r.get("file")) {
    if (const auto path = read_text(docs_, *file, "the path of a topology file")) {
      load_file((std::filesystem::path(directory) / *path).lexically_normal().string(), file->origin(), params);
    }
  } else if (const Value* generator = r.get("generator")) {
    run_generator(*generator, params, all_params_known);
  }
  if (const Value* routing = r.get("routing")) tree_.routing = *routing;
  if (const Value* nodes = r.get("nodes")) add_nodes(*nodes);
  if (const Value* links = r.get("links")) add_links(*links);
}

void Resolver::run_generator(const Value& name, const Value* params, bool all_params_known) {
  const auto choice = read_choice(docs_, name, names_of(generators()), "a generator", "topologies");
  if (!choice) return;
  const Entry& generator = generators()[*choice];
  Value own(Object{}, params != nullptr ? params->origin() : name.origin());
  if (params != nullptr) {
    for (const Member& m : *params->object()) {
      const bool known = std::any_of(generator.fields.begin(), generator.fields.end(),
                                     [&](const Field& f) { return f.name == m.key; });
      if (known || all_params_known) own.set(m.key, m.value, m.origin);
    }
  }
  generate(docs_, generator, own, name.origin(), tree_);
}

void Resolver::load_file(const std::string& path, Origin named_at, const Value* params) {
  if (std::find(chain_.begin(), chain_.end(), path) != chain_.end()) {
    std::string loop;
    for (const std::string& p : chain_) loop += p + " -> ";
    docs_.error(named_at,
                "the topology files name each other in a loop: " + loop + path + "; one of them must stand alone");
    return;
  }
  if (chain_.size() == kLongestChain) {
    docs_.error(named_at,
                "more than " + std::to_string(kLongestChain) + " topology files name one another; put them together");
    return;
  }
  FileText file = files_(path);
  if (!file.text) {
    docs_.error(named_at, "the topology file " + in_quotes(path) + ": " + file.fault);
    return;
  }
  chain_.push_back(path);
  if (is_graphml(path)) {
    import_graphml(docs_, path, std::move(*file.text), tree_);
  } else if (is_dot(path)) {
    import_dot(docs_, path, std::move(*file.text), tree_);
  } else if (const auto root = docs_.parse(path, std::move(*file.text))) {
    if (is_node_link(*root)) {
      import_node_link(docs_, *root, tree_);
    } else {
      read_written_file(*root, path, params);
      params = nullptr;
    }
  }
  if (params != nullptr && !params->object()->empty()) {
    docs_.error(params->origin(), "this kind of topology file has no parameters; remove them");
  }
  chain_.pop_back();
}

/// The file's own defaults with what was given put over them.
Value Resolver::declared_params(const Value& root, const Value* given, const std::string& path) {
  Value params(Object{}, root.origin());
  if (const Value* declared = root.find("params")) {
    if (declared->is_object()) {
      params = *declared;
    } else {
      docs_.error(declared->origin(), "expected an object of names with defaults, found " +
                                          std::string(declared->kind()) + "; write { \"rate\": \"10Mbit\" }");
    }
  }
  if (given == nullptr) return params;
  // A generator's own parameters may be given even where the file declares no default of its own.
  std::vector<std::string_view> names;
  for (const Member& m : *params.object()) names.push_back(m.key);
  if (const Value* g = root.find("generator"); g != nullptr && g->text() != nullptr) {
    if (const Entry* entry = find_entry(generators(), *g->text())) {
      for (const Field& f : entry->fields) names.push_back(f.name);
    }
  }
  const bool passes_on = root.find("file") != nullptr;
  Value merged = params;
  for (const Member& m : *given->object()) {
    if (!passes_on && std::find(names.begin(), names.end(), m.key) == names.end()) {
      docs_.error(m.origin, path + " has no parameter " + in_quotes(m.key.substr(0, 80)) +
                                suggestion(m.key, names, "its parameters"));
      continue;
    }
    merged.set(m.key, m.value, m.origin);
  }
  return merged;
}

void Resolver::read_written_file(const Value& root, const std::string& path, const Value* params) {
  const std::size_t before = docs_.error_count();
  const ObjectReader r(docs_, root, topology_fields(), "a topology file");
  if (!r.is_object()) return;
  r.name("name");
  r.text("description");
  const Value merged = declared_params(root, params, path);
  Value body = root;
  substitute(docs_, body, &merged);
  const ObjectReader b(docs_, body, topology_fields(), "a topology file");
  if (const Value* defaults = b.get("defaults")) {
    const ObjectReader d(docs_, *defaults, defaults_fields().subspan(1), "defaults of a topology");
    const Value* link = d.get("link");
    if (link != nullptr && ObjectReader(docs_, *link, direction_fields(), "a link's defaults").is_object()) {
      merge_patch(tree_.link_defaults, *link);
    }
  }
  if (!b.has("file") && !b.has("generator") && !b.has("nodes") && docs_.error_count() == before) {
    b.error("the topology file is empty; write \"nodes\" and \"links\", or name a \"generator\"");
  }
  // Parameters that the file itself uses need not mean anything to its generator.
  Value handed_on(Object{}, merged.origin());
  for (const Member& m : *merged.object()) {
    if (!uses_parameter(root, m.key)) handed_on.set(m.key, m.value, m.origin);
  }
  const bool any = b.has("file") || b.has("generator");
  resolve_parts(b, directory_of(path), any ? &handed_on : nullptr, true);
}

bool Resolver::is_entry(const Value& v, std::string_view what) const {
  if (v.is_object()) return true;
  docs_.error(v.origin(),
              "expected " + std::string(what) + ", found " + std::string(v.kind()) + "; write { \"id\": ... }");
  return false;
}

void Resolver::add_nodes(const Value& list) {
  if (!list.is_array()) {
    docs_.error(list.origin(),
                "expected a list of nodes, found " + std::string(list.kind()) + "; write [ {\"id\": \"h1\"} ]");
    return;
  }
  if (list.array()->size() > kMostThings - tree_.nodes.size()) {
    docs_.error(list.origin(), "more than 1000000 nodes; make the topology smaller");
    return;
  }
  std::set<std::string> seen;
  for (const Value& entry : *list.array()) {
    if (is_entry(entry, "a node")) add_node(entry, seen);
  }
}

void Resolver::add_links(const Value& list) {
  if (!list.is_array()) {
    docs_.error(list.origin(), "expected a list of links, found " + std::string(list.kind()) +
                                   "; write [ {\"between\": [\"h1\", \"r1\"]} ]");
    return;
  }
  if (list.array()->size() > kMostThings - tree_.links.size()) {
    docs_.error(list.origin(), "more than 1000000 links; make the topology smaller");
    return;
  }
  std::set<std::string> seen;
  for (const Value& entry : *list.array()) {
    if (is_entry(entry, "a link")) add_link(entry, seen);
  }
}

/// Remembers an id; true if it stood in this list before.
bool twice(std::set<std::string>& seen, const std::string& id) { return !seen.insert(id).second; }

void Resolver::add_node(const Value& entry, std::set<std::string>& seen) {
  const ObjectReader r(docs_, entry, node_fields(), "a node");
  const auto id = r.name("id");
  if (!id) return;
  if (twice(seen, *id)) {
    r.error_at("id", "the node \"" + *id + "\" is written twice; rename or remove one");
    return;
  }
  if (NodeEntry* known = tree_.node(*id)) {
    merge_patch(known->value, entry);
    return;
  }
  tree_.add(NodeEntry{*id, r.text("label").value_or(""), entry, std::nullopt});
}

void Resolver::add_link(const Value& entry, std::set<std::string>& seen) {
  const ObjectReader r(docs_, entry, link_fields(), "a link");
  const Value* id_value = r.has("id") ? r.get("id") : nullptr;
  std::optional<std::string> id = id_value ? read_name(docs_, *id_value) : std::nullopt;
  if (id_value != nullptr && !id) return;
  const Value* between = r.has("between") ? r.get("between") : nullptr;
  std::string a, b;
  if (between != nullptr) {
    const Array* ends = between->array();
    if (ends == nullptr || ends->size() != 2 || (*ends)[0].text() == nullptr || (*ends)[1].text() == nullptr) {
      docs_.error(between->origin(), "a link joins two nodes; write \"between\": [\"r1\", \"r2\"]");
      return;
    }
    a = *(*ends)[0].text();
    b = *(*ends)[1].text();
    if (!id) id = a + "-" + b;
    if (id_value == nullptr && !is_name(*id)) {
      docs_.error(between->origin(),
                  "the link needs an id of its own: " + in_quotes(id->substr(0, 140)) + " is not a name; add \"id\"");
      return;
    }
  } else if (!id || tree_.link(*id) == nullptr) {
    r.get("between");  // says that it is missing
    return;
  }
  if (twice(seen, *id)) {
    docs_.error(id_value ? id_value->origin() : entry.origin(),
                "the link \"" + *id + "\" is written twice; parallel links need ids of their own");
    return;
  }
  if (LinkEntry* known = tree_.link(*id)) {
    merge_patch(known->value, entry);
    if (between != nullptr) known->a = a, known->b = b;
    return;
  }
  tree_.add(LinkEntry{*id, r.text("label").value_or(""), a, b, entry});
}

}  // namespace

TopologyTree resolve_topology(Documents& docs, const FileReader& files, const Value& topology,
                              const std::string& directory) {
  TopologyTree tree;
  const std::size_t before = docs.error_count();
  Resolver(docs, files, tree).resolve_inline(topology, directory);
  tree.incomplete = docs.error_count() != before;
  return tree;
}

TopologyTree load_topology(Documents& docs, const FileReader& files, const std::string& path) {
  TopologyTree tree;
  const Origin here{docs.add_text(path, {}, false), 0};
  Resolver(docs, files, tree).load_file(path, here, nullptr);
  return tree;
}

}  // namespace wirelab::scenario
