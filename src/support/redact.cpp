#include "support/redact.hpp"

#include "support/text.hpp"

#include <algorithm>
#include <array>

namespace afloat {
namespace {
// Keywords of libpq (PostgreSQL 18 manual, 32.1.2) whose values may be shown. Any other may be a misspelt
// `password`.
constexpr std::array<std::string_view, 39> k_shown{"host",
                                                   "hostaddr",
                                                   "port",
                                                   "dbname",
                                                   "user",
                                                   "require_auth",
                                                   "channel_binding",
                                                   "connect_timeout",
                                                   "client_encoding",
                                                   "options",
                                                   "application_name",
                                                   "fallback_application_name",
                                                   "keepalives",
                                                   "keepalives_idle",
                                                   "keepalives_interval",
                                                   "keepalives_count",
                                                   "tcp_user_timeout",
                                                   "replication",
                                                   "gssencmode",
                                                   "sslmode",
                                                   "sslnegotiation",
                                                   "sslcompression",
                                                   "sslcert",
                                                   "sslkey",
                                                   "sslcertmode",
                                                   "sslrootcert",
                                                   "sslcrl",
                                                   "sslcrldir",
                                                   "sslsni",
                                                   "requirepeer",
                                                   "ssl_min_protocol_version",
                                                   "ssl_max_protocol_version",
                                                   "krbsrvname",
                                                   "gsslib",
                                                   "gssdelegation",
                                                   "service",
                                                   "target_session_attrs",
                                                   "load_balance_hosts",
                                                   "passfile"};

bool is_secret(std::string_view keyword) {
  const std::string name = lower_case(trimmed(keyword));
  return std::ranges::find(k_shown, name) == k_shown.end();
}

std::string hide_in_query(std::string_view query) {
  std::vector<std::string> parts = split(query, '&');
  for (std::string& part : parts)
    if (const std::size_t equals = part.find('=');
        equals != std::string::npos && is_secret(part.substr(0, equals)))
      part = part.substr(0, equals) + "=***";
  return join(parts, "&");
}

std::string hide_in_url(std::string_view url) {
  const std::size_t start = url.find("://") + 3;
  // A password may itself hold "/", "?" or "@" unescaped. As libpq reads it, the first "@" with no "/" before
  // it ends it; to be safe, so does the last one before the query.
  const std::size_t slash = std::min(url.find('/', start), url.size());
  const std::size_t first = url.substr(0, slash).find('@', start);
  const std::size_t query =
      std::min(url.find('?', first == std::string_view::npos ? start : first), url.size());
  const std::size_t at = url.substr(0, query).rfind('@');
  std::string result(url.substr(0, start));
  std::size_t rest = start;
  if (at != std::string_view::npos && at >= start) {
    const std::string_view user = url.substr(start, at - start);
    const std::size_t colon = user.find(':');
    result +=
        colon == std::string_view::npos ? std::string(user) : std::string(user.substr(0, colon)) + ":***";
    rest = at;
  }
  result += url.substr(rest, query - rest);
  if (query < url.size()) result += "?" + hide_in_query(url.substr(query + 1));
  return result;
}

/// Where the value of a keyword ends: quoted with backslash escapes, or up to the next space.
std::size_t end_of_value(std::string_view text, std::size_t at) {
  if (at < text.size() && text[at] == '\'') {
    for (++at; at < text.size() && text[at] != '\''; ++at)
      if (text[at] == '\\') ++at;
    return std::min(at + 1, text.size());
  }
  for (; at < text.size() && text[at] != ' '; ++at)
    if (text[at] == '\\') ++at;
  return std::min(at, text.size());
}

/// A quote that is not closed takes in what comes behind it.
bool is_unclosed(std::string_view text, std::size_t at) {
  return at < text.size() && text[at] == '\''
         && (end_of_value(text, at) == at + 1 || text[end_of_value(text, at) - 1] != '\'');
}

/// Where a secret may end at the latest: an unquoted one with spaces in it, or a quoted one with a quote in
/// it, is a mistake, but must not be shown either.
std::size_t end_of_secret(std::string_view text, std::size_t at) {
  if (at < text.size() && text[at] == '\'') {
    const std::size_t end = end_of_value(text, at);
    return end == text.size() || text[end] == ' ' ? end : text.size();
  }
  for (std::size_t space = text.find(' ', at); space != std::string_view::npos;
       space = text.find(' ', space + 1)) {
    const std::size_t word_end = text.find_first_of(" =", space + 1);
    if (word_end != std::string_view::npos && text[word_end] == '=') return space;
  }
  return text.size();
}

std::string hide_in_keywords(std::string_view text) {
  std::string result;
  std::size_t at = 0;
  while (at < text.size()) {
    const std::size_t equals = text.find('=', at);
    if (equals == std::string_view::npos) return result + std::string(text.substr(at));
    std::size_t value = equals + 1;
    while (value < text.size() && text[value] == ' ') ++value;
    const bool secret = is_secret(text.substr(at, equals - at)) || is_unclosed(text, value);
    const std::size_t end = secret ? end_of_secret(text, value) : end_of_value(text, value);
    result +=
        secret ? std::string(text.substr(at, value - at)) + "***" : std::string(text.substr(at, end - at));
    at = end;
  }
  return result;
}
} // namespace

namespace {
bool is_called_secret(std::string_view name) {
  const std::string lower = lower_case(name);
  return std::ranges::any_of(std::array<std::string_view, 4>{"pass", "pwd", "secret", "token"},
                             [&](std::string_view word) { return lower.find(word) != std::string::npos; });
}

bool is_secret_option(std::string_view word) {
  return word.starts_with('-') && word.find('=') == std::string_view::npos && is_called_secret(word);
}

/// Where a word ends; spaces in quotes are parts of it.
std::size_t end_of_word(std::string_view text, std::size_t at) {
  char quote = '\0';
  for (; at < text.size(); ++at) {
    const char c = text[at];
    if (quote == '\0' && std::string_view(" \t\n").find(c) != std::string_view::npos) return at;
    if (c == quote)
      quote = '\0';
    else if (quote == '\0' && (c == '\'' || c == '"'))
      quote = c;
  }
  return at;
}

/// "user:hush@host" with or without the signs of a URL in front.
std::string hide_before_at(std::string_view word) {
  if (word.find("sqlite:") != std::string_view::npos) return std::string(word);
  const std::size_t at = word.rfind('@');
  std::size_t colon = word.find(':');
  if (colon != std::string_view::npos && word.substr(colon + 1).starts_with('/'))
    colon = word.find(':', colon + 1);
  if (at == std::string_view::npos || colon == std::string_view::npos || colon > at) return std::string(word);
  return std::string(word.substr(0, colon)) + ":***" + std::string(word.substr(at));
}

std::string hide_in_word(std::string_view word) {
  const std::size_t equals = word.find('=');
  const std::size_t scheme = word.find("://");
  if (equals < scheme && is_called_secret(word.substr(0, equals)))
    return std::string(word.substr(0, equals)) + "=***";
  if (scheme == std::string_view::npos) return hide_before_at(word);
  const std::size_t begin = word.find_last_of("='\"", scheme) + 1; // --url=postgres://…
  return std::string(word.substr(0, begin)) + hide_in_url(word.substr(begin));
}
} // namespace

std::string without_secrets(std::string_view words) {
  std::string result;
  bool is_value = false; // of the option before it
  for (std::size_t at = 0; at < words.size();) {
    const std::size_t begin = std::min(words.find_first_not_of(" \t\n", at), words.size());
    const std::size_t end = end_of_word(words, begin);
    const std::string_view word = words.substr(begin, end - begin);
    result += words.substr(at, begin - at);
    result += is_value && !word.empty() ? std::string("***") : hide_in_word(word);
    is_value = is_secret_option(word);
    at = end;
  }
  return result;
}

std::string quoting_without_secrets(std::string text, std::span<const std::string> words) {
  bool is_value = false;
  for (const std::string& word : words) {
    const std::size_t value = word.starts_with('-') ? word.find('=') : std::string::npos;
    for (const std::string& typed : {word, value == std::string::npos ? word : word.substr(value + 1)}) {
      const bool secret = is_value || (typed != word && is_called_secret(word.substr(0, value)));
      const std::string shown = secret ? std::string("***") : without_secrets(typed);
      if (typed.empty() || shown == typed) continue;
      text = replaced(std::move(text), typed, shown);
      text = replaced(std::move(text), replaced(typed, "://", ":/"), shown); // as a path
    }
    is_value = is_secret_option(word);
  }
  return text;
}

std::string without_credentials(std::string_view url) {
  if (url.starts_with("sqlite:")) return std::string(url);
  return url.find("://") != std::string_view::npos ? hide_in_url(url) : hide_in_keywords(url);
}

} // namespace afloat
