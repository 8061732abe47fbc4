#pragma once

#include <string>
#include <string_view>

/// What is PostgreSQL's own among the words of an expression, and what depends on who reads it.
namespace afloat::postgres {

/// True unless all that the text names is PostgreSQL's own: functions, operators, types, collations. What any
/// other name means depends on the search path, and on the rights of whoever asks. An operator is taken for
/// PostgreSQL's own by its name; its operands may still be of other types. True as well for what cannot be
/// read and for queries.
bool depends_on_search_path(std::string_view expression);

/// A statement that makes the search path of the transaction what it means at present: "$user" is the role's
/// own schema then, and what a session has for itself comes last. It must stand before k_with_path.
std::string resolve_path();
/// Options of a function with words of an author. They mean what they mean to the migration, whoever writes:
/// the path as resolve_path() has made it, and the owner's rights, because without a right on a schema
/// nothing in it is found. A CHECK asks nobody for that right either.
inline constexpr std::string_view k_with_path = " SECURITY DEFINER SET search_path FROM CURRENT";
/// Options of a function that names nothing but what is PostgreSQL's own and, with its schema, afloat's.
inline constexpr std::string_view k_with_own_path = " SECURITY DEFINER SET search_path = pg_catalog, pg_temp";

/// True if the text may do more with a column than read it, cast it to one of PostgreSQL's own types or take
/// another where it is NULL: an operator, a call or a comparison, which another type may have of its own.
bool works_on_columns(std::string_view expression);

/// A statement that fails if the type, a domain, takes no NULL; empty for a type of PostgreSQL itself.
/// Without a default the server would turn away an INSERT that leaves the column out, before it calls a
/// trigger.
std::string must_take_null(const std::string& type);

/// True for a type of PostgreSQL itself, or an array of one, as format_type prints it.
bool is_servers_type(std::string_view type);

/// True for a type, as format_type prints it, whose values are equal only if their bytes are, in the
/// database's collation: not numeric (1.0 is 1.00), character (blanks behind) or float (0 is -0).
bool is_equal_by_bytes(std::string_view type);

} // namespace afloat::postgres
