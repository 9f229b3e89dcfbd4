#include "core/pack_history.h"

#include <utility>

namespace sidekick::core {

namespace {

constexpr std::size_t kSmallestTable = 64;

// Zend's hash has its upper bit set and changes most in the lower ones; spread it all the same.
std::size_t spread(std::uint64_t hash) { return static_cast<std::size_t>((hash * 0x9E3779B97F4A7C15ULL) >> 20U); }

// Where `hash` goes in a table that has an empty place: the first place for which `stop` says so.
template <typename Stop>
std::size_t probe(const std::vector<std::int32_t>& table, std::uint64_t hash, const Stop& stop) {
  const std::size_t mask = table.size() - 1;
  std::size_t place = spread(hash) & mask;
  while (table[place] >= 0 && !stop(table[place])) place = (place + 1) & mask;
  return place;
}

// Adds number `entries.size() - 1`, growing the table to keep it half empty at least.
template <typename Entry>
void insert(std::vector<std::int32_t>& table, const std::vector<Entry>& entries) {
  const auto never = [](std::int32_t) { return false; };
  std::size_t from = entries.size() - 1;
  if (table.size() < entries.size() * 2) {
    table.assign(table.empty() ? kSmallestTable : table.size() * 2, -1);
    from = 0;
  }
  for (; from < entries.size(); from++)
    table[probe(table, entries[from].hash, never)] = static_cast<std::int32_t>(from);
}

}  // namespace

void PackHistory::begin(std::uint32_t sequence) {
  const bool follows = sequence == sequence_ && sequence != 0;
  const bool strings_full = strings_.size() == kMostStrings;
  begins_anew_ = !follows || strings_full || shapes_.size() == kMostShapes;
  if (begins_anew_) {
    too_small_ = follows && (too_small_ || (strings_full && sent_strings_ < kMostStrings / 2));
    forget();
  }
  if (sequence_ % kSizedAnew == 0) too_small_ = false;
  sent_strings_ = strings_.size();
  sent_shapes_ = shapes_.size();
  sequence_ = sequence_ == UINT32_MAX ? 1 : sequence_ + 1;
  words.clear();
  containers.clear();
}

void PackHistory::finish(PackedValue& into) {
  into.ops.reserve(words.size());
  into.ops.push(sequence_, into.version & UINT32_MAX, into.version >> 32U, begins_anew_ ? 1 : 0);
  send_new(into);
  send_value(into);
  if (containers.size() > kMostContainers) containers = {};
  if (words.size() > kLongestLast) {  // then what is the same can be told by its address only
    words = {};
    for (Container& container : containers) container.comparable = false;
  }
  std::swap(last_words_, words);
  last_containers_.swap(containers);
}

void PackHistory::send_new(PackedValue& into) const {
  into.ops.push(strings_.size() - sent_strings_);
  for (std::size_t id = sent_strings_; id < strings_.size(); id++) {
    const Known& string = strings_[id];
    into.ops.push(string.units);
    into.new_text.bytes.append(bytes_, string.offset, string.length);
    into.new_text.units += string.units;
  }
  into.ops.push(shapes_.size() - sent_shapes_);
  for (std::size_t id = sent_shapes_; id < shapes_.size(); id++) {
    const Shape& shape = shapes_[id];
    into.ops.push(shape.count);
    into.ops.append(&keys_[shape.first_key], shape.count);
  }
}

// The words of the version without the containers that the reader has.
void PackHistory::send_value(PackedValue& into) const {
  std::size_t from = 0;
  for (std::uint32_t number = 0; number < containers.size();) {
    const Container& container = containers[number];
    if (container.same_as == Container::kNone) {
      number++;
      continue;
    }
    into.ops.append(words.begin() + from, container.begin - from);
    into.ops.push(PackedValue::kSame, container.same_as, container.next - number);
    from = container.end;
    number = container.next;
  }
  into.ops.append(words.begin() + from, words.size() - from);
}

void PackHistory::forget() {
  strings_.clear();
  string_table_.clear();
  bytes_.clear();
  shapes_.clear();
  shape_table_.clear();
  keys_.clear();
  last_words_.clear();
  last_containers_.clear();
}

std::int32_t PackHistory::find_string(std::uint64_t hash, std::string_view bytes) const {
  if (string_table_.empty()) return -1;
  return string_table_[probe(string_table_, hash, [&](std::int32_t id) { return is_string(id, hash, bytes); })];
}

std::int32_t PackHistory::add_string(std::uint64_t hash, std::string_view bytes, std::size_t units) {
  strings_.push_back({hash, static_cast<std::uint32_t>(bytes_.size()), static_cast<std::uint32_t>(bytes.size()),
                      static_cast<std::uint32_t>(units)});
  bytes_.append(bytes);
  insert(string_table_, strings_);
  return static_cast<std::int32_t>(strings_.size() - 1);
}

std::int32_t PackHistory::find_shape(std::uint64_t hash, std::size_t count, std::int32_t after) const {
  if (shape_table_.empty()) return -1;
  return shape_table_[probe(shape_table_, hash, [&](std::int32_t id) {
    const Shape& shape = shapes_[static_cast<std::size_t>(id)];
    return id > after && shape.hash == hash && shape.count == count;
  })];
}

std::int32_t PackHistory::add_shape(std::uint64_t hash, const std::vector<std::int32_t>& keys) {
  shapes_.push_back({hash, static_cast<std::uint32_t>(keys_.size()), static_cast<std::uint32_t>(keys.size())});
  keys_.insert(keys_.end(), keys.begin(), keys.end());
  insert(shape_table_, shapes_);
  return static_cast<std::int32_t>(shapes_.size() - 1);
}

}  // namespace sidekick::core
