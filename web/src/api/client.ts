import createClient, { type Middleware } from 'openapi-fetch'
import { copy } from '@/copy'
import { ApiError, apiError, NO_ANSWER } from './problem'
import type { paths } from './schema'

/** A second press of the same button is the same request: every POST carries a key of its own. */
const idempotency: Middleware = {
  onRequest({ request }) {
    if (request.method === 'POST' && !request.headers.has('idempotency-key')) request.headers.set('idempotency-key', key())
    return request
  },
  onError() {
    return new ApiError(NO_ANSWER, { detail: copy.errors.network, code: 'no_answer' })
  },
}

/** The API, typed by its own description. The session travels in a cookie that scripts cannot read. */
export const api = createClient<paths>({ credentials: 'same-origin' })
api.use(idempotency)

type Answer<T> = { data?: T; error?: unknown; response: Response }

/** The answer's body, or the refusal thrown as `ApiError`. */
export async function must<T>(answer: Promise<Answer<T>>): Promise<T> {
  const { data, error, response } = await answer
  if (!response.ok) throw apiError(response, error)
  return data as T
}

function key(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16))
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('')
}
