#include "operations/index_words.hpp"

#include "support/text.hpp"

#include <utility>

namespace afloat {

std::string index_words(const Table& table, const Index& index, const SqlWriter& sql) {
  Table whole = table;
  whole.partitioned = false;
  std::string words = sql.create_index(whole, index).statements.at(0).sql;
  return table.partitioned ? replaced(std::move(words), " CONCURRENTLY", "") : words;
}

} // namespace afloat
