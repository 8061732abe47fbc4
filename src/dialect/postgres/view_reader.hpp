#pragma once

#include "model/schema.hpp"
#include "sql/parse_tree.hpp"

#include <functional>
#include <map>
#include <string>
#include <utility>
#include <vector>

namespace afloat::postgres {

/// Finds which columns of which tables a query reads, and what its own columns are called.
class ViewReader {
 public:
  /// Columns of a relation, or nothing where they are not known; `is_table` says whether reads are recorded.
  struct Relation {
    RelationName name;
    std::vector<std::string> columns;
    bool known = false, is_table = false;
  };
  using Lookup = std::function<Relation(const ParseNode& range_var)>;

  explicit ViewReader(Lookup lookup) : m_lookup(std::move(lookup)) {}

  /// The names of the query's columns.
  std::vector<std::string> read(const ParseNode& query);

  const std::vector<std::pair<RelationName, std::string>>& reads() const { return m_reads; }
  /// False if a column could not be told, because it is one of a relation that is not known.
  bool complete() const { return m_complete; }

 private:
  struct Source {
    std::string alias;
    RelationName table;                        ///< empty for what is not a table
    std::vector<std::string> columns, renamed; ///< own names, and those that the alias gives them
    bool known = true;
  };
  using Scope = std::vector<Source>;

  void read_with(const ParseNode& clause);
  void read_from(const ParseNode& item);
  void read_relation(const ParseNode& item);
  void read_join(const ParseNode& item);
  void add_derived(const ParseNode& item, std::vector<std::string> columns, bool known);
  void read_targets(const ParseNode& select, std::vector<std::string>& names);
  void expand(const Source& source, std::vector<std::string>& names);
  void visit(const ParseNode& node);
  void resolve(const ParseNode& column);
  bool resolve_in(const Scope& scope, const std::string& qualifier, const std::string& column);
  void record(const Source& source, std::size_t at);
  void record_shared(std::size_t first_left, std::size_t first_right,
                     const std::vector<std::string>* columns);

  Lookup m_lookup;
  std::vector<Scope> m_scopes;
  std::map<std::string, std::vector<std::string>, std::less<>> m_with;
  std::vector<std::pair<RelationName, std::string>> m_reads;
  bool m_complete = true;
};

} // namespace afloat::postgres
