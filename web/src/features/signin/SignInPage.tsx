import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useNavigate, useSearch } from '@tanstack/react-router'
import { type FormEvent, useEffect, useState } from 'react'
import { api, must } from '@/api/client'
import { ApiError } from '@/api/problem'
import { Button } from '@/components/Button'
import { TextField } from '@/components/Field'
import { Refusal } from '@/components/States'
import { copy } from '@/copy'
import { useTitle } from '@/lib/hooks'

/** The secret of a link: what stands behind `#link=`, or the whole text when only the secret was pasted. */
export function secretOf(text: string): string {
  const pasted = text.trim()
  const found = /#link=([^\s&]+)/.exec(pasted)
  return found?.[1] ?? (/[\s/#]/.test(pasted) ? '' : pasted)
}

/** Opens a session with a link that works once. The secret stands behind the `#`, so no server log ever sees it. */
export function SignInPage() {
  useTitle(copy.signIn.title)
  const client = useQueryClient()
  const navigate = useNavigate()
  const { next } = useSearch({ from: '/sign-in' })
  const [text, setText] = useState('')
  const [empty, setEmpty] = useState(false)
  const signIn = useMutation({
    mutationFn: (link: string) => must(api.POST('/api/v1/auth/session', { body: { link } })),
    onSuccess: async (session) => {
      client.setQueryData(['session'], session)
      await navigate({ to: next ?? '/runs', replace: true })
    },
  })
  const { mutate } = signIn
  useEffect(() => {
    const link = secretOf(location.hash)
    if (!location.hash.startsWith('#link=') || link === '') return
    // Out of the address before anything else can read or keep it.
    history.replaceState(history.state, '', location.pathname + location.search)
    mutate(link)
  }, [mutate])

  const submit = (event: FormEvent) => {
    event.preventDefault()
    const link = secretOf(text)
    setEmpty(link === '')
    if (link !== '') mutate(link)
  }
  const refused = signIn.error instanceof ApiError && (signIn.error.status === 401 || signIn.error.status === 422)
  return (
    <main className="grid min-h-dvh place-items-center bg-surface p-4">
      <div className="card w-full max-w-md p-7 shadow-card">
        <img src="/favicon.svg" alt="" className="mb-4 size-10" />
        <h1>{copy.signIn.title}</h1>
        <p className="mt-1.5 text-muted">
          {copy.signIn.lead} {copy.signIn.how}
        </p>
        <form onSubmit={submit} className="mt-5 space-y-4">
          <TextField label={copy.signIn.field} placeholder={copy.signIn.placeholder} value={text} onChange={(event) => setText(event.target.value)} autoComplete="off" spellCheck={false} error={empty ? copy.signIn.empty : refused ? copy.signIn.used : null} />
          {!refused && <Refusal error={signIn.error} />}
          <Button kind="primary" type="submit" className="w-full" busy={signIn.isPending && copy.signIn.busy}>
            {copy.signIn.submit}
          </Button>
        </form>
      </div>
    </main>
  )
}
