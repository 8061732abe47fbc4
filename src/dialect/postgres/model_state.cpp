#include "dialect/postgres/model_reader.hpp"

#include <fmt/format.h>

namespace afloat::postgres {
namespace {
/// As canonical_text() escapes: backslash, line feed, tab.
std::string escaped(std::string_view expression) {
  return fmt::format(
      "replace(replace(replace({}, chr(92), chr(92) || chr(92)), chr(10), chr(92) || 'n'), chr(9), "
      "chr(92) || 't')",
      expression);
}

std::string all_objects(int server_version) {
  std::string text;
  int place = 0;
  for (const KindRow& row : kind_rows()) {
    if (!row.postgres) continue;
    text += fmt::format(
        "{}SELECT {} AS place, '{}' AS kind, q.\"table\" AS t, q.\"name\" AS n, to_jsonb(q) AS properties "
        "FROM (\n{}) q\n",
        place == 0 ? "" : "UNION ALL\n", place, row.name, model_query(row.name, server_version));
    ++place;
  }
  return text;
}
} // namespace

std::string state_function(int server_version) {
  return fmt::format(
      R"(CREATE OR REPLACE FUNCTION afloat.verify_schema_state(version text) RETURNS void LANGUAGE plpgsql
SET search_path = '' SET datestyle = 'ISO' SET intervalstyle = 'postgres' SET timezone = 'UTC' SET extra_float_digits = 1
SET bytea_output = 'hex' SET quote_all_identifiers = off SET jit = off AS $afloat$
DECLARE
  recorded text;
  live text;
BEGIN
  SELECT s.fingerprint INTO recorded FROM afloat.schemas s
  WHERE s.format = {} AND ltrim(s.label, '0') = ltrim(version, '0') ORDER BY s.id DESC LIMIT 1;
  IF NOT FOUND THEN
    RAISE EXCEPTION 'no schema is recorded for version %', version USING HINT = 'Each run of afloat records where it ends.';
  END IF;
  SELECT encode(sha256(convert_to(coalesce(string_agg(o.kind || chr(9) || {} || chr(9) || {} || chr(10)
    || coalesce((SELECT string_agg(' ' || p.key || ' = ' || {} || chr(10), '' ORDER BY p.key COLLATE "C")
                 FROM jsonb_each_text(o.properties) p WHERE p.key NOT IN ('table', 'name') AND p.value <> ''), ''),
    '' ORDER BY o.place, o.t COLLATE "C", o.n COLLATE "C"), ''), 'UTF8')), 'hex')
  INTO live FROM (
{}) o;
  IF live <> recorded THEN
    RAISE EXCEPTION 'the schema is not the one that was recorded for version %', version USING HINT = 'afloat drift shows how it differs.';
  END IF;
END
$afloat$)",
      k_model_format, escaped("o.t"), escaped("o.n"), escaped("p.value"), all_objects(server_version));
}

} // namespace afloat::postgres
