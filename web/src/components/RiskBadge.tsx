import type { ReactNode } from 'react'
import { copy } from '@/copy'
import type { Risk, ScannerRisk } from '@/api/types'

type Look = { word: string; tone: string; shape: ReactNode }

/** Shape, word and colour together: under colour blindness two of the colours are one. */
const LOOK: Record<ScannerRisk, Look> = {
  safe: {
    word: copy.risk.safe,
    tone: 'bg-safe-bg text-safe',
    shape: <circle cx="6" cy="6" r="4.6" fill="currentColor" />,
  },
  caution: {
    word: copy.risk.caution,
    tone: 'bg-caution-bg text-caution',
    shape: <path d="M6 1.2L11.2 10.600H.8z" fill="currentColor" />,
  },
  dangerous: {
    word: copy.risk.dangerous,
    tone: 'bg-dangerous-bg text-dangerous',
    shape: <path d="M3.800 .7h4.400L11.300 3.800v4.400L8.200 11.300H3.800L.7 8.200V3.800z" fill="currentColor" />,
  },
  unknown: {
    word: copy.risk.unknown,
    tone: 'bg-unknown-bg text-unknown',
    shape: <path d="M6 .9L11.100 6L6 11.100L.9 6z" fill="none" stroke="currentColor" strokeWidth="1.500" strokeDasharray="2.200 1.400" />,
  },
}

const BASE = 'inline-flex items-center gap-1.5 rounded-full px-2.5 py-0.5 text-xs font-semibold whitespace-nowrap'

/** How risky a command is. With `onWhy` it opens the reasons. */
export function RiskBadge({ risk, onWhy, name }: { risk: Risk | ScannerRisk; onWhy?: () => void; name?: string }) {
  const look = LOOK[risk]
  const inside = (
    <>
      <svg viewBox="0 0 12 12" className="size-3 shrink-0" aria-hidden="true">
        {look.shape}
      </svg>
      <span>{look.word}</span>
    </>
  )
  if (!onWhy) return <span className={`${BASE} ${look.tone}`}>{inside}</span>
  return (
    <button type="button" onClick={onWhy} className={`${BASE} ${look.tone} relative before:absolute before:-inset-x-1 before:-inset-y-2.5 hover:ring-1 hover:ring-current`} aria-label={`${look.word}: ${copy.why.open}${name ? ` — ${name}` : ''}`}>
      {inside}
    </button>
  )
}

/** A step that no agent runs. */
export function ByHandBadge() {
  return <span className={`${BASE} bg-sunken text-muted`}>{copy.risk.byHand}</span>
}

/** A command that was changed and is not judged yet. */
export function CheckingBadge() {
  return (
    <span className={`${BASE} ${LOOK.unknown.tone}`}>
      <svg viewBox="0 0 12 12" className="size-3 shrink-0" aria-hidden="true">
        {LOOK.unknown.shape}
      </svg>
      <span>{copy.risk.checking}</span>
    </span>
  )
}

/** The shapes with their numbers, for lists. */
export function RiskMix({ mix }: { mix: { safe: number; caution: number; dangerous: number; by_hand: number } }) {
  const parts: [ScannerRisk, number][] = [
    ['dangerous', mix.dangerous],
    ['caution', mix.caution],
    ['safe', mix.safe],
  ]
  return (
    <span className="inline-flex flex-wrap items-center gap-x-3 gap-y-1 text-xs">
      {parts
        .filter(([, count]) => count > 0)
        .map(([risk, count]) => (
          <span key={risk} className={`inline-flex items-center gap-1.5 font-medium ${LOOK[risk].tone.split(' ')[1]}`}>
            <svg viewBox="0 0 12 12" className="size-3" aria-hidden="true">
              {LOOK[risk].shape}
            </svg>
            <span className="numbers">
              {count} {LOOK[risk].word}
            </span>
          </span>
        ))}
      {mix.by_hand > 0 && (
        <span className="numbers text-muted">
          {mix.by_hand} {copy.risk.byHand.toLowerCase()}
        </span>
      )}
    </span>
  )
}
