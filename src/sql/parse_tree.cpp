#include "sql/parse_tree.hpp"

#include "support/source_text.hpp"
#include "support/text.hpp"

#include <algorithm>
#include <pg_query.h>
#include <pg_query/pg_query.pb-c.h>
#include <span>
#include <string_view>
#include <vector>

#include <fmt/format.h>

// The tree is read through protobuf-c's own descriptions of its messages, so that no node type has to be
// known here by name, and a newer library's nodes can be read without a change.
namespace afloat {
namespace {
const char* member(const ProtobufCMessage* message, unsigned offset) {
  return reinterpret_cast<const char*>(message) + offset;
}

template <typename T>
T value_at(const ProtobufCMessage* message, unsigned offset) {
  return *reinterpret_cast<const T*>(member(message, offset));
}

/// The field, if the message has it and, in a oneof, holds it.
const ProtobufCFieldDescriptor* find_field(const ProtobufCMessage* message, std::string_view name) {
  if (!message) return nullptr;
  const auto* field =
      protobuf_c_message_descriptor_get_field_by_name(message->descriptor, std::string(name).c_str());
  if (!field) return nullptr;
  const bool alternative = (field->flags & PROTOBUF_C_FIELD_FLAG_ONEOF) != 0;
  if (alternative && value_at<std::uint32_t>(message, field->quantifier_offset) != field->id) return nullptr;
  return field;
}

const ProtobufCFieldDescriptor* find_field(const ProtobufCMessage* message, std::string_view name,
                                           ProtobufCType type) {
  const auto* field = find_field(message, name);
  return field && field->type == type && field->label != PROTOBUF_C_LABEL_REPEATED ? field : nullptr;
}

/// What a Node wraps: the message of the alternative that it holds.
const ProtobufCMessage* unwrapped(const ProtobufCMessage* message) {
  if (!message || message->descriptor != &pg_query__node__descriptor) return message;
  const auto* node = reinterpret_cast<const PgQuery__Node*>(message);
  // All alternatives are pointers to messages, and share the place of the first.
  return node->node_case == PG_QUERY__NODE__NODE__NOT_SET
             ? nullptr
             : reinterpret_cast<const ProtobufCMessage*>(node->alias);
}

std::span<const ProtobufCMessage* const> messages(const ProtobufCMessage* message, std::string_view name) {
  const auto* field = find_field(message, name);
  if (!field || field->label != PROTOBUF_C_LABEL_REPEATED || field->type != PROTOBUF_C_TYPE_MESSAGE)
    return {};
  return {value_at<const ProtobufCMessage* const*>(message, field->offset),
          value_at<std::size_t>(message, field->quantifier_offset)};
}

/// A statement "SELECT expression" around the node, so that it can be written as SQL.
std::string deparse_expression(const ProtobufCMessage* message, std::uint32_t node_case) {
  PgQuery__Node value = PG_QUERY__NODE__INIT;
  value.node_case = static_cast<PgQuery__Node__NodeCase>(node_case);
  // The tree is only read; protobuf-c has no const.
  value.alias = reinterpret_cast<PgQuery__Alias*>(const_cast<ProtobufCMessage*>(message));
  PgQuery__ResTarget target = PG_QUERY__RES_TARGET__INIT;
  target.name = const_cast<char*>("");
  target.val = &value;
  PgQuery__Node target_node = PG_QUERY__NODE__INIT;
  target_node.node_case = PG_QUERY__NODE__NODE_RES_TARGET;
  target_node.res_target = &target;
  PgQuery__Node* targets[] = {&target_node};
  PgQuery__SelectStmt select = PG_QUERY__SELECT_STMT__INIT;
  select.n_target_list = 1;
  select.target_list = targets;
  select.limit_option = PG_QUERY__LIMIT_OPTION__LIMIT_OPTION_DEFAULT;
  select.op = PG_QUERY__SET_OPERATION__SETOP_NONE;
  PgQuery__Node select_node = PG_QUERY__NODE__INIT;
  select_node.node_case = PG_QUERY__NODE__NODE_SELECT_STMT;
  select_node.select_stmt = &select;
  PgQuery__RawStmt statement = PG_QUERY__RAW_STMT__INIT;
  statement.stmt = &select_node;
  PgQuery__RawStmt* statements[] = {&statement};
  PgQuery__ParseResult result = PG_QUERY__PARSE_RESULT__INIT;
  result.version = PG_VERSION_NUM;
  result.n_stmts = 1;
  result.stmts = statements;

  std::string packed(pg_query__parse_result__get_packed_size(&result), '\0');
  pg_query__parse_result__pack(&result, reinterpret_cast<std::uint8_t*>(packed.data()));
  PgQueryDeparseResult deparsed = pg_query_deparse_protobuf({packed.size(), packed.data()});
  std::string sql = deparsed.query && !deparsed.error ? deparsed.query : "";
  pg_query_free_deparse_result(deparsed);
  constexpr std::string_view select_word = "SELECT ";
  return sql.starts_with(select_word) ? sql.substr(select_word.size()) : std::string();
}

/// The number of the alternative of Node that is a message of this type; 0 if there is none.
std::uint32_t node_case_of(const ProtobufCMessageDescriptor* type) {
  for (unsigned i = 0; i < pg_query__node__descriptor.n_fields; ++i)
    if (pg_query__node__descriptor.fields[i].descriptor == type)
      return pg_query__node__descriptor.fields[i].id;
  return 0;
}
} // namespace

ParseNode::ParseNode(const ProtobufCMessage* message) : m_message(unwrapped(message)) {}

std::string_view ParseNode::type() const {
  // The short name of A_Const would be AConst.
  const std::string_view full = m_message ? m_message->descriptor->name : "";
  return full.substr(full.rfind('.') + 1);
}

ParseNode ParseNode::operator[](std::string_view field) const {
  const auto* found = find_field(m_message, field, PROTOBUF_C_TYPE_MESSAGE);
  return found ? ParseNode(value_at<const ProtobufCMessage*>(m_message, found->offset)) : ParseNode();
}

std::string_view ParseNode::text(std::string_view field) const {
  const auto* found = find_field(m_message, field, PROTOBUF_C_TYPE_STRING);
  const char* value = found ? value_at<const char*>(m_message, found->offset) : nullptr;
  return value ? value : std::string_view();
}

std::int64_t ParseNode::number(std::string_view field) const {
  const auto* found = find_field(m_message, field);
  if (!found) return 0;
  switch (found->type) {
  case PROTOBUF_C_TYPE_INT32:
    return value_at<std::int32_t>(m_message, found->offset);
  case PROTOBUF_C_TYPE_UINT32:
    return value_at<std::uint32_t>(m_message, found->offset);
  case PROTOBUF_C_TYPE_INT64:
    return value_at<std::int64_t>(m_message, found->offset);
  default:
    return 0;
  }
}

bool ParseNode::flag(std::string_view field) const {
  const auto* found = find_field(m_message, field, PROTOBUF_C_TYPE_BOOL);
  return found && value_at<protobuf_c_boolean>(m_message, found->offset) != 0;
}

std::string_view ParseNode::word(std::string_view field) const {
  const auto* found = find_field(m_message, field, PROTOBUF_C_TYPE_ENUM);
  if (!found) return {};
  const auto* type = static_cast<const ProtobufCEnumDescriptor*>(found->descriptor);
  const auto* value = protobuf_c_enum_descriptor_get_value(type, value_at<int>(m_message, found->offset));
  return value ? value->name : std::string_view();
}

std::vector<ParseNode> ParseNode::list(std::string_view field) const {
  std::vector<ParseNode> nodes;
  for (const ProtobufCMessage* message : messages(m_message, field)) nodes.emplace_back(message);
  return nodes;
}

std::vector<ParseNode> ParseNode::children() const {
  std::vector<ParseNode> nodes;
  if (!m_message) return nodes;
  for (const ProtobufCFieldDescriptor& field :
       std::span(m_message->descriptor->fields, m_message->descriptor->n_fields)) {
    if (field.type != PROTOBUF_C_TYPE_MESSAGE) continue;
    if (field.label == PROTOBUF_C_LABEL_REPEATED)
      for (const ParseNode& node : list(field.name)) nodes.push_back(node);
    else if (const ParseNode node = (*this)[field.name])
      nodes.push_back(node);
  }
  return nodes;
}

std::vector<std::string> ParseNode::texts(std::string_view field) const {
  std::vector<std::string> texts;
  for (const ParseNode& node : list(field))
    if (node.is("String")) texts.emplace_back(node.text("sval"));
  return texts;
}

std::optional<std::size_t> ParseNode::location() const {
  if (!find_field(m_message, "location", PROTOBUF_C_TYPE_INT32)) return std::nullopt;
  const std::int64_t offset = number("location");
  return offset < 0 ? std::nullopt : std::optional(static_cast<std::size_t>(offset));
}

std::string ParseNode::values() const {
  std::string text(type());
  if (!m_message) return text;
  for (const auto& field : std::span(m_message->descriptor->fields, m_message->descriptor->n_fields)) {
    const std::string_view name = field.name;
    if (name == "location" || !find_field(m_message, name)) continue;
    if (field.label == PROTOBUF_C_LABEL_REPEATED)
      text += fmt::format(" {}:{}", name, messages(m_message, name).size());
    else if (field.type == PROTOBUF_C_TYPE_MESSAGE)
      text += (*this)[name] ? fmt::format(" {}", name) : std::string();
    else if (field.type == PROTOBUF_C_TYPE_STRING)
      text += fmt::format(" {}={:?}", name, this->text(name));
    else if (field.type == PROTOBUF_C_TYPE_ENUM)
      text += fmt::format(" {}={}", name, word(name));
    else if (field.type == PROTOBUF_C_TYPE_BOOL)
      text += flag(name) ? fmt::format(" {}", name) : std::string();
    else if (const std::int64_t value = number(name); value != 0)
      text += fmt::format(" {}={}", name, value);
  }
  return text;
}

void walk(const ParseNode& node, const std::function<void(const ParseNode&)>& visit) {
  visit(node);
  for (const ParseNode& child : node.children()) walk(child, visit);
}

bool commits_by_itself(const std::string& do_statement) {
  PgQueryPlpgsqlParseResult parsed = pg_query_parse_plpgsql(do_statement.c_str());
  // The keys of the JSON are node types; a quote inside of a string would have a backslash before it.
  const std::string_view tree = parsed.plpgsql_funcs && !parsed.error ? parsed.plpgsql_funcs : "";
  const bool found = tree.find("{\"PLpgSQL_stmt_commit\"") != std::string_view::npos
                     || tree.find("{\"PLpgSQL_stmt_rollback\"") != std::string_view::npos;
  pg_query_free_plpgsql_parse_result(parsed);
  return found;
}

std::string ParseNode::expression_sql() const {
  const std::uint32_t node_case = m_message ? node_case_of(m_message->descriptor) : 0;
  return node_case == 0 ? std::string() : deparse_expression(m_message, node_case);
}

namespace {
/// Unpacking and walking a tree take stack for each level. About as many levels as the server itself takes.
constexpr std::size_t k_deepest = 8000;

std::uint64_t take_varint(std::string_view& packed) {
  std::uint64_t value = 0;
  for (unsigned shift = 0; !packed.empty(); shift += 7) {
    const auto byte = static_cast<unsigned char>(packed.front());
    packed.remove_prefix(1);
    value |= std::uint64_t{byte & 0x7FU} << shift;
    if ((byte & 0x80U) == 0) break;
  }
  return value;
}

/// How deep messages stand inside of each other in a packed one; found without recursion.
std::size_t depth_of(const ProtobufCMessageDescriptor& outermost, std::string_view packed) {
  struct Open {
    const ProtobufCMessageDescriptor* message;
    std::size_t left; ///< bytes of the text behind its end
  };
  std::vector<Open> open{{&outermost, 0}};
  std::size_t deepest = 0;
  while (!open.empty()) {
    deepest = std::max(deepest, open.size());
    if (packed.size() <= open.back().left) {
      open.pop_back();
      continue;
    }
    const std::uint64_t tag = take_varint(packed), kind = tag & 7U;
    if (kind == 0) take_varint(packed);
    if (kind == 1 || kind == 5) packed.remove_prefix(std::min<std::size_t>(kind == 1 ? 8 : 4, packed.size()));
    if (kind != 2) continue;
    const std::size_t size = std::min<std::size_t>(take_varint(packed), packed.size());
    const auto* field =
        protobuf_c_message_descriptor_get_field(open.back().message, static_cast<unsigned>(tag >> 3U));
    if (field && field->type == PROTOBUF_C_TYPE_MESSAGE)
      open.push_back(
          {static_cast<const ProtobufCMessageDescriptor*>(field->descriptor), packed.size() - size});
    else
      packed.remove_prefix(size);
  }
  return deepest;
}
} // namespace

ParsedStatement::ParsedStatement(const std::string& sql) {
  PgQueryProtobufParseResult parsed = pg_query_parse_protobuf(sql.c_str());
  if (parsed.error) {
    const auto character = static_cast<std::size_t>(std::max(parsed.error->cursorpos - 1, 0));
    constexpr std::size_t k_longest = 100; // the word that it quotes may be a text of many lines
    m_error = SyntaxError{one_line(parsed.error->message, k_longest), offset_of_character(sql, character)};
  } else if (depth_of(pg_query__parse_result__descriptor, {parsed.parse_tree.data, parsed.parse_tree.len})
             > k_deepest) {
    m_error = SyntaxError{"its parts are nested too deep to be looked at", 0};
  } else {
    auto* result = pg_query__parse_result__unpack(
        nullptr, parsed.parse_tree.len, reinterpret_cast<const std::uint8_t*>(parsed.parse_tree.data));
    m_tree = std::shared_ptr<void>(result, [](void* tree) {
      pg_query__parse_result__free_unpacked(static_cast<PgQuery__ParseResult*>(tree), nullptr);
    });
    if (result && result->n_stmts > 0)
      m_root = ParseNode(reinterpret_cast<const ProtobufCMessage*>(result->stmts[0]->stmt));
  }
  pg_query_free_protobuf_parse_result(parsed);
}

namespace {
/// A literal is the same with and without the casts that the server writes behind it.
const ProtobufCMessage* without_cast(const ProtobufCMessage* message) {
  message = unwrapped(message);
  while (message && message->descriptor == &pg_query__type_cast__descriptor) {
    const auto* argument = unwrapped(
        reinterpret_cast<const ProtobufCMessage*>(reinterpret_cast<const PgQuery__TypeCast*>(message)->arg));
    if (!argument
        || (argument->descriptor != &pg_query__a__const__descriptor
            && argument->descriptor != &pg_query__type_cast__descriptor))
      break;
    message = argument;
  }
  return message;
}

bool is_catalog_schema(const ProtobufCMessage* message) {
  const auto* string = unwrapped(message);
  return string && string->descriptor == &pg_query__string__descriptor
         && std::string_view(reinterpret_cast<const PgQuery__String*>(string)->sval) == "pg_catalog";
}

bool same(const ProtobufCMessage* one, const ProtobufCMessage* other);

bool same_lists(std::span<const ProtobufCMessage* const> one,
                std::span<const ProtobufCMessage* const> other) {
  if (one.size() > 1 && is_catalog_schema(one.front())) one = one.subspan(1);
  if (other.size() > 1 && is_catalog_schema(other.front())) other = other.subspan(1);
  return std::ranges::equal(one, other, same);
}

bool same_field(const ProtobufCFieldDescriptor& field, const ProtobufCMessage* one,
                const ProtobufCMessage* other) {
  const std::string_view name = field.name;
  if (name == "location") return true;
  if (field.label == PROTOBUF_C_LABEL_REPEATED) return same_lists(messages(one, name), messages(other, name));
  if ((find_field(one, name) == nullptr) != (find_field(other, name) == nullptr)) return false;
  const ParseNode first(one), second(other);
  switch (field.type) {
  case PROTOBUF_C_TYPE_MESSAGE:
    return !find_field(one, name)
           || same(value_at<const ProtobufCMessage*>(one, field.offset),
                   value_at<const ProtobufCMessage*>(other, field.offset));
  case PROTOBUF_C_TYPE_STRING:
    return first.text(name) == second.text(name);
  case PROTOBUF_C_TYPE_BOOL:
    return first.flag(name) == second.flag(name);
  case PROTOBUF_C_TYPE_ENUM:
    return first.word(name) == second.word(name);
  default:
    return first.number(name) == second.number(name);
  }
}

bool same(const ProtobufCMessage* one, const ProtobufCMessage* other) {
  one = without_cast(one);
  other = without_cast(other);
  if (!one || !other) return one == other;
  if (one->descriptor != other->descriptor) return false;
  const std::span fields(one->descriptor->fields, one->descriptor->n_fields);
  return std::ranges::all_of(fields, [&](const auto& field) { return same_field(field, one, other); });
}
} // namespace

bool same_expression(const std::string& one, const std::string& other) {
  if (one == other) return true;
  const ParsedStatement first("SELECT " + one), second("SELECT " + other);
  return first.root() && second.root() && same(first.root().message(), second.root().message());
}

} // namespace afloat
