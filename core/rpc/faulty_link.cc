#include "core/rpc/faulty_link.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <utility>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"

namespace vagram {
namespace {

sockaddr_in Loopback(uint16_t port) {
  sockaddr_in address = {};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  address.sin_port = htons(port);
  return address;
}

absl::Status SystemError(const char* what) {
  return absl::UnavailableError(absl::StrCat(what, ": ", std::strerror(errno)));
}

}  // namespace

absl::StatusOr<std::unique_ptr<FaultyLink>> FaultyLink::Start(const std::string& target) {
  uint32_t target_port = 0;
  if (!absl::SimpleAtoi(target.substr(target.rfind(':') + 1), &target_port)) {
    return absl::InvalidArgumentError(absl::StrCat("no port in ", target));
  }
  const int listener = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  sockaddr_in address = Loopback(0);
  socklen_t size = sizeof(address);
  int wake[2];
  if (listener < 0 || bind(listener, reinterpret_cast<sockaddr*>(&address), size) != 0 ||
      listen(listener, 16) != 0 ||
      getsockname(listener, reinterpret_cast<sockaddr*>(&address), &size) != 0 ||
      pipe2(wake, O_NONBLOCK | O_CLOEXEC) != 0) {
    return SystemError("no link");
  }
  return std::unique_ptr<FaultyLink>(new FaultyLink(
      listener, wake[0], wake[1], absl::StrCat("127.0.0.1:", ntohs(address.sin_port)),
      static_cast<uint16_t>(target_port)));
}

FaultyLink::FaultyLink(int listener, int wake_read, int wake_write, std::string address,
                       uint16_t target_port)
    : listener_(listener),
      wake_read_(wake_read),
      wake_write_(wake_write),
      address_(std::move(address)),
      target_port_(target_port),
      loop_([this] { Loop(); }) {}

FaultyLink::~FaultyLink() {
  {
    absl::MutexLock lock(&mu_);
    ended_ = true;
  }
  Wake();
  loop_.join();
  for (int fd : {listener_, wake_read_, wake_write_}) close(fd);
}

void FaultyLink::Wake() {
  // A full pipe wakes too.
  if (write(wake_write_, "x", 1) < 0) return;
}

void FaultyLink::SetDelay(absl::Duration delay) {
  absl::MutexLock lock(&mu_);
  delay_ = delay;
}

void FaultyLink::LoseAnswers() {
  absl::MutexLock lock(&mu_);
  lose_answers_ = true;
}

void FaultyLink::Cut() {
  absl::MutexLock lock(&mu_);
  cut_ = true;
  Wake();
  mu_.Await(absl::Condition(
      +[](bool* cut) { return !*cut; }, &cut_));
}

void FaultyLink::AwaitRequests(int64_t bytes) {
  absl::MutexLock lock(&mu_);
  const auto there = [&]() ABSL_SHARED_LOCKS_REQUIRED(mu_) { return request_bytes_ >= bytes; };
  mu_.Await(absl::Condition(&there));
}

int64_t FaultyLink::request_bytes() const {
  absl::MutexLock lock(&mu_);
  return request_bytes_;
}

void FaultyLink::Accept() {
  const int client = accept4(listener_, nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC);
  if (client < 0) return;
  const int server = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  const sockaddr_in target = Loopback(target_port_);
  // On loopback this takes no time, whether there is a server or not.
  if (connect(server, reinterpret_cast<const sockaddr*>(&target), sizeof(target)) != 0) {
    close(server);
    close(client);
    return;
  }
  fcntl(server, F_SETFL, O_NONBLOCK);
  auto connection = std::make_unique<Connection>();
  connection->client = client;
  connection->server = server;
  connection->request = {client, server, {}, false};
  connection->answer = {server, client, {}, true};
  connections_.push_back(std::move(connection));
}

// Both: false when the connection is over.
bool FaultyLink::Read(Direction& direction) {
  char buffer[1 << 16];
  const ssize_t size = read(direction.from, buffer, sizeof(buffer));
  if (size < 0) return errno == EAGAIN || errno == EINTR;
  if (size == 0) return false;
  if (!direction.is_answer) request_bytes_ += size;
  if (direction.is_answer && lose_answers_) return true;
  direction.under_way.push_back({absl::Now() + delay_, std::string(buffer, size)});
  return true;
}

bool FaultyLink::Write(Direction& direction) {
  while (!direction.under_way.empty() && direction.under_way.front().due <= absl::Now()) {
    std::string& data = direction.under_way.front().data;
    const ssize_t size = send(direction.to, data.data(), data.size(), MSG_NOSIGNAL);
    if (size < 0) return errno == EAGAIN || errno == EINTR;
    data.erase(0, size);
    if (data.empty()) direction.under_way.pop_front();
  }
  return true;
}

void FaultyLink::Loop() {
  while (true) {
    std::vector<pollfd> waits = {{listener_, POLLIN, 0}, {wake_read_, POLLIN, 0}};
    int timeout_ms = -1;
    {
      absl::MutexLock lock(&mu_);
      for (const auto& connection : connections_) {
        for (const Direction* direction : {&connection->request, &connection->answer}) {
          waits.push_back({direction->from, POLLIN, 0});
          if (direction->under_way.empty()) continue;
          const absl::Duration left = direction->under_way.front().due - absl::Now();
          const auto ms = static_cast<int>(std::max<int64_t>(1, absl::ToInt64Milliseconds(left)));
          timeout_ms = timeout_ms < 0 ? ms : std::min(timeout_ms, ms);
        }
      }
    }
    poll(waits.data(), waits.size(), timeout_ms);
    char drained[64];
    while (read(wake_read_, drained, sizeof(drained)) > 0) {
    }

    absl::MutexLock lock(&mu_);
    for (const auto& connection : connections_) {
      for (Direction* direction : {&connection->request, &connection->answer}) {
        connection->over |= !Read(*direction) || !Write(*direction);
      }
      connection->over |= cut_ || ended_;
      if (!connection->over) continue;
      close(connection->client);
      close(connection->server);
    }
    connections_.erase(std::remove_if(connections_.begin(), connections_.end(),
                                      [](const auto& connection) { return connection->over; }),
                       connections_.end());
    if (cut_) lose_answers_ = false;
    cut_ = false;
    if (ended_) return;
    Accept();
  }
}

}  // namespace vagram
