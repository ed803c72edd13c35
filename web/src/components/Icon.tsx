/** Line icons on a grid of 20, drawn with the text's colour. Always beside a word, so hidden from screen readers. */

const PATHS = {
  queued: 'M10 4a6 6 0 1 0 0 12a6 6 0 0 0 0-12z',
  running: 'M10 4a6 6 0 1 0 0 12a6 6 0 0 0 0-12zM10 4v6h6',
  waiting: 'M6 10V6.2a1.1 1.1 0 0 1 2.2 0V9M8.2 9V4.6a1.1 1.1 0 0 1 2.2 0V9M10.4 9V5.4a1.1 1.1 0 0 1 2.2 0V10M12.6 10V7.4a1.1 1.1 0 0 1 2.2 0V12a5 5 0 0 1-5 5c-2.4 0-3.6-1.2-4.6-3l-1.5-2.8a1.1 1.1 0 0 1 1.9-1.1L6 11.2',
  done: 'M4.5 10.5l3.6 3.6L15.5 6.4',
  failed: 'M5.5 5.5l9 9M14.5 5.5l-9 9',
  skipped: 'M4.5 5.5l7 4.5l-7 4.5zM15 5.5v9',
  undone: 'M8 5L4.5 8.5L8 12M4.5 8.5h6.5a4 4 0 0 1 0 8H9',
  paused: 'M7.5 5v10M12.5 5v10',
  expired: 'M6 3.5h8M6 16.5h8M7 3.5c0 4 6 4 6 6.5s-6 2.5-6 6.5M13 3.5c0 4-6 4-6 6.5s6 2.5 6 6.5',
  hand: 'M10 4.2a2.2 2.2 0 1 0 0 4.4a2.2 2.2 0 0 0 0-4.4zM4.8 16c.4-3 2.4-4.8 5.2-4.8s4.8 1.8 5.2 4.8',
  unknown: 'M7.4 7.6a2.7 2.7 0 1 1 3.9 2.4c-.8.4-1.3.9-1.3 1.9M10 15v.1',
  aborted: 'M6 6h8v8H6z',
  runs: 'M5 4.5v11M5 7h6M5 13h9M11 7h.1M15 13h.1',
  approvals: 'M4.5 5h11v10h-11zM7.3 10.2l2 2l3.6-4.2',
  runbooks: 'M5 4h8.5a1.5 1.5 0 0 1 1.5 1.5V16H6.5A1.5 1.5 0 0 1 5 14.5zM8 7.5h4M8 10.5h4',
  agents: 'M4 5h12v4H4zM4 11h12v4H4zM6.5 7h.1M6.5 13h.1',
  audit: 'M8.8 6.2L7 4.4a2.6 2.6 0 0 0-3.7 3.7L5.8 10.600M11.2 13.8l1.8 1.800a2.600 2.600 0 0 0 3.700-3.700L14.200 9.400M7.500 7.500l5 5',
  settings: 'M4 6h7M14.500 6H16M4 10h1.500M9 10h7M4 14h6M13.500 14H16M12.800 4.300v3.400M7.200 8.300v3.400M11.800 12.300v3.400',
  plus: 'M10 4.5v11M4.5 10h11',
  close: 'M5.5 5.5l9 9M14.5 5.5l-9 9',
  copy: 'M7.5 7.5h8v8h-8zM12.5 7.500V4.500h-8v8h3',
  play: 'M7 5l8 5l-8 5z',
  stop: 'M10 3.500L14.600 5.400L16.500 10L14.600 14.600L10 16.500L5.400 14.600L3.500 10L5.400 5.400zM7 10h6',
  edit: 'M4.500 15.500l.8-3.200L12.800 4.800l2.400 2.400L7.700 14.700z',
  down: 'M5.500 8l4.500 4.500L14.500 8',
  right: 'M8 5.500l4.500 4.500L8 14.500',
  more: 'M5 10h.1M10 10h.1M15 10h.1',
  user: 'M10 4.200a2.700 2.700 0 1 0 0 5.400a2.700 2.700 0 0 0 0-5.400zM4.600 16.200c.5-2.900 2.600-4.400 5.400-4.400s4.900 1.500 5.400 4.400',
  bell: 'M10 4a4.200 4.200 0 0 0-4.200 4.200c0 3.600-1.300 4.800-1.300 4.800h11s-1.300-1.200-1.300-4.800A4.200 4.200 0 0 0 10 4zM8.600 15.500a1.500 1.500 0 0 0 2.800 0',
  shield: 'M10 3.500l5.500 2v4.200c0 3.200-2.200 5.600-5.500 6.800c-3.300-1.200-5.500-3.600-5.500-6.800V5.500z',
} as const

export type IconName = keyof typeof PATHS

export function Icon({ name, className = 'size-4' }: { name: IconName; className?: string }) {
  return (
    <svg viewBox="0 0 20 20" className={`shrink-0 ${className}`} fill="none" stroke="currentColor" strokeWidth="1.7" strokeLinecap="round" strokeLinejoin="round" aria-hidden="true">
      <path d={PATHS[name]} />
    </svg>
  )
}
