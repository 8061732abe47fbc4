#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

/// PostgreSQL's own parser (libpg_query) and its tree; parse_tree.cpp is its only home. Fields have the names
/// of PostgreSQL's node structs (src/include/nodes/parsenodes.h of the version that the library is made from;
/// this code may depend only on what PostgreSQL 15 has).
struct ProtobufCMessage;

namespace afloat {

/// A node of the tree, or nothing. Valid as long as its ParsedStatement.
class ParseNode {
 public:
  ParseNode() = default;
  explicit ParseNode(const ProtobufCMessage* message);

  explicit operator bool() const { return m_message != nullptr; }
  std::string_view type() const; ///< "AlterTableStmt"; empty for nothing
  bool is(std::string_view name) const { return type() == name; }

  // Readers of a field by name; a field that is absent, or nothing, gives the empty value.
  ParseNode operator[](std::string_view field) const;
  std::string_view text(std::string_view field) const;
  std::int64_t number(std::string_view field) const;
  bool flag(std::string_view field) const;
  std::string_view word(std::string_view field) const; ///< name of an enum's value: "AT_AddColumn"
  std::vector<ParseNode> list(std::string_view field) const;
  /// The texts of a list of String nodes: the parts of a qualified name.
  std::vector<std::string> texts(std::string_view field) const;
  /// All nodes directly below, in the order of the fields.
  std::vector<ParseNode> children() const;
  /// All that the node says besides its children and location, as text: equal for equal nodes.
  std::string values() const;

  /// Offset in bytes of the node's first word in the statement's text; nothing where the parser keeps none.
  std::optional<std::size_t> location() const;

  /// SQL of an expression node, as libpg_query writes it.
  std::string expression_sql() const;

  const ProtobufCMessage* message() const { return m_message; }

 private:
  const ProtobufCMessage* m_message = nullptr;
};

struct SyntaxError {
  std::string message;    ///< the parser's own
  std::size_t offset = 0; ///< in bytes
};

/// One parsed statement, or why it could not be parsed.
class ParsedStatement {
 public:
  /// The text of one statement; should there be more, only the first is looked at.
  explicit ParsedStatement(const std::string& sql);

  ParseNode root() const { return m_root; } ///< "CreateStmt", …; nothing if there is an error or no statement
  const std::optional<SyntaxError>& error() const { return m_error; }

 private:
  std::shared_ptr<void> m_tree;
  ParseNode m_root;
  std::optional<SyntaxError> m_error;
};

/// Calls `visit` for the node and all nodes below it, outermost first.
void walk(const ParseNode& node, const std::function<void(const ParseNode&)>& visit);

/// True if the plpgsql body of a DO block has a COMMIT or ROLLBACK of its own. False where it cannot be read.
bool commits_by_itself(const std::string& do_statement);

/// True if two expressions are the same but for spelling: white space, parentheses, the case of keywords,
/// types' aliases, and casts of literals that the server adds.
bool same_expression(const std::string& one, const std::string& other);

} // namespace afloat
