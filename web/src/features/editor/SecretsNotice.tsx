import { Button } from '@/components/Button'
import { Note } from '@/components/States'
import { copy } from '@/copy'
import type { Secret } from '@/lib/secrets'

type Props = { secrets: readonly Secret[]; onMask: () => void; onSend: () => void }

/** Something in the text looks like a secret. It stays in the browser until somebody says what is to be done. */
export function SecretsNotice({ secrets, onMask, onSend }: Props) {
  const [first, ...others] = secrets
  if (!first) return null
  return (
    <Note
      action={
        <span className="flex flex-wrap gap-2">
          <Button kind="primary" onClick={onMask}>
            {copy.secrets.mask(secrets.length)}
          </Button>
          <Button onClick={onSend}>{copy.secrets.send}</Button>
        </span>
      }
    >
      <span role="alert">
        {copy.secrets.seen(first.line, copy.secrets.kinds[first.kind])}
        {others.length > 0 && ` ${copy.secrets.others(others.map((secret) => secret.line))}`} {copy.secrets.held}
      </span>
    </Note>
  )
}
