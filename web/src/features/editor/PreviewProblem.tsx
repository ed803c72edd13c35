import { ApiError } from '@/api/problem'
import { Button } from '@/components/Button'
import { Note, Refusal } from '@/components/States'
import { copy } from '@/copy'
import { lineOfByte } from './marks'
import { isNoCommands } from './usePreview'

/** The most a preview takes, as in the contract. */
const PREVIEW_KIB = 128

/** Why a text could not be read, in words, with the line where there is one. The text itself is never touched. */
export function PreviewProblem({ error, text, onRetry }: { error: unknown; text: string; onRetry: () => void }) {
  if (!error) return null
  if (isNoCommands(error)) return <Note>{copy.editor.noCommands}</Note>
  const words = inWords(error, text)
  if (words === null) return <Refusal error={error} />
  return <Note action={<Button onClick={onRetry}>{copy.common.retry}</Button>}>{words}</Note>
}

function inWords(error: unknown, text: string): string | null {
  if (!(error instanceof ApiError)) return null
  if (error.status === 413) return copy.errors.tooLarge(PREVIEW_KIB)
  if (error.status === 429) return copy.errors.tooMany(error.problem.retry_after ?? undefined)
  const { offset } = error.problem
  if (typeof offset === 'number') return `${error.message} ${copy.errors.atLine(lineOfByte(text, offset))}`
  return error.message || null
}
