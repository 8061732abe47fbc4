#include "config/config.hpp"
#include "support/temp_folder.hpp"
#include "support/text.hpp"
#include "unit/error_of.hpp"

#include <cstdlib>
#include <fstream>

#include <catch2/catch.hpp>
#include <fmt/format.h>

namespace afloat {
namespace {
using std::chrono::milliseconds;

/// An environment variable for as long as it lives.
class Variable {
 public:
  Variable(const char* name, const char* value) : m_name(name) { setenv(name, value, 1); }
  ~Variable() { unsetenv(m_name); }
  Variable(const Variable&) = delete;
  Variable& operator=(const Variable&) = delete;

 private:
  const char* m_name;
};

struct Project {
  test::TempFolder folder;

  explicit Project(const std::string& text) {
    for (const char* name : {"AFLOAT_ENV", "AFLOAT_URL", "AFLOAT_LOCK_TIMEOUT"}) unsetenv(name);
    std::ofstream(folder / "afloat.toml", std::ios::binary) << text;
  }
  Config config(ConfigRequest request = {}) const {
    request.working_directory = folder.path();
    return load_config(request);
  }
  std::string error(const ConfigRequest& request = {}) const {
    return replaced(test::error_of([&] { config(request); }), folder.path().string(), "FOLDER");
  }
  std::string origin(const Config& config, const std::string& name) const {
    for (const ConfigEntry& entry : config.entries)
      if (entry.name == name)
        return replaced(entry.value + " from " + entry.origin, folder.path().string(), "FOLDER");
    return "no such setting";
  }
};

TEST_CASE("[snapshot] holds for all environments, and each may have its own", "[config]") {
  const Project project(
      "[env.default]\n[env.production.snapshot]\nbefore_expand = \"full\"\n[snapshot]\nfolder = "
      "\"copies\"\nbefore_expand = \"tables\"\nkeep = \"2\"\n");
  CHECK(project.config().snapshot.before_expand == "tables");
  CHECK(project.config().snapshot.keep == 2);
  CHECK(project.config().snapshot.folder.filename() == "copies");
  ConfigRequest production;
  production.env = "production";
  CHECK(project.config(production).snapshot.before_expand == "full");
  CHECK(Project("[snapshot]\nbefore_purge = \"some\"\n")
            .error()
            .find("\"some\" is none of auto, none, schema, tables, full, command")
        != std::string::npos);
}

TEST_CASE("without settings everything has its default", "[config]") {
  const Config config = Project("").config();
  CHECK(config.env_name == "default");
  CHECK(config.url.empty());
  CHECK_FALSE(config.any_order);
  CHECK(config.lock_timeout == milliseconds(100));
  CHECK(config.lock_total == milliseconds(60'000));
  CHECK(config.quiet == milliseconds(60'000));
  CHECK(config.retention == std::chrono::hours(7 * 24));
  CHECK(config.batch_time == std::nullopt);
}

TEST_CASE("a flag wins over the environment and the environment over the file", "[config]") {
  const Project project("[env.default]\nurl = \"sqlite:/file.db\"\nlock_timeout = \"1s\"\n");
  CHECK(project.origin(project.config(), "env.default.url") == "sqlite:/file.db from FOLDER/afloat.toml:2");
  CHECK(project.origin(project.config(), "env.default.lock_timeout") == "1s from FOLDER/afloat.toml:3");
  CHECK(project.origin(project.config(), "env.default.lock_total") == "60s from default");
  const Variable url("AFLOAT_URL", "sqlite:/variable.db");
  CHECK(project.origin(project.config(), "env.default.url") == "sqlite:/variable.db from AFLOAT_URL");
  ConfigRequest request;
  request.url = "sqlite:/flag.db";
  CHECK(project.origin(project.config(request), "env.default.url") == "sqlite:/flag.db from --url");
}

TEST_CASE("a brake is set in the file, for one environment, by a variable or a flag", "[config]") {
  const std::string file =
      "[throttle]\nrate = \"5000\"\n[env.default]\n[env.live.throttle]\nrate = \"900\"\n";
  const Project project(file);
  ConfigRequest request;
  CHECK(project.origin(project.config(), "throttle.rate") == "5000 from FOLDER/afloat.toml:2");
  CHECK(project.origin(project.config(), "throttle.max_waiters") == "0 from default");
  request.env = "live";
  CHECK(project.config(request).throttle.rate == 900);
  CHECK(project.origin(project.config(request), "throttle.rate") == "900 from FOLDER/afloat.toml:5");
  const Variable rate("AFLOAT_RATE", "70");
  CHECK(project.origin(project.config(request), "throttle.rate") == "70 from AFLOAT_RATE");
  request.throttle["rate"] = "8";
  CHECK(project.origin(project.config(request), "throttle.rate") == "8 from --rate");
}

TEST_CASE("a brake that cannot be is refused with its place", "[config]") {
  const std::string error = Project("[throttle]\nmax_lag = \"soon\"\n").error();
  CHECK(error.find("throttle.max_lag (from FOLDER/afloat.toml:2): \"soon\" is not a duration")
        != std::string::npos);
  CHECK(error.find("hint: DURATION: Pause while a streaming replica is further behind than this.")
        != std::string::npos);
}

TEST_CASE("a password is not among the shown settings", "[config]") {
  const Project project("[env.default]\nurl = \"postgres://me:secret@db/shop\"\n");
  CHECK(project.config().url == "postgres://me:secret@db/shop");
  CHECK(project.config().safe_url == "postgres://me:***@db/shop");
  for (const ConfigEntry& entry : project.config().entries)
    CHECK(entry.value.find("secret") == std::string::npos);
}

TEST_CASE("an environment is chosen by flag, variable or file", "[config]") {
  const Project project(
      "[project]\ndefault_env = \"a\"\n[env.a]\nurl = \"sqlite:/a\"\n[env.b]\nurl = \"sqlite:/b\"\n"
      "quiet = \"2s\"\n[env.c]\nurl = \"sqlite:/c\"\n");
  CHECK(project.config().url == "sqlite:/a");
  const Variable env("AFLOAT_ENV", "b");
  CHECK(project.config().url == "sqlite:/b");
  CHECK(project.config().quiet == milliseconds(2'000));
  ConfigRequest request;
  request.env = "c";
  CHECK(project.config(request).url == "sqlite:/c");
  CHECK(project.config(request).quiet == milliseconds(60'000));
}

TEST_CASE("an environment that is not there offers the nearest", "[config]") {
  const Project project("[env.production]\nurl = \"sqlite:/a\"\n");
  ConfigRequest request;
  request.env = "prodction";
  CHECK(project.error(request)
        == "error: FOLDER/afloat.toml has no environment \"prodction\" (asked for by --env)\n"
           "  hint: Did you mean \"production\"?\n");
}

TEST_CASE("variables are put into values, and a missing one is named", "[config]") {
  const Project project("[env.default]\nurl = \"postgres://me:${SHOP_PASSWORD}@db/${SHOP_DB}\"\n");
  const Variable password("SHOP_PASSWORD", "${x");
  CHECK(project.error()
        == "error: the environment variable \"SHOP_DB\" is not set\n"
           "  --> FOLDER/afloat.toml:2:7\n"
           "   | url = \"postgres://me:***@db/${SHOP_DB}\"\n"
           "   |       ^\n"
           "  hint: Set it: `export SHOP_DB=…`.\n");
  const Variable database("SHOP_DB", "shop");
  CHECK(project.config().url == "postgres://me:${x@db/shop");
}

TEST_CASE("an environment that is not used may lack its variables", "[config]") {
  const Project project("[env.default]\nurl = \"sqlite:/a\"\n[env.production]\nurl = \"${NOT_SET_HERE}\"\n");
  CHECK(project.config().url == "sqlite:/a");
}

TEST_CASE("an unknown key is shown with the nearest known one", "[config]") {
  CHECK(Project("[contract]\nretenion = \"1d\"\n").error()
        == "error: unknown key \"retenion\" in [contract]\n"
           "  --> FOLDER/afloat.toml:2:1\n"
           "   | retenion = \"1d\"\n"
           "   | ^\n"
           "  hint: Did you mean \"retention\"?\n");
  CHECK(Project("[env.a]\npassword = \"x\"\n")
            .error()
            .starts_with("error: unknown key \"password\" in [env.a]\n"));
  CHECK(Project("[projekt]\n").error().find("hint: Did you mean [project]?") != std::string::npos);
}

TEST_CASE("a value that does not fit says where it came from", "[config]") {
  CHECK(Project("[contract]\nquiet = \"1 minute\"\n").error()
        == "error: contract.quiet (from FOLDER/afloat.toml:2): \"1 minute\" is not a duration\n"
           "  --> FOLDER/afloat.toml:2:9\n"
           "   | quiet = \"1 minute\"\n"
           "   |         ^\n"
           "  hint: Write it like \"100ms\", \"2s\", \"5m\", \"24h\".\n");
  ConfigRequest request;
  request.lock_timeout = "0";
  CHECK(Project("").error(request)
        == "error: env.lock_timeout (from --lock-timeout): 0 would wait without end\n"
           "  hint: Give a short time such as \"100ms\".\n");
  CHECK(Project("[project]\norder = \"some\"\n").error().find("hint: It is \"strict\" or \"any\".")
        != std::string::npos);
  CHECK(Project("[contract]\nquiet = 5\n").error()
        == "error: \"quiet\" is a number, but must be a text in quotes\n"
           "  --> FOLDER/afloat.toml:2:9\n"
           "   | quiet = 5\n"
           "   |         ^\n"
           "  hint: Write it as quiet = \"…\".\n");
}

TEST_CASE("a number of no unit may stand with or without quotes", "[config]") {
  for (const char* keep : {"3", "\"3\""}) {
    const Project file(fmt::format("[snapshot]\nkeep = {0}\n[throttle]\nworkers = {0}\n", keep));
    CHECK(file.config().snapshot.keep == 3);
    CHECK(file.config().throttle.workers == 3);
  }
  CHECK(Project("[env.default.snapshot]\nkeep = 7\n").config().snapshot.keep == 7);
  CHECK(Project("[snapshot]\nkeep = 1.5\n").error()
        == "error: \"keep\" is a number, but must be a whole number\n"
           "  --> FOLDER/afloat.toml:2:8\n"
           "   | keep = 1.5\n"
           "   |        ^\n"
           "  hint: Write it as keep = 5.\n");
  CHECK(Project("[snapshot]\nkeep = -1\n").error()
        == "error: snapshot.keep (from FOLDER/afloat.toml:2): \"-1\" is not a number from 0 on\n"
           "  --> FOLDER/afloat.toml:2:8\n"
           "   | keep = -1\n"
           "   |        ^\n"
           "  hint: `prune` leaves so many of the newest.\n");
  CHECK(Project("[snapshot]\nkeep_for = 30\n").error().find("hint: Write it as keep_for = \"…\".")
        != std::string::npos);
}

TEST_CASE("a configuration that was named and is not there is an error", "[config]") {
  ConfigRequest request;
  request.config = "/nowhere/afloat.toml";
  CHECK(Project("").error(request)
        == "error: cannot read /nowhere/afloat.toml: No such file or directory\n"
           "  hint: Check the path, or make a configuration with `afloat init`.\n");
}

TEST_CASE("a relative file of SQLite is meant from the folder of the configuration", "[config]") {
  const Project project("[env.default]\nurl = \"sqlite:app.db\"\n");
  std::filesystem::create_directories(project.folder / "deep" / "er");
  ConfigRequest request;
  request.working_directory = project.folder / "deep" / "er";
  const Config config = load_config(request);
  CHECK(std::filesystem::weakly_canonical(config.url.substr(7))
        == std::filesystem::weakly_canonical(project.folder / "app.db"));
  CHECK(std::filesystem::weakly_canonical(config.migrations_dir)
        == std::filesystem::weakly_canonical(project.folder / "migrations"));
}
} // namespace
} // namespace afloat
