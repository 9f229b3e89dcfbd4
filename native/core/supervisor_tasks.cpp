// What the life of a pool and its instances means for the tasks of its name: when they can be sent, who receives them,
// and what becomes of them when an instance ends.
#include "core/supervisor.h"
#include "core/supervisor_state.h"

namespace sidekick::core {

void Supervisor::open_tasks(const PoolLife& pool) {
  TaskQueue* tasks = pool.pool.tasks();
  if (tasks == nullptr) return;
  tasks->open(&pool, pool.pool.options().task_queue);
  tasks->scales.store(pool.most > pool.least ? &pool.pool : nullptr);
}

// What is waiting will not be received any more; instances finish what they have.
void Supervisor::close_tasks(const PoolLife& pool) {
  TaskQueue* tasks = pool.pool.tasks();
  if (tasks == nullptr) return;
  const Failure stopped{.code = FailureCode::stopped,
                        .message = "background worker '" + pool.pool.name() + "' is being stopped"};
  Pool* scaled = &pool.pool;
  tasks->scales.compare_exchange_strong(scaled, nullptr);
  tasks->close(&pool, pool.given_up ? worker_left() : stopped);
}

void Supervisor::join_tasks(const Life& life) {
  if (TaskQueue* tasks = life.pool.pool.tasks()) tasks->join(life.stop_pipe);
}

void Supervisor::leave_tasks(const Life& life, bool excused) {
  if (TaskQueue* tasks = life.pool.pool.tasks()) tasks->leave(life.stop_pipe.get(), excused);
}

}  // namespace sidekick::core
