#pragma once

#include "dialect/sql_writer.hpp"

#include <functional>
#include <string>
#include <string_view>
#include <vector>

/// The table of what is kept aside, and the triggers that see to it. They run AFTER the row is written, and
/// write no table but afloat's own. REPLACE deletes without firing a trigger: who inserts a key starts anew.
namespace afloat::sqlite {

std::string kept(const Aside& aside); ///< quoted
/// `text` of each quoted name, joined.
std::string each(const std::vector<std::string>& names, std::string_view between,
                 const std::function<std::string(const std::string&)>& text);
std::string listed(const std::vector<std::string>& names);                      ///< "a", "b"
std::string cells(const std::vector<std::string>& names, std::string_view row); ///< NEW."a", NEW."b"
/// `"id" = NEW."id"`, of what is kept.
std::string key_is(const Aside& aside, std::string_view row);
/// The rows of the table, under this name, and what is kept of them, under that.
std::string linked(const Aside& aside, std::string_view table, std::string_view aside_table);
std::string differ(const std::string& one, const std::string& other); ///< value or storage class
std::string any_changed(const std::vector<std::string>& names);       ///< between OLD and NEW

struct KeepTrigger {
  std::string name, table, sql;
};

/// An empty statement of the body is left out.
KeepTrigger keep_trigger(const Aside& aside, std::string_view what, const std::string& event,
                         const std::string& when, std::vector<std::string> body);
/// What is kept of the key goes.
std::string forget(const Aside& aside, std::string_view row);
KeepTrigger keep_delete(const Aside& aside);
/// A change of the key, with which what is kept moves, or of `columns`, and then `body`. One trigger for
/// both, because SQLite promises no order among several.
KeepTrigger keep_update(const Aside& aside, const std::vector<std::string>& columns,
                        const std::vector<std::string>& body);

void append_triggers(const std::vector<KeepTrigger>& triggers, std::vector<Statement>& statements);
void append_drops(const std::vector<KeepTrigger>& triggers, std::vector<Statement>& statements);
void append_guards(const std::vector<KeepTrigger>& triggers, Phase until, std::vector<Guard>& guards);

/// {where} in the statement stands for a range. `name`: of the table in it.
RangeWork walked(const Table& table, std::string_view name, const std::string& statement, std::string count);

} // namespace afloat::sqlite
