#pragma once
// The program from outside: runs it in a folder of its own and says what it printed, and how it ended.

#include <filesystem>
#include <map>
#include <string>
#include <vector>

namespace wirelab {

struct Outcome {
  int status = -1;  ///< exit status; 128 + signal if it was killed
  std::string out, err;
};

/// A fresh folder that is removed with this object.
class Scratch {
 public:
  Scratch();
  ~Scratch();
  Scratch(const Scratch&) = delete;
  Scratch& operator=(const Scratch&) = delete;

  const std::filesystem::path& path() const { return path_; }
  std::filesystem::path operator/(const std::string& name) const { return path_ / name; }
  void write(const std::string& name, const std::string& content) const;

  /// Runs `wirelab` with these arguments in this folder.
  Outcome wirelab(const std::vector<std::string>& arguments, const std::string& input = "") const;
  /// Runs any command line of the shell in this folder; "$WIRELAB" is the program.
  Outcome shell(const std::string& command, const std::string& input = "") const;

 private:
  std::filesystem::path path_;
};

std::string content_of(const std::filesystem::path& file);

/// All files below a folder with their content; of each summary.json without its last two lines, the times of
/// computing, which are checked to be two.
std::map<std::string, std::string> results_in(const std::filesystem::path& folder);

}  // namespace wirelab
