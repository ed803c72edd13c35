import type { QueryClient } from '@tanstack/react-query'
import { createRootRouteWithContext, createRoute, createRouter, lazyRouteComponent, Outlet, redirect } from '@tanstack/react-router'
import { ApiError } from './api/problem'
import { sessionQuery } from './api/queries'
import { Failure } from './components/States'
import { copy } from './copy'
import { SignInPage } from './features/signin/SignInPage'
import { Shell } from './shell/Shell'

const root = createRootRouteWithContext<{ client: QueryClient }>()({
  component: Outlet,
  notFoundComponent: () => <p className="p-10 text-center text-muted">{copy.common.notFound}</p>,
})

const signIn = createRoute({
  getParentRoute: () => root,
  path: '/sign-in',
  validateSearch: (search: Record<string, unknown>): { next?: string } => (typeof search.next === 'string' && /^\/(?!\/)/.test(search.next) ? { next: search.next } : {}),
  component: SignInPage,
})

/** Everything behind the sign-in. Who is not signed in is brought back to the same place afterwards. */
const shell = createRoute({
  getParentRoute: () => root,
  id: 'shell',
  component: Shell,
  beforeLoad: async ({ context, location }) => {
    try {
      await context.client.ensureQueryData(sessionQuery)
    } catch (error) {
      if (error instanceof ApiError && error.status === 401) throw redirect({ to: '/sign-in', search: { next: location.href } })
      throw error
    }
  },
  errorComponent: ({ error }) => (
    <div className="mx-auto max-w-xl p-8">
      <Failure error={error} onRetry={() => location.reload()} />
    </div>
  ),
})

const home = createRoute({
  getParentRoute: () => root,
  path: '/',
  beforeLoad: () => {
    throw redirect({ to: '/runs' })
  },
})

const runbooks = createRoute({ getParentRoute: () => shell, path: '/runbooks', component: lazyRouteComponent(() => import('./features/runbooks/RunbooksPage')) })
const newRunbook = createRoute({ getParentRoute: () => shell, path: '/runbooks/new', component: lazyRouteComponent(() => import('./features/editor/NewRunbookPage')) })
const runbook = createRoute({
  getParentRoute: () => shell,
  path: '/runbooks/$id',
  validateSearch: (search: Record<string, unknown>): { tab?: 'steps' | 'source' | 'versions' | 'matching'; version?: number; compare?: number; why?: number } => ({
    ...(search.tab === 'source' || search.tab === 'versions' || search.tab === 'matching' ? { tab: search.tab } : {}),
    ...(Number.isInteger(search.version) ? { version: search.version as number } : {}),
    ...(Number.isInteger(search.compare) ? { compare: search.compare as number } : {}),
    ...(Number.isInteger(search.why) ? { why: search.why as number } : {}),
  }),
  component: lazyRouteComponent(() => import('./features/runbooks/RunbookPage')),
})
const editRunbook = createRoute({ getParentRoute: () => shell, path: '/runbooks/$id/edit', component: lazyRouteComponent(() => import('./features/editor/EditRunbookPage')) })
const runs = createRoute({
  getParentRoute: () => shell,
  path: '/runs',
  validateSearch: (search: Record<string, unknown>): { show?: 'live' | 'ended' } => (search.show === 'live' || search.show === 'ended' ? { show: search.show } : {}),
  component: lazyRouteComponent(() => import('./features/runs/RunsPage')),
})
const run = createRoute({ getParentRoute: () => shell, path: '/runs/$id', component: lazyRouteComponent(() => import('./features/runs/RunPage')) })
const approvals = createRoute({ getParentRoute: () => shell, path: '/approvals', component: lazyRouteComponent(() => import('./features/approvals/ApprovalsPage')) })
const alerts = createRoute({
  getParentRoute: () => shell,
  path: '/alerts',
  validateSearch: (search: Record<string, unknown>): { alert?: string } => (typeof search.alert === 'string' ? { alert: search.alert } : {}),
  component: lazyRouteComponent(() => import('./features/alerts/AlertsPage')),
})
const agents = createRoute({ getParentRoute: () => shell, path: '/agents', component: lazyRouteComponent(() => import('./features/agents/AgentsPage')) })
const audit = createRoute({
  getParentRoute: () => shell,
  path: '/audit',
  validateSearch: (search: Record<string, unknown>): { event?: string; run?: string; seq?: number } => ({
    ...(typeof search.event === 'string' ? { event: search.event } : {}),
    ...(typeof search.run === 'string' ? { run: search.run } : {}),
    ...(Number.isInteger(search.seq) ? { seq: search.seq as number } : {}),
  }),
  component: lazyRouteComponent(() => import('./features/audit/AuditPage')),
})
const slackLink = createRoute({ getParentRoute: () => shell, path: '/slack/link', component: lazyRouteComponent(() => import('./features/slack/LinkPage')) })
const slackInstalled = createRoute({ getParentRoute: () => shell, path: '/slack/installed', component: lazyRouteComponent(() => import('./features/slack/InstalledPage')) })
const settings = createRoute({ getParentRoute: () => shell, path: '/settings', component: lazyRouteComponent(() => import('./features/settings/SettingsPage')) })

const tree = root.addChildren([home, signIn, shell.addChildren([runbooks, newRunbook, runbook, editRunbook, runs, run, approvals, alerts, agents, audit, settings, slackLink, slackInstalled])])

export const makeRouter = (client: QueryClient) => createRouter({ routeTree: tree, context: { client }, defaultPreload: 'intent', scrollRestoration: true })

declare module '@tanstack/react-router' {
  interface Register {
    router: ReturnType<typeof makeRouter>
  }
}
