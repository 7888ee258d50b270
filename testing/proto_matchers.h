#ifndef TESTING_PROTO_MATCHERS_H_
#define TESTING_PROTO_MATCHERS_H_

#include <google/protobuf/message.h>
#include <google/protobuf/text_format.h>
#include <google/protobuf/util/message_differencer.h>

#include <memory>
#include <string>
#include <type_traits>

#include "gmock/gmock.h"

namespace vagram {

// Matches a message that equals `expected`, itself a message of the same type or its text format:
//   EXPECT_THAT(answer, EqualsProto("address: '127.0.0.1:1'"));
// A failure lists the differing fields.
MATCHER_P(EqualsProto, expected, "equals the expected message") {
  std::unique_ptr<google::protobuf::Message> wanted(arg.New());
  if constexpr (std::is_convertible_v<decltype(expected), std::string>) {
    if (!google::protobuf::TextFormat::ParseFromString(expected, wanted.get())) {
      *result_listener << "but the expectation is no text format of " << arg.GetTypeName();
      return false;
    }
  } else {
    wanted->CopyFrom(expected);
  }
  google::protobuf::util::MessageDifferencer differencer;
  std::string differences;
  differencer.ReportDifferencesToString(&differences);
  const bool equal = differencer.Compare(*wanted, arg);
  if (!equal) *result_listener << "expected -> actual:\n" << differences;
  return equal;
}

}  // namespace vagram

#endif  // TESTING_PROTO_MATCHERS_H_
