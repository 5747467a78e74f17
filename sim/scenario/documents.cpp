#include "scenario/documents.h"

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <memory>

#include "scenario/json_reader.h"

namespace wirelab::scenario {

namespace {

struct Closer {
  void operator()(std::FILE* f) const {
    if (f != stdin) std::fclose(f);
  }
};

std::string too_long() { return "is longer than " + std::to_string(kLargestFile >> 20) + " MiB; no scenario is"; }

}  // namespace

FileText read_file(const std::string& path) {
  std::error_code ignored;
  const auto status = path == "-" ? std::filesystem::file_status() : std::filesystem::status(path, ignored);
  if (std::filesystem::is_directory(status)) return {std::nullopt, "is a directory; name a file in it"};
  errno = 0;
  const std::unique_ptr<std::FILE, Closer> file(path == "-" ? stdin : std::fopen(path.c_str(), "rb"));
  if (!file) {
    if (errno == ENOENT) return {std::nullopt, "there is no such file; check the path"};
    return {std::nullopt, std::string("cannot be read: ") + std::strerror(errno) + "; check its permissions"};
  }
  std::string text;
  char buffer[1 << 16];
  while (const std::size_t n = std::fread(buffer, 1, sizeof buffer, file.get())) {
    text.append(buffer, n);
    if (text.size() > kLargestFile) return {std::nullopt, too_long()};
  }
  if (std::ferror(file.get()) != 0) {
    return {std::nullopt, std::string("cannot be read: ") + std::strerror(errno) + "; check the file"};
  }
  return {std::move(text), {}};
}

std::uint32_t Documents::add_text(std::string name, std::string text, bool lines) {
  sources_.push_back({std::move(name), std::move(text), {}, lines, {}});
  return static_cast<std::uint32_t>(sources_.size() - 1);
}

std::optional<Value> Documents::parse(std::string name, std::string text) {
  const std::uint32_t source = add_text(std::move(name), std::move(text));
  Source& s = sources_[source];
  if (s.text.size() > kLargestFile) {
    error({source, 0}, "the file " + too_long());
    return std::nullopt;
  }
  if (s.text.find_first_not_of(" \t\r\n") == std::string::npos) {
    error({source, 0}, "the file is empty; a scenario starts with {");
    return std::nullopt;
  }
  if (const auto nul = s.text.find('\0'); nul != std::string::npos) {
    error({source, static_cast<std::uint32_t>(nul)}, "the file is binary, not JSON text; name a scenario file");
    return std::nullopt;
  }
  JsonText read = read_json(s.text, source, kDeepest);
  if (read.value) s.root = *read.value;
  for (JsonFault& f : read.faults) error({source, f.offset}, std::move(f.text));
  return std::move(read.value);
}

std::optional<Value> Documents::parse_option(std::string name, std::string pointer, std::string_view text) {
  const std::uint32_t source = add_text(std::move(name), std::string(text));
  Source& s = sources_[source];
  s.lines = false;
  s.base = std::move(pointer);
  JsonText read = read_json(s.text, source, kDeepest);
  const bool means_json = !text.empty() && std::strchr("[{\"", text.front()) != nullptr;
  if (!read.value && !means_json) return s.root = Value(std::string(text), Origin{source, 0});
  for (JsonFault& f : read.faults) error({source, f.offset}, std::move(f.text));
  if (read.value) s.root = *read.value;
  return std::move(read.value);
}

void Documents::error(Origin at, std::string text) {
  const auto same = [&](const Message& m) { return m.at == at && m.text == text; };
  if (std::any_of(errors_.begin(), errors_.end(), same)) return;
  if (std::find(silenced_.begin(), silenced_.end(), at) != silenced_.end()) return;
  if (errors_.size() == kMostMessages) {
    ++suppressed_;
    return;
  }
  errors_.push_back({at, std::move(text)});
}

void Documents::warning(Origin at, std::string text) {
  const auto same = [&](const Message& m) { return m.at == at && m.text == text; };
  if (warnings_.size() < kMostMessages && std::none_of(warnings_.begin(), warnings_.end(), same)) {
    warnings_.push_back({at, std::move(text)});
  }
}

std::string escaped_step(std::string_view step) {
  std::string out;
  for (const char c : step) out += c == '~' ? "~0" : c == '/' ? "~1" : std::string(1, c);
  return out;
}

namespace {

/// The pointer of the value or key that starts at `offset`. Bounded by the depth of the parser.
bool find_pointer(const Value& v, std::uint32_t offset, std::string& pointer) {
  if (v.origin().offset == offset) return true;
  const std::size_t length = pointer.size();
  if (const Array* items = v.array()) {
    for (std::size_t i = 0; i < items->size(); ++i) {
      pointer += "/" + std::to_string(i);
      if (find_pointer((*items)[i], offset, pointer)) return true;
      pointer.resize(length);
    }
  } else if (const Object* members = v.object()) {
    for (const Member& m : *members) {
      pointer += "/" + escaped_step(m.key);
      if (m.origin.offset == offset || find_pointer(m.value, offset, pointer)) return true;
      pointer.resize(length);
    }
  }
  return false;
}

}  // namespace

Documents::Place Documents::place_of(Origin at) const {
  if (at.source >= sources_.size()) return {};
  const Source& s = sources_[at.source];
  Place place{s.name, 0, 0, s.base};
  if (s.lines) {
    const std::string_view before = std::string_view(s.text).substr(0, at.offset);
    const auto newline = before.rfind('\n');
    place.line = 1 + static_cast<std::size_t>(std::count(before.begin(), before.end(), '\n'));
    place.column = 1 + before.size() - (newline == std::string_view::npos ? 0 : newline + 1);
  }
  if (std::string inside; find_pointer(s.root, at.offset, inside)) place.pointer += inside;
  return place;
}

std::string Documents::format(const Message& m) const {
  const Place p = place_of(m.at);
  std::string out = p.file;
  if (p.line != 0) out += ":" + std::to_string(p.line) + ":" + std::to_string(p.column);
  out += ": ";
  if (!p.pointer.empty()) out += p.pointer + ": ";
  return out + m.text;
}

std::vector<std::string> Documents::formatted_errors() const {
  std::vector<Message> sorted = errors_;
  std::stable_sort(sorted.begin(), sorted.end(), [](const Message& a, const Message& b) {
    return a.at.source != b.at.source ? a.at.source < b.at.source : a.at.offset < b.at.offset;
  });
  std::vector<std::string> lines;
  for (const Message& m : sorted) lines.push_back(format(m));
  if (suppressed_ != 0) lines.push_back(std::to_string(suppressed_) + " more errors are not shown");
  return lines;
}

}  // namespace wirelab::scenario
