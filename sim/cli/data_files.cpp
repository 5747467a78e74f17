#include "cli/data_files.h"

#include <algorithm>
#include <system_error>

#ifdef __APPLE__
#include <mach-o/dyld.h>

#include <array>
#endif

namespace wirelab::cli {

namespace {

namespace fs = std::filesystem;

fs::path executable() {
  std::error_code failed;
#ifdef __APPLE__
  std::array<char, 4096> name{};
  auto size = static_cast<std::uint32_t>(name.size());
  if (_NSGetExecutablePath(name.data(), &size) != 0) return {};
  return fs::canonical(name.data(), failed);
#else
  return fs::read_symlink("/proc/self/exe", failed);
#endif
}

bool holds_data(const fs::path& folder) {
  std::error_code failed;
  return fs::is_directory(folder / "scenarios", failed) && fs::is_directory(folder / "topologies", failed);
}

fs::path find_data_folder() {
  const fs::path program = executable();
  if (!program.empty()) {
    const fs::path installed = (program.parent_path() / WIRELAB_DATA_FROM_BIN).lexically_normal();
    if (holds_data(installed)) return installed;
  }
  const fs::path source = WIRELAB_SOURCE_DIR;
  return holds_data(source) ? source : fs::path();
}

std::vector<std::string> names_in(const char* folder) {
  std::vector<std::string> names;
  if (data_folder().empty()) return names;
  std::error_code failed;
  for (const auto& entry : fs::directory_iterator(data_folder() / folder, failed)) {
    const auto extension = entry.path().extension();
    if (extension == ".json" || extension == ".graphml" || extension == ".dot") {
      names.push_back(entry.path().stem().string());
    }
  }
  std::sort(names.begin(), names.end());
  return names;
}

std::string resolve(const char* folder, const std::string& name_or_path) {
  std::error_code failed;
  const fs::path given = name_or_path;
  // A folder of that name, such as the results of an earlier run, is no file to run.
  const bool is_here = fs::exists(given, failed) && !fs::is_directory(given, failed);
  if (name_or_path == "-" || given.has_parent_path() || is_here) return name_or_path;
  if (data_folder().empty()) return name_or_path;
  const fs::path own = data_folder() / folder / given;
  for (const char* extension : {"", ".json", ".graphml", ".dot"}) {
    const std::string candidate = own.string() + extension;
    if (fs::is_regular_file(candidate, failed)) return candidate;
  }
  return name_or_path;
}

}  // namespace

fs::path data_folder() {
  static const fs::path found = find_data_folder();
  return found;
}

std::vector<std::string> scenario_names() { return names_in("scenarios"); }
std::vector<std::string> topology_names() { return names_in("topologies"); }

std::string resolve_scenario(const std::string& name_or_path) { return resolve("scenarios", name_or_path); }
std::string resolve_topology_file(const std::string& name_or_path) { return resolve("topologies", name_or_path); }

}  // namespace wirelab::cli
