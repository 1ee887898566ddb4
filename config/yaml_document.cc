#include "config/yaml_document.h"

#include <fmt/core.h>
#include <yaml-cpp/eventhandler.h>

#include <algorithm>
#include <sstream>
#include <string>

namespace config {
namespace {

using common::ErrorCode;
using common::fail;

/// Where documents begin, and nothing else.
class DocumentStarts final : public YAML::EventHandler {
 public:
  std::vector<YAML::Mark> marks;

 private:
  using Tag = const std::string&;
  void OnDocumentStart(const YAML::Mark& mark) override { marks.push_back(mark); }
  void OnDocumentEnd() override {}
  void OnNull(const YAML::Mark&, YAML::anchor_t) override {}
  void OnAlias(const YAML::Mark&, YAML::anchor_t) override {}
  void OnScalar(const YAML::Mark&, Tag, YAML::anchor_t, const std::string&) override {}
  void OnSequenceStart(const YAML::Mark&, Tag, YAML::anchor_t, YAML::EmitterStyle::value) override {
  }
  void OnSequenceEnd() override {}
  void OnMapStart(const YAML::Mark&, Tag, YAML::anchor_t, YAML::EmitterStyle::value) override {}
  void OnMapEnd() override {}
};

/// The first two: yaml-cpp makes documents without end of a text that begins with a comma.
std::vector<YAML::Mark> find_documents(const std::string& text) {
  std::istringstream stream(text);
  YAML::Parser parser(stream);
  DocumentStarts starts;
  while (starts.marks.size() < 2 && parser.HandleNextDocument(starts)) {
  }
  return starts.marks;
}

/// Is the line numbered from 0 indented with a tab?
bool has_tab_in_indent(std::string_view text, int line) {
  for (; line > 0 && !text.empty(); --line) {
    text.remove_prefix(std::min(text.find('\n'), text.size() - 1) + 1);
  }
  const std::string_view indent = text.substr(0, text.find_first_not_of(" \t"));
  return indent.find('\t') != std::string_view::npos;
}

}  // namespace

common::Expected<YAML::Node> parse_yaml_document(std::string_view text) {
  const auto refuse = [&](const std::string& place, std::string_view why) {
    return fail(ErrorCode::InvalidInput, fmt::format("{}: {}", place, why));
  };
  try {
    const std::string copy(text);
    const auto documents = find_documents(copy);
    if (documents.size() < 2) return YAML::Load(copy);
    return refuse(std::to_string(documents[1].line + 1),
                  "a second document begins here; is the line indented like the ones above it?");
  } catch (const YAML::Exception& error) {
    const YAML::Mark& mark = error.mark;
    return refuse(fmt::format("{}:{}", mark.line + 1, mark.column + 1),
                  has_tab_in_indent(text, mark.line) ? "a tab cannot indent, use blanks"
                                                     : "not YAML: " + error.msg);
  }
}

}  // namespace config
