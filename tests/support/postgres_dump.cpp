#include "support/postgres_dump.hpp"

#include <string_view>

#include <fmt/format.h>

namespace afloat::test {
namespace {
struct Part {
  std::string_view name;
  std::string_view sql; ///< one column of text; {ours} is the condition for objects in n (pg_namespace)
};

constexpr std::string_view k_ours =
    "n.nspname NOT IN ('afloat', 'information_schema') AND n.nspname !~ '^pg_'";

/// Without what some servers write there for themselves, a number that is another one for each table.
constexpr std::string_view k_options =
    "(SELECT array_agg(o ORDER BY o) FROM unnest(a.attoptions) o WHERE o !~ '^pg_')";

constexpr Part k_parts[] = {
    {"schema",
     "SELECT concat_ws(' ', n.nspname, n.nspowner::regrole, {nspacl}) FROM pg_namespace n WHERE {ours}"},
    {"extension", "SELECT concat_ws(' ', extname, extversion) FROM pg_extension"},
    {"relation",
     "SELECT concat_ws(' ', c.oid::regclass, c.relkind, c.relpersistence, c.relowner::regrole,"
     " {relacl}, (SELECT amname FROM pg_am WHERE oid = c.relam), 'tablespace', c.reltablespace,"
     " c.reloptions, 'toast', (SELECT t.reloptions FROM pg_class t WHERE t.oid = c.reltoastrelid),"
     " nullif(c.reloftype, 0)::regtype, c.relrowsecurity, c.relforcerowsecurity, c.relreplident,"
     " pg_get_expr(c.relpartbound, c.oid), pg_get_partkeydef(c.oid), (SELECT array_agg("
     "inhparent::regclass ORDER BY inhseqno) FROM pg_inherits WHERE inhrelid = c.oid))"
     " FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE {ours}"},
    {"columns",
     "SELECT concat_ws(' ', c.oid::regclass, (SELECT string_agg(attname, ', ' ORDER BY attnum)"
     " FROM pg_attribute WHERE attrelid = c.oid AND attnum > 0 AND NOT attisdropped)) FROM pg_class c"
     " JOIN pg_namespace n ON n.oid = c.relnamespace WHERE {ours} AND c.relkind NOT IN ('S', 'i', 'I')"},
    {"column",
     "SELECT concat_ws(' ', c.oid::regclass, a.attname,"
     " format_type(a.atttypid, a.atttypmod), a.attnotnull, 'default', pg_get_expr(d.adbin, d.adrelid),"
     " a.attidentity, a.attgenerated, a.attcollation::regcollation, a.attstorage, a.attcompression,"
     " nullif(a.attstattarget, -1), {options}, a.attislocal, a.attinhcount, {attacl})"
     " FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid"
     " JOIN pg_namespace n ON n.oid = c.relnamespace"
     " LEFT JOIN pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum"
     " WHERE {ours} AND a.attnum > 0 AND NOT a.attisdropped AND c.relkind NOT IN ('S', 'i', 'I')"},
    {"index column",
     "SELECT concat_ws(' ', c.oid::regclass, a.attnum, a.attstattarget, {options}) FROM pg_attribute a"
     " JOIN pg_class c ON c.oid = a.attrelid JOIN pg_namespace n ON n.oid = c.relnamespace WHERE {ours}"
     " AND c.relkind IN ('i', 'I') AND (a.attstattarget <> -1 OR {options} IS NOT NULL)"},
    {"constraint", "SELECT concat_ws(' ', c.conrelid::regclass, c.contypid::regtype, quote_ident(c.conname),"
                   " pg_get_constraintdef(c.oid), c.convalidated, c.conislocal, c.coninhcount,"
                   " c.connoinherit, c.conindid::regclass)"
                   " FROM pg_constraint c JOIN pg_namespace n ON n.oid = c.connamespace WHERE {ours}"},
    {"index", "SELECT concat_ws(' ', pg_get_indexdef(i.indexrelid), i.indisvalid, i.indisready,"
              " i.indisreplident, i.indisclustered, (SELECT inhparent::regclass FROM pg_inherits"
              " WHERE inhrelid = i.indexrelid)) FROM pg_index i JOIN pg_class c ON c.oid = i.indrelid"
              " JOIN pg_namespace n ON n.oid = c.relnamespace WHERE {ours}"},
    {"trigger", "SELECT concat_ws(' ', pg_get_triggerdef(t.oid), t.tgenabled, t.tgparentid <> 0)"
                " FROM pg_trigger t"
                " JOIN pg_class c ON c.oid = t.tgrelid JOIN pg_namespace n ON n.oid = c.relnamespace"
                " WHERE {ours} AND NOT t.tgisinternal"},
    {"rule", "SELECT concat_ws(' ', c.oid::regclass, pg_get_ruledef(r.oid), r.ev_enabled) FROM pg_rewrite r"
             " JOIN pg_class c ON c.oid = r.ev_class JOIN pg_namespace n ON n.oid = c.relnamespace"
             " WHERE {ours}"},
    {"policy", "SELECT concat_ws(' ', p.polrelid::regclass, p.polname, p.polcmd, p.polpermissive,"
               " p.polroles::regrole[], pg_get_expr(p.polqual, p.polrelid), 'check',"
               " pg_get_expr(p.polwithcheck, p.polrelid)) FROM pg_policy p"
               " JOIN pg_class c ON c.oid = p.polrelid JOIN pg_namespace n ON n.oid = c.relnamespace"
               " WHERE {ours}"},
    {"function", "SELECT concat_ws(' ', CASE p.prokind WHEN 'a' THEN p.oid::regprocedure::text"
                 " ELSE pg_get_functiondef(p.oid) END, p.proowner::regrole, {proacl})"
                 " FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace WHERE {ours}"},
    {"type", "SELECT concat_ws(' ', t.oid::regtype, t.typtype, t.typowner::regrole, {typacl}, t.typnotnull,"
             " t.typdefault, format_type(t.typbasetype, t.typtypmod), (SELECT array_agg(enumlabel"
             " ORDER BY enumsortorder) FROM pg_enum WHERE enumtypid = t.oid))"
             " FROM pg_type t JOIN pg_namespace n ON n.oid = t.typnamespace WHERE {ours}"},
    {"sequence",
     "SELECT concat_ws(' ', s.seqrelid::regclass, s.seqtypid::regtype, s.seqstart,"
     " s.seqincrement, s.seqmin, s.seqmax, s.seqcache, s.seqcycle,"
     " pg_sequence_last_value(s.seqrelid), (SELECT concat(refobjid::regclass, '.', attname, ' ', deptype)"
     " FROM pg_depend JOIN pg_attribute ON attrelid = refobjid AND attnum = refobjsubid"
     " WHERE objid = s.seqrelid AND refobjsubid > 0 AND classid = 'pg_class'::regclass))"
     " FROM pg_sequence s JOIN pg_class c ON c.oid = s.seqrelid"
     " JOIN pg_namespace n ON n.oid = c.relnamespace WHERE {ours}"},
    {"statistics", "SELECT concat_ws(' ', pg_get_statisticsobjdef(s.oid), s.stxowner::regrole,"
                   " nullif(s.stxstattarget, -1)) FROM pg_statistic_ext s"
                   " JOIN pg_namespace n ON n.oid = s.stxnamespace WHERE {ours}"},
    {"publication", "SELECT to_jsonb(p) - 'oid' - 'pubowner' FROM pg_publication p"},
    {"published", // servers before 15 publish whole tables
     "SELECT concat_ws(' ', p.pubname, p.schemaname, p.tablename, to_jsonb(p) -> 'attnames',"
     " to_jsonb(p) -> 'rowfilter') FROM pg_publication_tables p"},
    {"comment", // {ours} would need a join for each kind of object
     "SELECT concat_ws(': ', pg_describe_object(classoid, objoid, objsubid), description)"
     " FROM pg_description WHERE objoid >= 16384 AND pg_describe_object(classoid, objoid, objsubid)"
     " !~ '(table|index|function|sequence|schema) afloat(\\.|$)'"},
    {"part of an extension", "SELECT concat_ws(' ', pg_describe_object(classid, objid, objsubid),"
                             " pg_describe_object(refclassid, refobjid, 0)) FROM pg_depend"
                             " WHERE deptype IN ('e', 'x') AND objid >= 16384"},
    {"default right", "SELECT concat_ws(' ', defaclrole::regrole, defaclnamespace::regnamespace,"
                      " defaclobjtype, {defaclacl}) FROM pg_default_acl"},
};

/// Fills in {ours}, and for {relacl} and the like the rights in an order that does not depend on when they
/// came.
std::string filled(std::string_view sql) {
  std::string text(sql);
  for (std::size_t at = text.find('{'); at != std::string::npos; at = text.find('{', at + 1)) {
    const std::size_t size = text.find('}', at) + 1 - at;
    const std::string name = text.substr(at + 1, size - 2);
    if (name == "ours") text.replace(at, size, k_ours);
    if (name == "options") text.replace(at, size, k_options);
    if (name.ends_with("acl"))
      text.replace(at, size, fmt::format("(SELECT array_agg(r ORDER BY r::text) FROM unnest({}) r)", name));
  }
  return text;
}

std::string lines(Database& database, std::string_view name, std::string_view sql) {
  std::string text;
  for (const auto& row : database.query(fmt::format("{} ORDER BY 1", sql), {}).rows)
    text += fmt::format("{}: {}\n", name, row[0].value_or(""));
  return text;
}
} // namespace

std::string dump_catalogs(Database& database) {
  database.query("SET jit = off", {}); // compiling what reads pg_publication_tables takes a second or two
  std::string text;
  for (const Part& part : k_parts) text += lines(database, part.name, filled(part.sql));
  const Result tables = database.query(
      filled("SELECT c.oid::regclass::text FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace"
             " WHERE {ours} AND c.relkind = 'r' ORDER BY 1"),
      {});
  for (const auto& row : tables.rows)
    text += lines(database, "row of " + *row[0],
                  fmt::format("SELECT whole_row::text FROM {} whole_row", *row[0]));
  return text;
}

} // namespace afloat::test
