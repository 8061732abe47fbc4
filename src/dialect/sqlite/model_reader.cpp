#include "dialect/sqlite/model_reader.hpp"

#include "dialect/sqlite/scan.hpp"
#include "dialect/sqlite/table_items.hpp"
#include "sql/embedded.hpp"
#include "support/error.hpp"
#include "support/text.hpp"

#include <algorithm>
#include <array>
#include <map>
#include <utility>

#include <fmt/format.h>
#include <sqlite3.h>

namespace afloat::sqlite {
namespace {
/// As SQL must write it; bare where that means the same.
std::string written(const std::string& name) {
  const auto is_plain = [](char letter) {
    return (letter >= 'a' && letter <= 'z') || (letter >= 'A' && letter <= 'Z')
           || (letter >= '0' && letter <= '9') || letter == '_';
  };
  const bool plain = !name.empty() && std::ranges::all_of(name, is_plain)
                     && !(name[0] >= '0' && name[0] <= '9')
                     && sqlite3_keyword_check(name.data(), static_cast<int>(name.size())) == 0;
  return plain ? name : fmt::format("\"{}\"", replaced(name, "\"", "\"\""));
}

/// Whether two lexemes are parts of one token of SQLite: of an operator, x'00ff', 1e-5.
bool is_one_token(const Lexeme& one, const Lexeme& other) {
  if (one.end != other.begin) return false;
  constexpr std::array<std::string_view, 9> k_operators{"<>", "<=", ">=", "==", "!=", "||", "<<", ">>", "->"};
  const std::string both = std::string(one.text) + std::string(other.text);
  const bool is_exponent =
      one.kind == Lexeme::Kind::number && (one.text.ends_with('e') || one.text.ends_with('E'));
  return std::ranges::find(k_operators, both) != k_operators.end()
         || (one.is("x") && other.text.starts_with('\''))
         || (is_exponent && !one.text.starts_with("0x") && (other.is("-") || other.is("+")));
}

/// "5" of 1e-5.
bool is_exponent_digits(const std::vector<Lexeme>& text, std::size_t i) {
  return i > 1 && text[i].kind == Lexeme::Kind::number && text[i - 1].end == text[i].begin
         && (text[i - 1].is("-") || text[i - 1].is("+")) && is_one_token(text[i - 2], text[i - 1]);
}

/// Words and symbols with one space between them.
std::string text_of(const std::vector<Lexeme>& text, std::size_t begin, std::size_t end) {
  std::string result;
  for (std::size_t i = begin; i < end; ++i) {
    const bool tight = i == begin || text[i].is(",") || text[i].is(")") || text[i].is(".")
                       || text[i - 1].is("(") || text[i - 1].is(".") || text[i].is(";")
                       || is_one_token(text[i - 1], text[i]) || is_exponent_digits(text, i);
    if (!tight) result += ' ';
    result += text[i].text;
  }
  return result;
}

std::string plain(const std::string& sql) {
  const std::vector<Lexeme> text = scan(sql);
  return text_of(text, 0, text.size());
}

/// What stands behind the type of a column besides NOT NULL and DEFAULT, which PRAGMA table_xinfo tells.
std::string clauses_of(const std::vector<Lexeme>& text, Item item) {
  std::size_t at = item.begin + 1;
  while (at < item.end && !starts_clause(text[at]))
    at = text[at].is("(") ? behind_parenthesis(text, at) : at + 1;
  const auto standard = default_in(text, item);
  std::string result;
  const auto add = [&](std::size_t begin, std::size_t end) {
    if (begin < end) result += (result.empty() ? "" : " ") + text_of(text, begin, end);
  };
  std::size_t from = at;
  while (at < item.end) {
    if (standard && at == standard->begin) {
      add(from, at);
      from = at = standard->end;
    } else if (at + 1 < item.end && text[at].is("not") && text[at + 1].is("null")
               && !(at + 2 < item.end && text[at + 2].is("on"))
               && !(at > 1 && text[at - 2].is("constraint"))) {
      add(from, at);
      from = at = at + 2;
    } else {
      at = text[at].is("(") ? behind_parenthesis(text, at) : at + 1;
    }
  }
  add(from, item.end);
  return result;
}

using ByName = std::map<std::pair<std::string, std::string>, std::size_t>; ///< (table, column) -> place

void take_table_text(SchemaModel& model, const ByName& columns, const std::string& table,
                     const std::string& sql) {
  const std::vector<Lexeme> text = scan(sql);
  int number = 0;
  for (const Item& item : items_of(text, body_of(text))) {
    if (item.begin >= item.end) continue;
    if (!starts_table_constraint(text[item.begin])) {
      const auto found = columns.find({table, lower_case(text[item.begin].name())});
      const std::string clauses = clauses_of(text, item);
      if (found != columns.end() && !clauses.empty())
        model.objects[found->second].properties.emplace_back("clauses", clauses);
      continue;
    }
    const bool named = text[item.begin].is("constraint") && item.begin + 1 < item.end;
    const std::size_t first = named ? item.begin + 2 : item.begin;
    ++number;
    model.objects.push_back({kind_named("constraint"),
                             table,
                             named ? written(text[item.begin + 1].name()) : fmt::format("({})", number),
                             {{"definition", text_of(text, first, item.end)}}});
  }
}

/// What sync has made, or has written into a user's trigger, is found again by its bytes.
bool is_of_sync(const std::string& name, const std::string& sql) {
  return is_own_name(name) || sql.find("/*<afloat ") != std::string::npos;
}

void take_rows(SchemaModel& model, std::string_view kind, Result&& result) {
  constexpr std::size_t k_first_property = 2;
  for (std::vector<Value>& row : result.rows) {
    SchemaObject object{
        kind, row[0].value_or("").empty() ? "" : written(*row[0]), written(row[1].value_or("")), {}};
    for (std::size_t i = k_first_property; i < row.size(); ++i) {
      if (!row[i] || row[i]->empty()) continue;
      const bool is_text = result.columns[i] == "definition" && !is_of_sync(row[1].value_or(""), *row[i]);
      object.properties.emplace_back(result.columns[i], is_text ? plain(*row[i]) : std::move(*row[i]));
    }
    if (kind != "pragma" || !object.properties.empty()) model.objects.push_back(std::move(object));
  }
}

void take_texts(SchemaModel& model) {
  ByName columns;
  std::vector<std::pair<std::string, std::string>> texts;
  for (std::size_t i = 0; i < model.objects.size(); ++i) {
    SchemaObject& object = model.objects[i];
    if (object.kind == "column") columns[{object.table, lower_case(scan(object.name).at(0).name())}] = i;
    const auto sql = std::ranges::find(object.properties, "sql", &Property::first);
    if (object.kind != "table" || sql == object.properties.end()) continue;
    texts.emplace_back(object.name, std::move(sql->second));
    object.properties.erase(sql);
  }
  for (const auto& [table, sql] : texts) take_table_text(model, columns, table, sql);
}
} // namespace

SchemaModel read_schema(Database& database) {
  constexpr int k_tries = 5;
  const auto version = [&] { return database.query("PRAGMA schema_version", {}).scalar(); };
  for (int tries = 1;; ++tries) {
    const Value before = version();
    SchemaModel model{Dialect::sqlite, database.facts().server_version, {}, {}};
    for (const KindRow& row : kind_rows())
      if (row.sqlite)
        take_rows(model, row.name,
                  database.query(embedded_sql(fmt::format("sqlite/model/{}.sql", row.name)), {}));
    if (version() != before && tries < k_tries) continue; // somebody changed it between two queries
    take_texts(model);
    sort(model);
    return model;
  }
}

} // namespace afloat::sqlite
