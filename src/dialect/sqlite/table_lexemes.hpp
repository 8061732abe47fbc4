#pragma once

#include "dialect/sqlite/scan.hpp"
#include "model/schema.hpp"

#include <string_view>
#include <vector>

/// Where things stand in a CREATE TABLE statement, in lexemes. What table_text.cpp and table_edits.cpp share.
namespace afloat::sqlite {

/// Lexemes [begin, end) of one column definition or table constraint, or of a part of it.
struct Item {
  std::size_t begin = 0, end = 0;
};

/// The index of the parenthesis that opens the body of CREATE TABLE.
std::size_t body_of(const std::vector<Lexeme>& text);
std::vector<Item> items_of(const std::vector<Lexeme>& text, std::size_t open);
Item column_item(const std::vector<Lexeme>& text, std::string_view column);

struct ConstraintPlace {
  Constraint constraint;
  Item item;   ///< the column definition or table constraint that it stands in
  Item clause; ///< with its CONSTRAINT name
};
/// In the order of the text. NOT NULL and DEFAULT are none.
std::vector<ConstraintPlace> constraint_places(std::string_view create_table);

} // namespace afloat::sqlite
