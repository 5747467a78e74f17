#include "record/expectation.h"

#include <fmt/format.h>

#include <cmath>
#include <nlohmann/json.hpp>

#include "record/csv_reader.h"
#include "record/decimal.h"
#include "record/json_printer.h"

namespace wirelab {
namespace {

using Json = nlohmann::ordered_json;

std::string text_of(double x) {
  if (!std::isfinite(x)) return "null";
  char room[kNumberRoom];
  return {room, static_cast<std::size_t>(write_double(room, x) - room)};
}

/// The value at a pointer; null in its place if there is none.
const Json* at(const Json& summary, const std::string& pointer) {
  // Checked by hand first: nlohmann throws on a pointer that is not one.
  if (pointer.empty() || pointer.front() != '/') return nullptr;
  const Json* here = &summary;
  std::size_t begin = 1;
  while (begin <= pointer.size()) {
    const std::size_t end = std::min(pointer.find('/', begin), pointer.size());
    std::string step = pointer.substr(begin, end - begin);
    for (std::size_t i = 0; (i = step.find('~', i)) != std::string::npos; ++i) {
      if (step.compare(i, 2, "~1") == 0) step.replace(i, 2, "/");
      if (step.compare(i, 2, "~0") == 0) step.replace(i, 2, "~");
    }
    if (here->is_object() && here->contains(step)) {
      here = &(*here)[step];
    } else if (here->is_array() && !step.empty() && step.find_first_not_of("0123456789") == std::string::npos &&
               step.size() < 10 && std::stoul(step) < here->size()) {
      here = &(*here)[std::stoul(step)];
    } else {
      return nullptr;
    }
    begin = end + 1;
  }
  return here;
}

bool in_range(const Expectation& e, double x, std::string& wanted) {
  bool held = std::isfinite(x);
  const auto also = [&](bool holds, const std::string& what) {
    held = held && holds;
    wanted += (wanted.empty() ? "" : " and ") + what;
  };
  if (e.min) also(x >= *e.min, "at least " + text_of(*e.min));
  if (e.max) also(x <= *e.max, "at most " + text_of(*e.max));
  if (e.near) {
    also(std::abs(x - *e.near) <= e.within * std::abs(*e.near),
         fmt::format("{} within {:g} %", text_of(*e.near), e.within * 100));
  }
  return held;
}

ExpectResult judge_value(const Expectation& e, const Json& summary) {
  ExpectResult out;
  out.value = e.value;
  const Json* const value = at(summary, e.value);
  const Json* const over = e.over.empty() ? nullptr : at(summary, e.over);
  out.got = value != nullptr ? value->dump() : "null";
  if (value == nullptr || (!e.over.empty() && over == nullptr)) {
    out.explanation = fmt::format("summary.json has no {}", value == nullptr ? e.value : e.over);
    return out;
  }
  std::string name = e.value;
  double x = value->is_number() ? value->get<double>() : std::nan("");
  if (over != nullptr) {
    x = over->is_number() ? x / over->get<double>() : std::nan("");
    out.got = text_of(x);
    name += " over " + e.over;
  }
  std::string wanted;
  const bool has_range = e.min || e.max || e.near;
  out.held = !has_range || in_range(e, x, wanted);
  if (e.is) {
    const Json exactly = Json::parse(*e.is, nullptr, false);
    const Json ratio = x;
    out.held = out.held && !exactly.is_discarded() && (over != nullptr ? ratio : *value) == exactly;
    wanted += (wanted.empty() ? "" : " and ") + *e.is;
  }
  if (!out.held) out.explanation = fmt::format("{} is {}, expected {}", name, out.got, wanted);
  return out;
}

std::vector<std::string> path_of(const Expectation& e, const std::filesystem::path& states_csv) {
  std::vector<std::string> path;
  CsvReader csv;
  if (!csv.open(states_csv)) return path;
  const auto app = csv.column("app"), host = csv.column("host"), from = csv.column("from"), to = csv.column("to");
  while (csv.next()) {
    if (csv[app] != e.app || csv[host] != e.host) continue;
    if (path.empty()) path.emplace_back(csv[from]);
    path.emplace_back(csv[to]);
  }
  return path;
}

std::string joined(const std::vector<std::string>& states) {
  std::string out;
  for (const std::string& s : states) out += (out.empty() ? "" : ", ") + s;
  return out.empty() ? "nothing" : out;
}

ExpectResult judge_path(const Expectation& e, const std::filesystem::path& states_csv) {
  ExpectResult out;
  out.value = fmt::format("states of {} at {}", e.app, e.host);
  const std::vector<std::string> path = path_of(e, states_csv);
  out.got = "[";
  for (const std::string& state : path) out.got += (out.got.size() > 1 ? ", " : "") + JsonPrinter::quoted(state);
  out.got += "]";
  out.held = path == e.path;
  if (!out.held) {
    out.explanation = fmt::format("{}: went through {}, expected {}", out.value, joined(path), joined(e.path));
  }
  return out;
}

}  // namespace

std::vector<ExpectResult> evaluate(const std::vector<Expectation>& expectations, const std::string& summary_json,
                                   const std::filesystem::path& states_csv) {
  std::vector<ExpectResult> out;
  if (expectations.empty()) return out;
  const Json summary = Json::parse(summary_json, nullptr, false);
  for (const Expectation& e : expectations) {
    out.push_back(e.app.empty() ? judge_value(e, summary) : judge_path(e, states_csv));
  }
  return out;
}

}  // namespace wirelab
