import { useQuery } from '@tanstack/react-query'
import { sessionQuery } from './queries'
import type { Role } from './types'

const ORDER: Record<Role, number> = { viewer: 0, responder: 1, lead: 2, owner: 3 }

/** Who is signed in, once known. */
export function useSession() {
  return useQuery(sessionQuery).data
}

/** Whether the person holds at least this role. The service decides anew at every request; this only spares a refusal. */
export function useMay(role: Role): boolean {
  const session = useSession()
  return session ? ORDER[session.user.role] >= ORDER[role] : false
}
