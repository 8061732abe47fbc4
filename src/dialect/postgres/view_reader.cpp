#include "dialect/postgres/view_reader.hpp"

#include "dialect/postgres/replay_state.hpp"

#include <algorithm>
#include <array>

namespace afloat::postgres {
namespace {
std::string text_of(const ParseNode& string) {
  return std::string(string.text("sval"));
}

bool is_star(const ParseNode& node) {
  const std::vector<ParseNode> fields = node.list("fields");
  return node.is("ColumnRef") && !fields.empty() && fields.back().is("A_Star");
}

/// The names of an alias's column list lie over the first of the columns.
std::vector<std::string> with_alias(std::vector<std::string> columns, const std::vector<std::string>& given) {
  for (std::size_t i = 0; i < given.size(); ++i) {
    if (i < columns.size())
      columns[i] = given[i];
    else
      columns.push_back(given[i]);
  }
  return columns;
}
} // namespace

std::vector<std::string> ViewReader::read(const ParseNode& query) {
  const auto outer_with = m_with;
  m_scopes.emplace_back();
  read_with(query["with_clause"]);
  std::vector<std::string> names;
  if (query["larg"]) {
    names = read(query["larg"]);
    read(query["rarg"]);
  } else if (const std::vector<ParseNode> rows = query.list("values_lists"); !rows.empty()) {
    for (const ParseNode& row : rows) visit(row);
    for (std::size_t i = 0; i < rows[0].list("items").size(); ++i)
      names.push_back("column" + std::to_string(i + 1));
  } else {
    for (const ParseNode& item : query.list("from_clause")) read_from(item);
    read_targets(query, names);
    constexpr std::array<std::string_view, 2> k_clauses{"where_clause", "having_clause"};
    constexpr std::array<std::string_view, 4> k_lists{"distinct_clause", "group_clause", "sort_clause",
                                                      "window_clause"};
    for (const std::string_view clause : k_clauses) visit(query[clause]);
    for (const std::string_view list : k_lists)
      for (const ParseNode& node : query.list(list)) visit(node);
  }
  m_scopes.pop_back();
  m_with = outer_with;
  return names;
}

void ViewReader::read_with(const ParseNode& clause) {
  for (const ParseNode& cte : clause.list("ctes")) {
    const std::string name(cte.text("ctename"));
    const std::vector<std::string> given = cte.texts("aliascolnames");
    if (clause.flag("recursive")) // the first arm gives the names before the second uses them
      m_with[name] = with_alias(read(cte["ctequery"]["larg"] ? cte["ctequery"]["larg"] : ParseNode()), given);
    m_with[name] = with_alias(read(cte["ctequery"]), given);
  }
}

void ViewReader::add_derived(const ParseNode& item, std::vector<std::string> columns, bool known) {
  Source source{.alias = std::string(item["alias"].text("aliasname")), .known = known};
  source.columns = source.renamed = with_alias(std::move(columns), item["alias"].texts("colnames"));
  m_scopes.back().push_back(std::move(source));
}

void ViewReader::read_relation(const ParseNode& item) {
  const auto with = item.text("schemaname").empty() ? m_with.find(item.text("relname")) : m_with.end();
  Source source{.alias = std::string(item["alias"] ? item["alias"].text("aliasname") : item.text("relname"))};
  if (with != m_with.end()) {
    source.columns = with->second;
  } else {
    const Relation relation = m_lookup(item);
    source.known = relation.known;
    source.columns = relation.columns;
    if (relation.is_table) source.table = relation.name;
  }
  source.renamed = with_alias(source.columns, item["alias"].texts("colnames"));
  m_scopes.back().push_back(std::move(source));
}

void ViewReader::record_shared(std::size_t first_left, std::size_t first_right,
                               const std::vector<std::string>* columns) {
  Scope& scope = m_scopes.back();
  for (std::size_t left = first_left; left < first_right; ++left)
    for (std::size_t right = first_right; right < scope.size(); ++right)
      for (std::size_t at = 0; at < scope[left].renamed.size(); ++at) {
        const std::string& name = scope[left].renamed[at];
        const auto other = std::ranges::find(scope[right].renamed, name);
        if (other == scope[right].renamed.end()) continue;
        if (columns && std::ranges::find(*columns, name) == columns->end()) continue;
        record(scope[left], at);
        record(scope[right], static_cast<std::size_t>(other - scope[right].renamed.begin()));
        // One column comes out of the join: the left one. It stays reachable behind the right one's alias.
      }
}

void ViewReader::read_join(const ParseNode& item) {
  const std::size_t left = m_scopes.back().size();
  read_from(item["larg"]);
  const std::size_t right = m_scopes.back().size();
  read_from(item["rarg"]);
  const std::vector<std::string> shared = item.texts("using_clause");
  if (item.flag("is_natural"))
    record_shared(left, right, nullptr);
  else if (!shared.empty())
    record_shared(left, right, &shared);
  visit(item["quals"]);
}

void ViewReader::read_from(const ParseNode& item) {
  if (item.is("RangeVar")) return read_relation(item);
  if (item.is("JoinExpr")) return read_join(item);
  if (item.is("RangeSubselect")) return add_derived(item, read(item["subquery"]), true);
  if (item.is("RangeTableSample")) {
    read_from(item["relation"]);
    return;
  }
  for (const ParseNode& child : item.children())
    if (!child.is("Alias")) visit(child);
  // A function: called alone it has one column with the name of its alias, or its own columns.
  const std::string alias(item["alias"].text("aliasname"));
  std::vector<std::string> columns;
  for (const ParseNode& column : item.list("coldeflist")) columns.emplace_back(column.text("colname"));
  if (columns.empty() && !alias.empty() && item["alias"].texts("colnames").empty()) columns.push_back(alias);
  add_derived(item, columns, false);
}

void ViewReader::record(const Source& source, std::size_t at) {
  if (source.table.name.empty()) return;
  const std::pair read(source.table, source.columns[at]);
  if (std::ranges::find(m_reads, read) == m_reads.end()) m_reads.push_back(read);
}

void ViewReader::expand(const Source& source, std::vector<std::string>& names) {
  m_complete &= source.known;
  for (std::size_t at = 0; at < source.renamed.size(); ++at) {
    if (at < source.columns.size()) record(source, at);
    names.push_back(source.renamed[at]);
  }
}

void ViewReader::read_targets(const ParseNode& select, std::vector<std::string>& names) {
  for (const ParseNode& target : select.list("target_list")) {
    const ParseNode value = target["val"];
    if (!is_star(value)) {
      visit(value);
      std::string name(target.text("name"));
      if (name.empty()) name = figured_name(value);
      names.push_back(name.empty() ? "?column?" : name);
      continue;
    }
    const std::vector<ParseNode> fields = value.list("fields");
    const std::string qualifier = fields.size() > 1 ? text_of(fields[fields.size() - 2]) : std::string();
    for (const Source& source : Scope(m_scopes.back()))
      if (qualifier.empty() || source.alias == qualifier) {
        std::vector<std::string> expanded;
        expand(source, expanded);
        // SELECT * over JOIN … USING gives a shared column once.
        for (std::string& name : expanded)
          if (!qualifier.empty() || std::ranges::find(names, name) == names.end())
            names.push_back(std::move(name));
      }
  }
}

void ViewReader::visit(const ParseNode& node) {
  if (!node) return;
  if (node.is("ColumnRef")) return resolve(node);
  if (node.is("SelectStmt")) {
    read(node);
    return;
  }
  for (const ParseNode& child : node.children()) visit(child);
}

bool ViewReader::resolve_in(const Scope& scope, const std::string& qualifier, const std::string& column) {
  for (const Source& source : scope) {
    if (!qualifier.empty() && source.alias != qualifier) continue;
    const auto found = std::ranges::find(source.renamed, column);
    if (found != source.renamed.end()) {
      const auto at = static_cast<std::size_t>(found - source.renamed.begin());
      if (at < source.columns.size()) record(source, at);
      return true;
    }
    if (!qualifier.empty()) return true;
  }
  return false;
}

void ViewReader::resolve(const ParseNode& column) {
  const std::vector<ParseNode> fields = column.list("fields");
  if (fields.empty()) return;
  const std::string qualifier = fields.size() > 1 ? text_of(fields[fields.size() - 2]) : std::string();
  for (auto scope = m_scopes.rbegin(); scope != m_scopes.rend(); ++scope) {
    if (fields.back().is("A_Star")) {
      for (const Source& source : Scope(*scope))
        if (source.alias == qualifier) {
          std::vector<std::string> names;
          return expand(source, names);
        }
      continue;
    }
    if (resolve_in(*scope, qualifier, text_of(fields.back()))) return;
  }
}

} // namespace afloat::postgres
