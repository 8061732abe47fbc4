#include "dialect/sqlite/facts.hpp"
#include "support/text.hpp"

#include <algorithm>
#include <array>

#include <fmt/format.h>

namespace afloat::sqlite {
namespace {
enum class Effect {
  reads,    ///< changes nothing, also with an argument
  scans,    ///< the same, but reads whole tables
  session,  ///< holds for afloat's connection, and not for long
  file,     ///< changes the file, and is undone with its transaction
  rebuilds, ///< the same, and reads or writes whole tables
  outside,  ///< fails or does nothing inside a transaction
  keys,     ///< foreign_keys
  useless,  ///< refused: nothing of it would last
  ours,     ///< refused: would change how afloat works
  unsafe,   ///< refused: can ruin the file
};

struct PragmaRow {
  std::string_view name;
  Effect effect;
  bool acts_alone = false; ///< does what it does without an argument; the others then only tell their value
};

// Those of build options and of older releases too; a test asks the library which it has.
constexpr PragmaRow k_pragmas[] = {
    {"analysis_limit", Effect::session},
    {"application_id", Effect::file},
    {"auto_vacuum", Effect::outside},
    {"automatic_index", Effect::session},
    {"busy_timeout", Effect::ours},
    {"cache_size", Effect::session},
    {"cache_spill", Effect::session},
    {"case_sensitive_like", Effect::session},
    {"cell_size_check", Effect::session},
    {"checkpoint_fullfsync", Effect::session},
    {"collation_list", Effect::reads},
    {"compile_options", Effect::reads},
    {"count_changes", Effect::session},
    {"data_store_directory", Effect::ours},
    {"data_version", Effect::reads},
    {"database_list", Effect::reads},
    {"default_cache_size", Effect::file},
    {"defer_foreign_keys", Effect::session},
    {"empty_result_callbacks", Effect::session},
    {"encoding", Effect::useless},
    {"foreign_key_check", Effect::scans, true},
    {"foreign_key_list", Effect::reads},
    {"foreign_keys", Effect::keys},
    {"freelist_count", Effect::reads},
    {"full_column_names", Effect::session},
    {"fullfsync", Effect::session},
    {"function_list", Effect::reads},
    {"hard_heap_limit", Effect::ours},
    {"ignore_check_constraints", Effect::session},
    {"incremental_vacuum", Effect::rebuilds, true},
    {"index_info", Effect::reads},
    {"index_list", Effect::reads},
    {"index_xinfo", Effect::reads},
    {"integrity_check", Effect::scans, true},
    {"journal_mode", Effect::outside},
    {"journal_size_limit", Effect::session},
    {"legacy_alter_table", Effect::session},
    {"legacy_file_format", Effect::reads},
    {"locking_mode", Effect::ours},
    {"max_page_count", Effect::session},
    {"mmap_size", Effect::session},
    {"module_list", Effect::reads},
    {"optimize", Effect::rebuilds, true},
    {"page_count", Effect::reads},
    {"page_size", Effect::outside},
    {"parser_trace", Effect::session},
    {"pragma_list", Effect::reads},
    {"query_only", Effect::ours},
    {"quick_check", Effect::scans, true},
    {"read_uncommitted", Effect::session},
    {"recursive_triggers", Effect::session},
    {"reverse_unordered_selects", Effect::session},
    {"schema_version", Effect::unsafe},
    {"secure_delete", Effect::session},
    {"short_column_names", Effect::session},
    {"shrink_memory", Effect::session, true},
    {"soft_heap_limit", Effect::ours},
    {"stats", Effect::reads},
    {"synchronous", Effect::useless},
    {"table_info", Effect::reads},
    {"table_list", Effect::reads},
    {"table_xinfo", Effect::reads},
    {"temp_store", Effect::useless},
    {"temp_store_directory", Effect::ours},
    {"threads", Effect::session},
    {"trusted_schema", Effect::session},
    {"user_version", Effect::file},
    {"vdbe_addoptrace", Effect::session},
    {"vdbe_debug", Effect::session},
    {"vdbe_listing", Effect::session},
    {"vdbe_trace", Effect::session},
    {"wal_autocheckpoint", Effect::session},
    {"wal_checkpoint", Effect::outside, true},
    {"writable_schema", Effect::unsafe},
};

const PragmaRow* find_pragma(std::string_view name) {
  const auto row =
      std::ranges::find_if(k_pragmas, [&](const PragmaRow& p) { return same_name(p.name, name); });
  return row == std::end(k_pragmas) ? nullptr : &*row;
}

void refuse(StatementFacts& facts, std::string why, std::string hint) {
  facts.refused = std::move(why);
  facts.hint = std::move(hint);
}

void refuse_unknown(StatementFacts& facts, const std::string& name) {
  std::vector<std::string> names;
  for (const PragmaRow& row : k_pragmas) names.emplace_back(row.name);
  const auto near = nearest(lower_case(name), names);
  refuse(facts, fmt::format("SQLite has no pragma \"{}\", and would pass over it in silence", name),
         near ? fmt::format("Did you mean \"{}\"?", *near) : "Correct its name, or leave it out.");
}

/// As SQLite reads a boolean: numbers other than 0, and these words.
bool is_on(const std::string& value) {
  constexpr std::array<std::string_view, 3> k_words{"on", "yes", "true"};
  if (std::ranges::any_of(k_words, [&](std::string_view word) { return same_name(word, value); }))
    return true;
  return !value.empty() && value.find_first_not_of("0123456789") == std::string::npos
         && value.find_first_not_of('0') != std::string::npos;
}

/// The argument's text; empty where there is none.
std::string argument(StatementReader& reader) {
  if (!reader.take_any({"=", "("})) return {};
  const std::string sign = reader.take({"-"}) ? "-" : "";
  return reader.peek().kind == Lexeme::Kind::number ? sign + std::string(reader.peek().text) : reader.name();
}

void refuse_journal(StatementFacts& facts, const std::string& mode) {
  if (same_name(mode, "off") || same_name(mode, "memory"))
    refuse(facts, fmt::format("with journal_mode = {} a run that is killed would leave a ruined file", mode),
           "Leave it out.");
}

void apply(Effect effect, const std::string& name, const std::string& value, StatementFacts& facts) {
  switch (effect) {
  case Effect::reads:
  case Effect::session:
    return;
  case Effect::scans:
    facts.scans = true;
    return;
  case Effect::rebuilds:
    facts.scans = facts.rewrites = true;
    facts.locks = {whole_file()};
    return;
  case Effect::file:
    facts.locks = {whole_file()};
    return;
  case Effect::outside:
    facts.outside = facts.repeatable = true;
    facts.locks = {whole_file()};
    return refuse_journal(facts, same_name(name, "journal_mode") ? value : "");
  case Effect::keys:
    facts.foreign_keys = is_on(value);
    return;
  case Effect::useless:
    return refuse(
        facts, fmt::format("PRAGMA {} holds only for the connection that runs it, which is afloat's", name),
        "Leave it out here; an application sets it for its own connections.");
  case Effect::ours:
    return refuse(facts, fmt::format("PRAGMA {} would change how afloat's own connection works", name),
                  "Leave it out.");
  case Effect::unsafe:
    return refuse(facts, fmt::format("PRAGMA {} lets a mistake ruin the file", name),
                  "Write what you want as ALTER TABLE, as a table rebuild, or as an operation of afloat.");
  }
}
} // namespace

TableLock whole_file() {
  return {{"", "main"}, LockLevel::database};
}

void read_pragma(StatementReader& reader, StatementFacts& facts) {
  const std::string name = reader.relation().name;
  facts.what = "PRAGMA " + name;
  const PragmaRow* row = find_pragma(name);
  if (row == nullptr) return refuse_unknown(facts, name);
  const std::string value = argument(reader);
  if (!value.empty() || row->acts_alone) apply(row->effect, name, value, facts);
}

} // namespace afloat::sqlite
