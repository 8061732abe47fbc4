#include "planning/field_values.hpp"

#include "operations/common.hpp"
#include "operations/unreadable.hpp"

#include <utility>

#include <fmt/format.h>

namespace afloat {
namespace {
std::vector<std::string> texts_of(const Field& field) {
  if (const auto* text = std::get_if<std::string>(&field.value)) return {*text};
  if (const auto* texts = std::get_if<std::vector<std::string>>(&field.value)) return *texts;
  return {};
}

class FieldValues {
 public:
  FieldValues(const OperationSpec& spec, const OperationContext& context)
      : m_spec(spec), m_context(context) {}

  void look(const Record& fields, std::span<const FieldRow> rows) {
    for (const FieldRow& row : rows) {
      const Field* field = find(fields, row.name);
      if (!field) continue;
      for (const Record& record : records(fields, row.name)) look(record, row.record);
      for (const std::string& text : texts_of(*field))
        if (row.within)
          try_piece(*field, *row.within, text);
        else
          measure(*field, parse_relation(text));
    }
  }

  std::vector<std::string> let_through;

 private:
  void try_piece(const Field& field, const SqlPlace& place, const std::string& piece) {
    if (piece.empty() || place.statement.empty()) return;
    if (place.postgres && m_context.sql.dialect() != Dialect::postgres) return;
    const std::string error =
        m_context.sql.facts(fmt::format(fmt::runtime(place.statement), piece)).syntax_error;
    if (!error.empty()) refuse_unreadable(m_spec, m_context, field, error, let_through);
  }

  void measure(const Field& field, const RelationName& name) const {
    for (const std::string& part : {name.schema, name.name})
      if (m_context.sql.fitting_name(part) != part)
        throw invalid(m_spec, m_context, field.name,
                      fmt::format("\"{}\" is longer than the 63 bytes of a name", part),
                      "Choose a shorter name. Nothing was changed.")
            .at(field.where);
  }

  const OperationSpec& m_spec;
  const OperationContext& m_context;
};
} // namespace

std::vector<std::string> check_field_values(const OperationSpec& spec, const OperationRow& row,
                                            const OperationContext& context) {
  FieldValues values(spec, context);
  if (spec.type != "sql") values.look(spec.fields, row.fields);
  return std::move(values.let_through);
}

} // namespace afloat
