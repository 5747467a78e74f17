#include "scenario/overrides.h"

#include <algorithm>
#include <charconv>
#include <optional>

#include "core/near.h"
#include "scenario/reader.h"
#include "scenario/tables.h"

namespace wirelab::scenario {

std::string element_id(const Array& elements, std::size_t index) {
  const Value& e = elements[index];
  if (const Value* id = e.find("id"); id != nullptr && id->text() != nullptr) return *id->text();
  const auto text_of = [](const Value* v) { return v != nullptr ? v->text() : nullptr; };
  if (const Value* between = e.find("between"); between != nullptr && between->is_array()) {
    const Array& ends = *between->array();
    if (ends.size() == 2 && ends[0].text() != nullptr && ends[1].text() != nullptr) {
      return *ends[0].text() + "-" + *ends[1].text();
    }
  }
  if (const std::string* type = text_of(e.find("type"))) {
    std::size_t n = 0;
    for (std::size_t i = 0; i <= index; ++i) {
      const std::string* other = text_of(elements[i].find("type"));
      n += other != nullptr && *other == *type ? 1 : 0;
    }
    return *type + std::to_string(n);
  }
  return {};
}

namespace {

std::vector<std::string> steps_of(std::string_view pointer) {
  std::vector<std::string> steps(1);
  if (!pointer.empty() && pointer.front() == '/') pointer.remove_prefix(1);
  for (std::size_t i = 0; i < pointer.size(); ++i) {
    if (pointer[i] == '/') {
      steps.emplace_back();
    } else if (pointer[i] == '~' && i + 1 < pointer.size() && (pointer[i + 1] == '0' || pointer[i + 1] == '1')) {
      steps.back() += pointer[++i] == '0' ? '~' : '/';
    } else {
      steps.back() += pointer[i];
    }
  }
  return steps;
}

/// One `--set` under way: where it stands, and how to complain.
class Setter {
 public:
  Setter(Documents& docs, Value& root, Value value) : docs_(docs), value_(std::move(value)), at_(&root) {}

  Origin origin() const { return value_.origin(); }
  void fail(std::string text) { docs_.error(origin(), std::move(text)); }

  /// Goes to the member or element `step`, making what is missing. Returns false after an error.
  bool descend(const std::string& step, const std::string& next, bool in_topology) {
    if (at_->is_array()) return element(step, in_topology);
    if (!at_->is_object() && !at_->is_null()) {
      fail("the step before \"" + step + "\" is " + std::string(at_->kind()) + " and has no members; set it whole");
      return false;
    }
    Value* member = at_->find(step);
    if (member == nullptr) {
      const bool list = in_topology && (step == "links" || step == "nodes") && !next.empty();
      member = &at_->set(step, list ? Value(Array{}, origin()) : Value(Object{}, origin()), origin());
    }
    at_ = member;
    return true;
  }

  void finish(const std::string& step, bool in_topology) {
    if (at_->is_array()) {
      if (!element(step, in_topology)) return;
      if (value_.is_null()) {
        fail("an element of a list cannot be removed; set the whole list");
      } else {
        *at_ = value_;
      }
    } else if (!at_->is_object()) {
      fail("the step before \"" + step + "\" is " + std::string(at_->kind()) + " and has no members; set it whole");
    } else if (value_.is_null()) {
      at_->erase(step);
    } else {
      at_->set(step, value_, origin());
    }
  }

 private:
  bool element(const std::string& step, bool in_topology) {
    Array& elements = *at_->array();
    std::vector<std::string> ids;
    for (std::size_t i = 0; i < elements.size(); ++i) {
      ids.push_back(element_id(elements, i));
      if (ids.back() == step) {
        at_ = &elements[i];
        return true;
      }
    }
    std::size_t index = 0;
    const auto [end, fault] = std::from_chars(step.data(), step.data() + step.size(), index);
    if (fault == std::errc() && end == step.data() + step.size() && index < elements.size()) {
      at_ = &elements[index];
      return true;
    }
    if (in_topology) {  // an override of what the file or generator brings
      Value fresh(Object{}, origin());
      fresh.set("id", Value(step, origin()), origin());
      elements.push_back(std::move(fresh));
      at_ = &elements.back();
      return true;
    }
    std::vector<std::string_view> names(ids.begin(), ids.end());
    std::erase(names, std::string_view());
    fail("the list has no element \"" + step + "\"" + suggestion(step, names, "elements"));
    return false;
  }

  Documents& docs_;
  Value value_;
  Value* at_;
};

/// What a key without a slash means: a parameter, else a key of the scenario itself.
std::optional<std::vector<std::string>> named(const Value& root, const std::string& key, std::string& fault) {
  const Value* params = root.find("params");
  if (params != nullptr && params->find(key) != nullptr) return std::vector<std::string>{"params", key};
  std::vector<std::string_view> names;
  if (params != nullptr && params->is_object()) {
    for (const Member& m : *params->object()) names.push_back(m.key);
  }
  for (const std::string_view top : names_of(scenario_fields())) {
    if (key == top) return std::vector<std::string>{key};
  }
  std::string slashed = key;
  std::replace(slashed.begin(), slashed.end(), '.', '/');
  fault = "no parameter is called " + in_quotes(key) + suggestion(key, names, "parameters") +
          "; anything else is set by its pointer, " + (slashed != key ? "here " + slashed : "such as apps/a/tcp/cc");
  return std::nullopt;
}

}  // namespace

void apply_set(Documents& docs, Value& root, const std::string& assignment) {
  const auto equals = assignment.find('=');
  const std::string name = "--set " + assignment;
  if (equals == std::string::npos || equals == 0) {
    docs.error({docs.add_text(name, {}, false), 0}, "write KEY=VALUE, such as rate=5Mbit or apps/a/tcp/cc=reno");
    return;
  }
  const std::string key = assignment.substr(0, equals);
  std::vector<std::string> steps = steps_of(key);
  std::string fault;
  if (key.find('/') == std::string::npos) {
    if (auto found = named(root, key, fault)) steps = *found;
  }
  std::string pointer;
  for (const std::string& step : steps) pointer += "/" + escaped_step(step);
  const auto value = docs.parse_option(name, pointer, std::string_view(assignment).substr(equals + 1));
  if (!value) return;
  Setter setter(docs, root, *value);
  if (!fault.empty()) return setter.fail(fault);
  const bool in_topology = steps.front() == "topology";
  for (std::size_t i = 0; i + 1 < steps.size(); ++i) {
    if (!setter.descend(steps[i], steps[i + 1], in_topology)) return;
  }
  setter.finish(steps.back(), in_topology);
}

namespace {

/// The name in a string that is exactly "$name".
std::optional<std::string_view> reference(const Value& v) {
  const std::string* text = v.text();
  if (text == nullptr || text->size() < 2 || text->front() != '$') return std::nullopt;
  const std::string_view name = std::string_view(*text).substr(1);
  return is_name(name) ? std::optional(name) : std::nullopt;
}

void refuse_references(Documents& docs, const Value& v) {
  if (reference(v))
    docs.error(v.origin(), "a parameter's default cannot name another parameter; write the value itself");
  if (const Array* items = v.array()) {
    for (const Value& item : *items) refuse_references(docs, item);
  } else if (const Object* members = v.object()) {
    for (const Member& m : *members) refuse_references(docs, m.value);
  }
}

void replace_in(Documents& docs, Value& v, const Value* params) {
  if (const auto name = reference(v)) {
    const Value* found = params != nullptr ? params->find(*name) : nullptr;
    if (found != nullptr) {
      v = Value(*found);
      return;
    }
    std::vector<std::string_view> names;
    if (params != nullptr && params->is_object()) {
      for (const Member& m : *params->object()) names.push_back(m.key);
    }
    docs.error(v.origin(), "no parameter is called " + in_quotes(*name) +
                               (names.empty() ? "; declare it in \"params\"" : suggestion(*name, names, "parameters")));
    docs.silence(v.origin());
    return;
  }
  if (Array* items = v.array()) {
    for (Value& item : *items) replace_in(docs, item, params);
  } else if (Object* members = v.object()) {
    for (Member& m : *members) {
      if (m.key != "meta" && m.key != "description") replace_in(docs, m.value, params);
    }
  }
}

}  // namespace

void substitute(Documents& docs, Value& root, const Value* params) {
  if (!root.is_object()) return;
  if (params != nullptr) refuse_references(docs, *params);
  for (Member& m : *root.object()) {
    if (m.key != "params" && m.key != "description" && m.key != "meta") replace_in(docs, m.value, params);
  }
}

namespace {

bool mentions(const Value& v, std::string_view name) {
  if (const auto found = reference(v)) return *found == name;
  if (const Array* items = v.array()) {
    for (const Value& item : *items) {
      if (mentions(item, name)) return true;
    }
  } else if (const Object* members = v.object()) {
    for (const Member& m : *members) {
      if (mentions(m.value, name)) return true;
    }
  }
  return false;
}

}  // namespace

bool uses_parameter(const Value& root, std::string_view name) {
  if (!root.is_object()) return false;
  for (const Member& m : *root.object()) {
    if (m.key != "params" && mentions(m.value, name)) return true;
  }
  return false;
}

}  // namespace wirelab::scenario
