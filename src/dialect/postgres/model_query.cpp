#include "dialect/postgres/model_reader.hpp"
#include "sql/embedded.hpp"
#include "support/text.hpp"

#include <array>
#include <charconv>
#include <functional>
#include <stdexcept>
#include <vector>

#include <fmt/format.h>

namespace afloat::postgres {
namespace {
using Words = std::vector<std::string>;

// Lists are ordered by bytes, so that they are the same in every database.
constexpr std::string_view k_grant_list =
    "pg_catalog.string_agg(pg_catalog.format('%s to %s%s', grant_.privilege_type, "
    "CASE WHEN grant_.grantee = 0 THEN 'PUBLIC' ELSE "
    "pg_catalog.quote_ident(pg_catalog.pg_get_userbyid(grant_.grantee)) END, "
    "CASE WHEN grant_.is_grantable THEN ' with grant option' END), ', ' ORDER BY "
    "CASE WHEN grant_.grantee = 0 THEN 'PUBLIC' ELSE pg_catalog.pg_get_userbyid(grant_.grantee)::text END "
    "COLLATE "
    "\"C\", "
    "grant_.privilege_type COLLATE \"C\")";

/// What the one list of privileges has and the other lacks.
std::string grants_beyond(std::string_view list, std::string_view base, std::string_view guard) {
  return fmt::format(
      "CASE WHEN {} IS NOT NULL THEN (SELECT {} FROM (SELECT privilege_type, grantee, is_grantable "
      "FROM pg_catalog.aclexplode({}) EXCEPT SELECT privilege_type, grantee, is_grantable "
      "FROM pg_catalog.aclexplode({})) grant_) END",
      guard, k_grant_list, list, base);
}

std::string default_of(const Words& words) {
  return fmt::format("pg_catalog.acldefault('{}', {})", words.at(2), words.at(1));
}

std::string places(std::string_view besides) {
  return fmt::format(
      "(SELECT oid, nspname, pg_catalog.quote_ident(nspname) AS q FROM pg_catalog.pg_namespace "
      "WHERE nspname NOT IN ('pg_catalog', 'information_schema', 'pg_toast'{}) "
      "AND nspname NOT LIKE 'pg\\_temp\\_%' AND nspname NOT LIKE 'pg\\_toast\\_temp\\_%')",
      besides);
}

/// Compared with the privileges that an object of the type has when nobody grants or revokes.
std::string grants(const Words& words) {
  return grants_beyond(words.at(0), default_of(words), words.at(0));
}

std::string owner(std::string_view column) {
  return fmt::format("pg_catalog.pg_get_userbyid({})::text AS \"owner\"", column);
}

/// Labels of what is shared by all databases have a catalog of their own; comments have not.
std::string notes(const Words& words) {
  const bool shared = words.at(1) == "pg_subscription";
  return fmt::format("(SELECT note_.description FROM pg_catalog.pg_description note_ WHERE note_.objoid = "
                     "{0} AND note_.objsubid = 0 "
                     "AND note_.classoid = 'pg_catalog.{1}'::pg_catalog.regclass) AS \"comment\", "
                     "(SELECT pg_catalog.string_agg(note_.provider || ': ' || note_.label, ', ' ORDER BY "
                     "note_.provider COLLATE \"C\") "
                     "FROM pg_catalog.{2} note_ WHERE note_.objoid = {0}{3} "
                     "AND note_.classoid = 'pg_catalog.{1}'::pg_catalog.regclass) AS \"security labels\"",
                     words.at(0), words.at(1), shared ? "pg_shseclabel" : "pg_seclabel",
                     shared ? "" : " AND note_.objsubid = 0");
}

/// An extension's objects count with it, the functions and casts of a range type with that.
std::string mine(const Words& words) {
  const bool made_by_types = words.at(1) == "pg_proc" || words.at(1) == "pg_cast";
  return fmt::format(
      "NOT EXISTS (SELECT FROM pg_catalog.pg_depend owner_ WHERE owner_.deptype IN ('e'{}) AND "
      "owner_.objid = {} AND owner_.classid = 'pg_catalog.{}'::pg_catalog.regclass)",
      made_by_types ? ", 'i'" : "", words.at(0), words.at(1));
}

/// A row of pg_depend that says: this operator or function belongs to the operator class.
std::string member(const Words& words) {
  return fmt::format("{0}.refclassid = 'pg_catalog.pg_opclass'::pg_catalog.regclass AND {0}.refobjid = {1} "
                     "AND {0}.classid = 'pg_catalog.{2}'::pg_catalog.regclass",
                     words.at(0), words.at(1), words.at(2));
}

/// Those that only their family has.
std::string loose(const Words& words) {
  return fmt::format(
      "NOT EXISTS (SELECT FROM pg_catalog.pg_depend class_ WHERE class_.objid = {} AND class_.classid = "
      "'pg_catalog.{}'::pg_catalog.regclass AND class_.refclassid = "
      "'pg_catalog.pg_opclass'::pg_catalog.regclass)",
      words.at(0), words.at(1));
}

struct Piece {
  std::string_view name;
  std::string (*text)(const Words& words);
};

/// What the files write as {name word …}.
constexpr std::array k_pieces{
    Piece{"places", [](const Words&) { return places(", 'afloat'"); }},
    Piece{"all_places", [](const Words&) { return places(""); }},
    Piece{"mine", mine},
    Piece{"owner", [](const Words& words) { return owner(words.at(0)); }},
    Piece{"grants", grants},
    Piece{"grant_list", [](const Words&) { return std::string(k_grant_list); }},
    Piece{"rights",
          [](const Words& words) {
            return fmt::format("{}, {} AS \"grants\", {} AS \"revoked\"", owner(words.at(1)), grants(words),
                               grants_beyond(default_of(words), words.at(0), words.at(0)));
          }},
    Piece{"member", member},
    Piece{"loose", loose},
    Piece{"notes", notes},
    Piece{"options",
          [](const Words& words) {
            return fmt::format("(SELECT pg_catalog.string_agg(pg_catalog.format('%I %L', "
                               "option_.option_name, option_.option_value), "
                               "', ' ORDER BY option_.option_name COLLATE \"C\") FROM "
                               "pg_catalog.pg_options_to_table({}) option_)",
                               words.at(0));
          }},
    Piece{"collation",
          [](const Words& words) {
            return fmt::format("(SELECT pg_catalog.format('%I.%I', collns_.nspname, coll_.collname) FROM "
                               "pg_catalog.pg_collation coll_ "
                               "JOIN pg_catalog.pg_namespace collns_ ON collns_.oid = coll_.collnamespace "
                               "WHERE coll_.oid = {})",
                               words.at(0));
          }},
};

std::string piece(const std::string& inside) {
  Words words = split(inside, ' ');
  const std::string name = words.front();
  words.erase(words.begin());
  for (const Piece& row : k_pieces)
    if (row.name == name) return row.text(words);
  throw std::logic_error("no piece named " + name);
}

/// "--@15 text" is there from version 15 on, "--@-13 text" up to 13; the last that fits of a property wins
/// nothing: files write ranges that do not overlap.
std::string for_version(const std::string& line, int version) {
  constexpr std::string_view k_mark = "--@";
  if (!line.starts_with(k_mark)) return line.starts_with("--") ? std::string() : line;
  int wanted = 0;
  const char* begin = line.data() + k_mark.size();
  const auto [end, error] = std::from_chars(begin, line.data() + line.size(), wanted);
  const bool fits = wanted < 0 ? version <= -wanted : version >= wanted;
  return fits ? std::string(end, line.data() + line.size()) : std::string();
}
} // namespace

std::string model_query(std::string_view kind, int server_version) {
  constexpr int k_in_major = 10'000;
  const std::string_view file =
      embedded_sql(fmt::format("postgres/model/{}.sql", replaced(std::string(kind), " ", "_")));
  std::string text;
  for (const std::string& line : split(file, '\n'))
    if (const std::string kept = for_version(line, server_version / k_in_major); !kept.empty())
      text += kept + "\n";
  std::string query;
  std::size_t at = 0;
  for (;;) {
    const std::size_t open = text.find('{', at);
    if (open == text.npos) return query + text.substr(at);
    query += text.substr(at, open - at);
    const std::size_t close = text.find('}', open);
    query += piece(text.substr(open + 1, close - open - 1));
    at = close + 1;
  }
}

} // namespace afloat::postgres
