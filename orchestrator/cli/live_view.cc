#include "orchestrator/cli/live_view.h"

#include <algorithm>
#include <ostream>
#include <utility>

#include "absl/strings/str_cat.h"
#include "orchestrator/cli/terminal_text.h"

namespace vagram::cli {

LiveView::LiveView(std::ostream* out, std::function<TerminalSize()> size, absl::Duration interval)
    : size_(std::move(size)), out_(out) {
  if (interval == absl::InfiniteDuration()) return;
  redraw_ = std::thread([this, interval] {
    while (!stop_.WaitFor(interval)) {
      absl::MutexLock lock(&mu_);
      Draw();
    }
  });
}

LiveView::~LiveView() {
  stop_.Trip("the view is closed");
  if (redraw_.joinable()) redraw_.join();
}

void LiveView::Show(Maker make) {
  absl::MutexLock lock(&mu_);
  make_ = std::move(make);
  Draw();
}

void LiveView::Clear() {
  absl::MutexLock lock(&mu_);
  make_ = nullptr;
  *out_ << EraseSequence(size_().columns) << std::flush;
  drawn_.clear();
}

void LiveView::Draw() {
  if (make_ == nullptr) return;
  const TerminalSize size = size_();
  std::vector<std::string> lines = make_(size);
  // One row stays free for the cursor.
  const size_t room = static_cast<size_t>(std::max(1, size.rows - 1));
  if (lines.size() > room) lines.resize(room);
  // In one write, so that the terminal never shows a half-drawn region.
  std::string text = EraseSequence(size.columns);
  drawn_.clear();
  for (const std::string& line : lines) {
    absl::StrAppend(&text, CutToWidth(line, size.columns), "\n");
    drawn_.push_back(std::min(VisibleWidth(line), size.columns));
  }
  *out_ << text << std::flush;
}

std::string LiveView::EraseSequence(int columns) const {
  // A terminal that has become narrower since then has broken lines in two or more.
  int rows = 0;
  for (int width : drawn_) rows += std::max(1, (width + columns - 1) / std::max(1, columns));
  // Up to the first line, then erase to the end of the screen.
  return rows == 0 ? "" : absl::StrCat("\x1b[", rows, "A\r\x1b[J");
}

}  // namespace vagram::cli
