import { useCallback, useMemo, useState } from 'react'
import { masked, secretsIn } from '@/lib/secrets'

/** What of a text must not leave the browser yet, and the two ways out: mask it, or let this very value go. */
export function useSecrets(text: string, onText: (text: string) => void) {
  const [allowed, setAllowed] = useState<ReadonlySet<string>>(new Set())
  const found = useMemo(() => secretsIn(text).filter((secret) => !allowed.has(secret.value)), [text, allowed])
  const mayLeave = useCallback((some: string) => secretsIn(some).every((secret) => allowed.has(secret.value)), [allowed])
  return {
    secrets: found,
    mayLeave,
    mask: () => onText(masked(text, found)),
    send: () => setAllowed(new Set([...allowed, ...found.map((secret) => secret.value)])),
  }
}
