import { useQuery } from '@tanstack/react-query'
import { membersQuery } from '@/api/queries'
import { type Column, DataList } from '@/components/DataList'
import { Page } from '@/components/Page'
import { Load } from '@/components/States'
import { copy } from '@/copy'
import { Policy } from './Policy'
import { Slack } from './Slack'
import { Tokens } from './Tokens'
import { Webhooks } from './Webhooks'

type Member = { id: string; email: string; name: string; role: keyof typeof copy.roles; active: boolean }

const COLUMNS: readonly Column<Member>[] = [
  { id: 'name', head: copy.settings.columns.name, cell: (row) => <span className="font-medium">{row.name || row.email}</span> },
  { id: 'email', head: copy.settings.columns.email, cell: (row) => <span className="text-sm text-muted">{row.email}</span> },
  { id: 'role', head: copy.settings.columns.role, cell: (row) => <span className="text-sm">{row.active ? copy.roles[row.role] : copy.settings.inactive}</span> },
]

export default function SettingsPage() {
  const members = useQuery(membersQuery)
  return (
    <Page title={copy.settings.title} tab={copy.settings.title}>
      <div className="space-y-10">
        <Policy />
        <section>
          <h2 className="mb-3">{copy.settings.members}</h2>
          <Load query={members} rows={2}>
            {({ members: rows }) => <DataList label={copy.settings.members} rows={rows} columns={COLUMNS} id={(row) => row.id} />}
          </Load>
        </section>
        <Slack />
        <Webhooks />
        <Tokens />
      </div>
    </Page>
  )
}
