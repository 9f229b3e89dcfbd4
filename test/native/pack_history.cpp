#include "core/pack_history.h"

#include <doctest/doctest.h>

#include <string>

using namespace sidekick::core;

namespace {

// Packs a list of strings, as php/snapshot_packer.cpp would, and gives the message's words.
std::vector<std::int32_t> pack(PackHistory& history, std::uint32_t sequence, const std::vector<std::string>& strings,
                               bool keys = false) {
  PackedValue into;
  history.begin(sequence);
  history.words.push(PackedValue::kList, strings.size());
  for (const std::string& string : strings) {
    const std::uint64_t hash = std::hash<std::string>()(string);
    std::int32_t id = history.find_string(hash, string);
    if (id < 0 && history.has_room_for(string, keys)) id = history.add_string(hash, string, string.size());
    if (id >= 0) history.words.push(PackedValue::kKnown, id);
  }
  history.finish(into);
  return {into.ops.begin(), into.ops.end()};
}

std::vector<std::string> numbered(std::size_t count) {
  std::vector<std::string> strings;
  for (std::size_t index = 0; index < count; index++) strings.push_back("string " + std::to_string(index));
  return strings;
}

constexpr std::size_t kAnew = 3;  // places in a message
constexpr std::size_t kNewStrings = 4;

}  // namespace

TEST_CASE("J03 a string crosses once, and by its number afterwards") {
  PackHistory history;
  const auto first = pack(history, 0, {"a", "bc", "a"});
  CHECK(first == std::vector<std::int32_t>{1, 0, 0, 1, 2, 1, 2, 0, 8, 3, 13, 0, 13, 1, 13, 0});
  const auto second = pack(history, 1, {"bc", "def"});
  CHECK(second == std::vector<std::int32_t>{2, 0, 0, 0, 1, 3, 0, 8, 2, 13, 1, 13, 2});
}

TEST_CASE("J03 a reader that has not got the last message starts from nothing") {
  PackHistory history;
  pack(history, 0, {"a"});
  pack(history, 1, {"b"});
  for (const std::uint32_t sequence : {1U, 0U, 99U}) {
    const auto message = pack(history, sequence, {"a"});
    CHECK(message[kAnew] == 1);
    CHECK(message[kNewStrings] == 1);
  }
}

TEST_CASE("J03 strings that many versions have left behind are forgotten") {
  PackHistory history;
  std::uint32_t sequence = 0;
  std::size_t begun = 0;
  for (int version = 0; version < 200; version++) {
    auto strings = numbered(PackHistory::kMostStrings / 8);
    for (std::string& string : strings) string += " of version " + std::to_string(version);
    begun += static_cast<std::size_t>(pack(history, sequence, strings)[kAnew]);
    sequence = history.sequence();
    CHECK(history.strings().size() <= PackHistory::kMostStrings);
  }
  CHECK(begun == 25);
}

TEST_CASE("J03 a value with more strings than are kept has only its keys kept, for a while") {
  PackHistory history;
  const auto many = numbered(PackHistory::kMostStrings + 1);
  pack(history, 0, many);
  CHECK(history.strings().size() == PackHistory::kMostStrings);
  CHECK(pack(history, 1, many)[kNewStrings] == 0);
  CHECK(pack(history, 2, {"key"}, true)[kNewStrings] == 1);
  CHECK(pack(history, 3, {"value"})[kNewStrings] == 0);
  for (std::uint32_t sequence = 4; sequence <= PackHistory::kSizedAnew; sequence++) pack(history, sequence, {});
  CHECK(pack(history, history.sequence(), {"value"})[kNewStrings] == 1);
}

TEST_CASE("J03 shapes of one hash are told apart") {
  PackHistory history;
  history.begin(0);
  const std::int32_t first = history.add_shape(7, {1, 2});
  const std::int32_t second = history.add_shape(7, {2, 1});
  history.add_shape(8, {1, 2});
  CHECK(history.find_shape(7, 2, -1) == first);
  CHECK(history.find_shape(7, 2, first) == second);
  CHECK(history.find_shape(7, 2, second) == -1);
  CHECK(history.find_shape(7, 3, -1) == -1);
  CHECK(history.keys_of(second)[0] == 2);
}

TEST_CASE("J03 strings of one hash, of every length, are told apart") {
  PackHistory history;
  history.begin(0);
  std::string string;
  for (std::size_t length = 0; length <= PackHistory::kLongestString; length++, string += 'x') {
    CHECK(history.find_string(1, string) == -1);
    const std::int32_t id = history.add_string(1, string, string.size());
    CHECK(history.find_string(1, string) == id);
    for (std::size_t at = 0; at < length; at++) {
      std::string other = string;
      other[at] = 'y';
      CHECK(history.find_string(1, other) == -1);
    }
  }
}
