#pragma once

#include "commands/work.hpp"

#include <chrono>
#include <string>

namespace afloat {

/// --quiet, else contract.quiet of the environment.
std::chrono::milliseconds quiet_of(const Arguments& arguments, const Config& config);

/// Contracts one migration whose window is open. Returns why it did not (the gate's evidence), or nothing
/// when it is complete. With a retention of 0 it purges at once.
std::string contract_one(WritingSession& session, const Work& work, const Plan& plan,
                         std::chrono::milliseconds quiet, const Arguments& arguments);

/// Refuses a purge that destroys what cannot be derived back, unless --accept-data-loss is given.
void require_accepted_loss(const Arguments& arguments, const Plan& plan);

/// Refuses a purge of an attic that its sync no longer keeps, or that is not equal to what took its place in
/// every row, unless --accept-difference is given: it may hold what nothing else has.
void require_kept(const Arguments& arguments, WritingSession& session, const Plan& plan);

} // namespace afloat
