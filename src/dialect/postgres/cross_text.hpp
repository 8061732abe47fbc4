#pragma once

#include "dialect/sql_writer.hpp"

#include <cstddef>
#include <string>
#include <string_view>

namespace afloat::postgres {

/// The parts of a sync across two tables as SQL text. Columns are numbered from 1: c1, default_1.
class CrossText {
 public:
  explicit CrossText(const CrossSync& sync) : m_sync(sync) {}

  std::size_t count() const { return m_sync.columns.size(); }
  std::string default_variables() const;      ///< `  default_1 "public"."users"."phone"%TYPE := NULL;` …
  std::string default_names() const;          ///< default_1, default_2
  std::string names(bool on_source) const;    ///< "street", "city"
  std::string watched(bool on_source) const;  ///< with the columns of the link
  std::string link_list() const;              ///< the link, of the target
  std::string target_list() const;            ///< the link, then the columns, of the target
  std::string numbered(bool on_source) const; ///< "street" AS c1, "city" AS c2
  std::string values(bool on_source, std::string_view row) const; ///< "street" = mine.c1, …
  std::string to_defaults() const;                                ///< of the source: "street" = default_1, …
  std::string source_off_defaults() const;
  std::string key(std::string_view row, bool of_source) const;    ///< NEW."id"
  std::string no_key(std::string_view row, bool of_source) const; ///< NEW."id" IS NULL
  /// The source (target) row that belongs to NEW or OLD, which is a row of the source or of the target.
  std::string source_is(std::string_view row, bool row_is_source) const;
  std::string target_is(std::string_view row, bool row_is_source) const;
  std::string changed(bool on_source, std::size_t number) const; ///< between OLD and NEW
  std::string any_changed(bool on_source, bool with_link) const;
  std::string inserted_off_defaults() const; ///< for a WHEN: where no variables are

 private:
  const CrossSync& m_sync;
};

/// The constant default as SQL without a cast, or NULL.
std::string default_of(const CrossColumn& column);
/// Some default holds names of its author's, which mean what the path of the migration finds.
bool has_authors_defaults(const CrossSync& sync);

/// True when the trigger is there, fires always, and its function is as it was made.
Guard trigger_guard(const RelationName& table, std::string_view trigger, std::string_view body, Phase until);

} // namespace afloat::postgres
