#include "support/rollout.hpp"

#include <algorithm>
#include <cstdlib>
#include <memory>
#include <utility>

#include <fmt/format.h>

namespace afloat::test {
namespace {
constexpr int k_keys = 40, k_old_first = 1, k_new_first = 101, k_again_first = 201, k_many_first = 10'000,
              k_rows_nobody_owns = 1500;

/// Rows that are there before expand: half of each client's keys, and many that nobody writes.
Journal fill(World& world, const Rollout& rollout) {
  Journal journal;
  std::string sql = "BEGIN;";
  const auto add = [&](int key) {
    std::string insert = rollout.old_release.insert;
    const std::string value = fmt::format("start_{}", key);
    for (const auto& [word, by] :
         {std::pair<std::string, std::string>("{key}", std::to_string(key)), {"{value}", value}})
      for (std::size_t at = insert.find(word); at != std::string::npos; at = insert.find(word))
        insert.replace(at, word.size(), by);
    sql += insert + ";";
    journal[key] = value;
  };
  for (int i = 0; i < k_keys / 2; ++i) add(k_old_first + i), add(k_new_first + i);
  for (int i = 0; i < k_rows_nobody_owns; ++i) add(1000 + i);
  world.connect()->script(sql + "COMMIT");
  return journal;
}

Journal part(const Journal& journal, int first) {
  return {journal.lower_bound(first), journal.lower_bound(first + k_keys)};
}

Journal merged(Journal all, Client& client) {
  for (const auto& [key, value] : client.journal()) all[key] = value;
  return all;
}

void no_failure(Client& client) {
  REQUIRE(client.failure() == "");
}

/// A rollout up to the middle of its window, with both clients at work.
struct Stage {
  Stage(Dialect dialect, const Rollout& rollout)
      : world(make_world(dialect)), project(rollout.migrations),
        start((world->prepare(rollout.schema), fill(*world, rollout))),
        old_client(*world, rollout.old_release, "old", k_old_first, k_keys, part(start, k_old_first)) {
    old_client.write_more(30);
    project.succeed(*world, {"expand"});
    old_client.write_more(30);
    no_failure(old_client);
    new_client = std::make_unique<Client>(*world, rollout.new_release, "new", k_new_first, k_keys,
                                          part(start, k_new_first));
    new_client->write_more(100);
    old_client.write_more(60);
    no_failure(*new_client);
    no_failure(old_client);
    for (const std::string& query : rollout.always) {
      INFO(query);
      REQUIRE(world->connect()->query(query).scalar() == "0");
    }
  }

  Journal all() { return merged(merged(start, old_client), *new_client); }

  /// How often old releases wrote, as `status` counts it for each old side.
  std::string old_writes() const {
    const std::string status = project.succeed(*world, {"status", "--output", "json"});
    constexpr std::string_view k_key = "\"old_writes\": ";
    std::string counts;
    for (std::size_t at = status.find(k_key); at != std::string::npos; at = status.find(k_key, at + 1))
      counts += status.substr(at, status.find(',', at) - at) + "\n";
    return counts;
  }

  std::unique_ptr<World> world;
  Project project;
  Journal start;
  Client old_client;
  std::unique_ptr<Client> new_client;
};
} // namespace

Release release_writing(std::string_view table, std::string_view column, std::string_view more,
                        std::string_view values, std::string_view key) {
  return {.insert = fmt::format("INSERT INTO {} ({}, {}{}) VALUES ({{key}}, '{{value}}'{})", table, key,
                                column, more, values),
          .update = fmt::format("UPDATE {} SET {} = '{{value}}' WHERE {} = {{key}}", table, column, key),
          .erase = fmt::format("DELETE FROM {} WHERE {} = {{key}}", table, key),
          .read = fmt::format("SELECT {}, {} FROM {}", key, column, table)};
}

void rolls_back(Dialect dialect, const Rollout& rollout) {
  Stage stage(dialect, rollout);
  stage.new_client->stop();
  for (std::size_t version = rollout.migrations.size(); version > 0; --version)
    stage.project.succeed(*stage.world, {"abort", fmt::format("{:04}", version), "--accept-data-loss"});
  stage.old_client.write_more(40);
  no_failure(stage.old_client);
  no_failure(*stage.new_client);
  REQUIRE(lost_writes(*stage.world, rollout.old_release, stage.all()) == "");
  stage.project.succeed(*stage.world, {"verify"});
}

void rolls_forward(Dialect dialect, const Rollout& rollout) {
  Stage stage(dialect, rollout);
  stage.project.succeed(*stage.world, {"verify"});
  stage.old_client.stop();
  no_failure(stage.old_client);
  if (rollout.window) {
    const std::string counted = stage.old_writes();
    stage.new_client->write_more(40);
    REQUIRE(stage.old_writes() == counted); // else the gate would never open
    stage.project.succeed(*stage.world, {"contract", "--quiet", "0"});
    stage.new_client->write_more(40);
    no_failure(*stage.new_client);
    stage.project.succeed(*stage.world, {"verify"});
    stage.project.succeed(*stage.world, {"attic", "purge", "--retention", "0", "--accept-data-loss"});
    stage.new_client->write_more(40);
  }
  stage.new_client->stop();
  no_failure(*stage.new_client);
  REQUIRE(lost_writes(*stage.world, rollout.new_release, stage.all()) == "");
}

void comes_back(Dialect dialect, const Rollout& rollout) {
  const char* const wanted = std::getenv("AFLOAT_REVERT_WRITES");
  Stage stage(dialect, rollout);
  stage.old_client.stop();
  no_failure(stage.old_client);
  stage.project.succeed(*stage.world, {"contract", "--quiet", "0"});
  const int writes = wanted ? std::atoi(wanted) : 300;
  // Many writes go to many rows, so that many are looked at in the end.
  std::unique_ptr<Client> many;
  if (wanted)
    many = std::make_unique<Client>(*stage.world, rollout.new_release, "many", k_many_first,
                                    std::max(k_keys, writes / 4));
  (many ? many : stage.new_client)->write_more(writes);
  if (many) {
    many->stop();
    no_failure(*many);
  }
  stage.project.succeed(*stage.world, {"revert", "0001"});
  stage.new_client->write_more(40);
  no_failure(*stage.new_client);
  stage.project.succeed(*stage.world, {"verify"});
  Client again(*stage.world, rollout.old_release, "old again", k_again_first, k_keys);
  again.write_more(60);
  stage.new_client->write_more(60);
  again.stop();
  stage.new_client->stop();
  no_failure(again);
  no_failure(*stage.new_client);
  Journal all = merged(stage.all(), again);
  if (many) all = merged(std::move(all), *many);
  REQUIRE(lost_writes(*stage.world, rollout.old_release, all) == "");
  REQUIRE(lost_writes(*stage.world, rollout.new_release, all) == "");
}

void rolls_every_way(Dialect dialect, const Rollout& rollout) {
  SECTION("back") {
    rolls_back(dialect, rollout);
  }
  SECTION("forward") {
    rolls_forward(dialect, rollout);
  }
  SECTION("there and back") {
    comes_back(dialect, rollout);
  }
}

void contract_killed(const World& world, const Project& project, std::string_view point,
                     std::string_view words) {
  const std::string plan = project.succeed(world, {"plan", "0001", "--output", "json"});
  REQUIRE_THAT(plan, Catch::Contains(std::string(words)));
  const std::size_t id = plan.rfind("\"id\":", plan.find(words)) + 7;
  const std::string name = fmt::format("{} {}", point, plan.substr(id, plan.find('"', id) - id));
  INFO(name);
  const Outcome outcome = project.run(world, {"contract", "--quiet", "0"},
                                      {{"AFLOAT_FAULT", "kill"}, {"AFLOAT_FAULT_POINT", name}});
  REQUIRE(outcome.status == 128 + 9);
}

void contract_killed_at_swap(const World& world, const Project& project, std::string_view point) {
  contract_killed(world, project, point, "\"swap\": true");
}

} // namespace afloat::test
