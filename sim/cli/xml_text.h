#pragma once
// Text inside XML: JUnit reports and SVG pictures.

#include <string>
#include <string_view>

namespace wirelab::cli {

/// With the five characters of XML's markup escaped, and a space for control characters, which XML does not allow.
std::string xml_text(std::string_view text);

}  // namespace wirelab::cli
