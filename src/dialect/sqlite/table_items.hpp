#pragma once

#include "dialect/sqlite/scan.hpp"

#include <cstddef>
#include <string>
#include <vector>

/// The definitions in the text of a CREATE TABLE. Internal to the edits of that text.
namespace afloat::sqlite {

/// Lexemes [begin, end) of one column definition or table constraint.
struct Item {
  std::size_t begin = 0, end = 0;
};

[[noreturn]] void fail(std::string message); ///< throws Error `statement`

/// The index of the parenthesis that opens the body of CREATE TABLE; fails where there is none.
std::size_t body_of(const std::vector<Lexeme>& text);
/// What the commas of the body separate.
std::vector<Item> items_of(const std::vector<Lexeme>& text, std::size_t open);
bool starts_table_constraint(const Lexeme& lexeme);

} // namespace afloat::sqlite
