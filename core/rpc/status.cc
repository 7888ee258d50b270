#include "core/rpc/status.h"

#include <utility>

#include "absl/strings/cord.h"
#include "absl/strings/str_cat.h"
#include "third_party/googleapis/google/rpc/error_details.pb.h"
#include "third_party/googleapis/google/rpc/status.pb.h"

namespace vagram {
namespace {

using google::rpc::BadRequest;
using google::rpc::ResourceInfo;

// Errors travel in HTTP/2 trailers. kMaxMetadataBytes (limits.h) bounds what a client takes; the
// bounds here keep an error below it even when its text is there twice and percent-encoded, because
// a trailer too large reaches the client as RESOURCE_EXHAUSTED and hides the error itself.
constexpr size_t kMaxMessageText = 8 << 10;
constexpr size_t kMaxDetailsBytes = 24 << 10;
constexpr size_t kMaxFaultsBytes = 12 << 10;

template <typename Message>
std::string TypeUrl() {
  return absl::StrCat("type.googleapis.com/", Message::descriptor()->full_name());
}

// `text`, at most `size` bytes of it, cut before a UTF-8 sequence and never inside one.
std::string Shorten(absl::string_view text, size_t size) {
  constexpr absl::string_view kEllipsis = "...";
  if (text.size() <= size) return std::string(text);
  size_t end = size - kEllipsis.size();
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xc0) == 0x80) --end;
  return absl::StrCat(text.substr(0, end), kEllipsis);
}

}  // namespace

grpc::Status ToGrpcStatus(const absl::Status& status) {
  if (status.ok()) return grpc::Status::OK;
  google::rpc::Status rich;
  rich.set_code(static_cast<int>(status.code()));
  rich.set_message(Shorten(status.message(), kMaxMessageText));
  status.ForEachPayload([&rich](absl::string_view type_url, const absl::Cord& payload) {
    google::protobuf::Any* detail = rich.add_details();
    detail->set_type_url(std::string(type_url));
    detail->set_value(std::string(payload));
  });
  std::string details;
  if (rich.details_size() > 0 && rich.ByteSizeLong() <= kMaxDetailsBytes) {
    details = rich.SerializeAsString();
  }
  return grpc::Status(static_cast<grpc::StatusCode>(status.code()), rich.message(), details);
}

absl::Status FromGrpcStatus(const grpc::Status& status) {
  if (status.ok()) return absl::OkStatus();
  absl::Status result(static_cast<absl::StatusCode>(status.error_code()), status.error_message());
  google::rpc::Status rich;
  // Details that are not ours to read are left out: code and message stand on their own.
  if (!rich.ParseFromString(status.error_details())) return result;
  for (const google::protobuf::Any& detail : rich.details()) {
    result.SetPayload(detail.type_url(), absl::Cord(detail.value()));
  }
  return result;
}

absl::Status InvalidFields(absl::string_view message, const std::vector<FieldFault>& faults) {
  std::string text(message);
  BadRequest bad_request;
  size_t bytes = 0;
  size_t named = 0;
  for (const FieldFault& fault : faults) {
    bytes += fault.field.size() + fault.description.size();
    if (bytes > kMaxFaultsBytes && named > 0) break;
    const std::string description = Shorten(fault.description, kMaxFaultsBytes / 2);
    BadRequest::FieldViolation* violation = bad_request.add_field_violations();
    violation->set_field(Shorten(fault.field, kMaxFaultsBytes / 2));
    violation->set_description(description);
    absl::StrAppend(&text, named == 0 ? ": " : "; ", violation->field(), ": ", description);
    ++named;
  }
  if (named < faults.size()) absl::StrAppend(&text, "; and ", faults.size() - named, " more");
  absl::Status status = absl::InvalidArgumentError(text);
  status.SetPayload(TypeUrl<BadRequest>(), absl::Cord(bad_request.SerializeAsString()));
  return status;
}

absl::Status WithResource(absl::Status status, absl::string_view type, absl::string_view name) {
  ResourceInfo resource;
  resource.set_resource_type(std::string(type));
  resource.set_resource_name(std::string(name));
  status.SetPayload(TypeUrl<ResourceInfo>(), absl::Cord(resource.SerializeAsString()));
  return status;
}

std::vector<FieldFault> FieldFaults(const absl::Status& status) {
  const absl::optional<absl::Cord> payload = status.GetPayload(TypeUrl<BadRequest>());
  BadRequest bad_request;
  if (!payload.has_value() || !bad_request.ParseFromString(std::string(*payload))) return {};
  std::vector<FieldFault> faults;
  for (const BadRequest::FieldViolation& violation : bad_request.field_violations()) {
    faults.push_back({violation.field(), violation.description()});
  }
  return faults;
}

}  // namespace vagram
