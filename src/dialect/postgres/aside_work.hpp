#pragma once

#include "dialect/aside_rows.hpp"
#include "dialect/sql_writer.hpp"

#include <functional>
#include <string>
#include <string_view>
#include <vector>

/// The work on every row of a table whose values are kept aside, and the words that it shares with the
/// triggers.
namespace afloat::postgres {

RelationName kept_name(const Aside& aside);
std::string kept(const Aside& aside); ///< quoted
/// `text` of each quoted name, joined.
std::string each(const std::vector<std::string>& names, std::string_view between,
                 const std::function<std::string(const std::string&)>& text);
std::string listed(const std::vector<std::string>& names);                      ///< "a", "b"
std::string cells(const std::vector<std::string>& names, std::string_view row); ///< NEW."a", NEW."b"
/// The rows of the table, under this name, and what is kept of them, under that: t."id" = s."id".
std::string linked(const Aside& aside, std::string_view table, std::string_view aside_table);
std::string differ(const std::string& one, const std::string& other); ///< other stored bytes in any of them

RangeWork keep(const Aside& aside);
RangeWork bring_back(const Aside& aside);
RangeWork compare(const Aside& aside);
RangeWork left_out(const Aside& aside);

} // namespace afloat::postgres
