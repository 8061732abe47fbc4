#include "dialect/postgres/names.hpp"
#include "dialect/postgres/sql_writer.hpp"
#include "dialect/postgres/type_name.hpp"
#include "sql/parse_tree.hpp"
#include "support/text.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <utility>

#include <fmt/format.h>

// Which changes the server makes in the catalog alone was tried on 14 to 18, with pg_relation_filenode of the
// table and its indexes before and after; all five agree (ATColumnChangeRequiresRewrite in tablecmds.c and
// the support functions of the length coercions).
namespace afloat::postgres {
namespace {
/// "timestamp(3) with time zone": name without modifiers, and the modifiers.
struct TypeParts {
  std::string name;
  std::vector<int> modifiers;
};

TypeParts parts_of(const std::string& type) {
  TypeParts parts{type, {}};
  const std::size_t open = type.find('('), close = type.find(')');
  if (open == std::string::npos || close == std::string::npos) return parts;
  parts.name = type.substr(0, open) + type.substr(close + 1);
  for (const std::string& word : split(type.substr(open + 1, close - open - 1), ',')) {
    int number = 0;
    std::from_chars(word.data(), word.data() + word.size(), number);
    parts.modifiers.push_back(number);
  }
  return parts;
}

bool is_one_of(const std::string& name, std::initializer_list<std::string_view> names) {
  return std::ranges::find(names, name) != names.end();
}

bool is_collatable(const std::string& type) {
  return is_one_of(parts_of(type).name,
                   {"text", "character varying", "character", "bpchar", "citext", "name"});
}

/// Same type, modifiers that hold all that was there. `condition` gets what going back would not hold.
bool grows(const TypeParts& from, const TypeParts& to, const std::string& column, std::string& condition) {
  if (from.modifiers.empty()) return to.modifiers.empty();
  const auto wider = [&] { return to.modifiers.empty() || to.modifiers[0] >= from.modifiers[0]; };
  if (from.name == "character varying" || from.name == "bit varying") {
    condition = fmt::format("pg_catalog.{}({}) > {}", from.name == "bit varying" ? "length" : "char_length",
                            column, from.modifiers[0]);
    return wider();
  }
  if (from.name == "numeric") {
    const int scale = from.modifiers.at(1);
    condition = fmt::format(
        "pg_catalog.abs(pg_catalog.round({0}, {1})) >= 1e{2} OR pg_catalog.round({0}, {1}) <> {0}", column,
        scale, from.modifiers[0] - scale);
    return to.modifiers.empty() || (wider() && to.modifiers.at(1) == scale);
  }
  if (is_one_of(from.name, {"timestamp without time zone", "timestamp with time zone",
                            "time without time zone", "time with time zone", "interval"})) {
    condition = fmt::format(
        "{0} <> {0}::{1}", column,
        fmt::format("{}({}){}", from.name.substr(0, from.name.find(' ')), from.modifiers[0],
                    from.name.find(' ') == std::string::npos ? "" : from.name.substr(from.name.find(' '))));
    return wider();
  }
  return from.modifiers == to.modifiers;
}

/// Whether no stored byte of the table or of a plain index changes.
bool in_catalog(const std::string& from_type, const std::string& to_type, const std::string& column,
                std::string& condition) {
  if (from_type.ends_with("[]") || to_type.ends_with("[]")) return from_type == to_type;
  const TypeParts from = parts_of(from_type), to = parts_of(to_type);
  if (from.name == to.name) return grows(from, to, column, condition);
  if (from.name == "character varying" && to.name == "text") {
    if (!from.modifiers.empty())
      condition = fmt::format("pg_catalog.char_length({}) > {}", column, from.modifiers[0]);
    return true;
  }
  if (from.name == "text" && to.name == "character varying") return to.modifiers.empty();
  if (from.name == "cidr" && to.name == "inet") {
    condition = fmt::format("{0} <> pg_catalog.network({0})", column);
    return true;
  }
  return false;
}

/// What makes the server read the table or build an index anew, or refuse.
bool stands_in_the_way(const Table& table, const ColumnUser& user) {
  if (is_one_of(user.kind, {"other", "not ours", "materialized view", "partition key"})) return true;
  // Its settings and indexes there follow the column.
  if (user.kind == "of a partition")
    return !user.words.starts_with("a ") && !user.words.starts_with("an ")
           && !user.words.starts_with("index ");
  // All of its partitions' indexes would be built again under the lock (tried on 14, 15 and 18).
  if (table.partitioned && is_one_of(user.kind, {"index", "constraint", "foreign key"})) return true;
  if (user.kind != "index" && user.kind != "constraint") return false;
  for (const Index& index : table.indexes)
    if (user.words == "index " + index.name
        && (!index.predicate.empty()
            || std::ranges::any_of(index.parts, [](const IndexPart& part) { return part.column.empty(); })))
      return true;
  return user.kind == "constraint" && user.definition.starts_with("CHECK");
}

constexpr std::array<std::string_view, 6> k_integers{"smallint", "integer", "bigint", "numeric", "", ""};

int rank_of(const std::string& name) {
  const auto found = std::ranges::find(k_integers, name);
  return found == k_integers.end() ? -1 : static_cast<int>(found - k_integers.begin());
}

/// Every value of `from` has its own value of `to`.
bool holds_all(const std::string& from_type, const std::string& to_type) {
  std::string ignored;
  if (in_catalog(from_type, to_type, "", ignored)) return true;
  if (from_type.ends_with("[]") || to_type.ends_with("[]")) return false;
  const TypeParts from = parts_of(from_type), to = parts_of(to_type);
  const bool unlimited_text = is_one_of(to.name, {"text", "character varying"}) && to.modifiers.empty();
  if (unlimited_text)
    return is_one_of(from.name, {"smallint", "integer", "bigint", "numeric", "boolean", "uuid", "text",
                                 "character varying", "character", "inet", "cidr", "json", "jsonb", "real",
                                 "double precision"});
  if (from.name == "numeric" && to.name == "numeric" && !from.modifiers.empty() && !to.modifiers.empty())
    return to.modifiers[1] >= from.modifiers[1]
           && to.modifiers[0] - to.modifiers[1] >= from.modifiers[0] - from.modifiers[1];
  if (rank_of(from.name) >= 0 && rank_of(to.name) > rank_of(from.name)) return to.modifiers.empty();
  return (is_one_of(from.name, {"smallint", "integer", "real"}) && to.name == "double precision")
         || (from.name == "smallint" && to.name == "real");
}

bool is_number(const std::string& name) {
  return rank_of(name) >= 0 || is_one_of(name, {"real", "double precision"});
}

bool is_text(const std::string& name) {
  return is_one_of(name, {"text", "character varying", "character", "bpchar"});
}
} // namespace

std::string type_name(const std::string& type) {
  const ParsedStatement parsed("SELECT NULL::" + type);
  std::string text;
  walk(parsed.root(), [&](const ParseNode& node) {
    if (text.empty() && node.is("TypeName"))
      text = type_text(node, [&](const std::vector<std::string>& parts) {
        return parts.size() == 1 ? parts[0] : in_quotes(RelationName{parts[0], parts.back()});
      });
  });
  return text.empty() ? type : text;
}

std::optional<std::string> cast(const std::string& column, const std::string& from, const std::string& to,
                                bool any) {
  if (!any && !holds_all(from, to)) return std::nullopt;
  // An assignment refuses what a cast would cut off in silence.
  const std::string from_name = parts_of(from).name, to_name = parts_of(to).name;
  const bool assignable =
      (is_number(from_name) && is_number(to_name)) || is_text(to_name) || from_name == to_name;
  return assignable ? column : fmt::format("CAST({} AS {})", column, to);
}

Column successor_of(const Column& column, const std::string& name, const std::string& type) {
  Column successor{.name = name, .type = type};
  if (is_collatable(type)) successor.collation = column.collation;
  successor.comment = column.comment;
  successor.statistics_target = column.statistics_target;
  successor.grants = column.grants;
  if (is_collatable(type) && is_collatable(column.type)) successor.storage = column.storage;
  return successor;
}

std::optional<TypeEdit> type_edit(const Table& table, const Column& column, const std::string& type) {
  TypeEdit edit;
  const std::string name = in_quotes(column.name);
  if (!in_catalog(column.type, type, name, edit.misfit) || !table.inheritance.empty()) return std::nullopt;
  std::vector<const ColumnUser*> rebound; // the server refuses to change the type under them
  bool statistics = false;
  std::vector<Statement> drops, creates;
  for (const ColumnUser& user : table.users) {
    if (user.column != column.name) continue;
    if (stands_in_the_way(table, user)) return std::nullopt;
    const bool is_function = user.kind == "function"; // whose plans would keep the old type
    if (is_function || (!user.drop.empty() && user.kind != "statistics")) rebound.push_back(&user);
    if (user.kind != "statistics") continue;
    statistics = true;
    for (const std::string& create : user.create) // the server makes them anew, as those of whoever alters
      if (create.find(" OWNER TO ") != std::string::npos) creates.emplace_back(create);
  }
  const auto alter = [&](const std::string& to) {
    const std::string collation =
        column.collation.empty() || !is_collatable(to) ? "" : " COLLATE " + column.collation;
    return fmt::format("ALTER TABLE {} ALTER COLUMN {} TYPE {}{}", in_quotes(table.name), name, to,
                       collation);
  };
  Piece& piece = edit.piece;
  piece.locks = {{table.name, LockLevel::access_exclusive}};
  for (const Partition& partition : table.partitions)
    piece.locks.push_back({partition.name, LockLevel::access_exclusive});
  for (auto user = rebound.rbegin(); user != rebound.rend(); ++user) {
    for (const std::string& drop : (*user)->drop) drops.emplace_back(drop);
    if ((*user)->relation != table.name)
      piece.locks.push_back({(*user)->relation, LockLevel::access_exclusive});
  }
  for (const ColumnUser* user : rebound)
    for (const std::string& create : user->create) creates.emplace_back(create);
  piece.statements = drops;
  piece.statements.emplace_back(alter(type));
  std::ranges::copy(creates, std::back_inserter(piece.statements));
  piece.inverse = drops;
  piece.inverse.emplace_back(alter(column.type));
  std::ranges::copy(creates, std::back_inserter(piece.inverse));
  Step analyze{.title = "gather the statistics that the server forgot (reads a sample)"};
  analyze.statements = {
      fmt::format("ANALYZE {}{}", in_quotes(table.name), statistics ? "" : " (" + name + ")")};
  analyze.inverse = analyze.statements;
  analyze.locks = {{table.name, LockLevel::share_update_exclusive}};
  analyze.undo = "gathers them once more";
  edit.after = {std::move(analyze)};
  return edit;
}

} // namespace afloat::postgres
