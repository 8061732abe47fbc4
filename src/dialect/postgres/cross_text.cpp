#include "dialect/postgres/cross_text.hpp"

#include "dialect/postgres/expressions.hpp"
#include "dialect/postgres/names.hpp"
#include "dialect/postgres/server_words.hpp"
#include "support/text.hpp"

#include <algorithm>
#include <functional>
#include <vector>

#include <fmt/format.h>

namespace afloat::postgres {
namespace {
const std::string& name_of(const CrossColumn& column, bool on_source) {
  return on_source ? column.source : column.target;
}

std::string cell(std::string_view row, std::string_view column) {
  return fmt::format("{}.{}", row, in_quotes(column));
}

std::string each(const std::vector<CrossColumn>& columns, std::string_view between,
                 const std::function<std::string(const CrossColumn&, std::size_t)>& text) {
  std::vector<std::string> all;
  for (const CrossColumn& column : columns) all.push_back(text(column, all.size() + 1));
  return join(all, between);
}

std::string differ(const std::string& one, const std::string& other) {
  return fmt::format("pg_catalog.record_image_ne(ROW({}), ROW({}))", one, other);
}
} // namespace

std::string CrossText::default_variables() const {
  return each(m_sync.columns, "\n", [&](const CrossColumn& column, std::size_t i) {
    return fmt::format("  afloat_default_{} {}.{}%TYPE := {};", i, in_quotes(m_sync.source.name),
                       in_quotes(column.source), default_of(column));
  });
}

std::string CrossText::default_names() const {
  return each(m_sync.columns, ", ",
              [](const CrossColumn&, std::size_t i) { return fmt::format("afloat_default_{}", i); });
}

std::string CrossText::names(bool on_source) const {
  return each(m_sync.columns, ", ",
              [&](const CrossColumn& column, std::size_t) { return in_quotes(name_of(column, on_source)); });
}

std::string CrossText::watched(bool on_source) const {
  return names(on_source) + ", " + each(m_sync.link, ", ", [&](const CrossColumn& column, std::size_t) {
           return in_quotes(name_of(column, on_source));
         });
}

std::string CrossText::link_list() const {
  return each(m_sync.link, ", ",
              [](const CrossColumn& column, std::size_t) { return in_quotes(column.target); });
}

std::string CrossText::target_list() const {
  return link_list() + ", " + names(false);
}

std::string CrossText::numbered(bool on_source) const {
  return each(m_sync.columns, ", ", [&](const CrossColumn& column, std::size_t i) {
    return fmt::format("{} AS c{}", in_quotes(name_of(column, on_source)), i);
  });
}

std::string CrossText::values(bool on_source, std::string_view row) const {
  return each(m_sync.columns, ", ", [&](const CrossColumn& column, std::size_t i) {
    return fmt::format("{} = {}.c{}", in_quotes(name_of(column, on_source)), row, i);
  });
}

std::string CrossText::to_defaults() const {
  return each(m_sync.columns, ", ", [](const CrossColumn& column, std::size_t i) {
    return fmt::format("{} = afloat_default_{}", in_quotes(column.source), i);
  });
}

std::string CrossText::source_off_defaults() const {
  return differ(names(true), default_names());
}

std::string CrossText::key(std::string_view row, bool of_source) const {
  return each(m_sync.link, ", ",
              [&](const CrossColumn& column, std::size_t) { return cell(row, name_of(column, of_source)); });
}

std::string CrossText::no_key(std::string_view row, bool of_source) const {
  return each(m_sync.link, " OR ", [&](const CrossColumn& column, std::size_t) {
    return cell(row, name_of(column, of_source)) + " IS NULL";
  });
}

std::string CrossText::source_is(std::string_view row, bool row_is_source) const {
  return each(m_sync.link, " AND ", [&](const CrossColumn& column, std::size_t) {
    return fmt::format("{} = {}", in_quotes(column.source), cell(row, name_of(column, row_is_source)));
  });
}

std::string CrossText::target_is(std::string_view row, bool row_is_source) const {
  return each(m_sync.link, " AND ", [&](const CrossColumn& column, std::size_t) {
    return fmt::format("{} = {}", in_quotes(column.target), cell(row, name_of(column, row_is_source)));
  });
}

std::string CrossText::changed(bool on_source, std::size_t number) const {
  const std::string& name = name_of(m_sync.columns.at(number - 1), on_source);
  return differ(cell("NEW", name), cell("OLD", name));
}

std::string CrossText::any_changed(bool on_source, bool with_link) const {
  const auto all = [&](std::string_view row) {
    const std::string columns = each(m_sync.columns, ", ", [&](const CrossColumn& column, std::size_t) {
      return cell(row, name_of(column, on_source));
    });
    return with_link ? columns + ", " + key(row, on_source) : columns;
  };
  return differ(all("OLD"), all("NEW"));
}

std::string CrossText::inserted_off_defaults() const {
  return differ(each(m_sync.columns, ", ",
                     [](const CrossColumn& column, std::size_t) { return cell("NEW", column.source); }),
                each(m_sync.columns, ", ", [](const CrossColumn& column, std::size_t) {
                  return fmt::format("({})::{}", default_of(column), column.type);
                }));
}

std::string default_of(const CrossColumn& column) {
  return column.default_sql ? without_cast(*column.default_sql) : "NULL";
}

bool has_authors_defaults(const CrossSync& sync) {
  return std::ranges::any_of(sync.columns, [](const CrossColumn& column) {
    return column.default_sql && depends_on_search_path(without_cast(*column.default_sql));
  });
}

Guard trigger_guard(const RelationName& table, std::string_view trigger, std::string_view body, Phase until) {
  return {.until = until,
          .subject = fmt::format("sync trigger {} on {}", trigger, display(table)),
          .query = fmt::format(
              "SELECT CASE WHEN t.oid IS NULL THEN 'missing' WHEN t.tgenabled <> 'A' THEN 'disabled'"
              " WHEN pg_catalog.encode(pg_catalog.sha256(pg_catalog.convert_to(p.prosrc, 'UTF8')), 'hex') <> "
              "'{}' THEN 'its function was changed' ELSE 'ok' END FROM (SELECT 1) one"
              " LEFT JOIN pg_catalog.pg_trigger t ON t.tgrelid = pg_catalog.to_regclass({}) AND t.tgname = {}"
              " LEFT JOIN pg_catalog.pg_proc p ON p.oid = t.tgfoid",
              sha256(body), literal(in_quotes(table)), literal(trigger))};
}

} // namespace afloat::postgres
