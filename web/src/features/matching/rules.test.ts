import { expect, test } from 'vitest'
import { badLabel, EMPTY, list, saysNothing, toDraft, toRule } from './rules'

test('what is read into the form comes out of it as it was', () => {
  const rule = { services: ['checkout-*', 'cart'], regions: ['eu-1'], environments: ['production'], worst_to: 2, labels: { team: 'shop', expr: 'a=b' }, keywords: ['5xx', 'too many'] }
  expect(toRule(toDraft(rule))).toEqual(rule)
  expect(toRule(toDraft({}))).toEqual({})
})

test('spaces and empty parts between commas are no names', () => {
  expect(list(' a, ,b ,, ')).toEqual(['a', 'b'])
  expect(toRule({ ...EMPTY, services: ' , ' })).toEqual({})
})

test('a draft that says nothing is found before it is sent', () => {
  expect(saysNothing(EMPTY)).toBe(true)
  expect(saysNothing({ ...EMPTY, labels: ' \n ' })).toBe(true)
  expect(saysNothing({ ...EMPTY, worstTo: 3 })).toBe(false)
})

test('a line that is no label is named', () => {
  for (const line of ['team', '=shop', ' = shop', 'team=', 'team= ']) expect(badLabel({ ...EMPTY, labels: `a=b\n${line}` })).toBe(line.trim())
  expect(badLabel({ ...EMPTY, labels: 'a=b\n\n team = shop ' })).toBeNull()
  expect(toRule({ ...EMPTY, labels: ' team = shop ' })).toEqual({ labels: { team: 'shop' } })
})
