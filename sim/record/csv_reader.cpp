#include "record/csv_reader.h"

#include <array>
#include <charconv>
#include <cmath>
#include <cstring>
#include <limits>

namespace wirelab {
namespace {

constexpr std::size_t kReadAtOnce = std::size_t{1} << 18;

void split(std::string_view line, std::vector<std::string_view>& fields) {
  fields.clear();
  const char* at = line.data();
  const char* const end = at + line.size();
  for (;;) {
    const auto* comma = static_cast<const char*>(std::memchr(at, ',', static_cast<std::size_t>(end - at)));
    const char* const stop = comma != nullptr ? comma : end;
    fields.emplace_back(at, static_cast<std::size_t>(stop - at));
    if (comma == nullptr) return;
    at = comma + 1;
  }
}

}  // namespace

bool CsvReader::open(const std::filesystem::path& path) {
  file_.reset(std::fopen(path.c_str(), "rb"));
  buffer_.resize(kReadAtOnce);
  begin_ = end_ = 0;
  columns_.clear();
  std::string_view line;
  if (!file_ || !next_line(line)) return false;
  header_ = line;
  split(header_, columns_);
  return true;
}

std::optional<std::size_t> CsvReader::column(std::string_view name) const {
  for (std::size_t i = 0; i < columns_.size(); ++i) {
    if (columns_[i] == name) return i;
  }
  return std::nullopt;
}

bool CsvReader::next() {
  std::string_view line;
  if (!file_ || !next_line(line)) return false;
  split(line, fields_);
  return true;
}

bool CsvReader::next_line(std::string_view& line) {
  for (std::size_t searched = begin_;;) {
    const auto* found = static_cast<const char*>(std::memchr(buffer_.data() + searched, '\n', end_ - searched));
    if (found != nullptr) {
      const char* const start = buffer_.data() + begin_;
      line = std::string_view(start, static_cast<std::size_t>(found - start));
      begin_ += line.size() + 1;
      return true;
    }
    const std::size_t held = end_ - begin_;
    if (begin_ > 0) std::memmove(buffer_.data(), buffer_.data() + begin_, held);
    if (held == buffer_.size()) buffer_.resize(2 * buffer_.size());
    begin_ = 0;
    searched = held;
    const std::size_t got = std::fread(buffer_.data() + held, 1, buffer_.size() - held, file_.get());
    end_ = held + got;
    if (got == 0) return false;
  }
}

double parse_number(std::string_view text) {
  // Digits with at most one point, as the run writes almost everything: one division, right to the last bit up to 15
  // digits, and an order of magnitude faster than the general case below.
  static constexpr std::array<double, 19> powers = {1,    1e1,  1e2,  1e3,  1e4,  1e5,  1e6,  1e7,  1e8, 1e9,
                                                    1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18};
  constexpr double nothing = std::numeric_limits<double>::quiet_NaN();
  if (text.empty()) return nothing;
  std::uint64_t digits = 0;
  std::size_t after_point = 0, count = 0;
  bool point = false, plain = true;
  for (const char c : text) {
    if (c >= '0' && c <= '9') {
      digits = digits * 10 + static_cast<std::uint64_t>(c - '0');
      ++count;
      after_point += point ? 1u : 0u;
    } else if (c == '.' && !point) {
      point = true;
    } else {
      plain = false;
      break;
    }
  }
  if (plain && count > 0 && count <= 18) return static_cast<double>(digits) / powers[after_point];
  double value = nothing;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  return error == std::errc() && end == text.data() + text.size() ? value : nothing;
}

}  // namespace wirelab
