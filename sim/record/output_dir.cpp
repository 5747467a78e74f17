#include "record/output_dir.h"

#include <unistd.h>

#include <algorithm>
#include <set>
#include <string_view>
#include <system_error>
#include <vector>

#include "record/atomic_file.h"
#include "record/recorded_run.h"

namespace wirelab {
namespace fs = std::filesystem;
namespace {

bool is_leftover(const fs::path& file) {
  const std::string name = file.filename().string();
  return name.size() > kPartSuffix.size() && name.ends_with(kPartSuffix);
}

bool is_real(const fs::path& path, fs::file_type type) {
  std::error_code error;
  return fs::symlink_status(path, error).type() == type;
}

/// The folders into which a run writes; a run that died may leave them with leftovers alone.
bool holds_leftovers_only(const fs::path& entry) {
  if (is_leftover(entry)) return true;
  const std::string name = entry.filename().string();
  if ((name != "plots" && name != "pcap") || !is_real(entry, fs::file_type::directory)) return false;
  std::error_code error;
  for (const fs::directory_entry& inner : fs::directory_iterator(entry, error)) {
    if (!is_leftover(inner.path())) return false;
  }
  return !error;
}

/// "plots/cwnd.png": relative, without "..", through no link.
bool is_plain_below(const fs::path& dir, const std::string& name) {
  const fs::path relative(name);
  if (name.empty() || relative.is_absolute() || relative.has_root_path()) return false;
  fs::path at = dir;
  for (const fs::path& part : relative) {
    if (part.empty() || part == "." || part == "..") return false;
    at /= part;
    if (is_real(at, fs::file_type::symlink)) return false;
  }
  return true;
}

std::optional<RecordedRun> earlier_run(const fs::path& dir) {
  if (!is_real(dir / "summary.json", fs::file_type::regular)) return std::nullopt;
  std::string why_not;
  std::optional<RecordedRun> run = read_recorded_run(dir, why_not);
  // Some other program's summary.json is not a run's.
  if (run && run->files.empty()) return std::nullopt;
  return run;
}

OutputRefusal unwritable(const fs::path& dir, const std::error_code& error) {
  return {3, dir.string() + ": cannot be written: " + error.message()};
}

}  // namespace

std::optional<OutputRefusal> check_output_dir(const fs::path& dir, bool force) {
  std::error_code error;
  const fs::file_status status = fs::status(dir, error);
  if (status.type() == fs::file_type::not_found) return std::nullopt;
  if (status.type() == fs::file_type::none) return unwritable(dir, error);
  if (status.type() != fs::file_type::directory) {
    return OutputRefusal{2, dir.string() + ": is not a folder; name another with -o"};
  }
  if (::access(dir.c_str(), W_OK | X_OK) != 0) return unwritable(dir, {errno, std::generic_category()});
  for (const char* inner : {"plots", "pcap"}) {
    if (!is_real(dir / inner, fs::file_type::symlink)) continue;
    return OutputRefusal{2, (dir / inner).string() +
                                ": is a link, and a run writes only below its own folder; remove it, or name another "
                                "folder with -o"};
  }
  if (force || earlier_run(dir)) return std::nullopt;
  for (const fs::directory_entry& entry : fs::directory_iterator(dir, error)) {
    if (holds_leftovers_only(entry.path())) continue;
    return OutputRefusal{2, dir.string() +
                                ": is not empty and holds no earlier run (summary.json with its files); name another "
                                "folder with -o, or give --force to write into this one"};
  }
  if (error) return unwritable(dir, error);
  return std::nullopt;
}

std::optional<OutputRefusal> prepare_output_dir(const fs::path& dir) {
  std::error_code error;
  fs::create_directories(dir, error);
  if (error) return unwritable(dir, error);
  std::vector<fs::path> doomed;
  std::set<fs::path> folders;
  if (const std::optional<RecordedRun> run = earlier_run(dir)) {
    for (const std::string& name : run->files) {
      if (name == "summary.json" || !is_plain_below(dir, name)) continue;
      if (!is_real(dir / name, fs::file_type::regular)) continue;
      doomed.push_back(dir / name);
      for (fs::path p = fs::path(name).parent_path(); !p.empty(); p = p.parent_path()) folders.insert(dir / p);
    }
    doomed.push_back(dir / "summary.json");
  }
  for (const char* folder : {"", "plots", "pcap"}) {
    const fs::path inside = *folder != '\0' ? dir / folder : dir;
    if (!is_real(inside, fs::file_type::directory) && inside != dir) continue;
    for (const fs::directory_entry& entry : fs::directory_iterator(inside, error)) {
      if (is_leftover(entry.path())) doomed.insert(doomed.begin(), entry.path());
    }
    if (inside != dir) folders.insert(inside);
  }
  for (const fs::path& file : doomed) {
    if (fs::remove(file, error); error) return unwritable(file, error);
  }
  // Deepest first; one that still holds something stays.
  for (auto folder = folders.rbegin(); folder != folders.rend(); ++folder) ::rmdir(folder->c_str());
  return std::nullopt;
}

}  // namespace wirelab
