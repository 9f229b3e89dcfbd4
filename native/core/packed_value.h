// A tree of values on its way between native code and JavaScript, in the shape that crosses cheapest: four flat buffers
// instead of one Node-API call per value. lib/vars/packed.ts is the other end.
//
// `ops` is a sequence of 32-bit words, depth first; `text` is all strings one after the other (UTF-8 here, one
// JavaScript string there), so a string is an offset and a length in UTF-16 units.
//
//   kNull | kFalse | kTrue
//   kInt32 value            kNumber (next of `numbers`)      kBigInt low high
//   kString offset length   kBytes offset length (in `bytes`, a string that is not valid UTF-8)
//   kList count {value}     kObject count {offset length value}     kMap count {value value}
//   kEnum class_offset class_length case_offset case_length
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace sidekick::core {

struct PackedValue {
  enum Op : std::int32_t {
    kNull = 0,
    kFalse = 1,
    kTrue = 2,
    kInt32 = 3,
    kNumber = 4,
    kBigInt = 5,
    kString = 6,
    kBytes = 7,
    kList = 8,
    kObject = 9,
    kMap = 10,
    kEnum = 11,
  };

  std::vector<std::int32_t> ops;
  std::vector<double> numbers;
  std::string text;        // UTF-8
  bool text_ascii = true;  // then UTF-16 offsets are byte offsets
  std::string bytes;
  std::uint64_t version = 0;  // of the snapshot, when it is one
};

}  // namespace sidekick::core
