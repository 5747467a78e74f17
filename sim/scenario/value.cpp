#include "scenario/value.h"

#include <algorithm>
#include <charconv>
#include <cmath>

namespace wirelab::scenario {

double Value::number() const {
  if (const auto* i = integer()) return static_cast<double>(*i);
  if (const auto* u = large()) return static_cast<double>(*u);
  return std::get<double>(content_);
}

const Value* Value::find(std::string_view key) const {
  const Object* members = object();
  if (members == nullptr) return nullptr;
  const auto it = std::find_if(members->begin(), members->end(), [&](const Member& m) { return m.key == key; });
  return it == members->end() ? nullptr : &it->value;
}

Value* Value::find(std::string_view key) { return const_cast<Value*>(std::as_const(*this).find(key)); }

Value& Value::set(std::string_view key, Value value, Origin key_origin) {
  if (!is_object()) content_ = Object{};
  if (Value* present = find(key)) {
    *present = std::move(value);
    return *present;
  }
  object()->push_back({std::string(key), key_origin, std::move(value)});
  return object()->back().value;
}

void Value::erase(std::string_view key) {
  if (Object* members = object()) std::erase_if(*members, [&](const Member& m) { return m.key == key; });
}

std::string_view Value::kind() const {
  if (is_null()) return "null";
  if (boolean() != nullptr) return "a boolean";
  if (is_number()) return "a number";
  if (text() != nullptr) return "a string";
  return is_array() ? "an array" : "an object";
}

std::string number_text(double x) {
  if (!std::isfinite(x)) return "null";
  if (x == std::floor(x) && std::abs(x) < 1e15) return std::to_string(static_cast<std::int64_t>(x));
  char buffer[40];
  const auto end = std::to_chars(buffer, buffer + sizeof buffer, x).ptr;
  return std::string(buffer, end);
}

std::string in_quotes(std::string_view text) {
  constexpr std::string_view digits = "0123456789abcdef";
  std::string out = "\"";
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (c == '"' || c == '\\') {
      out += '\\';
      out += c;
    } else if (c == '\n') {
      out += "\\n";
    } else if (c == '\t') {
      out += "\\t";
    } else if (byte < 0x20) {
      out += "\\u00";
      out += digits[byte >> 4];
      out += digits[byte & 15];
    } else {
      out += c;
    }
  }
  return out + "\"";
}

namespace {

/// One line takes what fits below this, so that a scenario stays readable and short.
constexpr std::size_t kLineWidth = 110;

std::string scalar_text(const Value& v) {
  if (v.is_null()) return "null";
  if (const bool* b = v.boolean()) return *b ? "true" : "false";
  if (const auto* i = v.integer()) return std::to_string(*i);
  if (const auto* u = v.large()) return std::to_string(*u);
  if (const double* d = v.real()) return number_text(*d);
  return in_quotes(*v.text());
}

void dump_to(std::string& out, const Value& v) {
  if (const Array* items = v.array()) {
    out += '[';
    for (std::size_t i = 0; i < items->size(); ++i) {
      if (i != 0) out += ", ";
      dump_to(out, (*items)[i]);
    }
    out += ']';
  } else if (const Object* members = v.object()) {
    out += members->empty() ? "{" : "{ ";
    for (std::size_t i = 0; i < members->size(); ++i) {
      if (i != 0) out += ", ";
      out += in_quotes((*members)[i].key) + ": ";
      dump_to(out, (*members)[i].value);
    }
    out += members->empty() ? "}" : " }";
  } else {
    out += scalar_text(v);
  }
}

void pretty_to(std::string& out, const Value& v, std::size_t indent, bool top) {
  const bool nested = (v.is_array() && !v.array()->empty()) || (v.is_object() && !v.object()->empty());
  if (!nested) return dump_to(out, v);
  if (!top) {
    std::string line;
    dump_to(line, v);
    if (line.size() + indent <= kLineWidth) {
      out += line;
      return;
    }
  }
  const std::string pad(indent + 2, ' ');
  out += v.is_array() ? "[\n" : "{\n";
  if (const Array* items = v.array()) {
    for (std::size_t i = 0; i < items->size(); ++i) {
      out += pad;
      pretty_to(out, (*items)[i], indent + 2, false);
      out += i + 1 < items->size() ? ",\n" : "\n";
    }
  } else {
    const Object& members = *v.object();
    for (std::size_t i = 0; i < members.size(); ++i) {
      out += pad + in_quotes(members[i].key) + ": ";
      pretty_to(out, members[i].value, indent + 2, false);
      out += i + 1 < members.size() ? ",\n" : "\n";
    }
  }
  out += std::string(indent, ' ') + (v.is_array() ? "]" : "}");
}

}  // namespace

std::string Value::dump() const {
  std::string out;
  dump_to(out, *this);
  return out;
}

std::string Value::pretty() const {
  std::string out;
  pretty_to(out, *this, 0, true);
  return out + "\n";
}

namespace {

bool replaces_whole(const Value& patch, std::string_view key) {
  return patch.find("model") != nullptr || patch.find("type") != nullptr ||
         (key == "cc" && patch.find("name") != nullptr);  // parameters belong to the algorithm that is named
}

}  // namespace

void merge_patch(Value& target, const Value& patch) {
  if (!patch.is_object()) {
    target = patch;
    return;
  }
  if (!target.is_object()) target = Value(Object{}, patch.origin());
  for (const Member& m : *patch.object()) {
    if (m.value.is_null()) {
      target.erase(m.key);
      continue;
    }
    Value* present = target.find(m.key);
    if (present != nullptr && present->is_object() && m.value.is_object() && !replaces_whole(m.value, m.key)) {
      merge_patch(*present, m.value);
    } else {
      // Merging into nothing drops nulls inside, as RFC 7396 has it.
      Value fresh(m.value.origin());
      merge_patch(fresh, m.value);
      target.erase(m.key);
      target.set(m.key, std::move(fresh), m.origin);
    }
  }
}

bool equal(const Value& a, const Value& b) { return a.dump() == b.dump(); }

}  // namespace wirelab::scenario
