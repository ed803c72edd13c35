import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useNavigate } from '@tanstack/react-router'
import { api, must } from '@/api/client'
import { Button } from '@/components/Button'
import { Answers, Dialog } from '@/components/Dialog'
import { Refusal } from '@/components/States'
import { copy } from '@/copy'

export function DeleteDialog({ open, onClose, id }: { open: boolean; onClose: () => void; id: string }) {
  const navigate = useNavigate()
  const client = useQueryClient()
  const remove = useMutation({
    mutationFn: () => must(api.DELETE('/api/v1/runbooks/{id}', { params: { path: { id } } })),
    onSuccess: async () => {
      await client.invalidateQueries({ queryKey: ['runbooks'] })
      await navigate({ to: '/runbooks' })
    },
  })
  return (
    <Dialog open={open} onClose={onClose} title={copy.runbooks.removeTitle} lead={copy.runbooks.removeLead}>
      <Refusal error={remove.error} />
      <Answers>
        <Button onClick={onClose}>{copy.common.cancel}</Button>
        <Button kind="danger" onClick={() => remove.mutate()} busy={remove.isPending && copy.common.loading}>
          {copy.runbooks.removeSubmit}
        </Button>
      </Answers>
    </Dialog>
  )
}
