import { expect, test } from 'vitest'
import { factLines } from '../../../src/lib/ui/facts.ts'
import { paintAt } from '../../../src/lib/ui/paint.ts'

const thumbprint = '0e8ab0293aef144e05543e79df0255aafcbe9b1444eb3dbea380e3b57d81b66f'
const facts = [
  ['key', 'here, encrypted, and nobody else can read it'],
  ['SHA-256', thumbprint],
  ['', 'no more'],
] as const

test('texts stand below each other and go on there', () => {
  expect(factLines(facts.slice(0, 1), { width: 40, paintName: paintAt(0).faint }).split('\n')).toEqual([
    '  key  here, encrypted, and nobody else',
    '       can read it',
  ])
})

test('what is copied has a line of its own where there is no room behind its name', () => {
  expect(factLines(facts, { width: 72 }).split('\n').slice(1)).toEqual([
    '  SHA-256',
    `        ${thumbprint}`,
    '           no more',
  ])
})

test('where lines cannot wrap a fact is a line', () => {
  expect(factLines(facts, { width: Infinity }).split('\n')).toHaveLength(3)
})

test('colour takes no room', () => {
  const painted = facts.map(([name, text]) => [paintAt(1).bad(name), text] as const)
  const lines = factLines(painted, { width: 60 }).split('\n')
  expect(lines).toHaveLength(factLines(facts, { width: 60 }).split('\n').length)
})
