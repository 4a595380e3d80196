import { expect, test } from 'vitest'
import { readsOnly } from '../../../../src/lib/telemetry/questdb/reads-only.ts'

test.each([
  'SELECT 1',
  " select * from a_measurements where text = 'drop; insert' ;",
  'WITH x AS (SELECT 1) SELECT * FROM x',
  'SHOW TABLES',
  'EXPLAIN SELECT 1',
  '-- what\n(SELECT 1) UNION (SELECT 2)',
  'SELECT "update" FROM t',
])('%s only reads', (statement) => {
  expect(readsOnly(statement)).toBe(true)
})

test.each([
  'DROP TABLE a_measurements',
  'INSERT INTO t VALUES (1)',
  'SELECT 1; DROP TABLE t',
  'WITH x AS (SELECT 1) INSERT INTO t SELECT * FROM x',
  'WITH x AS (SELECT 1) UPDATE t SET a = 1',
  '/* SELECT */ TRUNCATE TABLE t',
  "'SELECT' DROP TABLE t",
  '',
])('%s does not', (statement) => {
  expect(readsOnly(statement)).toBe(false)
})
