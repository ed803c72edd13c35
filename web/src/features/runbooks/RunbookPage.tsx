import { useQuery } from '@tanstack/react-query'
import { Link, useNavigate, useParams, useSearch } from '@tanstack/react-router'
import { useState } from 'react'
import { runbookQuery, versionQuery } from '@/api/queries'
import { useMay } from '@/api/session'
import type { RunbookDocument } from '@/api/types'
import { Button, buttonLook } from '@/components/Button'
import { Icon } from '@/components/Icon'
import { Page } from '@/components/Page'
import { Load, Note } from '@/components/States'
import { Tabs } from '@/components/Tabs'
import { When } from '@/components/Time'
import { copy } from '@/copy'
import { questionsOf, StepRow } from '@/features/steps/StepRow'
import { Remarks, Summary } from '@/features/steps/Summary'
import { type Explained, WhyDrawer } from '@/features/steps/WhyDrawer'
import { Matching } from '@/features/matching/Matching'
import { DeleteDialog } from './DeleteDialog'
import { Source } from './Source'
import { Staleness } from './Staleness'
import { StartDialog } from './StartDialog'
import { Trust } from './Trust'
import { Versions } from './Versions'

/** A runbook: what it does, from which text, in which versions. Any version can be read for ever. */
export default function RunbookPage() {
  const { id } = useParams({ from: '/shell/runbooks/$id' })
  const { version } = useSearch({ from: '/shell/runbooks/$id' })
  const latest = useQuery({ ...runbookQuery(id), enabled: version === undefined })
  const old = useQuery({ ...versionQuery(id, version ?? 0), enabled: version !== undefined })
  return <Load query={version === undefined ? latest : old}>{(document) => <RunbookView document={document} />}</Load>
}

function RunbookView({ document }: { document: RunbookDocument }) {
  const search = useSearch({ from: '/shell/runbooks/$id' })
  const navigate = useNavigate({ from: '/runbooks/$id' })
  const [starting, setStarting] = useState(false)
  const old = document.version !== document.latest_version
  const tabs = [
    { id: 'steps', label: copy.runbooks.tabs.steps, content: <Steps document={document} /> },
    { id: 'source', label: copy.runbooks.tabs.source, content: <Source document={document} /> },
    { id: 'versions', label: copy.runbooks.tabs.versions, content: <Versions id={document.id} shown={document.version} latest={document.latest_version} compare={search.compare} /> },
    { id: 'matching', label: copy.runbooks.tabs.matching, content: <Matching id={document.id} /> },
  ]
  return (
    <Page
      title={
        <>
          {document.title} <span className="numbers ml-1 align-middle text-sm font-medium text-muted">{copy.common.version(document.version)}</span>
        </>
      }
      tab={document.title}
      lead={
        <span className="text-sm">
          {copy.runbooks.savedBy(document.created_by)}
          <When at={document.created_at} />
        </span>
      }
      actions={<Actions document={document} old={old} onRun={() => setStarting(true)} />}
    >
      {old && (
        <div className="mb-4">
          <Note
            action={
              <Link to="/runbooks/$id" params={{ id: document.id }} className={buttonLook()}>
                {copy.runbooks.toLatest}
              </Link>
            }
          >
            {copy.runbooks.old(document.version, document.latest_version)}
          </Note>
        </div>
      )}
      {!old && <Trust document={document} />}
      {!old && <Staleness document={document} />}
      <Tabs label={copy.runbooks.title} value={search.tab ?? 'steps'} onChange={(tab) => void navigate({ search: (before) => ({ ...before, tab: tab === 'steps' ? undefined : (tab as 'source' | 'versions' | 'matching') }), replace: true })} tabs={tabs} />
      {starting && <StartDialog document={document} onClose={() => setStarting(false)} />}
    </Page>
  )
}

function Actions({ document, old, onRun }: { document: RunbookDocument; old: boolean; onRun: () => void }) {
  const writes = useMay('lead')
  const runs = useMay('responder')
  const [deleting, setDeleting] = useState(false)
  return (
    <>
      {writes && !old && (
        <>
          <Button kind="quiet" onClick={() => setDeleting(true)}>
            {copy.runbooks.remove}
          </Button>
          <Link to="/runbooks/$id/edit" params={{ id: document.id }} className={buttonLook()}>
            <Icon name="edit" />
            {copy.runbooks.edit}
          </Link>
          <DeleteDialog open={deleting} onClose={() => setDeleting(false)} id={document.id} />
        </>
      )}
      {runs && (
        <Button kind="primary" icon="play" onClick={onRun}>
          {old ? `${copy.runbooks.run} ${copy.common.version(document.version)}` : copy.runbooks.run}
        </Button>
      )}
    </>
  )
}

function Steps({ document }: { document: RunbookDocument }) {
  const { parsed } = document
  const { why } = useSearch({ from: '/shell/runbooks/$id' })
  const navigate = useNavigate({ from: '/runbooks/$id' })
  const open = (order: number | undefined) => void navigate({ search: (before) => ({ ...before, why: order }), replace: true })
  const step = parsed.steps.find((candidate) => candidate.order === why)
  const explained: Explained | null = step?.command && step.classification ? { title: step.title, order: step.order, command: step.command.text, classification: step.classification } : null
  return (
    <>
      <div className="mb-4">
        <Summary parsed={parsed} />
      </div>
      {!parsed.has_actionable_steps && <Note>{copy.runbooks.noActions}</Note>}
      <ol className="card divide-y divide-line overflow-hidden">
        {parsed.steps.map((item) => (
          <StepRow key={item.id} step={item} onWhy={() => open(item.order)} questions={questionsOf(parsed, item)} />
        ))}
      </ol>
      <Remarks parsed={parsed} />
      <WhyDrawer explained={explained} onClose={() => open(undefined)} />
    </>
  )
}
