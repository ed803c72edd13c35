import { memo, useEffect, useRef, useState } from 'react'
import { CopyButton } from '@/components/CopyButton'
import { Icon } from '@/components/Icon'
import { copy } from '@/copy'
import type { Colour, Line, Style } from '@/lib/ansi'
import { BLOCK, type Log, type LogLine, plainText } from './output'

const LINE_PX = 20

/** Output as text in the page itself, so that find and copy are the browser's own. It follows until somebody scrolls up. */
export function LogViewer({ log, label, live, note }: { log: Log; label: string; live: boolean; note?: string | undefined }) {
  const box = useRef<HTMLDivElement>(null)
  const [follow, setFollow] = useState(true)
  const [seen, setSeen] = useState(0)
  const [wrap, setWrap] = useState(true)
  const empty = log.lines === 0 && log.open.length === 0
  useEffect(() => {
    if (follow && box.current) box.current.scrollTop = box.current.scrollHeight
  }, [follow, log])
  const onScroll = () => {
    const pane = box.current
    if (!pane) return
    const atEnd = pane.scrollHeight - pane.scrollTop - pane.clientHeight < LINE_PX * 1.5
    if (!atEnd && follow) setSeen(log.lines)
    setFollow(atEnd)
  }
  return (
    <div className="overflow-hidden rounded-lg bg-(--log-bg) text-(--log-text)">
      <div className="flex items-center gap-1 border-b border-white/10 px-3 text-xs text-(--log-muted)">
        <span className="numbers flex-1 py-1.5">{empty ? (live ? copy.log.waiting : copy.log.none) : copy.log.lines(log.lines + log.open.length)}</span>
        {!empty && (
          <>
            <button type="button" aria-pressed={wrap} onClick={() => setWrap(!wrap)} className="tap rounded-md px-2 font-medium hover:bg-white/10">
              {copy.log.wrap}
            </button>
            <span className="[&>button]:text-(--log-muted) [&>button]:hover:bg-white/10 [&>button]:hover:text-(--log-text)">
              <CopyButton text={plainText(log)} label={copy.common.copyOutput} />
            </span>
          </>
        )}
      </div>
      {!empty && (
        <div className="relative">
          <div ref={box} onScroll={onScroll} role="region" aria-label={label} tabIndex={0} className={`code max-h-96 overflow-auto px-3 py-2 leading-5 ${wrap ? '[overflow-wrap:anywhere] whitespace-pre-wrap' : 'whitespace-pre'}`}>
            {log.dropped > 0 && <p className="text-(--log-muted)">{copy.log.dropped(log.dropped)}</p>}
            {log.blocks.map((block, i) => (
              <Block key={log.dropped / BLOCK + i} lines={block} />
            ))}
            {log.open.map((line, i) => (
              <LineRow key={i} line={line} />
            ))}
          </div>
          {!follow && (
            <button type="button" onClick={() => setFollow(true)} className="absolute right-4 bottom-3 inline-flex min-h-9 items-center gap-1 rounded-full bg-accent px-3 text-xs font-semibold text-accent-ink shadow-card">
              <Icon name="down" />
              {copy.log.jump(log.lines - seen)}
            </button>
          )}
        </div>
      )}
      {note && <p className="border-t border-white/10 px-3 py-1.5 text-xs text-(--log-muted)">{note}</p>}
    </div>
  )
}

const Block = memo(function Block({ lines }: { lines: readonly LogLine[] }) {
  return (
    <div style={{ contentVisibility: 'auto', containIntrinsicSize: `auto ${lines.length * LINE_PX}px` }}>
      {lines.map((line, i) => (
        <LineRow key={i} line={line} />
      ))}
    </div>
  )
})

const LineRow = memo(function LineRow({ line }: { line: LogLine }) {
  if (line.stream === 'gap') return <p className="my-1 text-(--log-muted) italic">{line.line.map((segment) => segment.text).join('')}</p>
  const error = line.stream === 'stderr'
  return (
    <div className={error ? '-ml-3 border-l-2 border-(--log-error) pl-2.5' : undefined} title={error ? copy.log.error : undefined}>
      <Segments line={line.line} />
    </div>
  )
})

function Segments({ line }: { line: Line }) {
  if (line.length === 0) return <br />
  return line.map((segment, i) =>
    segment.style ? (
      <span key={i} style={css(segment.style)}>
        {segment.text}
      </span>
    ) : (
      segment.text
    ),
  )
}

const colour = (value: Colour) => (value.kind === 'rgb' ? value.rgb : `var(--ansi-${value.index})`)

function css(style: Style): React.CSSProperties {
  const front = style.colour && colour(style.colour)
  const back = style.ground && colour(style.ground)
  const [ink, paper] = style.inverse ? [back ?? 'var(--log-bg)', front ?? 'var(--log-text)'] : [front, back]
  return {
    ...(ink && { color: ink }),
    ...(paper && { backgroundColor: paper }),
    ...(style.bold && { fontWeight: 700 }),
    ...(style.dim && { opacity: 0.75 }),
    ...(style.italic && { fontStyle: 'italic' }),
    ...((style.underline || style.strike) && { textDecoration: [style.underline && 'underline', style.strike && 'line-through'].filter(Boolean).join(' ') }),
  }
}
