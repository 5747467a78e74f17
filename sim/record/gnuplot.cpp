#include "record/gnuplot.h"

#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <utility>

extern char** environ;  // NOLINT: POSIX asks for this declaration

namespace wirelab::plot {

void GnuplotRunner::start(const GnuplotJob& job) {
  while (running_.size() >= at_once_) wait_for_oldest();
  std::array<int, 2> ends{};
  if (::pipe(ends.data()) != 0) {
    outcomes_.push_back({job.tag, false, 1, "no pipe could be made"});
    return;
  }
  ::fcntl(ends[0], F_SETFD, FD_CLOEXEC);
  ::fcntl(ends[1], F_SETFD, FD_CLOEXEC);
  posix_spawn_file_actions_t actions;
  ::posix_spawn_file_actions_init(&actions);
  ::posix_spawn_file_actions_addchdir_np(&actions, job.dir.c_str());
  ::posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0);
  ::posix_spawn_file_actions_addopen(&actions, 1, "/dev/null", O_WRONLY, 0);
  ::posix_spawn_file_actions_adddup2(&actions, ends[1], 2);
  // -d: the user's own start-up file must not change the pictures.
  std::string program = "gnuplot", defaults = "-d", option = "-e", stem = "stem = '" + job.stem + "'",
              script = job.script;
  std::array<char*, 6> arguments = {program.data(), defaults.data(), option.data(),
                                    stem.data(),    script.data(),   nullptr};
  pid_t pid = 0;
  const int failed = ::posix_spawnp(&pid, "gnuplot", &actions, nullptr, arguments.data(), environ);
  ::posix_spawn_file_actions_destroy(&actions);
  ::close(ends[1]);
  if (failed != 0) {
    ::close(ends[0]);
    outcomes_.push_back({job.tag, failed == ENOENT || failed == EACCES, 1, "gnuplot could not be started"});
    return;
  }
  running_.push_back({job.tag, pid, ends[0]});
}

void GnuplotRunner::wait_for_oldest() {
  const Running r = running_.front();
  running_.pop_front();
  GnuplotOutcome outcome{r.tag, false, 0, {}};
  std::array<char, 4096> buffer;
  for (;;) {
    const ssize_t n = ::read(r.errors, buffer.data(), buffer.size());
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) break;
    outcome.messages.append(buffer.data(), static_cast<std::size_t>(n));
  }
  ::close(r.errors);
  int status = 0;
  while (::waitpid(r.pid, &status, 0) < 0 && errno == EINTR) {}
  outcome.status = WIFEXITED(status) ? WEXITSTATUS(status) : 1;
  outcomes_.push_back(std::move(outcome));
}

std::vector<GnuplotOutcome> GnuplotRunner::finish() {
  while (!running_.empty()) wait_for_oldest();
  return std::exchange(outcomes_, {});
}

}  // namespace wirelab::plot
