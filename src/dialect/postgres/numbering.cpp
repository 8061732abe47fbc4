#include "dialect/numbering.hpp"

#include "dialect/postgres/names.hpp"
#include "sql/embedded.hpp"
#include "sql/tokens.hpp"
#include "support/text.hpp"

#include <utility>
#include <vector>

#include <fmt/format.h>

// ADD COLUMN … serial or AS IDENTITY writes every row anew while it keeps all others out, and an identity
// must be NOT NULL at once. So the column has a plain sequence until all rows have their number.
namespace afloat {
namespace {
using postgres::in_quotes;
using postgres::literal;

/// Within a string that format() reads.
std::string in_format(const std::string& name) {
  return replaced(replaced(name, "'", "''"), "%", "%%");
}

std::string block(std::string_view file, const Table& table, const Column& column,
                  const RelationName& sequence) {
  std::string body(embedded_sql(file));
  const auto put = [&](std::string_view key, std::string_view value) {
    body = replaced(std::move(body), fmt::format("{{{}}}", key), value);
  };
  put("table_literal", literal(in_quotes(table.name)));
  put("sequence_literal", literal(in_quotes(sequence)));
  put("sequence_format", in_format(in_quotes(sequence)));
  put("when", column.identity);
  put("table", in_quotes(table.name));
  put("sequence", in_quotes(sequence));
  put("column", in_quotes(column.name));
  put("type", column.type);
  return "DO " + literal(body);
}
} // namespace

Numbering postgres_numbering(const Table& table, const Column& column) {
  Numbering numbers;
  numbers.sequence = {table.name.schema,
                      postgres::fitting_name(fmt::format("{}_{}_seq", table.name.name, column.name))};
  const RelationName& sequence = numbers.sequence;
  numbers.next = fmt::format("pg_catalog.nextval({}::pg_catalog.regclass)", literal(in_quotes(sequence)));
  numbers.make.statements = {fmt::format("CREATE SEQUENCE {} AS {} OWNED BY {}.{}", in_quotes(sequence),
                                         column.type, in_quotes(table.name), in_quotes(column.name)),
                             block("postgres/grant_numbers.sql", table, column, sequence)};
  numbers.make.inverse = {"DROP SEQUENCE IF EXISTS " + in_quotes(sequence)};
  numbers.make.locks = {{table.name, LockLevel::access_exclusive}};
  numbers.finish.locks = {{table.name, LockLevel::access_exclusive}};
  numbers.finish.statements = {column.identity.empty()
                                   ? fmt::format("ALTER TABLE {} ALTER COLUMN {} SET DEFAULT {}",
                                                 in_quotes(table.name), in_quotes(column.name), numbers.next)
                                   : block("postgres/take_identity.sql", table, column, sequence)};
  numbers.give_back.locks = numbers.finish.locks;
  if (column.identity.empty())
    numbers.give_back.statements = {fmt::format("ALTER TABLE {} ALTER COLUMN {} DROP DEFAULT",
                                                in_quotes(table.name), in_quotes(column.name))};
  else
    numbers.give_back.statements = {block("postgres/return_identity.sql", table, column, sequence),
                                    block("postgres/grant_numbers.sql", table, column, sequence)};
  return numbers;
}

bool draws_number(std::string_view expression) {
  std::vector<Token> words = tokenize(expression);
  std::erase_if(words, [](const Token& token) { return token.kind == TokenKind::space; });
  std::size_t at = 0;
  if (words.size() > 2 && words[0].is("pg_catalog") && words[1].text == ".") at = 2;
  if (at + 2 >= words.size() || !words[at].is("nextval") || words[at + 1].text != "(") return false;
  int depth = 0;
  for (std::size_t i = at + 1; i < words.size(); ++i) {
    if (words[i].text == "(") ++depth;
    if (words[i].text == ")" && --depth == 0) return i + 1 == words.size();
  }
  return false;
}

} // namespace afloat
