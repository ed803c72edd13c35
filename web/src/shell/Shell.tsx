import { useQuery } from '@tanstack/react-query'
import { Link, Outlet } from '@tanstack/react-router'
import { useEffect } from 'react'
import { executionsQuery, panicQuery } from '@/api/queries'
import { StatusLine } from '@/components/announce'
import { Icon, type IconName } from '@/components/Icon'
import { copy } from '@/copy'
import { Account } from './Account'
import { LivePill, LostBar } from './LivePill'
import { setWatch } from './live'
import { PanicBar, PanicButton } from './Panic'

type Place = { to: '/runs' | '/approvals' | '/runbooks' | '/alerts' | '/agents' | '/audit' | '/settings'; name: string; icon: IconName }

const PLACES: readonly Place[] = [
  { to: '/approvals', name: copy.nav.approvals, icon: 'approvals' },
  { to: '/runs', name: copy.nav.runs, icon: 'runs' },
  { to: '/runbooks', name: copy.nav.runbooks, icon: 'runbooks' },
  { to: '/alerts', name: copy.nav.alerts, icon: 'bell' },
  { to: '/agents', name: copy.nav.agents, icon: 'agents' },
  { to: '/audit', name: copy.nav.audit, icon: 'audit' },
  { to: '/settings', name: copy.nav.settings, icon: 'settings' },
]

/** The frame of every page for those who are signed in. */
export function Shell() {
  const panic = useQuery(panicQuery)
  useEffect(() => setWatch(!panic.isError && panic.failureCount === 0), [panic.isError, panic.failureCount])
  const waiting = useWaiting()
  return (
    <div className="min-h-dvh md:grid md:grid-cols-[13rem_minmax(0,1fr)]">
      <a href="#main" className="absolute top-2 left-2 z-50 -translate-y-20 rounded-lg bg-accent px-4 py-2 font-semibold text-accent-ink focus:translate-y-0">
        {copy.common.skip}
      </a>
      <aside className="sticky top-0 hidden h-dvh flex-col gap-1 border-r border-line bg-surface p-3 md:flex">
        <Brand />
        <nav aria-label={copy.nav.label} className="mt-4 flex flex-col gap-0.5">
          {PLACES.map((place) => (
            <SideLink key={place.to} place={place} count={place.to === '/approvals' ? waiting : 0} />
          ))}
        </nav>
      </aside>
      <div className="flex min-w-0 flex-col">
        <div className="sticky top-0 z-30">
          <header className="flex h-14 items-center gap-3 border-b border-line bg-bg/95 px-4 backdrop-blur sm:px-6 lg:px-8">
            <div className="md:hidden">
              <Brand />
            </div>
            <LivePill />
            <span className="flex-1" />
            {waiting > 0 && (
              <Link to="/approvals" title={copy.nav.waitingTitle(waiting)} className="relative inline-flex h-8 items-center gap-1.5 rounded-full bg-caution-bg px-3 text-xs font-semibold text-caution before:absolute before:-inset-1.5">
                <Icon name="waiting" />
                <span className="numbers">{copy.nav.waiting(waiting)}</span>
              </Link>
            )}
            <PanicButton />
            <Account />
          </header>
          <PanicBar />
          <LostBar />
        </div>
        <main id="main" tabIndex={-1} className="min-w-0 flex-1 pb-24 outline-none md:pb-10">
          <Outlet />
        </main>
      </div>
      <BottomBar waiting={waiting} />
      <StatusLine />
    </div>
  )
}

function useWaiting(): number {
  const { data } = useQuery(executionsQuery)
  return data?.executions.filter((run) => run.state === 'waiting' || run.state === 'manual_intervention' || run.state === 'failed').length ?? 0
}

function Brand() {
  return (
    <Link to="/runs" className="flex items-center gap-2 px-1 py-1 font-semibold tracking-tight">
      <img src="/favicon.svg" alt="" className="size-6" />
      <span className="max-sm:sr-only">{copy.brand}</span>
    </Link>
  )
}

function SideLink({ place, count }: { place: Place; count: number }) {
  return (
    <Link
      to={place.to}
      className="flex min-h-9 items-center gap-2.5 rounded-lg px-2.5 text-sm font-medium text-muted hover:bg-sunken hover:text-text"
      activeProps={{ className: 'bg-sunken !text-text' }}
    >
      <Icon name={place.icon} className="size-[18px]" />
      {place.name}
      {count > 0 && <span className="numbers ml-auto rounded-full bg-caution-bg px-2 text-xs font-semibold text-caution">{count}</span>}
    </Link>
  )
}

/** On a phone the four places of an incident are under the thumb; the rest is in the fifth. */
function BottomBar({ waiting }: { waiting: number }) {
  const [approvals, runs, runbooks, ...rest] = PLACES
  return (
    <nav aria-label={copy.nav.label} className="fixed inset-x-0 bottom-0 z-30 grid grid-cols-4 border-t border-line bg-bg pb-[env(safe-area-inset-bottom)] md:hidden">
      {[approvals, runs, runbooks].map((place) => place && <BottomLink key={place.to} place={place} count={place.to === '/approvals' ? waiting : 0} />)}
      <details className="group relative">
        <summary className="flex h-16 cursor-pointer list-none flex-col items-center justify-center gap-1 text-xs font-medium text-muted group-open:text-text">
          <Icon name="more" className="size-6" />
          {copy.nav.more}
        </summary>
        <div className="absolute right-2 bottom-[4.5rem] w-48 rounded-xl border border-line bg-bg p-1.5 shadow-card">
          {rest.map((place) => (
            <Link key={place.to} to={place.to} onClick={(event) => event.currentTarget.closest('details')?.removeAttribute('open')} className="flex min-h-11 items-center gap-2.5 rounded-lg px-3 font-medium hover:bg-sunken">
              <Icon name={place.icon} className="size-5" />
              {place.name}
            </Link>
          ))}
        </div>
      </details>
    </nav>
  )
}

function BottomLink({ place, count }: { place: Place; count: number }) {
  return (
    <Link to={place.to} className="relative flex h-16 flex-col items-center justify-center gap-1 text-xs font-medium text-muted" activeProps={{ className: '!text-accent' }}>
      <Icon name={place.icon} className="size-6" />
      {place.name}
      {count > 0 && <span className="numbers absolute top-1.5 left-1/2 ml-2 rounded-full bg-caution px-1.5 text-[11px] font-bold text-bg">{count}</span>}
    </Link>
  )
}
