#ifndef ORCHESTRATOR_SPEC_SCHEMA_H_
#define ORCHESTRATOR_SPEC_SCHEMA_H_

#include <google/protobuf/descriptor.h>

#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "proto/spec.pb.h"

namespace vagram {

// What may stand in a trial's configuration, read off TrialConfig's descriptor and the rules beside
// its fields (proto/spec.proto). Keys are dotted field names, such as model.loss. Thread-safe.

// The field of a key, or nullptr.
const google::protobuf::FieldDescriptor* FindField(absl::string_view key);

// Every key, groups included, in the order of the schema.
const std::vector<std::string>& AllKeys();

// What someone who wrote the unknown `key` most likely meant, such as "model.loss"; "" for nothing.
std::string NearestKey(absl::string_view key);

// "a.b" from "a" and "b", and "b" from "" and "b".
std::string JoinKey(absl::string_view group, absl::string_view key);

const v1::Rule& RuleOf(const google::protobuf::FieldDescriptor& field);

// Whether the field is no key: it is filled in when an experiment is submitted.
bool IsInternal(const google::protobuf::FieldDescriptor& field);

// Whether the rule's bounds admit the number.
bool Admits(const v1::Rule& rule, double value);

// The bounds in words, such as "above 0 and at most 1"; "" without any.
std::string BoundsText(const v1::Rule& rule);

// What one value of the field (one item of a list) has to be, such as "a whole number, at least 1".
std::string ExpectedText(const google::protobuf::FieldDescriptor& field);

// Whether the field is a group of keys: any message. A schedule is a group and more, see
// settings.h.
bool IsGroup(const google::protobuf::FieldDescriptor& field);
bool IsSchedule(const google::protobuf::FieldDescriptor& field);

}  // namespace vagram

#endif  // ORCHESTRATOR_SPEC_SCHEMA_H_
