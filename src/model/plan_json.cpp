#include "model/plan_json.hpp"

#include "support/error.hpp"

#include <type_traits>
#include <utility>

#include <nlohmann/json.hpp>

// Each type is written as a list of its members, once for both directions: a member that is forgotten here is
// missed by the round-trip test, which compares whole values. Empty members are left out, so that a plan
// stays readable.
namespace afloat {
namespace {
using Json = nlohmann::ordered_json;

std::string write(const std::string& value) {
  return Json(value).dump();
}
std::string write(std::int64_t value) {
  return std::to_string(value);
}
std::string write(int value) {
  return std::to_string(value);
}
std::string write(bool value) {
  return value ? "true" : "false";
}
template <typename Enum>
  requires std::is_enum_v<Enum>
std::string write(Enum value) {
  return write(std::string(name_of(value)));
}

template <typename Enum>
void read_name(const Json& json, Enum& value, int count) {
  for (int i = 0; i < count; ++i)
    if (json == std::string(name_of(static_cast<Enum>(i)))) {
      value = static_cast<Enum>(i);
      return;
    }
  throw Error(ErrorCode::ledger_conflict, "unknown word \"" + json.get<std::string>() + "\" in a stored plan",
              "The plan was written by another version of afloat; use that one.");
}

void read(const Json& json, std::string& value) {
  value = json.get<std::string>();
}
void read(const Json& json, bool& value) {
  value = json.get<bool>();
}
void read(const Json& json, std::int64_t& value) {
  value = json.get<std::int64_t>();
}
void read(const Json& json, int& value) {
  value = json.get<int>();
}
void read(const Json& json, Phase& value) {
  read_name(json, value, 6);
}
void read(const Json& json, StepKind& value) {
  read_name(json, value, 4);
}
void read(const Json& json, Dialect& value) {
  read_name(json, value, 2);
}
void read(const Json& json, LockLevel& value) {
  read_name(json, value, 9);
}

// clang-format off
template <typename V> void members(V& v, SourcePosition& x) { v("file", x.file); v("line", x.line); v("column", x.column); }
template <typename V> void members(V& v, RelationName& x) { v("schema", x.schema); v("name", x.name); }
template <typename V> void members(V& v, TableLock& x) { v("relation", x.relation); v("level", x.level); }
template <typename V> void members(V& v, Statement& x) { v("sql", x.sql); v("must_change", x.must_change); v("where", x.where); }
template <typename V> void members(V& v, TableEdit& x) { v("what", x.what); v("arguments", x.arguments); }
template <typename V> void members(V& v, Rebuild& x) { v("id", x.id); v("table", x.table); v("edits", x.edits); }
template <typename V> void members(V& v, ColumnName& x) { v("table", x.table); v("column", x.column); }
template <typename V> void members(V& v, Counter& x) { v("subject", x.subject); v("query", x.query); }
template <typename V> void members(V& v, Loss& x) { v("what", x.what); v("query", x.query); v("remedy", x.remedy); v("check", x.check); }
template <typename V> void members(V& v, Guard& x) { v("until", x.until); v("subject", x.subject); v("query", x.query); }
// clang-format on

template <typename V>
void members(V& v, AtticEntry& x) {
  v("table", x.table);
  v("was", x.was);
  v("name", x.name);
  v("remembered", x.remembered);
  v("succeeded", x.succeeded);
  v("aside", x.aside);
}

template <typename V>
void members(V& v, RangeWork& x) {
  v("table", x.table);
  v("key", x.key);
  v("next_bound", x.next_bound);
  v("next_bound_from_start", x.next_bound_from_start);
  v("last", x.last);
  v("in_range", x.in_range);
  v("in_range_from_start", x.in_range_from_start);
  v("sweep", x.sweep);
  v("before_batch", x.before_batch);
  v("trial", x.trial);
  v("rows_per_batch", x.rows_per_batch);
  v("count_left", x.count_left);
  v("written", x.written);
}

template <typename V>
void members(V& v, Step& x) {
  v("id", x.id);
  v("phase", x.phase);
  v("kind", x.kind);
  v("title", x.title);
  v("statements", x.statements);
  v("inverse", x.inverse);
  v("locks", x.locks);
  v("rewrites", x.rewrites);
  v("scans", x.scans);
  v("foreign_keys_off", x.foreign_keys_off);
  v("rows", x.rows);
  v("done_when", x.done_when);
  v("cleanup", x.cleanup);
  v("removes", x.removes);
  v("may_be_done", x.may_be_done);
  v("work", x.work);
  v("rebuild", x.rebuild);
  v("trial", x.trial);
  v("swap", x.swap);
  v("destroys", x.destroys);
  v("undo", x.undo);
}

template <typename V>
void members(V& v, Plan& x) {
  v("version", x.version);
  v("label", x.label);
  v("name", x.name);
  v("description", x.description);
  v("checksum", x.checksum);
  v("dialect", x.dialect);
  v("steps", x.steps);
  v("notes", x.notes);
  v("reads", x.reads);
  v("touches", x.touches);
  v("counters", x.counters);
  v("attic", x.attic);
  v("losses", x.losses);
  v("revert_losses", x.revert_losses);
  v("no_revert", x.no_revert);
  v("guards", x.guards);
  v("doomed", x.doomed);
  v("contract_obstacles", x.contract_obstacles);
}

struct Writer;
struct Reader;
template <typename T>
concept Composite = requires(Writer& w, T& x) { members(w, x); };

/// Writes the text as it goes: a tree of a large plan would take several times its memory.
struct Writer {
  std::string& text;
  bool first = true;

  template <typename T>
  static void append(std::string& text, T& value) {
    if constexpr (requires { write(value); }) {
      text += write(value);
    } else if constexpr (requires { value.begin(); }) {
      for (auto& item : value) {
        text += &item == &value.front() ? '[' : ',';
        append(text, item);
      }
      text += ']';
    } else {
      text += '{';
      Writer inner{text};
      members(inner, value);
      text += '}';
    }
  }
  template <typename T>
  void member(const char* name, T& value) {
    text += std::exchange(first, false) ? "\"" : ",\"";
    text += name;
    text += "\":";
    append(text, value);
  }
  template <typename T>
  void operator()(const char* name, std::optional<T>& value) {
    if (value) member(name, *value);
  }
  template <typename T>
  void operator()(const char* name, std::vector<T>& values) {
    if (!values.empty()) member(name, values);
  }
  void operator()(const char* name, std::string& value) {
    if (!value.empty()) member(name, value);
  }
  void operator()(const char* name, bool& value) {
    if (value) member(name, value);
  }
  void operator()(const char* name, int& value) {
    if (value != 0) member(name, value);
  }
  void operator()(const char* name, SourcePosition& value) {
    if (!value.file.empty()) member(name, value);
  }
  template <typename T>
  void operator()(const char* name, T& value) {
    member(name, value);
  }
};

struct Reader {
  const Json& json;

  template <typename T>
  static void read_value(const Json& from, T& value) {
    if constexpr (requires { read(from, value); }) {
      read(from, value);
    } else {
      Reader inner{from};
      members(inner, value);
    }
  }
  template <typename T>
  void operator()(const char* name, std::optional<T>& value) {
    if (json.contains(name)) read_value(json.at(name), value.emplace());
  }
  template <typename T>
  void operator()(const char* name, std::vector<T>& values) {
    if (!json.contains(name)) return;
    for (const Json& item : json.at(name)) read_value(item, values.emplace_back());
  }
  template <typename T>
  void operator()(const char* name, T& value) {
    if (json.contains(name)) read_value(json.at(name), value);
  }
};
} // namespace

std::string to_json_text(const Plan& plan) {
  std::string text;
  // The member lists are shared with the reader, which changes what it is given.
  Writer::append(text, const_cast<Plan&>(plan));
  return text;
}

Plan parse_plan(std::string_view text) {
  try {
    const Json json = Json::parse(text);
    Plan plan;
    Reader::read_value(json, plan);
    return plan;
  } catch (const Json::exception& error) {
    throw Error(ErrorCode::ledger_conflict, std::string("a stored plan cannot be read: ") + error.what(),
                "The ledger was changed by something other than afloat.");
  }
}

} // namespace afloat
