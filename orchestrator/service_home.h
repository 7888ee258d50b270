#ifndef ORCHESTRATOR_SERVICE_HOME_H_
#define ORCHESTRATOR_SERVICE_HOME_H_

#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "proto/orchestrator.pb.h"

namespace vagram {

// A service's home folder, which belongs to this process alone for as long as the object lives:
//   service.lock   held; names the holder's pid
//   token          the secret of all calls, readable by its owner only
//   vagram.db      the store
//   service.json   where the service is reached, while it serves
// Not thread-safe.
class ServiceHome {
 public:
  // Creates what is missing and takes the lock.
  //   FAILED_PRECONDITION: another service runs there (says which), the folder cannot be written,
  //   or others can read the token.
  static absl::StatusOr<std::unique_ptr<ServiceHome>> Open(const std::string& path);

  // Removes service.json and lets go of the lock.
  ~ServiceHome();

  const std::string& path() const { return path_; }
  const std::string& token() const { return token_; }
  std::string token_file() const { return path_ + "/token"; }
  std::string database() const { return path_ + "/vagram.db"; }

  // Tells the world that the service is reached at `address`, and its dashboard, if it has one, at
  // `dashboard_url`.
  absl::Status Publish(const v1::ServiceInfo& info, const std::string& address,
                       const std::string& dashboard_url);

 private:
  ServiceHome(std::string path, int lock) : path_(std::move(path)), lock_(lock) {}
  absl::Status PrepareToken();
  std::string record_file() const { return path_ + "/service.json"; }

  const std::string path_;
  const int lock_;  // descriptor
  std::string token_;
};

// `bytes` random bytes from the kernel as hexadecimal digits.
std::string RandomHex(int bytes);

}  // namespace vagram

#endif  // ORCHESTRATOR_SERVICE_HOME_H_
