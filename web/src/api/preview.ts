import { copy } from '@/copy'
import { eventReader } from '@/lib/sse'
import { api, must } from './client'
import { ApiError, NO_ANSWER } from './problem'
import type { components } from './schema'
import type { ParsedRunbook } from './types'

type Schemas = components['schemas']

/** What the service tells of a text, in the order in which it becomes known. */
export type PreviewEvent =
  | { name: 'structure' | 'labels'; data: ParsedRunbook }
  | { name: 'verdicts'; data: Schemas['PreviewVerdicts'] }
  | { name: 'warning'; data: Schemas['Warning'] }
  | { name: 'done'; data: Schemas['PreviewDone'] }

const NAMES: readonly string[] = ['structure', 'labels', 'verdicts', 'warning', 'done'] satisfies PreviewEvent['name'][]

/** Has a text read, and tells each event as it comes. Ends when all is known; a refusal is thrown. */
export async function previewOf(text: string, signal: AbortSignal, onEvent: (event: PreviewEvent) => void): Promise<void> {
  const body = await must(api.POST('/api/v1/runbooks/parse-preview', { body: { text }, headers: { accept: 'text/event-stream' }, parseAs: 'stream', signal }))
  const pieces = (body as unknown as ReadableStream<Uint8Array<ArrayBuffer>>).pipeThrough(new TextDecoderStream()).getReader()
  const read = eventReader()
  let whole = false
  for (;;) {
    const { value, done } = await pieces.read()
    if (done) break
    for (const { name, data } of read(value)) {
      if (!NAMES.includes(name)) continue
      const event = { name, data: JSON.parse(data) } as PreviewEvent
      whole ||= event.name === 'done'
      onEvent(event)
    }
  }
  if (!whole) throw new ApiError(NO_ANSWER, { detail: copy.errors.brokeOff, code: 'broke_off' })
}
