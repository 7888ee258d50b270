#include "core/rpc/address.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "testing/status_matchers.h"

namespace vagram {
namespace {

using ::testing::HasSubstr;

TEST(HostPortTest, ReadsNamesAndBothKindsOfAddresses) {
  for (const char* address : {"localhost:0", "127.0.0.1:7070", "[::1]:65535", "node-3.lab:80"}) {
    ASSERT_OK_AND_ASSIGN(const HostPort parsed, ParseHostPort(address));
    EXPECT_EQ(ToString(parsed), address);
  }
  ASSERT_OK_AND_ASSIGN(const HostPort v6, ParseHostPort("[::1]:7070"));
  EXPECT_EQ(v6.host, "::1");
  EXPECT_EQ(v6.port, 7070);
}

TEST(HostPortTest, RefusesWhatIsNoAddress) {
  for (const char* address : {"", "7070", "localhost", ":7070", "localhost:", "localhost:http",
                              "localhost:65536", "localhost:-1", "localhost: 1", "::1:7070",
                              "[::1:7070", "localhost:99999999999999999999"}) {
    EXPECT_THAT(ParseHostPort(address),
                StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("expected HOST:PORT")))
        << address;
  }
}

TEST(HostPortTest, KnowsLoopback) {
  for (const char* host : {"localhost", "LOCALHOST", "127.0.0.1", "127.8.8.8", "::1"}) {
    EXPECT_TRUE((HostPort{host, 1}.IsLoopback())) << host;
  }
  for (const char* host :
       {"0.0.0.0", "::", "10.0.0.1", "128.0.0.1", "localhost.evil.org", "127.1"}) {
    EXPECT_FALSE((HostPort{host, 1}.IsLoopback())) << host;
  }
}

}  // namespace
}  // namespace vagram
