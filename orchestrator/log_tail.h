#ifndef ORCHESTRATOR_LOG_TAIL_H_
#define ORCHESTRATOR_LOG_TAIL_H_

#include <cstdint>
#include <string>

namespace vagram {

// The last line of a log with text in it, cut to 300 bytes; empty when the file cannot be read.
std::string LastLine(const std::string& path);

// Reads a log that may still grow, in whole lines, as valid UTF-8. A file that is not there yet
// counts as empty. Not thread-safe.
class LogTail {
 public:
  static constexpr int64_t kMaxChunkBytes = 1 << 20;

  // Begins at the last `tail_lines` lines the file has now; 0: at its beginning.
  LogTail(std::string path, int64_t tail_lines);

  // The next whole lines, at most kMaxChunkBytes; empty when there is none now. A longer line comes
  // in pieces. With `to_the_end` an unfinished last line counts as a line.
  std::string Next(bool to_the_end);

 private:
  const std::string path_;
  int64_t offset_ = 0;
};

}  // namespace vagram

#endif  // ORCHESTRATOR_LOG_TAIL_H_
