#ifndef CORE_RPC_FAULTY_LINK_H_
#define CORE_RPC_FAULTY_LINK_H_

#include <cstdint>
#include <deque>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"

namespace vagram {

// A stretch of network that tests put between a client and a server on this machine: clients
// connect to it, it connects to the server, and bytes go both ways, late, never, or until it is
// cut. A client that repeats a call whose answer was lost makes the server see it twice.
// Thread-safe.
class FaultyLink {
 public:
  // To the server at `target`, such as 127.0.0.1:4000.
  static absl::StatusOr<std::unique_ptr<FaultyLink>> Start(const std::string& target);
  ~FaultyLink();

  const std::string& address() const { return address_; }  // what clients connect to

  // Everything from now on arrives that much later.
  void SetDelay(absl::Duration delay);

  // Until the next Cut, bytes from the server disappear; so do answers that were sent before and
  // come after this.
  void LoseAnswers();

  // Ends all connections, with what was under way. New ones can be made, and get answers.
  void Cut();

  // Blocks until so many bytes have come from clients, those before it was last cut included.
  void AwaitRequests(int64_t bytes);
  int64_t request_bytes() const;

 private:
  struct Bytes {
    absl::Time due;
    std::string data;
  };
  struct Direction {
    int from = -1;
    int to = -1;
    std::deque<Bytes> under_way;
    bool is_answer = false;
  };
  struct Connection {
    int client = -1;
    int server = -1;
    Direction request, answer;
    bool over = false;
  };

  FaultyLink(int listener, int wake_read, int wake_write, std::string address,
             uint16_t target_port);
  void Loop();
  void Accept() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);
  bool Read(Direction& direction) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);
  bool Write(Direction& direction) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);
  void Wake();

  const int listener_;
  const int wake_read_, wake_write_;
  const std::string address_;
  const uint16_t target_port_;

  mutable absl::Mutex mu_;
  absl::Duration delay_ ABSL_GUARDED_BY(mu_);
  bool lose_answers_ ABSL_GUARDED_BY(mu_) = false;
  bool cut_ ABSL_GUARDED_BY(mu_) = false;
  bool ended_ ABSL_GUARDED_BY(mu_) = false;
  int64_t request_bytes_ ABSL_GUARDED_BY(mu_) = 0;
  std::vector<std::unique_ptr<Connection>> connections_ ABSL_GUARDED_BY(mu_);
  std::thread loop_;
};

}  // namespace vagram

#endif  // CORE_RPC_FAULTY_LINK_H_
