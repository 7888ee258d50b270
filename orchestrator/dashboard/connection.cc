#include "orchestrator/dashboard/connection.h"

#include <poll.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "absl/time/clock.h"

namespace vagram {
namespace {

constexpr absl::Duration kGentleClose = absl::Seconds(1);
constexpr size_t kMaxBytesThrownAway = 1 << 20;

}  // namespace

bool Connection::Await(short events, absl::Duration timeout) const {
  const absl::Time deadline = absl::Now() + timeout;
  while (true) {
    pollfd ready = {socket_, events, 0};
    const absl::Duration left = std::max(deadline - absl::Now(), absl::ZeroDuration());
    // Rounded up, so that the last millisecond is not spent in a loop.
    const auto milliseconds = absl::ToInt64Milliseconds(left + absl::Microseconds(999));
    const int count = poll(&ready, 1, static_cast<int>(std::min<int64_t>(milliseconds, 1 << 30)));
    if (count > 0) return (ready.revents & events) != 0;
    if (count == 0 || errno != EINTR) return false;
  }
}

bool Connection::Fill() {
  if (broken_ || head_bytes_ >= limits_.max_head_bytes || !Await(POLLIN, deadline_ - absl::Now())) {
    broken_ = true;
    return false;
  }
  const size_t room = std::min(buffer_.size(), limits_.max_head_bytes - head_bytes_);
  ssize_t count = 0;
  do {
    count = recv(socket_, buffer_.data(), room, 0);
  } while (count < 0 && errno == EINTR);
  if (count <= 0) {
    broken_ = true;
    return false;
  }
  begin_ = 0;
  end_ = static_cast<size_t>(count);
  head_bytes_ += end_;
  return true;
}

bool Connection::AwaitRequest(absl::Duration timeout) {
  // What has come already belongs to the next request, and counts for it.
  head_bytes_ = end_ - begin_;
  deadline_ = absl::Now() + timeout;
  if (head_bytes_ == 0 && !Fill()) return false;
  deadline_ = absl::Now() + limits_.head_timeout;
  return true;
}

bool Connection::is_readable() const {
  return begin_ < end_ || Await(POLLIN, absl::ZeroDuration());
}

bool Connection::is_writable() const {
  pollfd state = {socket_, POLLOUT | POLLRDHUP, 0};
  if (broken_ || poll(&state, 1, 0) < 0) return false;
  if ((state.revents & (POLLRDHUP | POLLHUP | POLLERR | POLLNVAL)) != 0) return false;
  return (state.revents & POLLOUT) != 0 || Await(POLLOUT, limits_.write_timeout);
}

ssize_t Connection::read(char* data, size_t size) {
  if (begin_ == end_ && !Fill()) return -1;
  const size_t count = std::min(size, end_ - begin_);
  std::memcpy(data, buffer_.data() + begin_, count);
  begin_ += count;
  return static_cast<ssize_t>(count);
}

ssize_t Connection::write(const char* data, size_t size) {
  while (true) {
    const ssize_t count = send(socket_, data, size, MSG_NOSIGNAL | MSG_DONTWAIT);
    if (count >= 0) return count;
    if (errno == EINTR) continue;
    if ((errno != EAGAIN && errno != EWOULDBLOCK) || !Await(POLLOUT, limits_.write_timeout)) {
      broken_ = true;
      return -1;
    }
  }
}

void Connection::CloseGently() {
  // A close with bytes unread would reset the connection, and the client lose the answer.
  ::shutdown(socket_, SHUT_WR);
  const absl::Time deadline = absl::Now() + kGentleClose;
  size_t thrown_away = 0;
  while (thrown_away < kMaxBytesThrownAway && Await(POLLIN, deadline - absl::Now())) {
    const ssize_t count = recv(socket_, buffer_.data(), buffer_.size(), 0);
    if (count <= 0) return;
    thrown_away += static_cast<size_t>(count);
  }
}

void Connection::get_remote_ip_and_port(std::string& ip, int& port) const {
  ip = "127.0.0.1";  // nobody else can connect
  port = 0;
}

void Connection::get_local_ip_and_port(std::string& ip, int& port) const {
  get_remote_ip_and_port(ip, port);
}

}  // namespace vagram
