#include "support/two_tables.hpp"

#include <fmt/format.h>

namespace afloat::test {

Rollout to_profile(const std::string& column) {
  Rollout rollout;
  rollout.schema = fmt::format("CREATE TABLE users (id integer PRIMARY KEY, name text NOT NULL, phone {});"
                               "CREATE TABLE profiles (user_id integer PRIMARY KEY REFERENCES users (id) ON "
                               "DELETE CASCADE, bio text);",
                               column);
  rollout.migrations = {"[[operation]]\ntype = \"move_column\"\ntable = \"users\"\ncolumn = \"phone\"\n"
                        "to_table = \"profiles\"\n"};
  const std::string erase = "DELETE FROM profiles WHERE user_id = {key};; DELETE FROM users WHERE id = {key}";
  rollout.old_release = {.insert = "INSERT INTO users (id, name, phone) VALUES ({key}, 'n', '{value}');; "
                                   "INSERT INTO profiles (user_id, bio) VALUES ({key}, 'b')",
                         .update = "UPDATE users SET phone = '{value}' WHERE id = {key}",
                         .erase = erase,
                         .read = "SELECT id, phone FROM users"};
  rollout.new_release = {.insert = "INSERT INTO users (id, name) VALUES ({key}, 'n');; "
                                   "INSERT INTO profiles (user_id, phone) VALUES ({key}, '{value}')",
                         .update = "UPDATE profiles SET phone = '{value}' WHERE user_id = {key}",
                         .erase = erase,
                         .read = "SELECT user_id, phone FROM profiles"};
  rollout.always = {"SELECT count(*) FROM users u LEFT JOIN profiles p ON p.user_id = u.id "
                    "WHERE u.phone IS DISTINCT FROM p.phone"};
  return rollout;
}

Rollout to_parent() {
  Rollout rollout = to_profile("text");
  rollout.schema = "CREATE TABLE profiles (id integer PRIMARY KEY, bio text);"
                   "CREATE TABLE users (id integer PRIMARY KEY, name text NOT NULL, phone text, profile_id "
                   "integer UNIQUE REFERENCES profiles (id));";
  const std::string erase = "DELETE FROM users WHERE id = {key};; DELETE FROM profiles WHERE id = {key}";
  rollout.old_release.insert =
      "INSERT INTO profiles (id, bio) VALUES ({key}, 'b');; "
      "INSERT INTO users (id, name, phone, profile_id) VALUES ({key}, 'n', '{value}', {key})";
  rollout.new_release.insert = "INSERT INTO profiles (id, phone) VALUES ({key}, '{value}');; "
                               "INSERT INTO users (id, name, profile_id) VALUES ({key}, 'n', {key})";
  rollout.new_release.update = "UPDATE profiles SET phone = '{value}' WHERE id = {key}";
  rollout.new_release.read = "SELECT id, phone FROM profiles";
  rollout.old_release.erase = rollout.new_release.erase = erase;
  rollout.always = {"SELECT count(*) FROM users u JOIN profiles p ON u.profile_id = p.id "
                    "WHERE u.phone IS DISTINCT FROM p.phone"};
  return rollout;
}

Rollout to_addresses(const std::string& city) {
  Rollout rollout;
  rollout.schema = fmt::format(
      "CREATE TABLE users (id integer PRIMARY KEY, name text NOT NULL, street text, city {});", city);
  rollout.migrations = {"[[operation]]\ntype = \"extract_table\"\ntable = \"users\"\ncolumns = [\"street\", "
                        "\"city\"]\nto_table = \"addresses\"\nkey = [\"user_id\"]\n"};
  rollout.old_release = {.insert =
                             "INSERT INTO users (id, name, street, city) VALUES ({key}, 'n', '{value}', 'c')",
                         .update = "UPDATE users SET street = '{value}' WHERE id = {key}",
                         .erase = "DELETE FROM users WHERE id = {key}",
                         .read = "SELECT id, street FROM users"};
  rollout.new_release = {.insert = "INSERT INTO users (id, name) VALUES ({key}, 'n');; "
                                   "INSERT INTO addresses (user_id, street) VALUES ({key}, '{value}')",
                         .update =
                             "UPDATE addresses SET street = '{value}', city = 'd' WHERE user_id = {key}",
                         .erase = "DELETE FROM users WHERE id = {key}",
                         .read = "SELECT user_id, street FROM addresses"};
  rollout.always = {"SELECT count(*) FROM users u LEFT JOIN addresses a ON a.user_id = u.id "
                    "WHERE u.street IS DISTINCT FROM a.street OR u.city IS DISTINCT FROM a.city",
                    "SELECT count(*) FROM addresses WHERE user_id NOT IN (SELECT id FROM users)"};
  return rollout;
}

} // namespace afloat::test
