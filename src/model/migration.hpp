#pragma once

#include "support/error.hpp"

#include <cstdint>
#include <memory>
#include <string>
#include <variant>
#include <vector>

/// What migration files say, as values with the position of every word, so that later checks can point at it.
namespace afloat {

struct Field;
using Record = std::vector<Field>;

/// The value of a key in a migration file. Which type a key must have stands in the operation's field table.
using FieldValue =
    std::variant<std::string, std::int64_t, double, bool, std::vector<std::string>, std::vector<Record>>;

struct Field {
  std::string name;
  FieldValue value;
  SourcePosition where; ///< of the value

  bool operator==(const Field&) const = default;
};

/// One [[operation]] of a file.
struct OperationSpec {
  std::string type; ///< name of a row in the operations table
  Record fields;    ///< without "type"; checked against the row's field table
  SourcePosition where;

  bool operator==(const OperationSpec&) const = default;
};

struct Migration {
  std::int64_t version = 0;
  std::string label; ///< the digits as the file name has them: "0001"
  std::string name;  ///< "rename_user_name"
  std::string description;
  std::string path;     ///< as given, relative to the working directory where possible
  std::string checksum; ///< SHA-256 of the bytes with LF line ends, hexadecimal
  std::string text; ///< of the file, until it is parsed; until then it has no description and no operations
  std::vector<OperationSpec> operations;

  bool operator==(const Migration&) const = default;
  /// "0001_rename_user_name", for messages.
  std::string title() const { return label + "_" + name; }
};

} // namespace afloat
