#pragma once

#include "model/dialect.hpp"

#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

/// The whole schema of a database as one flat value: what its fingerprint is made of, what drift compares,
/// what `schema show` prints. Plans are made from the other one, `Schema`, which knows fewer things, and
/// these better.
namespace afloat {

/// A kind of object. Its name is the file of its query (sql/<dialect>/model/<name>.sql, with _ for a space),
/// whose first two columns tell which object a row is; every other column is a property, and its name the
/// property's.
struct KindRow {
  std::string_view name;
  bool postgres = true, sqlite = false;
};
/// In the order in which objects are made. Adding a kind is a row here and its file.
std::span<const KindRow> kind_rows();
/// The kind's own name, which lives as long as the program; Error ledger_conflict for one that is not known.
std::string_view kind_named(std::string_view name);

/// A property whose value is the usual one is left out: so what a newer server or afloat knows besides
/// changes nothing.
using Property = std::pair<std::string, std::string>;

struct SchemaObject {
  std::string_view kind; ///< of kind_rows()
  std::string table;     ///< of a column, index, trigger, …: the table or view, as SQL writes it; else empty
  std::string name;      ///< as SQL writes it: public.users, email, public.total(integer)
  std::vector<Property> properties; ///< by name

  bool operator==(const SchemaObject&) const = default;
  std::string_view value(std::string_view property) const; ///< empty when it is left out
};
/// "column email of public.users", "table public.users".
std::string display(const SchemaObject& object);

struct SchemaModel {
  Dialect dialect = Dialect::sqlite;
  int server_version = 0;            ///< no part of the fingerprint
  std::vector<SchemaObject> objects; ///< in the order of kinds, then by table and name
  std::vector<std::string> unread;   ///< what could not be read, with the reason; no part of the fingerprint

  bool operator==(const SchemaModel&) const = default;
};

/// Grows when what is read of a schema changes in a way that makes older texts look different.
constexpr int k_model_format = 2;

/// Puts objects and properties into their order.
void sort(SchemaModel& model);
/// One line an object (kind, table, name, separated by tabs), and below it one a property (" name = value").
/// The same bytes for the same schema; the ledger keeps it, and the function verify_schema_state makes it in
/// SQL.
std::string canonical_text(const SchemaModel& model);
/// The reverse; dialect and version are not in the text. Error ledger_conflict where it is damaged.
SchemaModel parse_canonical(std::string_view text, Dialect dialect, int server_version);
/// SHA-256 of the canonical text.
std::string fingerprint(const SchemaModel& model);

/// Without what afloat made for itself (schema afloat, triggers, working columns): to compare two databases
/// of which one has an open window.
void remove_own(SchemaModel& model);

} // namespace afloat
