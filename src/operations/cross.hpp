#pragma once

#include "dialect/sql_writer.hpp"
#include "operations/common.hpp"

#include <optional>
#include <string>
#include <vector>

// What move_column and extract_table have in common: columns of one table that another one takes over.
namespace afloat {

/// Refuses columns that cannot leave their table: keys, generated ones, defaults that differ from row to row,
/// …
void refuse_unmovable(const OperationSpec& spec, const OperationContext& context, std::string_view field,
                      const Table& table, const std::vector<std::string>& columns);
const Column& source_column(const CrossSync& sync, const CrossColumn& pair);
/// True if the constraint is of one of the source's columns.
bool has_any(const Constraint& constraint, const CrossSync& sync);
/// NOT NULL without a default must go for the window: the new release leaves the column out, or writes it
/// later.
bool must_relax(const Column& column);
/// The column as the other table gets it: it may be NULL there.
Column moved(const Column& column, std::string name);

/// The sync after contract: the source's columns bear their names of the attic.
CrossSync attic_sync(const CrossSync& window, const OperationContext& context);

/// The pieces of expand that let the source rows be without these columns.
std::vector<Piece> relax_pieces(const CrossSync& sync, const OperationContext& context);
/// What a purge says where rows can lose their partner.
std::string end_of_partings(const CrossSync& sync);
/// Contract, attic and purge. `aside`: what aside_of_cross() gives.
void append_contract(const CrossSync& sync, const std::optional<AsideTable>& aside,
                     const OperationContext& context, OperationPlan& plan);
/// cross_facts.cpp: touches, reads, counters, guards, losses and notes.
void append_facts(const CrossSync& sync, const std::optional<AsideTable>& aside,
                  const OperationContext& context, OperationPlan& plan);
/// "users.phone and profiles.phone"
std::string subject_of(const CrossSync& sync);

/// The source in the schema after the window has opened, or after all.
void apply_to_source(const CrossSync& sync, const OperationContext& context, Schema& schema, Shape shape);

} // namespace afloat
