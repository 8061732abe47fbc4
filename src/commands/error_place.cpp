#include "commands/error_place.hpp"

#include "load/load.hpp"
#include "model/fields.hpp"
#include "operations/operation.hpp"
#include "support/text.hpp"

#include <algorithm>
#include <cstdlib>
#include <span>
#include <string>
#include <variant>
#include <vector>

#include <fmt/format.h>

namespace afloat {
namespace {
/// True if the text stands where the database says that the mistake is.
bool is_at_mistake(const std::string& text, const Error& error) {
  if (!error.offset || text.empty()) return false;
  for (std::size_t at = error.sql.find(text); at <= *error.offset; at = error.sql.find(text, at + 1))
    if (*error.offset < at + text.size()) return true;
  return false;
}

/// `nobody`, and 'none' without its quotes.
bool is_quoted(const std::string& text, const Error& error) {
  const bool literal = text.size() > 2 && text.front() == '\'' && text.back() == '\'';
  const std::string said = literal ? text.substr(1, text.size() - 2) : text;
  return error.message.find(fmt::format("\"{}\"", said)) != std::string::npos;
}

/// How much of the statement that failed is this field's text; 0 when it is not in it. The place that the
/// database gives, and what it quotes or calls by its name, count more than any length.
std::size_t share_of(const Field& field, const Error& error) {
  constexpr std::size_t k_no_limit = std::string::npos, k_named = 1'000'000, k_there = 10 * k_named;
  // Statements are laid out anew, and names quoted.
  const auto plain = [](const std::string& text) { return replaced(one_line(text, k_no_limit), "\"", ""); };
  const auto share = [&](const std::string& text) {
    const std::string wanted = plain(text);
    if (plain(error.sql).find(wanted) == std::string::npos) return std::size_t{0};
    const bool named = is_quoted(text, error)
                       || (field.name == "default" && error.message.find("default") != std::string::npos);
    return wanted.size() + (named ? k_named : 0) + (is_at_mistake(text, error) ? k_there : 0);
  };
  if (const auto* text = std::get_if<std::string>(&field.value)) return share(*text);
  std::size_t most = 0;
  if (const auto* texts = std::get_if<std::vector<std::string>>(&field.value))
    for (const std::string& text : *texts) most = std::max(most, share(text));
  return most;
}

/// Looks for the piece of SQL of which the statement contains most, also in records.
struct BestPiece {
  const Error& error;
  const Field* field = nullptr;
  std::size_t share = 0;

  /// Of two records with the same piece it is that whose name the database says.
  std::size_t more_for(const Record& record) const {
    const Field* name = find(record, "name");
    const auto* text = name ? std::get_if<std::string>(&name->value) : nullptr;
    if (!text) return 0;
    const bool said = is_quoted(*text, error) || error.message.find("[" + *text + "]") != std::string::npos;
    return said ? 1000 : 0;
  }

  void look(const Record& fields, std::span<const FieldRow> rows, bool all, std::size_t more = 0) {
    for (const FieldRow& row : rows) {
      const Field* one = find(fields, row.name);
      if (!one) continue;
      if (const auto* records = std::get_if<std::vector<Record>>(&one->value))
        for (const Record& record : *records) look(record, row.record, all, more_for(record));
      std::size_t size = all || row.within ? share_of(*one, error) : 0;
      if (size > 0) size += more;
      if (size <= share) continue;
      field = one;
      share = size;
    }
  }
};

/// The expression of the operation that the statement contains; else the operation.
SourcePosition position_in(const OperationSpec& spec, const Error& error) {
  BestPiece best{error};
  best.look(spec.fields, find_operation(spec.type)->fields, spec.type == "sql");
  return best.field ? best.field->where : spec.where;
}

} // namespace

std::optional<SourcePosition> place_of_error(const Migration& migration, const Error& error) {
  const auto number = static_cast<std::size_t>(std::atoi(error.step.c_str())); // "2.1": the second operation
  const std::vector<OperationSpec> operations =
      migration.operations.empty()
          ? parse_migration(migration.path, migration.text, operation_rows()).operations
          : migration.operations;
  if (number < 1 || number > operations.size()) return std::nullopt;
  const OperationSpec& operation = operations[number - 1];
  // What the server lacks (class 5: disk, memory, time) or the role (a right) is not the fault of a piece.
  const bool of_a_piece = !error.sqlstate.starts_with('5') && error.code != ErrorCode::permission;
  return of_a_piece ? position_in(operation, error) : operation.where;
}

} // namespace afloat
