// Values that come from JavaScript: to be published, or on their way to a script.
#include <new>

#include "core/runtime.h"
#include "php/engine.h"
#include "php/snapshot.h"
#include "php/snapshot_unpacker.h"
#include "php/snapshot_writer.h"

namespace sidekick::php {

namespace {

core::Failure refused(std::string message) { return {.code = core::FailureCode::value, .message = std::move(message)}; }

// Lays the value out as a block, and gives it to `use`.
template <typename Use>
core::Failure with_block(const PackedView& packed, const Use& use) {
  const std::size_t limit = core::Runtime::instance().options().max_snapshot_bytes;
  try {
    return use(unpack_snapshot(packed, limit), limit);
  } catch (const SnapshotTooLarge&) {
    return refused("it needs more than the " + std::to_string(limit) +
                   " bytes that one snapshot may have (option vars.maxSnapshotBytes)");
  } catch (const Malformed& malformed) {
    return refused(std::string("not a packed value: ") + malformed.what);
  } catch (const std::bad_alloc&) {
    return refused("no memory for another snapshot");
  }
}

}  // namespace

core::Failure publish_packed(core::Slot& slot, const PackedView& packed) {
  return with_block(packed, [&slot](core::BlockRef block, std::size_t limit) -> core::Failure {
    zend_array* root = snapshot_header(*block).root;
    core::Slot::Publication publication(slot);
    if (publication.is_withdrawn()) return {.code = core::FailureCode::stopped, .message = "the scope is closed"};
    const SnapshotPlan plan = plan_snapshot(root, limit, publication.current());
    if (!plan.problem.empty()) return refused(plan.problem);
    if (plan.identical) return {};
    // Laid out anew only when much of it is in the snapshot before already.
    const bool shares = plan.sharing.kept_bytes() > 0;
    if (publication.publish(shares ? write_snapshot(root, plan) : std::move(block))) {
      core::Runtime::instance().report_published(slot);
    }
    return {};
  });
}

core::Failure unpack_block(const PackedView& packed, core::BlockRef& into) {
  return with_block(packed, [&into](core::BlockRef block, std::size_t) -> core::Failure {
    into = std::move(block);
    return {};
  });
}

}  // namespace sidekick::php
