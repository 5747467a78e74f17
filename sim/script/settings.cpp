#include "script/settings.h"

#include <fmt/format.h>

#include <algorithm>

#include "script/cursor.h"
#include "script/network_commands.h"
#include "script/shell_words.h"
#include "script/sysctls.h"
#include "tcp/option_table.h"

namespace wirelab::script {

namespace {

/// Bytes as dd and truncate write them: 10, 4K, 1M.
std::int64_t file_bytes(std::string_view text, int line) {
  std::int64_t unit = 1;
  if (text.ends_with('k') || text.ends_with('K')) unit = 1024;
  if (text.ends_with('M')) unit = 1024 * 1024;
  if (unit != 1) text.remove_suffix(1);
  const std::int64_t n = number_of(text, line, "a file's size");
  constexpr std::int64_t kMost = std::int64_t{1} << 30;
  if (n < 0 || n > kMost / unit) throw Unsupported{line, "a file of more than 1 GiB is not modelled"};
  return n * unit;
}

/// Files of zeros, for sendfile: `dd if=/dev/zero of=FILE bs=1 count=5`, `truncate -s 5 FILE`, `touch FILE`, `rm FILE`.
bool run_file_command(const ShellCommand& command, Settings& s) {
  const Words& words = command.words;
  const std::string program = program_of(words);
  if (program == "dd") {
    std::string from, to;
    std::int64_t block = 512, count = -1;
    for (std::size_t i = 1; i < words.size(); ++i) {
      const std::string value = words[i].substr(std::min(words[i].find('=') + 1, words[i].size()));
      if (words[i].starts_with("if=")) from = value;
      if (words[i].starts_with("of=")) to = value;
      if (words[i].starts_with("bs=")) block = file_bytes(value, command.line);
      if (words[i].starts_with("count=")) count = file_bytes(value, command.line);
    }
    if (from != "/dev/zero" || to.empty() || count < 0 || block * count > (std::int64_t{1} << 30)) return false;
    s.files[to] = block * count;
    return true;
  }
  if (program == "truncate" && words.size() == 4 && words[1] == "-s") {
    s.files[words[3]] = file_bytes(words[2], command.line);
    return true;
  }
  if (program != "rm" && program != "touch") return false;
  for (std::size_t i = 1; i < words.size(); ++i) {
    if (words[i].starts_with('-')) continue;
    auto& file = s.files[words[i]];
    if (program == "rm") file.reset();
    if (program == "touch") file = file.value_or(0);
  }
  return true;
}

/// `echo 1 > /proc/sys/net/ipv4/tcp_x`.
bool run_echo(const ShellCommand& command, Settings& s) {
  const Words& words = command.words;
  const auto arrow = std::find(words.begin(), words.end(), ">");
  if (arrow == words.end()) return true;  // a remark to who watches
  if (words.end() - arrow != 2) return false;
  const std::string& file = arrow[1];
  const std::string value = fmt::format("{}", fmt::join(words.begin() + 1, arrow, " "));
  // HyStart watches delay and ACK trains, as it does anyway.
  if (file == "/sys/module/tcp_cubic/parameters/hystart_detect" && value == "3") return true;
  if (!file.starts_with("/proc/sys/")) return false;
  set_sysctl(s, file + "=" + value, command.line);
  return true;
}

/// `sysctl -q -w NAME=VALUE...`; what is only asked for changes nothing.
bool run_sysctl(const ShellCommand& command, Settings& s) {
  for (std::size_t i = 1; i < command.words.size(); ++i) {
    const std::string& word = command.words[i];
    if (word.starts_with("-p") || word == "--system") return false;
    if (word.starts_with('-')) continue;
    if (word.find('=') == std::string::npos && program_of(command.words) == "sysctl") continue;
    set_sysctl(s, word, command.line);
  }
  return true;
}

bool run_sleep(const ShellCommand& command, Settings& s) {
  if (command.words.size() != 2) return false;
  std::string_view text = command.words[1];
  if (text.ends_with('s')) text.remove_suffix(1);
  try {
    Cursor in(text);
    s.pause += in.seconds();
    return in.at_end();
  } catch (const Unsupported&) { return false; }
}

bool run_command(const ShellCommand& command, Settings& s) {
  const std::string program = program_of(command.words);
  if (run_network_command(command, s)) return true;
  const auto has = [&](std::string_view word) {
    return std::find(command.words.begin(), command.words.end(), word) != command.words.end();
  };
  if (has("|")) return false;
  if (program == "echo") return run_echo(command, s);
  if (has(">")) return false;
  if (program == "defaults.sh") {
    set_base_values(s, command.words[0].find("common/") != std::string::npos, command.line);
    return true;
  }
  if (program == "sysctl" || program == "set_sysctls.py") return run_sysctl(command, s);
  if (program == "sleep") return run_sleep(command, s);
  if (program == "true" || program == ":" || program == "modprobe" || program == "sync" || program == "cat") {
    return true;
  }
  return program.starts_with("sysctl_restore_") || run_file_command(command, s);
}

}  // namespace

Settings initial_settings() {
  Settings s;
  s.config = tcp::defaults(tcp::Profile::Linux);
  s.config.wakeup = {};  // what a script says of time is said of a host that is awake
  s.config.exact_timers = true;
  s.config.hz = 1000;  // shortest waits are counted in ticks
  s.config.fastopen = tcp::fast_open_bit::Client;
  s.ecn_granted = true;  // tcp_ecn 2
  return s;
}

void run_shell(const ShellText& shell, Settings& settings) {
  for (const ShellCommand& command : commands_in(shell)) {
    if (run_command(command, settings)) continue;
    throw Unsupported{command.line, fmt::format("the command '{}' is not modelled", fmt::join(command.words, " "))};
  }
}

}  // namespace wirelab::script
