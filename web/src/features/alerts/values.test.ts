import { expect, test } from 'vitest'
import type { AlertView, Variable } from '@/api/types'
import { valuesFrom } from './values'

const alert = { sender: 'dd0c-alert', key: 'k', status: 'firing', title: 't', severity: 1, service: 'checkout', region: 'eu-1', labels: { 'Pod Name': 'checkout-7', region: 'eu-2', namespace: '' } } as AlertView['alert']
const variable = (name: string, kind: Variable['kind'] = 'input') => ({ name, kind }) as Variable

test('labels of the same name come before what the alert says of itself', () => {
  expect(valuesFrom(alert, [variable('pod-name'), variable('REGION'), variable('app'), variable('other')])).toEqual({ 'pod-name': 'checkout-7', REGION: 'eu-2', app: 'checkout' })
})

test('secrets are never filled in, and what is empty is not known', () => {
  expect(valuesFrom(alert, [variable('service', 'secret'), variable('namespace'), variable('environment')])).toEqual({})
})
