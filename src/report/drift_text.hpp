#pragma once

#include "model/schema_difference.hpp"
#include "report/node.hpp"

#include <cstddef>
#include <span>
#include <string>
#include <vector>

namespace afloat {

constexpr std::size_t k_drift_lines_of_error = 5;

/// A line each, "\n    changed column email of public.users (type)", at most so many, then how many more.
std::string drift_lines(std::span<const ObjectChange> changes, std::size_t most);

/// Object by object, and below it property by property, old -> new; texts of several lines as lines with -
/// and +.
std::string changes_text(std::span<const ObjectChange> changes);
/// The same as a table of Markdown.
std::string changes_markdown(std::span<const ObjectChange> changes);
Node::List changes_node(std::span<const ObjectChange> changes);

} // namespace afloat
