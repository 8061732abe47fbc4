#pragma once

#include "dialect/sqlite/scan.hpp"
#include "model/schema.hpp"

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

/// The column definitions and constraints in the text of a CREATE TABLE. Internal to the edits of that text.
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

std::optional<Item> find_column_item(const std::vector<Lexeme>& text, std::string_view column);
/// Error `statement` if the text does not define the column.
Item column_item(const std::vector<Lexeme>& text, std::string_view column);
/// Lexemes of the DEFAULT in the item, with its CONSTRAINT name.
std::optional<Item> default_in(const std::vector<Lexeme>& text, Item item);
/// True for a word that begins a clause of a column behind its type.
bool starts_clause(const Lexeme& lexeme);

/// A constraint, and where it stands.
struct Located {
  Constraint constraint;
  std::string column;     ///< in whose definition it stands; empty: it is the table's
  std::size_t number = 0; ///< of its item in the body
  Item item, clause;      ///< the clause begins with CONSTRAINT and the name, if it has one
};
/// In the order of the text. NOT NULL and DEFAULT are none.
std::vector<Located> located_constraints(std::string_view create_table);

} // namespace afloat::sqlite
