#include "dialect/postgres/facts_reader.hpp"

#include <set>
#include <string_view>

namespace afloat::postgres {
namespace {
// Functions of pg_catalog that are stable or immutable in all their forms (pg_proc.provolatile of PostgreSQL
// 14 to 18) and that people use in defaults. Any other may be volatile.
const std::set<std::string_view> k_steady{"abs",
                                          "age",
                                          "array_append",
                                          "array_cat",
                                          "array_fill",
                                          "array_length",
                                          "btrim",
                                          "cardinality",
                                          "ceil",
                                          "char_length",
                                          "chr",
                                          "concat",
                                          "concat_ws",
                                          "current_database",
                                          "current_schema",
                                          "current_setting",
                                          "date",
                                          "date_bin",
                                          "date_part",
                                          "date_trunc",
                                          "daterange",
                                          "decode",
                                          "div",
                                          "encode",
                                          "extract",
                                          "floor",
                                          "format",
                                          "inet_client_addr",
                                          "inet_server_addr",
                                          "initcap",
                                          "int4range",
                                          "int8range",
                                          "isfinite",
                                          "json_build_array",
                                          "json_build_object",
                                          "jsonb_build_array",
                                          "jsonb_build_object",
                                          "justify_days",
                                          "left",
                                          "length",
                                          "lower",
                                          "lpad",
                                          "ltrim",
                                          "make_date",
                                          "make_interval",
                                          "make_timestamp",
                                          "make_timestamptz",
                                          "md5",
                                          "mod",
                                          "now",
                                          "numrange",
                                          "octet_length",
                                          "pg_backend_pid",
                                          "pg_current_xact_id",
                                          "position",
                                          "power",
                                          "repeat",
                                          "replace",
                                          "reverse",
                                          "right",
                                          "round",
                                          "rpad",
                                          "rtrim",
                                          "sha256",
                                          "split_part",
                                          "statement_timestamp",
                                          "string_to_array",
                                          "strpos",
                                          "substr",
                                          "substring",
                                          "timezone",
                                          "to_char",
                                          "to_date",
                                          "to_hex",
                                          "to_json",
                                          "to_jsonb",
                                          "to_number",
                                          "to_timestamp",
                                          "to_tsvector",
                                          "transaction_timestamp",
                                          "translate",
                                          "trunc",
                                          "tsrange",
                                          "tstzrange",
                                          "txid_current",
                                          "upper",
                                          "version"};

bool is_steady(const ParseNode& call) {
  const std::vector<std::string> name = call.texts("funcname");
  if (name.empty() || (name.size() > 1 && name.front() != "pg_catalog")) return false;
  return k_steady.contains(name.back());
}
} // namespace

bool may_be_volatile(const ParseNode& expression) {
  bool found = false;
  walk(expression, [&](const ParseNode& node) { found |= node.is("FuncCall") && !is_steady(node); });
  return found;
}

} // namespace afloat::postgres
