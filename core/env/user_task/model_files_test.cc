#include "core/env/user_task/model_files.h"

#include <map>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "testing/status_matchers.h"

namespace vagram {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

using Files = std::map<std::string, std::string>;

absl::StatusOr<std::vector<std::string>> FilesOf(const std::string& model, const Files& files) {
  return FilesOfModel(model, [&](const std::string& path) -> absl::StatusOr<std::string> {
    const auto found = files.find(path);
    if (found == files.end()) return absl::NotFoundError(absl::StrCat("no ", path));
    return found->second;
  });
}

absl::StatusOr<std::vector<std::string>> FilesOf(const std::string& xml) {
  return FilesOf("m.xml", {{"m.xml", xml}});
}

TEST(FilesOfModel, NamesTheModelAlone) {
  EXPECT_THAT(FilesOf("<mujoco model='file=\"a.stl\"'><!-- <mesh file=\"b.stl\"/> --></mujoco>"),
              IsOkAndHolds(ElementsAre("m.xml")));
}

TEST(FilesOfModel, LooksInTheFoldersThatTheCompilerNames) {
  const std::string xml = R"(<?xml version="1.0"?>
<mujoco>
  <asset>
    <mesh file="a.stl"/> <hfield file = 'h.png' /> <skin file="s.skn"/>
    <texture file="t.png" fileright="r.png"/>
  </asset>
  <compiler meshdir="meshes/" texturedir="../pictures"/>
</mujoco>)";
  EXPECT_THAT(FilesOf("robots/m.xml", {{"robots/m.xml", xml}}),
              IsOkAndHolds(ElementsAre("robots/m.xml", "robots/meshes/a.stl", "robots/meshes/h.png",
                                       "robots/meshes/s.skn", "pictures/t.png", "pictures/r.png")));
}

TEST(FilesOfModel, TakesFoldersAsTheEngineDoes) {
  EXPECT_THAT(FilesOf(R"(<compiler assetdir="a" meshdir="b"/><mesh file="m"/><texture file="t"/>)"),
              IsOkAndHolds(ElementsAre("m.xml", "b/m", "a/t")));
  EXPECT_THAT(FilesOf(R"(<compiler strippath="true" meshdir="b"/><mesh file="/home/me/m.stl"/>)"),
              IsOkAndHolds(ElementsAre("m.xml", "b/m.stl")));
}

TEST(FilesOfModel, FollowsIncludesSeenFromTheModel) {
  const Files files = {
      {"a/m.xml", "<include file=\"parts/arm.xml\"/><mesh file=\"m.stl\"/>"},
      {"a/parts/arm.xml", "<compiler meshdir=\"meshes\"/><include file=\"parts/hand.xml\"/>"},
      {"a/parts/hand.xml", "<mesh file=\"h.stl\"/><include file=\"parts/arm.xml\"/>"},
  };
  EXPECT_THAT(FilesOf("a/m.xml", files),
              IsOkAndHolds(ElementsAre("a/m.xml", "a/parts/arm.xml", "a/parts/hand.xml",
                                       "a/meshes/h.stl", "a/meshes/m.stl")));
}

TEST(FilesOfModel, EndsAtAModelThatIncludesItself) {
  EXPECT_THAT(FilesOf("<include file=\"m.xml\"/>"), IsOkAndHolds(ElementsAre("m.xml")));
}

TEST(FilesOfModel, RefusesNamesThatLeadAway) {
  const auto refuses = [](const std::string& xml, const std::string& what) {
    EXPECT_THAT(FilesOf("<mujoco>\n" + xml),
                StatusIs(absl::StatusCode::kInvalidArgument,
                         testing::AllOf(HasSubstr("m.xml:2: "), HasSubstr(what))))
        << xml;
  };
  refuses("<mesh file=\"/etc/passwd\"/>", "relative to the task's folder, got \"/etc/passwd\"");
  refuses("<include file='/etc/passwd'/>", "relative");
  refuses("<texture file=\"../../../../../../../../../x\"/>", "at most 8 folders");
  refuses("<texture file=\"&#47;etc/passwd\"/>", "without '&'");
  refuses("<mesh file=\"..\\x\"/>", "'\\'");
  refuses("<compiler meshdir=\"/etc\"/><mesh file=\"passwd\"/>", "\"/etc/passwd\"");
}

TEST(FilesOfModel, SaysWhichLineIsNoXml) {
  for (const char* xml : {"<mujoco>\n<mesh file=a.stl/>", "<mujoco>\n<!-- ", "<mujoco>\n<mesh",
                          "<mujoco>\n<mesh file=\"a", "<mujoco>\n<![CDATA[ ", "<mujoco>\n<>"}) {
    EXPECT_THAT(FilesOf(xml), StatusIs(absl::StatusCode::kInvalidArgument,
                                       HasSubstr("m.xml, line 2: not readable as XML")))
        << xml;
  }
}

TEST(FilesOfModel, PassesOnWhatCannotBeRead) {
  EXPECT_THAT(FilesOf("m.xml", {}), StatusIs(absl::StatusCode::kNotFound, HasSubstr("no m.xml")));
  EXPECT_THAT(FilesOf("<include file=\"part.xml\"/>"),
              StatusIs(absl::StatusCode::kNotFound, HasSubstr("no part.xml")));
}

TEST(FilesOfModel, BoundsTheNumberOfFiles) {
  std::string xml;
  for (int i = 0; i < 300; ++i) absl::StrAppend(&xml, "<mesh file=\"", i, ".stl\"/>");
  EXPECT_THAT(FilesOf(xml),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("at most 256 files")));
}

}  // namespace
}  // namespace vagram
