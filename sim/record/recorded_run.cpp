#include "record/recorded_run.h"

#include <algorithm>
#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>

namespace wirelab {
namespace {

using Json = nlohmann::ordered_json;

std::string text_of(const Json& object, const char* key) {
  const auto found = object.find(key);
  return found != object.end() && found->is_string() ? found->get<std::string>() : std::string();
}

double number_of(const Json& object, const char* key, double otherwise) {
  const auto found = object.find(key);
  return found != object.end() && found->is_number() ? found->get<double>() : otherwise;
}

RecordedApp read_app(const std::string& id, const Json& json) {
  RecordedApp app;
  app.id = id;
  app.type = text_of(json, "type");
  app.from = text_of(json, "from");
  app.to = text_of(json, "to");
  app.cc = text_of(json, "cc");
  app.min_rtt_s = number_of(json, "min_rtt_s", 0);
  app.start_s = number_of(json, "start_s", 0);
  if (const auto flows = json.find("flows"); flows != json.end() && flows->is_object()) {
    app.flows = number_of(*flows, "count", 1);
  }
  return app;
}

double shared_bytes(const Json& link) {
  double most = 0;
  for (const char* way : {"forward", "backward"}) {
    const auto direction = link.find(way);
    if (direction == link.end() || !direction->is_object()) continue;
    if (number_of(*direction, "utilization", 0) >= 0.5) most = std::max(most, number_of(*direction, "bytes", 0));
  }
  return most;
}

void collect(const std::string& path, const Json& json, std::vector<std::pair<std::string, double>>& out) {
  for (const auto& [key, value] : json.items()) {
    const std::string here = path.empty() ? key : path + "/" + key;
    if (value.is_object()) {
      collect(here, value, out);
    } else if (value.is_number()) {
      out.emplace_back(here, value.get<double>());
    } else if (value.is_boolean()) {
      out.emplace_back(here, value.get<bool>() ? 1.0 : 0.0);
    }
  }
}

}  // namespace

std::string_view base_name(std::string_view instance) {
  const std::size_t dot = instance.rfind('.');
  if (dot == std::string_view::npos || dot == 0 || dot + 1 == instance.size()) return instance;
  if (instance.find_first_not_of("0123456789", dot + 1) != std::string_view::npos) return instance;
  return instance.substr(0, dot);
}

const RecordedApp* RecordedRun::app(std::string_view instance) const {
  const RecordedApp* of_base = nullptr;
  for (const RecordedApp& a : apps) {
    if (a.id == instance) return &a;
    if (a.id == base_name(instance)) of_base = &a;
  }
  return of_base;
}

std::optional<RecordedRun> read_recorded_run(const std::filesystem::path& dir, std::string& why_not) {
  const std::filesystem::path file = dir / "summary.json";
  std::ifstream in(file, std::ios::binary);
  if (!in) {
    why_not = file.string() + ": cannot be read; give a folder that `wirelab run` wrote";
    return std::nullopt;
  }
  const Json json = Json::parse(in, nullptr, false);
  if (!json.is_object()) {
    why_not = file.string() + ": is not a run's summary";
    return std::nullopt;
  }
  RecordedRun run;
  run.dir = dir;
  run.scenario = text_of(json, "scenario");
  run.sim_time_s = number_of(json, "sim_time_s", 0);
  if (const auto apps = json.find("apps"); apps != json.end() && apps->is_object()) {
    for (const auto& [id, app] : apps->items()) {
      if (app.is_object()) run.apps.push_back(read_app(id, app));
    }
  }
  if (const auto links = json.find("links"); links != json.end() && links->is_object()) {
    for (const auto& link : *links) run.shared_bytes = std::max(run.shared_bytes, shared_bytes(link));
  }
  if (const auto files = json.find("files"); files != json.end() && files->is_array()) {
    for (const Json& name : *files) {
      if (name.is_string()) run.files.push_back(name.get<std::string>());
    }
  }
  return run;
}

std::vector<std::pair<std::string, double>> metrics_of(const std::string& summary_json) {
  std::vector<std::pair<std::string, double>> out;
  Json json = Json::parse(summary_json, nullptr, false);
  if (!json.is_object()) return out;
  for (const char* identity : {"seed", "wall_s", "user_s", "interrupted"}) json.erase(identity);
  collect({}, json, out);
  return out;
}

}  // namespace wirelab
