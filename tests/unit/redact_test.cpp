#include "support/redact.hpp"

#include <string>
#include <string_view>
#include <vector>

#include <catch2/catch.hpp>

namespace afloat {
namespace {
TEST_CASE("a password in a URL is hidden", "[redact]") {
  CHECK(without_credentials("postgres://me:secret@db/shop") == "postgres://me:***@db/shop");
  CHECK(without_credentials("postgresql://me:secret@db:5432/shop?sslmode=require")
        == "postgresql://me:***@db:5432/shop?sslmode=require");
  CHECK(without_credentials("postgres://me@db/shop") == "postgres://me@db/shop");
  CHECK(without_credentials("postgres:///shop?user=me") == "postgres:///shop?user=me");
}

TEST_CASE("a password that holds the URL's own signs is hidden whole", "[redact]") {
  CHECK(without_credentials("postgres://me:se@cr:e/t@db/shop") == "postgres://me:***@db/shop");
  CHECK(without_credentials("postgres://me:@db/shop") == "postgres://me:***@db/shop");
}

TEST_CASE("a password behind a question mark of its own is hidden", "[redact]") {
  CHECK(without_credentials("postgres://me:se?cret@db/shop").find("cret") == std::string::npos);
}

TEST_CASE("secret parameters of a URL are hidden", "[redact]") {
  CHECK(without_credentials("postgres:///shop?password=secret&user=me&sslpassword=other")
        == "postgres:///shop?password=***&user=me&sslpassword=***");
  CHECK(without_credentials("postgres:///shop?PASSWORD=secret") == "postgres:///shop?PASSWORD=***");
}

TEST_CASE("a password among libpq keywords is hidden", "[redact]") {
  CHECK(without_credentials("host=db password=secret user=me") == "host=db password=*** user=me");
  CHECK(without_credentials("password = 'se\\'cret word' dbname=shop") == "password = *** dbname=shop");
  CHECK(without_credentials("host=db password='never closed") == "host=db password=***");
  CHECK(without_credentials("host=db password='has'quote' user=me") == "host=db password=***");
  CHECK(without_credentials("host=db user=me") == "host=db user=me");
}

TEST_CASE("the value of a keyword that libpq does not know is hidden: it may be a misspelt password",
          "[redact]") {
  CHECK(without_credentials("host=db pasword=secret user=me") == "host=db pasword=*** user=me");
  CHECK(without_credentials("postgres:///shop?pasword=secret&user=me")
        == "postgres:///shop?pasword=***&user=me");
  CHECK(without_credentials("host='db password=secret") == "host=***");
}

TEST_CASE("a file of SQLite has nothing to hide", "[redact]") {
  CHECK(without_credentials("sqlite:dir/app@home:1.db") == "sqlite:dir/app@home:1.db");
  CHECK(without_credentials("") == "");
}

TEST_CASE("the words of a command are shown without what is secret in them", "[redact]") {
  const auto same = [](std::string_view words) { return without_secrets(words) == words; };
  CHECK(same("dump  --to {{name}} 'a b' host=db sqlite:a@b:c@d.db"));
  CHECK(same("git@host:path a:b"));
  CHECK(without_secrets("dump --password=hush x") == "dump --password=*** x");
  CHECK(without_secrets("dump --password 'hush hush' x") == "dump --password *** x");
  CHECK(without_secrets("env PGPASSWORD=\"a b\" dump") == "env PGPASSWORD=*** dump");
  CHECK(without_secrets("dump --url=postgres://me:hush@db/shop -v")
        == "dump --url=postgres://me:***@db/shop -v");
  CHECK(without_secrets("dump 'postgres://me:hush@db/shop'") == "dump 'postgres://me:***@db/shop'");
  CHECK(without_secrets("postgres:/me:hush@db/shop") == "postgres:/me:***@db/shop");
  CHECK(without_secrets("me:hush@db") == "me:***@db");
  CHECK(without_secrets("--api-token 'never closed hush") == "--api-token ***");
}

TEST_CASE("a text that quotes an argument is shown without its secret", "[redact]") {
  const std::vector<std::string> words{"plan", "--ulr=me:hush@db", "--password", "quiet",
                                       "postgres:/a:b@c/d"};
  CHECK(quoting_without_secrets("--ulr=me:hush@db: me:hush@db, quiet, \"postgres:/a:b@c/d\" plan", words)
        == "--ulr=me:***@db: me:***@db, ***, \"postgres:/a:***@c/d\" plan");
}
} // namespace
} // namespace afloat
