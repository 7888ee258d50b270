#include "orchestrator/log_tail.h"

#include <cstdio>
#include <fstream>
#include <string>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace vagram {
namespace {

class LogTailTest : public ::testing::Test {
 protected:
  LogTailTest() { remove(path_.c_str()); }

  void Append(const std::string& text) { std::ofstream(path_, std::ios::app) << text; }

  // Everything there is now.
  static std::string ReadAll(LogTail& log, bool to_the_end = false) {
    std::string all;
    for (std::string text = log.Next(to_the_end); !text.empty(); text = log.Next(to_the_end)) {
      EXPECT_LE(static_cast<int64_t>(text.size()), LogTail::kMaxChunkBytes + 1);
      all += text;
    }
    return all;
  }

  const std::string path_ =
      absl::StrCat(::testing::TempDir(), "/",
                   ::testing::UnitTest::GetInstance()->current_test_info()->name(), ".log");
};

TEST_F(LogTailTest, FollowsAFileThatAppearsAndGrows) {
  LogTail log(path_, 0);
  EXPECT_EQ(ReadAll(log), "");
  Append("one\ntwo\n");
  EXPECT_EQ(ReadAll(log), "one\ntwo\n");
  Append("three\n");
  EXPECT_EQ(ReadAll(log), "three\n");
}

TEST_F(LogTailTest, HoldsAnUnfinishedLineBackUntilTheEnd) {
  LogTail log(path_, 0);
  Append("whole\npart");
  EXPECT_EQ(ReadAll(log), "whole\n");
  Append("ial");
  EXPECT_EQ(ReadAll(log), "");
  EXPECT_EQ(ReadAll(log, /*to_the_end=*/true), "partial\n");
}

TEST_F(LogTailTest, BeginsAtTheLastLines) {
  for (int i = 0; i < 50000; ++i) Append(absl::StrCat("line ", i, "\n"));
  LogTail two(path_, 2);
  EXPECT_EQ(ReadAll(two), "line 49998\nline 49999\n");
  LogTail many(path_, 20000);  // several blocks back
  EXPECT_EQ(ReadAll(many).substr(0, 11), "line 30000\n");
  LogTail more_than_there_are(path_, 60000);
  EXPECT_EQ(ReadAll(more_than_there_are).substr(0, 7), "line 0\n");
}

TEST_F(LogTailTest, CountsAnUnfinishedLineAsALine) {
  Append("one\ntwo\nthree");
  LogTail log(path_, 2);
  EXPECT_EQ(ReadAll(log, /*to_the_end=*/true), "two\nthree\n");
}

TEST_F(LogTailTest, SendsALineThatIsTooLongInPieces) {
  const std::string line(LogTail::kMaxChunkBytes * 5 / 2, 'x');
  Append(line + "\nnext\n");
  LogTail log(path_, 0);
  EXPECT_EQ(static_cast<int64_t>(log.Next(false).size()), LogTail::kMaxChunkBytes);
  EXPECT_EQ(ReadAll(log), line.substr(LogTail::kMaxChunkBytes) + "\nnext\n");
}

TEST_F(LogTailTest, SendsValidUtf8Only) {
  Append("caf\xe9\n");
  LogTail log(path_, 0);
  EXPECT_EQ(ReadAll(log), "caf?\n");
}

TEST_F(LogTailTest, FindsTheLastLineWithText) {
  EXPECT_EQ(LastLine(path_), "");
  Append("one\ntwo\n\n  \n");
  EXPECT_EQ(LastLine(path_), "two");
  Append(std::string(10000, 'y'));
  EXPECT_EQ(LastLine(path_), std::string(300, 'y'));
}

}  // namespace
}  // namespace vagram
