// The two streams of a task, as scripts see them: the sender's, readable when an update or the end can be read; the
// receiver's, readable when the sender has left. No bytes go through them: they are what stream_select() waits on and
// fclose() closes. A descriptor is made only when a stream is cast to one.
//
// Closing the sender's stream, in whatever way, cancels the task. Closing the receiver's completes it only when the
// script calls fclose(): a stream that goes with its last variable, an exception, exit() or the end of the script was
// not completed (contract K07).
#pragma once

#include "core/task.h"
#include "php/zend.h"

namespace sidekick::php {

// MINIT.
bool register_task_streams();

// Makes the stream of the task that the caller holds, whose reference it takes over. May bail out.
void make_sender_stream(core::Task& held, zval* into);
void make_receiver_stream(core::Task& held, zval* into);

// The task of a stream; null: it is closed (RuntimeException) or none of this kind (ValueError), as was thrown.
core::Task* sent_task(zval* stream, const char* function);
core::Task* received_task(zval* stream, const char* function);

}  // namespace sidekick::php
