#include "php/response.h"

namespace sidekick::php {

namespace {

constexpr std::size_t kChunkBytes = 64 * 1024;  // gathered before it is passed on without a flush

// `status NUL { header line NUL }`, as lib/http/head.ts reads it.
std::string pack_head(const sapi_headers_struct& headers, int status) {
  std::string head = std::to_string(status);
  head.push_back('\0');
  // The list's own iteration, written out: zend_llist_apply takes C callbacks.
  for (const zend_llist_element* element = headers.headers.head; element != nullptr; element = element->next) {
    const auto* header = reinterpret_cast<const sapi_header_struct*>(element->data);
    head.append(header->header, header->header_len);
    head.push_back('\0');
  }
  return head;
}

bool pass_on(ThreadState& state, std::uint8_t flags) noexcept {
  ResponseBuffer& response = state.response;
  if (response.has_head && !response.started) {
    response.started = true;
    flags |= core::Event::kHasHead;
  }
  std::string head = std::move(response.head);
  std::string body = std::move(response.body);
  response.head.clear();
  response.body.clear();
  if (state.exchange->send(std::move(head), std::move(body), flags, state.run.force)) return true;
  response.cut = true;
  return false;
}

}  // namespace

void begin_response(ThreadState& state) { state.response = ResponseBuffer{}; }

void set_response_head(ThreadState& state, const sapi_headers_struct& headers) {
  ResponseBuffer& response = state.response;
  if (!state.exchange || response.has_head) return;
  response.has_head = true;
  response.head = pack_head(headers, headers.http_response_code != 0 ? headers.http_response_code : 200);
}

bool send_information(ThreadState& state, const sapi_headers_struct& headers, int status) {
  if (!state.exchange || state.response.has_head || state.response.finished) return false;
  state.exchange->send(pack_head(headers, status), {}, core::Event::kInformational, state.run.force);
  return true;
}

bool write_response(ThreadState& state, std::string_view bytes) {
  ResponseBuffer& response = state.response;
  if (!state.exchange || response.finished) return true;  // nobody waits for it: as good as written
  if (state.exchange->aborted()) return false;
  response.body.append(bytes);
  return response.body.size() < kChunkBytes || pass_on(state, 0);
}

bool flush_response(ThreadState& state) {
  ResponseBuffer& response = state.response;
  if (!state.exchange || response.finished) return true;
  if (state.exchange->aborted()) return false;
  if ((!response.has_head || response.started) && response.body.empty()) return true;
  return pass_on(state, 0);
}

void finish_response(ThreadState& state) {
  ResponseBuffer& response = state.response;
  if (!state.exchange || response.finished) return;
  const bool cut = response.cut || (response.started && state.run.force.stop_requested());
  pass_on(state, static_cast<std::uint8_t>(core::Event::kLast | (cut ? core::Event::kAborted : 0)));
  response.finished = true;
}

}  // namespace sidekick::php
