import type { ReactNode } from 'react'
import { copy } from '@/copy'
import { draw, type Piece, type Spaces } from '@/lib/visible'
import type { Span } from '@/lib/bytes'
import { CopyButton } from './CopyButton'

export type Mark = Span & { className: string; title?: string }

/** A command, drawn so that nothing in it can hide. `marks` are in UTF-16 units of the command. */
export function CommandText({ command, marks = [], spaces = 'counted' }: { command: string; marks?: readonly Mark[]; spaces?: Spaces }) {
  return (
    <code className="code block [overflow-wrap:anywhere] whitespace-pre-wrap">
      {split(draw(command, spaces), marks).map(({ piece, mark }) => (
        <span key={piece.from} className={`${piece.token ? 'token' : ''} ${mark?.className ?? ''}`} title={mark?.title}>
          {piece.text}
        </span>
      ))}
    </code>
  )
}

/** The same in a box, with a button that copies the exact bytes. */
export function CommandBox({ command, marks, spaces, actions }: { command: string; marks?: readonly Mark[]; spaces?: Spaces; actions?: ReactNode }) {
  return (
    <div className="flex items-start gap-2 rounded-lg border border-line bg-surface py-1 pr-1 pl-3">
      <div className="min-w-0 flex-1 py-1.5">
        <CommandText command={command} {...(marks && { marks })} {...(spaces && { spaces })} />
      </div>
      {actions}
      <CopyButton text={command} label={copy.common.copyCommand} />
    </div>
  )
}

type Drawn = { piece: Piece; mark: Mark | undefined }

/** Cuts the drawn pieces where a mark begins or ends. A token is never cut. */
export function split(pieces: readonly Piece[], marks: readonly Mark[]): Drawn[] {
  const edges = [...new Set(marks.flatMap((mark) => [mark.start, mark.end]))].sort((a, b) => a - b)
  return pieces.flatMap((piece) => {
    const cuts = piece.token ? [] : edges.filter((edge) => edge > piece.from && edge < piece.to)
    const bounds = [piece.from, ...cuts, piece.to]
    return bounds.slice(0, -1).map((from, i): Drawn => {
      const to = bounds[i + 1] ?? piece.to
      const text = piece.token ? piece.text : piece.text.slice(from - piece.from, to - piece.from)
      return { piece: { text, from, to, token: piece.token }, mark: marks.find((m) => m.start < to && m.end > from) }
    })
  })
}
