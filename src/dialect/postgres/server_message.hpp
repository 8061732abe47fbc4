#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace afloat {

/// The parts of libpq's multi-line error text at verbosity `verbose`.
struct ServerMessage {
  std::string sqlstate, message, detail, hint;
  std::string line;                 ///< what libpq shows of the line with the mistake: "…" where it was cut
  std::size_t column = 0;           ///< of the mistake in `line`, in characters
  bool internal = false;            ///< the line is of a statement that a function or a DO block runs
  std::vector<std::string> context; ///< what the server was inside of, innermost first
};
ServerMessage parse_server_message(std::string_view text);

/// "ERROR:  text" -> "text"; the word in front depends on the server's language.
std::string without_severity(std::string_view line);

struct Mistake {
  std::optional<std::size_t> offset; ///< in bytes in the SQL text that was sent, if the server says where
  std::string inside; ///< the server's words for a function of somebody's in which it is, or empty
};
/// Where the mistake is. Of a DO block, whose lines the server counts by themselves, it is the line in the
/// text.
Mistake find_mistake(const ServerMessage& message, std::string_view sql);

} // namespace afloat
