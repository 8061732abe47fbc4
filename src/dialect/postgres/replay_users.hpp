#pragma once

#include "dialect/postgres/replay_state.hpp"

#include <string>
#include <string_view>
#include <utility>
#include <vector>

/// Table::users while statements are replayed: what hangs on columns, as the inspector tells it, but for what
/// files do not say. Not followed: who owns such a thing and who may use it, comments, other settings, and
/// functions, whose bodies are text.
namespace afloat::postgres {

using Reads = std::vector<std::pair<RelationName, std::string>>; ///< columns of tables

/// What a query reads, as far as its relations are known. In replay_views.cpp.
Reads reads_of(const ParseNode& query, const Replay& replay);

/// A view that is made, or made anew: on the columns of `reads`, and on those of the views that `query`
/// reads.
void follow_view(const View& view, const ParseNode& query, Replay& replay);
void follow_trigger(const ParseNode& statement, const RelationName& table, Replay& replay);
/// A table in a publication, with a list of columns or a condition on rows.
void follow_published(const ParseNode& table, const RelationName& name, const std::string& publication,
                      Replay& replay);
/// An index on a materialized view, which does not let it go.
void follow_index(const std::string& index, const RelationName& view, Replay& replay);
void follow_partition_key(const ParseNode& specification, const RelationName& table, Replay& replay);

/// Takes away what is called by these words, as ColumnUser::words.
void forget_users(const std::string& words, Replay& replay);
/// In what drops it and makes it again, each word that is the name.
void rename_in_texts(ColumnUser& user, const std::string& from, const std::string& to);
void rename_users(const RelationName& from, const RelationName& to, Replay& replay);
void rename_users_column(const RelationName& table, const std::string& from, const std::string& to,
                         Replay& replay);
/// "trigger touch on table users".
std::string words_of(std::string_view kind, std::string_view name, const RelationName& table,
                     const Replay& replay);

/// Once for a column: the deeper one of two views.
void add_user(Table& table, const std::string& column, const ColumnUser& user);
std::string called(const RelationName& name); ///< format('%I.%I')

// replay_told_users.cpp: what the constraints, sequences and generated columns of the tables tell.
void forget_told_users(Replay& replay);
/// Puts all users in order, too.
void tell_users(Replay& replay);

/// Takes away what has lost its column or its relation; Schema::known is in order. From files alone, adds
/// what constraints, sequences and generated columns of the tables tell, and puts all in order.
void tidy_users(Replay& replay);

} // namespace afloat::postgres
