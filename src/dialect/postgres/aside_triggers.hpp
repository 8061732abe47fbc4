#pragma once

#include "dialect/aside_rows.hpp"
#include "dialect/sql_writer.hpp"

#include <string>
#include <string_view>
#include <vector>

/// The table of what is kept aside, and the triggers that see to it. They fire AFTER the row, first of their
/// kind, and write no table but afloat's own.
namespace afloat::postgres {

/// One trigger and its function, which those after it may share.
struct KeepTrigger {
  std::string name;
  RelationName table;
  std::string event, when, function, body;
  bool for_each_row = true;
};

/// "INSERT", … on the table that has the values; `function`: "keep".
KeepTrigger keep_trigger(const Aside& aside, std::string_view what, std::string event, std::string_view when,
                         std::string body);
/// A change of one of these columns, whoever makes it, but for batches of afloat's own.
KeepTrigger keep_update(const Aside& aside, const std::vector<std::string>& watched, std::string body);
/// The one of TRUNCATE, with a function of its own.
KeepTrigger keep_truncate(const Aside& aside);

/// The body that they share: what is kept goes with its row, and moves with its key. `changed`: whether an
/// UPDATE that leaves the key alone matters. `then`: what is done of an INSERT, and of such an UPDATE; NEW's
/// key is {new_key}.
struct KeepBody {
  std::string changed, then;
  std::string declare = {}; ///< DECLARE …, with the line's end
  std::string_view conflict = "use_column";
};
std::string keep_body(const Aside& aside, const KeepBody& body);

/// `options`: of the functions, such as k_with_own_path.
void append_triggers(const std::vector<KeepTrigger>& triggers, std::string_view options,
                     std::vector<Statement>& statements);
void append_drops(const std::vector<KeepTrigger>& triggers, std::vector<Statement>& statements);
void append_guards(const std::vector<KeepTrigger>& triggers, Phase until, std::vector<Guard>& guards);

/// CREATE TABLE of `rows`.
Statement create_kept(const Aside& aside, const Table& rows);
/// "id" = OLD."id"
std::string key_is(const Aside& aside, std::string_view other);

} // namespace afloat::postgres
