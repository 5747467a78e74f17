#include "record/recorded_files.h"

#include <cerrno>
#include <fstream>
#include <iterator>
#include <nlohmann/json.hpp>
#include <set>

#include "record/json_printer.h"

namespace wirelab {

std::optional<FileError> add_recorded_files(const std::filesystem::path& dir, const std::vector<std::string>& names) {
  const std::filesystem::path file = dir / "summary.json";
  std::ifstream in(file, std::ios::binary);
  if (!in) return FileError{file, errno};
  const std::string text{std::istreambuf_iterator<char>(in), {}};

  // Members of the summary stand two blanks deep on lines of their own, and a string holds no line's end.
  constexpr std::string_view kStart = "\n  \"files\": ";
  const std::size_t at = text.find(kStart);
  const std::size_t list = at + kStart.size();
  const std::size_t end = at == std::string::npos ? at : text.find("]", list);
  if (end == std::string::npos) return std::nullopt;
  const auto listed = nlohmann::json::parse(text.substr(list, end + 1 - list), nullptr, false);
  if (!listed.is_array()) return std::nullopt;

  std::set<std::string> all(names.begin(), names.end());
  for (const auto& name : listed) {
    if (name.is_string()) all.insert(name.get<std::string>());
  }
  if (all.size() == listed.size()) return std::nullopt;
  JsonPrinter out;
  out.begin_object();
  out.begin_array("files");
  for (const std::string& name : all) out.string({}, name);
  out.end_array();
  const std::string printed = out.text();
  return write_file(file, text.substr(0, at) + printed.substr(printed.find('\n')) + text.substr(end + 1));
}

}  // namespace wirelab
