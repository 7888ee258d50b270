#include "core/checkpoint/file_names.h"

#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace vagram {
namespace {

using ::testing::Eq;
using ::testing::Optional;

TEST(FileNamesTest, TellTheirNumber) {
  EXPECT_THAT(FileNumber("CURRENT"), Optional(Eq(0)));
  EXPECT_THAT(FileNumber(ManifestFile(12)), Optional(Eq(12)));
  EXPECT_THAT(FileNumber(PartFile(12, "agent")), Optional(Eq(12)));
  EXPECT_THAT(FileNumber(SegmentFile(12, "a-7", 0)), Optional(Eq(12)));
  EXPECT_THAT(FileNumber(PartFile(kMaxFileNumber, "agent")), Optional(Eq(kMaxFileNumber)));
  EXPECT_THAT(FileNumber(SegmentFile(12, "replay", 1'000'000) + ".tmp"), Optional(Eq(12)));
  EXPECT_THAT(FileNumber("CURRENT.tmp"), Optional(Eq(0)));
}

TEST(FileNamesTest, LeaveOtherFilesAlone) {
  for (const char* file : {"",
                           ".tmp",
                           "current",
                           "CURRENT.tmp.tmp",
                           "notes.txt",
                           "part-",
                           "part-1",
                           "part-1-",
                           "part--1-a",
                           "part-01-a",
                           "part-1-a b",
                           "part-1-a.bak",
                           "part-1000000000000000-a",
                           "log-1-a",
                           "log-1--3",
                           "log-1-a-",
                           "log-1-a-x",
                           "log-1-a-01",
                           "log-1-a-99999999999999999999",
                           "manifest-1",
                           "manifest-1.json.bak",
                           "manifest-+1.json",
                           "manifest-.json",
                           "manifest-99999999999999999999.json",
                           "manifest-1000000000000000.json"}) {
    EXPECT_EQ(FileNumber(file), std::nullopt) << file;
  }
}

TEST(FileNamesTest, TellManifestsFromOthers) {
  EXPECT_THAT(ManifestNumber("manifest-3.json"), Optional(Eq(3)));
  EXPECT_EQ(ManifestNumber("manifest-3.json.tmp"), std::nullopt);
  EXPECT_EQ(ManifestNumber("part-3-agent"), std::nullopt);
}

TEST(FileNamesTest, AcceptPlainNamesOnly) {
  EXPECT_TRUE(IsValidName("a"));
  EXPECT_TRUE(IsValidName("Replay_buffer-2"));
  EXPECT_TRUE(IsValidName(std::string(64, 'x')));
  for (const std::string& name : {std::string(), std::string(65, 'x'), std::string("a/b"),
                                  std::string("a.b"), std::string("ä"), std::string("a\0b", 3)}) {
    EXPECT_FALSE(IsValidName(name)) << name;
  }
}

}  // namespace
}  // namespace vagram
