import { MutationCache, QueryCache, QueryClient, QueryClientProvider } from '@tanstack/react-query'
import { RouterProvider } from '@tanstack/react-router'
import { StrictMode } from 'react'
import { createRoot } from 'react-dom/client'
import { ApiError, isAway } from './api/problem'
import { makeRouter } from './router'
import './styles/app.css'

/** A session that ended sends the person to the sign-in and back here afterwards. */
const onError = (error: unknown) => {
  const gone = error instanceof ApiError && error.status === 401
  if (gone && location.pathname !== '/sign-in') void router.navigate({ to: '/sign-in', search: { next: location.pathname + location.search } })
}

const client = new QueryClient({
  queryCache: new QueryCache({ onError }),
  mutationCache: new MutationCache({ onError }),
  defaultOptions: {
    // Only what reads is tried again, and only when the service was away. A decision is never sent twice by itself.
    queries: { retry: (count, error) => isAway(error) && count < 2, staleTime: 2000 },
    mutations: { retry: false },
  },
})
const router = makeRouter(client)

const root = document.getElementById('root')
if (root) {
  createRoot(root).render(
    <StrictMode>
      <QueryClientProvider client={client}>
        <RouterProvider router={router} />
      </QueryClientProvider>
    </StrictMode>,
  )
}
