#include "core/scope.h"

#include <algorithm>

namespace sidekick::core {

namespace {

template <typename T>
T* find_by_name(const std::vector<std::unique_ptr<T>>& list, std::string_view name) {
  const auto found = std::find_if(list.begin(), list.end(), [&](const auto& each) { return each->name() == name; });
  return found == list.end() ? nullptr : found->get();
}

bool declares_background(const std::vector<WorkerOptions>& workers) {
  return std::any_of(workers.begin(), workers.end(), [](const WorkerOptions& each) { return each.background; });
}

}  // namespace

Scope::Scope(std::uint32_t id, ScopeOptions options, std::shared_ptr<Port> port, Scope* global)
    : id_(id),
      options_(std::move(options)),
      port_(std::move(port)),
      global_(declares_background(options_.workers) ? nullptr : global),
      by_worker_(options_.workers.size(), nullptr) {}

const Scope& Scope::home_of(std::string_view name) const {
  return global_ == nullptr || is_published_by_javascript(name) ? *this : *global_;
}

Slot* Scope::find_slot(std::string_view name) const {
  if (const Scope& home = home_of(name); &home != this) return home.find_slot(name);
  std::lock_guard lock(mutex_);
  return find_by_name(slots_, name);
}

Slot& Scope::slot(std::string_view name) {
  if (Scope& home = home_of(name); &home != this) return home.slot(name);
  std::lock_guard lock(mutex_);
  if (Slot* found = find_by_name(slots_, name)) return *found;
  return *slots_.emplace_back(std::make_unique<Slot>(std::string(name)));
}

void Scope::withdraw_snapshots() {
  std::vector<Slot*> slots;  // a leaf: no slot's mutex is taken under it
  {
    std::lock_guard lock(mutex_);
    for (const auto& slot : slots_) slots.push_back(slot.get());
  }
  for (Slot* slot : slots) slot->withdraw();
}

std::size_t Scope::current_bytes() const {
  std::vector<const Slot*> slots;  // a publisher may hold a slot's mutex for long
  {
    std::lock_guard lock(mutex_);
    for (const auto& slot : slots_) slots.push_back(slot.get());
  }
  std::size_t bytes = 0;
  for (const Slot* slot : slots) bytes += slot->current_bytes();
  return bytes;
}

TaskQueue* Scope::find_task_queue(std::string_view name) const {
  if (const Scope& home = home_of(name); &home != this) return home.find_task_queue(name);
  std::lock_guard lock(mutex_);
  return find_by_name(task_queues_, name);
}

TaskQueue& Scope::task_queue(std::string_view name) {
  if (Scope& home = home_of(name); &home != this) return home.task_queue(name);
  std::lock_guard lock(mutex_);
  if (TaskQueue* found = find_by_name(task_queues_, name)) return *found;
  return *task_queues_.emplace_back(std::make_unique<TaskQueue>(std::string(name)));
}

std::vector<TaskQueue*> Scope::task_queues() const {
  std::lock_guard lock(mutex_);
  std::vector<TaskQueue*> queues;
  for (const auto& queue : task_queues_) queues.push_back(queue.get());
  return queues;
}

bool Scope::is_published_by_javascript(std::string_view name) const {
  const auto& names = options_.js_vars;
  return std::find(names.begin(), names.end(), name) != names.end();
}

// The catch-all does not stand in for an HTTP worker of that name (two pools would go by it), and is not asked for by
// its own path, as if that were one.
const WorkerOptions* Scope::background_worker(std::string_view name) const {
  if (const Scope& home = home_of(name); &home != this) return home.background_worker(name);
  if (is_published_by_javascript(name)) return nullptr;  // not even the catch-all: two would publish
  const auto& workers = options_.workers;
  const auto named =
      std::find_if(workers.begin(), workers.end(), [&](const WorkerOptions& each) { return each.name == name; });
  if (named != workers.end()) return named->background ? &*named : nullptr;
  const auto catch_all =
      std::find_if(workers.begin(), workers.end(), [](const WorkerOptions& each) { return each.is_catch_all(); });
  return catch_all == workers.end() || catch_all->file == name ? nullptr : &*catch_all;
}

const WorkerOptions* Scope::http_worker(std::string_view name) const {
  const auto& workers = options_.workers;
  const auto found = std::find_if(workers.begin(), workers.end(),
                                  [&](const WorkerOptions& each) { return !each.background && each.name == name; });
  return found == workers.end() ? nullptr : &*found;
}

Pool* Scope::http_pool(std::uint32_t index) const {
  std::lock_guard lock(mutex_);
  return index < by_worker_.size() ? by_worker_[index] : nullptr;
}

Pool& Scope::add_pool(std::unique_ptr<Pool> pool, std::int64_t worker_index) {
  std::lock_guard lock(mutex_);
  Pool& added = *pools_.emplace_back(std::move(pool));
  if (worker_index >= 0) by_worker_[static_cast<std::size_t>(worker_index)] = &added;
  return added;
}

Pool* Scope::revive_pool(std::string_view name) {
  const auto found =
      std::find_if(retired_.begin(), retired_.end(), [&](const Pool* pool) { return pool->name() == name; });
  if (found == retired_.end()) return nullptr;
  Pool* pool = *found;
  retired_.erase(found);
  return pool;
}

}  // namespace sidekick::core
