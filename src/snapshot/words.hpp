#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace afloat {

/// A command line's words, parted by blanks, as a shell would for '…', "…" and \; nothing else is special.
std::vector<std::string> split_words(std::string_view text);

/// {{word}} replaced. Error configuration for a word that is not known.
std::string filled(std::string text, const std::map<std::string, std::string>& words);

} // namespace afloat
