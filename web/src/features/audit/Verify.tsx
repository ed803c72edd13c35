import { useMutation } from '@tanstack/react-query'
import { api, must } from '@/api/client'
import { Button } from '@/components/Button'
import { Refusal } from '@/components/States'
import { copy } from '@/copy'
import { clock } from '@/lib/time'

/** Recomputes every hash and says in one sentence whether the trail is what was written. */
export function Verify() {
  const verify = useMutation({
    mutationFn: async () => ({ verdict: await must(api.GET('/api/v1/audit/verify')), at: new Date().toISOString() }),
  })
  const { data } = verify
  return (
    <div className="mb-5 flex flex-wrap items-center gap-x-4 gap-y-2">
      <Button icon="shield" onClick={() => verify.mutate()} busy={verify.isPending && copy.audit.verifying}>
        {copy.audit.verify}
      </Button>
      <p role="status" data-testid="verdict" className={`numbers min-w-0 flex-1 basis-64 font-medium ${data && !data.verdict.ok ? 'text-dangerous' : 'text-safe'}`}>
        {data && (data.verdict.ok ? copy.audit.ok(data.verdict.events, clock(data.at), `${data.verdict.head.hash.slice(0, 8)}…`) : copy.audit.broken(data.verdict.first_bad_seq ?? undefined))}
      </p>
      <Refusal error={verify.error} />
    </div>
  )
}
