import type { Problem } from './types'

/** A refusal or a failure of the API, or the lack of any answer. */
export class ApiError extends Error {
  readonly name = 'ApiError'

  constructor(
    readonly status: number,
    readonly problem: Partial<Problem>,
  ) {
    super(problem.detail ?? problem.title ?? '')
  }

  get code(): string {
    return this.problem.code ?? ''
  }
}

/** The status of a request that got no answer at all. */
export const NO_ANSWER = 0

/** Reads what openapi-fetch hands over as `error`. */
export function apiError(response: Response, body: unknown): ApiError {
  const problem = typeof body === 'object' && body !== null ? (body as Partial<Problem>) : {}
  const retry = Number(response.headers.get('retry-after'))
  return new ApiError(response.status, { ...(retry > 0 && { retry_after: retry }), ...problem })
}

/** Whether asking again later may help: no answer, or a part of the service away. */
export function isAway(error: unknown): boolean {
  return error instanceof ApiError && (error.status === NO_ANSWER || error.status >= 502)
}
