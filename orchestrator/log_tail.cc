#include "orchestrator/log_tail.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/string_view.h"
#include "orchestrator/utf8.h"

namespace vagram {
namespace {

constexpr size_t kMaxLastLineBytes = 300;

// A file opened for one look at it.
class OpenFile {
 public:
  explicit OpenFile(const std::string& path) : fd_(open(path.c_str(), O_RDONLY | O_CLOEXEC)) {}
  ~OpenFile() {
    if (fd_ >= 0) close(fd_);
  }
  OpenFile(const OpenFile&) = delete;
  OpenFile& operator=(const OpenFile&) = delete;

  int64_t size() const {
    struct stat info;
    return fd_ >= 0 && fstat(fd_, &info) == 0 ? info.st_size : 0;
  }

  // Bytes [offset, offset + count), fewer where the file ends.
  std::string Read(int64_t offset, int64_t count) const {
    std::string bytes(static_cast<size_t>(count), '\0');
    const ssize_t got = fd_ < 0 ? 0 : pread(fd_, bytes.data(), bytes.size(), offset);
    bytes.resize(static_cast<size_t>(std::max<ssize_t>(got, 0)));
    return bytes;
  }

 private:
  const int fd_;
};

// Where the last `lines` lines begin, looking backwards block by block.
int64_t TailOffset(const OpenFile& file, int64_t lines) {
  constexpr int64_t kBlock = 64 << 10;
  const int64_t size = file.size();
  for (int64_t end = size; end > 0;) {
    const int64_t begin = std::max<int64_t>(end - kBlock, 0);
    const std::string block = file.Read(begin, end - begin);
    for (int64_t i = static_cast<int64_t>(block.size()) - 1; i >= 0; --i) {
      // The newline that ends the file begins no line.
      if (block[i] != '\n' || begin + i == size - 1) continue;
      if (--lines == 0) return begin + i + 1;
    }
    end = begin;
  }
  return 0;
}

}  // namespace

std::string LastLine(const std::string& path) {
  const OpenFile file(path);
  const int64_t size = file.size();
  const int64_t begin = std::max<int64_t>(size - 4096, 0);
  const std::string text = file.Read(begin, size - begin);
  absl::string_view rest = absl::StripAsciiWhitespace(text);
  const size_t newline = rest.rfind('\n');
  if (newline != absl::string_view::npos) rest.remove_prefix(newline + 1);
  return ClipUtf8(rest, kMaxLastLineBytes);
}

LogTail::LogTail(std::string path, int64_t tail_lines) : path_(std::move(path)) {
  if (tail_lines > 0) offset_ = TailOffset(OpenFile(path_), tail_lines);
}

std::string LogTail::Next(bool to_the_end) {
  const OpenFile file(path_);
  const int64_t available = file.size() - offset_;
  if (available <= 0) return "";
  std::string text = file.Read(offset_, std::min(available, kMaxChunkBytes));
  const size_t newline = text.rfind('\n');
  if (newline != std::string::npos) {
    text.resize(newline + 1);
  } else if (static_cast<int64_t>(text.size()) < kMaxChunkBytes && !to_the_end) {
    return "";
  }
  offset_ += static_cast<int64_t>(text.size());
  if (to_the_end && available <= static_cast<int64_t>(text.size()) && text.back() != '\n') {
    text += '\n';
  }
  return ClipUtf8(text, text.size());
}

}  // namespace vagram
