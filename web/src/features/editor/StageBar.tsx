import { copy } from '@/copy'
import { size, stage } from '@/lib/time'
import { type Reading, unjudged } from './reading'

/** What was done with the text and how long each stage really took. */
export function StageBar({ reading, checking }: { reading: Reading | null; checking: boolean }) {
  const parts = reading ? stagesOf(reading) : []
  return (
    <p role="group" className="numbers flex min-h-6 flex-wrap items-center gap-x-2 text-xs text-muted" data-testid="stages">
      <span className={`inline-block size-2 rounded-full ${checking ? 'animate-pulse bg-accent' : reading ? 'bg-safe' : 'bg-border'}`} aria-hidden="true" />
      <span className="font-medium text-text">{checking ? copy.editor.checking : reading ? copy.editor.upToDate : ''}</span>
      {parts.map((part) => (
        <span key={part} className="before:mr-2 before:content-['·']">
          {part}
        </span>
      ))}
    </p>
  )
}

function stagesOf(reading: Reading): string[] {
  const { parsed, stage: at, tookMs } = reading
  const { stages } = copy.editor
  const times = parsed.timings_ms ?? {}
  const commands = parsed.steps.filter((step) => step.command).length
  const waiting = unjudged(reading).size
  const reviewed = parsed.steps.some((step) => step.classification?.reviewer)
  const review = waiting > 0 ? stages.reviewing(commands - waiting, commands) : reviewed ? `${stages.review} ${stage(times.review ?? 0)}` : stages.reviewOff
  return [
    `${stages.format} ${copy.runbooks.format[parsed.source.format]}, ${size(parsed.source.bytes)}`,
    `${stages.parse} ${stage(times.parse ?? 0)}`,
    stages.commands(commands),
    `${stages.scan} ${stage(times.scan ?? 0)}`,
    ...(parsed.extracted_by === 'model' ? [`${stages.labels} ${stage(times.labels ?? 0)}`] : []),
    review,
    ...(at === 'late' ? [stages.late] : []),
    ...(at === 'open' ? [] : [`${stages.whole} ${stage(tookMs)}`]),
  ]
}
