#ifndef ORCHESTRATOR_DASHBOARD_CONNECTION_H_
#define ORCHESTRATOR_DASHBOARD_CONNECTION_H_

#include <sys/types.h>

#include <array>
#include <cstddef>
#include <string>

#include "absl/time/time.h"
#include "httplib.h"

namespace vagram {

// One client's socket as cpp-httplib reads and writes it, with bounds. Used by one thread; another
// one ends its waits with shutdown(2) on the socket. Does not own the socket.
class Connection : public httplib::Stream {
 public:
  struct Limits {
    size_t max_head_bytes = 0;
    absl::Duration head_timeout;
    absl::Duration write_timeout;
  };

  Connection(socket_t socket, const Limits& limits) : socket_(socket), limits_(limits) {}

  // Waits until the next request begins; false when none does, or the client is gone. From now on
  // that request has `head_timeout` and `max_head_bytes`.
  bool AwaitRequest(absl::Duration timeout);

  // Whether something went wrong with the socket, or the client sent too much or took too long.
  bool broken() const { return broken_; }

  // Lets the client read the answer to a request that it has not sent to its end.
  void CloseGently();

  bool is_readable() const override;
  bool is_writable() const override;  // false also once the client has hung up
  ssize_t read(char* data, size_t size) override;
  ssize_t write(const char* data, size_t size) override;
  void get_remote_ip_and_port(std::string& ip, int& port) const override;
  void get_local_ip_and_port(std::string& ip, int& port) const override;
  socket_t socket() const override { return socket_; }

 private:
  // Whether the socket gets ready for one of `events` in time.
  bool Await(short events, absl::Duration timeout) const;
  // More bytes in the buffer; false: there are none, and will be none.
  bool Fill();

  const socket_t socket_;
  const Limits limits_;
  std::array<char, 4096> buffer_;  // cpp-httplib reads lines byte by byte
  size_t begin_ = 0;
  size_t end_ = 0;
  size_t head_bytes_ = 0;
  absl::Time deadline_ = absl::InfiniteFuture();
  bool broken_ = false;
};

}  // namespace vagram

#endif  // ORCHESTRATOR_DASHBOARD_CONNECTION_H_
