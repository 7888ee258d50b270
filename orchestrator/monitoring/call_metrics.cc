#include "orchestrator/monitoring/call_metrics.h"

#include "absl/strings/str_cat.h"
#include "proto/orchestrator.pb.h"

namespace vagram {

CallMetrics::CallMetrics()
    : answers_(prometheus::BuildCounter()
                   .Name("vagram_rpcs_total")
                   .Help("Calls of the gRPC services that were answered, by method and code.")
                   .Register(registry_)) {
  prometheus::Family<prometheus::Histogram>& seconds =
      prometheus::BuildHistogram()
          .Name("vagram_rpc_seconds")
          .Help(
              "Time from a call's request to its answer, without streams. ReportMetrics answers "
              "once its rows are on the disk.")
          .Register(registry_);
  const prometheus::Histogram::BucketBoundaries buckets = {0.001, 0.0025, 0.005, 0.01, 0.025, 0.05,
                                                           0.1,   0.25,   0.5,   1,    2.5,   10};
  const google::protobuf::FileDescriptor* const file = v1::RegisterRequest::descriptor()->file();
  for (int s = 0; s < file->service_count(); ++s) {
    const google::protobuf::ServiceDescriptor& service = *file->service(s);
    for (int m = 0; m < service.method_count(); ++m) {
      const google::protobuf::MethodDescriptor& descriptor = *service.method(m);
      Method& method = methods_[absl::StrCat("/", service.full_name(), "/", descriptor.name())];
      method.labels = {{"service", service.full_name()}, {"method", descriptor.name()}};
      if (descriptor.client_streaming() || descriptor.server_streaming()) continue;
      method.seconds = &seconds.Add(method.labels, buckets);
    }
  }
}

void CallMetrics::OnAnswer(absl::string_view path, bool unary, absl::StatusCode code,
                           absl::Duration duration) {
  const auto found = methods_.find(path);
  if (found == methods_.end()) return;  // health, reflection, or what does not exist
  const Method& method = found->second;
  prometheus::Labels labels = method.labels;
  labels["code"] = absl::StatusCodeToString(code);
  answers_.Add(labels).Increment();
  if (method.seconds != nullptr) method.seconds->Observe(absl::ToDoubleSeconds(duration));
}

}  // namespace vagram
