#ifndef CORE_YAML_FAULTS_H_
#define CORE_YAML_FAULTS_H_

#include <memory>
#include <set>
#include <string>
#include <tuple>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"

namespace vagram {

// A place in a file, or a whole `--set` argument (then without a line).
struct Position {
  std::shared_ptr<const std::string> source;
  int line = 0;  // from 1; 0: the source as a whole
  int column = 0;

  std::string ToString() const;  // hopper.yaml:5:10
};

// `text` as it may stand in a message: one line, printable, valid UTF-8, cut after `longest` bytes.
std::string Printable(absl::string_view text, size_t longest = 120);

// Whether `text` is valid UTF-8, which protocol buffers want of every string.
bool IsUtf8(absl::string_view text);

// Everything that is wrong with a file that a person wrote, reported at once. Repeats are dropped,
// and what exceeds kMost: a file with that many faults is not of the kind it was taken for.
class Faults {
 public:
  static constexpr size_t kMost = 100;

  // `key`: dotted, empty where no key is concerned. `description`: what was expected, what came,
  // what to do.
  void Add(const Position& at, absl::string_view key, absl::string_view description);

  bool empty() const { return faults_.empty(); }
  bool full() const { return faults_.size() >= kMost; }

  // INVALID_ARGUMENT with one field violation per fault, in the order of the file.
  absl::Status ToStatus(absl::string_view file) const;

 private:
  struct Fault {
    Position at;
    std::string key;
    std::string description;
  };
  std::vector<Fault> faults_;
  std::set<std::tuple<std::string, std::string, std::string>> seen_;
};

}  // namespace vagram

#endif  // CORE_YAML_FAULTS_H_
