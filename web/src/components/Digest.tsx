/** The first and last digits of a hash; all of them under the pointer and to screen readers. */
export function Digest({ sha256, label }: { sha256: string; label: string }) {
  return (
    <span className="code text-xs text-muted" title={`${label}: ${sha256}`}>
      <span className="sr-only">{`${label}: `}</span>
      {`sha256:${sha256.slice(0, 8)}…${sha256.slice(-4)}`}
    </span>
  )
}
