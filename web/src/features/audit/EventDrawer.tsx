import type { AuditEvent } from '@/api/types'
import { CopyButton } from '@/components/CopyButton'
import { Dialog } from '@/components/Dialog'
import { copy } from '@/copy'
import { utc } from '@/lib/time'

/** One event to the last byte, with the two hashes that hold it in the chain. */
export function EventDrawer({ event, onClose }: { event: AuditEvent | null; onClose: () => void }) {
  return (
    <Dialog open={event !== null} onClose={onClose} side title={event ? `${copy.audit.drawer(event.seq)} · ${event.event_type}` : ''} lead={event && utc(event.created_at)}>
      {event && (
        <div className="space-y-5">
          <Fact name={copy.audit.columns.actor} text={`${event.actor.name || event.actor.id} (${event.actor.kind}, ${copy.record.channels[event.actor.channel] ?? event.actor.channel})`} />
          <div>
            <h3 className="text-sm font-semibold">{copy.audit.data}</h3>
            <pre tabIndex={0} className="code mt-1 max-h-[50dvh] overflow-auto rounded-lg bg-surface p-3 text-xs [overflow-wrap:anywhere] whitespace-pre-wrap">
              {JSON.stringify(event.event_data, null, 2)}
            </pre>
          </div>
          <Fact name={copy.audit.hash} text={event.hash} mono />
          <Fact name={copy.audit.prev} text={event.prev_hash} mono />
        </div>
      )}
    </Dialog>
  )
}

function Fact({ name, text, mono = false }: { name: string; text: string; mono?: boolean }) {
  return (
    <div>
      <h3 className="text-sm font-semibold">{name}</h3>
      <div className="flex items-start gap-2">
        <p className={`min-w-0 flex-1 [overflow-wrap:anywhere] ${mono ? 'code text-xs text-muted' : ''}`}>{text}</p>
        {mono && <CopyButton text={text} label={name} />}
      </div>
    </div>
  )
}
