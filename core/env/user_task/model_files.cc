#include "core/env/user_task/model_files.h"

#include <algorithm>
#include <set>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "core/base/status_macros.h"
#include "core/env/task_files.h"
#include "core/env/user_task/xml_tags.h"

namespace vagram {
namespace {

constexpr size_t kMostFiles = 256;

std::string FolderOf(const std::string& path) {
  const size_t slash = path.rfind('/');
  return slash == std::string::npos ? "" : path.substr(0, slash);
}

// As the engine joins them: an absolute name stays what it is.
std::string Join(const std::string& folder, const std::string& name) {
  if (folder.empty() || absl::StartsWith(name, "/")) return name;
  return absl::EndsWith(folder, "/") ? folder + name : absl::StrCat(folder, "/", name);
}

class ModelReader {
 public:
  ModelReader(std::string model_path, ReadTaskFile read)
      : folder_(FolderOf(model_path)), read_(read) {
    paths_.push_back(std::move(model_path));
  }

  absl::StatusOr<std::vector<std::string>> Read() {
    RETURN_IF_ERROR(Visit(paths_.front()));
    // The engine reads every <compiler> first, so that the folders hold for what came before too.
    for (const Asset& asset : assets_) {
      const std::string name =
          strip_path_ ? asset.name.substr(asset.name.rfind('/') + 1) : asset.name;
      RETURN_IF_ERROR(
          Add(Join(asset.is_texture ? texture_folder_ : mesh_folder_, name), asset).status());
    }
    return std::move(paths_);
  }

 private:
  struct Reference {
    std::string file;
    int line = 0;
    std::string name;
  };
  struct Asset : Reference {
    bool is_texture = false;
  };

  static absl::Status Fault(const Reference& reference, absl::string_view description) {
    return absl::InvalidArgumentError(
        absl::StrCat(reference.file, ":", reference.line, ": ", description));
  }

  // The normal path of what is named relative to the model's folder, noted.
  absl::StatusOr<std::string> Add(const std::string& name, const Reference& reference) {
    if (absl::StrContains(name, '&') || absl::StrContains(name, '\\')) {
      return Fault(reference, absl::StrCat("expected a file name without '&' and '\\', got \"",
                                           name.substr(0, 200), "\""));
    }
    const absl::StatusOr<std::string> path = NormalTaskPath(Join(folder_, name));
    if (!path.ok()) return Fault(reference, path.status().message());
    if (std::find(paths_.begin(), paths_.end(), *path) == paths_.end()) paths_.push_back(*path);
    if (paths_.size() > kMostFiles) {
      return Fault(reference, absl::StrCat("expected at most ", kMostFiles, " files"));
    }
    return *path;
  }

  absl::Status Visit(const std::string path) {  // a copy: paths_ grows
    ASSIGN_OR_RETURN(const std::string text, read_(path));
    const absl::StatusOr<std::vector<XmlTag>> tags = XmlTags(text);
    if (!tags.ok()) {
      return absl::InvalidArgumentError(absl::StrCat(path, ", ", tags.status().message()));
    }
    for (const XmlTag& tag : *tags) {
      if (tag.name == "compiler") NoteFolders(tag);
      for (const auto& [attribute, value] : tag.attributes) {
        // file, and of a texture also fileright, fileleft, ...
        if (!absl::StartsWith(attribute, "file") || value.empty()) continue;
        if (tag.name != "include") {
          assets_.push_back({{path, tag.line, value}, tag.name == "texture"});
          continue;
        }
        // Relative to the model, however deep the include is nested. The engine takes a file once.
        ASSIGN_OR_RETURN(const std::string included, Add(value, {path, tag.line, value}));
        if (included != paths_.front() && visited_.insert(included).second) {
          RETURN_IF_ERROR(Visit(included));
        }
      }
    }
    return absl::OkStatus();
  }

  void NoteFolders(const XmlTag& compiler) {
    const auto note = [&compiler](const char* attribute, std::string* folder) {
      const auto found = compiler.attributes.find(attribute);
      if (found != compiler.attributes.end()) *folder = found->second;
    };
    note("assetdir", &mesh_folder_);
    note("assetdir", &texture_folder_);
    note("meshdir", &mesh_folder_);
    note("texturedir", &texture_folder_);
    std::string strip;
    note("strippath", &strip);
    if (!strip.empty()) strip_path_ = strip == "true";
  }

  const std::string folder_;  // of the model
  const ReadTaskFile read_;
  std::vector<std::string> paths_;
  std::set<std::string> visited_;
  std::vector<Asset> assets_;
  std::string mesh_folder_;
  std::string texture_folder_;
  bool strip_path_ = false;
};

}  // namespace

absl::StatusOr<std::vector<std::string>> FilesOfModel(const std::string& model_path,
                                                      ReadTaskFile read) {
  return ModelReader(model_path, read).Read();
}

}  // namespace vagram
