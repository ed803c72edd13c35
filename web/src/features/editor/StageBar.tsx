import { copy } from '@/copy'
import { size, stage } from '@/lib/time'
import type { Reading } from './usePreview'

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

function stagesOf({ parsed, tookMs }: Reading): string[] {
  const { stages } = copy.editor
  const times = parsed.timings_ms ?? {}
  const commands = parsed.steps.filter((step) => step.command).length
  const reviewed = parsed.steps.some((step) => step.classification?.reviewer)
  return [
    `${stages.format} ${copy.runbooks.format[parsed.source.format]}, ${size(parsed.source.bytes)}`,
    `${stages.parse} ${stage(times.parse ?? 0)}`,
    stages.commands(commands),
    `${stages.scan} ${stage(times.scan ?? 0)}`,
    reviewed ? `${stages.review} ${stage(times.review ?? 0)}` : stages.reviewOff,
    stage(tookMs),
  ]
}
