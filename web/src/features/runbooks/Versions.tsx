import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { versionsQuery } from '@/api/queries'
import { Digest } from '@/components/Digest'
import { RiskMix } from '@/components/RiskBadge'
import { Load } from '@/components/States'
import { When } from '@/components/Time'
import { copy } from '@/copy'
import { ROW_LINK } from '@/components/DataList'
import { Compare } from './Compare'

/** Every version, newest first. None of them ever changes. */
export function Versions({ id, shown, latest, compare }: { id: string; shown: number; latest: number; compare: number | undefined }) {
  const query = useQuery(versionsQuery(id))
  return (
    <>
      {compare !== undefined && compare !== shown && <Compare id={id} from={Math.min(compare, shown)} to={Math.max(compare, shown)} />}
      <Load query={query} rows={2}>
        {({ versions }) => (
          <ol className="card divide-y divide-line overflow-hidden">
            {versions.map((version) => (
              <li key={version.version} aria-current={version.version === shown ? 'true' : undefined} className={`relative flex flex-wrap items-center gap-x-5 gap-y-1.5 px-4 py-3 hover:bg-surface ${version.version === shown ? 'bg-accent-soft' : ''}`}>
                <Link to="/runbooks/$id" params={{ id }} search={version.version === latest ? {} : { version: version.version }} className={ROW_LINK}>
                  {copy.runbooks.versionRow(version.version)}
                </Link>
                {version.version === latest && <span className="text-xs font-semibold text-safe">{copy.runbooks.current}</span>}
                <span className="min-w-0 flex-1 basis-40 truncate text-sm text-muted">{version.title}</span>
                <RiskMix mix={version.risk_mix} />
                <span className="text-sm text-muted">
                  {version.created_by}, <When at={version.created_at} />
                </span>
                {version.version !== shown && (
                  <Link to="/runbooks/$id" params={{ id }} search={(before) => ({ ...before, tab: 'versions', compare: version.version })} className="link relative z-10 text-sm" aria-label={copy.compare.open(version.version, shown)}>
                    {copy.compare.link(shown)}
                  </Link>
                )}
                <Digest sha256={version.source_sha256} label={copy.runbooks.tabs.source} />
              </li>
            ))}
          </ol>
        )}
      </Load>
    </>
  )
}
