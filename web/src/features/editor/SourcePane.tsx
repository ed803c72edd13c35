import { type ClipboardEvent, type DragEvent, memo, type MouseEvent, type RefObject, useEffect, useMemo, useRef } from 'react'
import { copy } from '@/copy'
import { clean } from '@/lib/bytes'
import type { Lit } from './Editor'
import { byLine, type MarkedLine, type MarkKind, type SourceMark, stepAt, stepOnLine } from './marks'

const LOOK: Record<MarkKind, string> = {
  command: 'rounded-[3px] bg-sunken',
  V: 'underline decoration-accent decoration-2 underline-offset-4 decoration-dotted',
  P: 'underline decoration-safe decoration-2 underline-offset-4',
  '?': 'underline decoration-caution decoration-2 underline-offset-4 decoration-wavy',
}
const LETTER_TONE: Record<'V' | 'P' | '?', string> = { V: 'text-accent', P: 'text-safe', '?': 'text-caution' }
const LETTERS = ['V', 'P', '?'] as const
const TEXT = 'code m-0 border-0 p-0 pr-4 [overflow-wrap:anywhere] whitespace-pre-wrap'

type Props = {
  text: string
  marks: readonly SourceMark[]
  lit: Lit
  onChange: (text: string) => void
  onPoint: (step: number | null) => void
  onHtml: (plain: string) => void
  area: RefObject<HTMLTextAreaElement | null>
}

/**
 * The text with its marks. A plain text field does the writing; the marks are drawn under it, line by line,
 * with the same letters and the same wrapping.
 */
export function SourcePane({ text, marks, lit, onChange, onPoint, onHtml, area }: Props) {
  const lines = useMemo(() => byLine(text, marks), [text, marks])
  const scroller = useRef<HTMLDivElement>(null)
  const pointed = useRef<number | null>(null)
  const point = (step: number | null) => {
    if (pointed.current === step) return
    pointed.current = step
    onPoint(step)
  }
  const onMouseMove = (event: MouseEvent) => {
    const row = document.elementsFromPoint(event.clientX, event.clientY).find((element) => element instanceof HTMLElement && element.dataset.line !== undefined)
    point(row instanceof HTMLElement ? stepOnLine(lines, Number(row.dataset.line)) : null)
  }
  const onPaste = (event: ClipboardEvent<HTMLTextAreaElement>) => {
    const html = event.clipboardData.getData('text/html')
    if (!hasStructure(html)) return
    event.preventDefault()
    onHtml(event.clipboardData.getData('text/plain'))
    insert(event.currentTarget, clean(html), onChange)
  }
  const onDrop = (event: DragEvent<HTMLTextAreaElement>) => {
    const file = event.dataTransfer.files[0]
    if (!file) return
    event.preventDefault()
    const area = event.currentTarget
    void file.text().then((dropped) => insert(area, clean(dropped), onChange))
  }
  return (
    <div ref={scroller} className="card h-full min-h-72 overflow-y-auto bg-bg focus-within:border-accent" data-testid="source">
      <div className="relative py-3" onMouseMove={onMouseMove} onMouseLeave={() => point(null)}>
        <div aria-hidden="true">
          {lines.map((line, i) => (
            <SourceLine key={i} number={i + 1} line={line} lit={line.marks.some((mark) => mark.kind === 'command' && mark.step === lit?.order) ? (lit?.order ?? null) : null} id={signature(line)} />
          ))}
        </div>
        <textarea
          ref={area}
          aria-label={copy.editor.source}
          value={text}
          placeholder={copy.editor.placeholder}
          onChange={(event) => onChange(clean(event.target.value))}
          onSelect={(event) => onPoint(stepAt(marks, event.currentTarget.selectionStart))}
          onPaste={onPaste}
          onDrop={onDrop}
          spellCheck={false}
          autoCapitalize="off"
          className={`${TEXT} absolute inset-0 left-[4.25rem] h-full resize-none overflow-hidden bg-transparent py-3 text-text outline-none placeholder:text-muted`}
        />
      </div>
      <ScrollToLit scroller={scroller} lit={lit?.from === 'steps' ? lit.order : null} />
    </div>
  )
}

/** A line's number, its letters, and its marks under invisible text. */
const SourceLine = memo(
  function SourceLine({ number, line, lit }: { number: number; line: MarkedLine; lit: number | null; id: string }) {
    const letters = LETTERS.filter((letter) => line.marks.some((mark) => mark.kind === letter))
    return (
      <div data-line={number} data-lit={lit ?? undefined} className="grid grid-cols-[4.25rem_minmax(0,1fr)]">
        <span className="code numbers flex justify-end gap-1.5 pr-3 select-none">
          {letters.map((letter) => (
            <b key={letter} className={LETTER_TONE[letter]} title={copy.editor.marks[letter]}>
              {letter}
            </b>
          ))}
          <span className="text-muted">{number}</span>
        </span>
        <span className={`${TEXT} block min-h-[1.6em] text-transparent`}>{pieces(line, lit)}</span>
      </div>
    )
  },
  (before, after) => before.number === after.number && before.lit === after.lit && before.id === after.id,
)

const signature = (line: MarkedLine) => `${line.text}\u0000${line.marks.map((mark) => `${mark.kind}${mark.start}-${mark.end}:${mark.step}`).join()}`

/** Cuts a line where marks begin and end; a piece carries the looks of all marks over it. */
function pieces(line: MarkedLine, lit: number | null) {
  if (line.marks.length === 0) return line.text
  const edges = [...new Set([0, line.text.length, ...line.marks.flatMap((mark) => [mark.start, mark.end])])].sort((a, b) => a - b)
  return edges.slice(0, -1).map((from, i) => {
    const to = edges[i + 1] ?? line.text.length
    const over = line.marks.filter((mark) => mark.start < to && mark.end > from)
    const looks = over.map((mark) => (mark.kind === 'command' && mark.step === lit ? 'rounded-[3px] bg-lit' : LOOK[mark.kind]))
    return (
      <span key={from} className={looks.join(' ')}>
        {line.text.slice(from, to)}
      </span>
    )
  })
}

/** Brings the lit lines into sight within the pane, without moving the page. */
function ScrollToLit({ scroller, lit }: { scroller: RefObject<HTMLDivElement | null>; lit: number | null }) {
  useEffect(() => {
    const pane = scroller.current
    const row = lit === null ? null : pane?.querySelector<HTMLElement>(`[data-lit="${lit}"]`)
    if (!pane || !row) return
    const top = row.offsetTop
    const outside = top < pane.scrollTop || top + row.offsetHeight > pane.scrollTop + pane.clientHeight
    if (outside) pane.scrollTop = Math.max(0, top - pane.clientHeight / 3)
  }, [scroller, lit])
  return null
}

/** Whether a clipboard's HTML says more than its plain text: lists, code, headings. A coloured line of an editor does not. */
export function hasStructure(html: string): boolean {
  return /<(?:pre|code|li|h[1-6]|table|p)[\s>]/i.test(html)
}

/** Through the browser's own editing, so that undo takes it back. */
function insert(area: HTMLTextAreaElement, text: string, onChange: (text: string) => void) {
  area.focus({ preventScroll: true })
  const { selectionStart, selectionEnd, value } = area
  if (document.execCommand('insertText', false, text)) return
  onChange(value.slice(0, selectionStart) + text + value.slice(selectionEnd))
}
