import { error } from './define.ts'

const clock = 'effect clock("time:") {\n  query now() -> u64\n}\n\njob later() -> u64 { clock.now() + 1 }\n\n'

/** IPVM7xxx: `test` blocks. */
export const testRows = {
  DuplicateTest: error<{ name: string }>({
    code: 'IPVM7001',
    message: p => `Another test is called "${p.name}" already. Give one of them another name.`,
    explain: 'Tests are chosen and reported by their names, so that each has its own in a file.',
    wrong: 'job one() -> u32 { 1 }\n\ntest "one" {\n  assert one() == 1\n}\n\ntest "one" {\n  assert one() != 2\n}\n',
    right:
      'job one() -> u32 { 1 }\n\ntest "one" {\n  assert one() == 1\n}\n\ntest "not two" {\n  assert one() != 2\n}\n',
  }),
  GivenNeedsEffect: error<{ what: string }>({
    code: 'IPVM7002',
    message: p => `\`given\` stands in for an operation of an effect, and ${p.what}.`,
    explain:
      'Pure functions and jobs give the same in a test as elsewhere. What a test needs of the world it says itself: `given clock.now() => 0`.',
    wrong: clock + 'test "later" {\n  given later() => 1\n  assert later() == 1\n}\n',
    right: clock + 'test "later" {\n  given clock.now() => 0\n  assert later() == 1\n}\n',
  }),
  ForgottenAssert: error<{}>({
    code: 'IPVM7003',
    message: () => 'Nothing looks at whether this holds: write `assert` in front of it.',
    explain:
      'A line of a test that is no `let`, `given` or `assert` performs something. What is promised stands behind `assert`.',
    wrong: 'job one() -> u32 { 1 }\n\ntest "one" {\n  one() == 1\n}\n',
    right: 'job one() -> u32 { 1 }\n\ntest "one" {\n  assert one() == 1\n}\n',
  }),
}
