import { describe, expect, test } from 'vitest'
import { Log } from '../../../runtime/wasm/log.ts'
import { hostFunction } from '../../../runtime/wasm/wasi.ts'
import { bump, local } from './harness.ts'

/** A component that imports one function and calls it when it is asked to. */
const calling = (interfaceName: string, name: string, type = ''): string => `(component
  (import "${interfaceName}" (instance $i (export "${name}" (func ${type}))))
  (core func $f (canon lower (func $i "${name}")))
  (core module $m (import "" "f" (func $f ${type.replace(/u64|s64/, 'i64').replace(/u32|s32/, 'i32')}))
    (func (export "call") (drop (call $f)))
    (func (export "idle") (result i32) (i32.const 1)))
  (core instance $c (instantiate $m (with "" (instance (export "f" (func $f))))))
  (func (export "call") (canon lift (core func $c "call")))
  (func (export "idle") (result u32) (canon lift (core func $c "idle"))))`

describe('an import that would have an effect', () => {
  test.each([
    [
      'wasi:clocks/monotonic-clock@0.2.0',
      'now',
      'called wasi:clocks/monotonic-clock.now, which would not be deterministic',
    ],
    [
      'wasi:clocks/monotonic-clock@0.2.9',
      'now',
      'called wasi:clocks/monotonic-clock.now, which would not be deterministic',
    ],
    [
      'wasi:random/random@0.2.3',
      'get-random-u64',
      'called wasi:random/random.get-random-u64, which would not be deterministic',
    ],
    ['wasi:sockets/network@0.2.0', 'x', 'called wasi:sockets/network.x, which would reach the network'],
    ['wasi:filesystem/types@0.2.0', 'x', 'called wasi:filesystem/types.x, which would reach files'],
    [
      'wasi:cli/environment@0.3.0',
      'get-arguments',
      'called wasi:cli/environment.get-arguments, which nothing here provides',
    ],
    ['my:own/thing', 'constructor', 'called my:own/thing.constructor, which nothing here provides'],
  ])('%s: %s ends the task when it is called, and only then', async (interfaceName, name, detail) => {
    const one = await local(calling(interfaceName, name, '(result u64)'))
    expect(one.failure('call')).toEqual(['refused', detail])
    expect(one.value('idle')).toBe(1)
  })

  test('a function of the world is refused by its own name', async () => {
    const one = await local(`(component (import "now" (func $now))
      (core func $f (canon lower (func $now)))
      (core module $m (import "" "f" (func $f)) (func (export "f") (call $f)))
      (core instance $c (instantiate $m (with "" (instance (export "f" (func $f))))))
      (func (export "f") (canon lift (core func $c "f"))))`)
    expect(one.failure('f')).toEqual(['refused', 'called now, which nothing here provides'])
  })
})

/** A component with WASI's streams; `body` has `$out`, `$in`, `$err` (handles) and the methods at hand. */
const streams = (version: string, body: string): string => `(component
  (import "wasi:io/error@${version}" (instance $error (export "error" (type (sub resource)))))
  (alias export $error "error" (type $error-type))
  (import "wasi:io/streams@${version}" (instance $streams
    (export "output-stream" (type $out (sub resource)))
    (export "input-stream" (type $in (sub resource)))
    (alias outer 1 $error-type (type $e')) (export "error" (type $e (eq $e')))
    (type $se' (variant (case "last-operation-failed" (own $e)) (case "closed")))
    (export "stream-error" (type $se (eq $se')))
    (export "[method]output-stream.blocking-write-and-flush"
      (func (param "self" (borrow $out)) (param "contents" (list u8)) (result (result (error $se)))))
    (export "[method]output-stream.check-write" (func (param "self" (borrow $out)) (result (result u64 (error $se)))))
    (export "[method]input-stream.read"
      (func (param "self" (borrow $in)) (param "len" u64) (result (result (list u8) (error $se)))))))
  (alias export $streams "output-stream" (type $out))
  (alias export $streams "input-stream" (type $in))
  (import "wasi:cli/stdout@${version}" (instance $stdout
    (alias outer 1 $out (type $o)) (export "output-stream" (type $o' (eq $o)))
    (export "get-stdout" (func (result (own $o'))))))
  (import "wasi:cli/stderr@${version}" (instance $stderr
    (alias outer 1 $out (type $o)) (export "output-stream" (type $o' (eq $o)))
    (export "get-stderr" (func (result (own $o'))))))
  (import "wasi:cli/stdin@${version}" (instance $stdin
    (alias outer 1 $in (type $o)) (export "input-stream" (type $o' (eq $o)))
    (export "get-stdin" (func (result (own $o'))))))
  (core module $libc (memory (export "mem") 1) (global $next (mut i32) (i32.const 4096)) ${bump})
  (core instance $libc (instantiate $libc))
  (core func $write (canon lower (func $streams "[method]output-stream.blocking-write-and-flush") (memory (core memory $libc "mem"))))
  (core func $check (canon lower (func $streams "[method]output-stream.check-write") (memory (core memory $libc "mem"))))
  (core func $read (canon lower (func $streams "[method]input-stream.read")
    (memory (core memory $libc "mem")) (realloc (core func $libc "realloc"))))
  (core func $get-out (canon lower (func $stdout "get-stdout")))
  (core func $get-err (canon lower (func $stderr "get-stderr")))
  (core func $get-in (canon lower (func $stdin "get-stdin")))
  (core func $drop (canon resource.drop $out))
  (core module $m
    (import "" "mem" (memory 1))
    (import "" "write" (func $write (param i32 i32 i32 i32)))
    (import "" "check" (func $check (param i32 i32)))
    (import "" "read" (func $read (param i32 i64 i32)))
    (import "" "get-out" (func $get-out (result i32)))
    (import "" "get-err" (func $get-err (result i32)))
    (import "" "get-in" (func $get-in (result i32)))
    (import "" "drop" (func $drop (param i32)))
    (data (i32.const 64) "hello\\n")
    (func (export "f") (result i32) (local $out i32) (local $err i32) (local $in i32)
      (local.set $out (call $get-out)) (local.set $err (call $get-err)) (local.set $in (call $get-in))
      ${body}))
  (core instance $c (instantiate $m (with "" (instance
    (export "mem" (memory $libc "mem")) (export "write" (func $write)) (export "check" (func $check))
    (export "read" (func $read)) (export "get-out" (func $get-out)) (export "get-err" (func $get-err))
    (export "get-in" (func $get-in)) (export "drop" (func $drop))))))
  (func (export "f") (result u32) (canon lift (core func $c "f"))))`

describe("WASI's streams", () => {
  const write = (stream: string, length: number): string =>
    `(call $write (local.get ${stream}) (i32.const 64) (i32.const ${length}) (i32.const 16))`

  test.each(['0.2.0', '0.2.8'])('standard output and error of %s go to the log, and drop', async version => {
    const body = `${write('$out', 6)} ${write('$err', 3)} ${write('$err', 2)} ${write('$out', 1)}
      (call $drop (local.get $out)) (i32.load8_u (i32.const 16))`
    const one = await local(streams(version, body))
    expect(one.value('f')).toBe(0)
    expect(one.task.log.entries()).toEqual([
      { stream: 'stdout', text: 'hello\n' },
      { stream: 'stderr', text: 'helhe' },
      { stream: 'stdout', text: 'h' },
    ])
    one.value('f')
    expect(one.task.log.entries()).toHaveLength(3)
  })

  test('there is always room to write, and nothing to read', async () => {
    const body = `(call $check (local.get $out) (i32.const 16))
      (call $read (local.get $in) (i64.const 10) (i32.const 32))
      (i32.add (i32.load8_u (i32.const 16))
        (i32.add (i32.mul (i32.const 10) (i32.load8_u (i32.const 32)))
          (i32.add (i32.mul (i32.const 100) (i32.load8_u (i32.const 36)))
            (i32.wrap_i64 (i64.load (i32.const 24))))))`
    // ok(65536); error(closed)
    expect((await local(streams('0.2.0', body))).value('f')).toBe(65536 + 110)
  })

  test('an input stream is no output stream', async () => {
    const one = await local(streams('0.2.0', `${write('$in', 1)} (i32.const 0)`))
    expect(one.failure('f')[0]).toBe('trap')
  })

  test('the log holds so much and no more', async () => {
    const body = `(loop $more ${write('$out', 60000)}
      (local.set $err (i32.add (local.get $err) (i32.const 1))) (br_if $more (i32.lt_u (local.get $err) (i32.const 20))))
      (i32.const 0)`
    const one = await local(streams('0.2.0', body))
    one.value('f')
    expect(one.task.log.entries().reduce((sum, entry) => sum + entry.text.length, 0)).toBe(65536)
  })
})

test('all pollables are ready, and to wait for none of them is a trap', async () => {
  const polls = (count: number): string => `(component
    (import "wasi:io/poll@0.2.0" (instance $poll
      (export "pollable" (type $p (sub resource)))
      (export "poll" (func (param "in" (list (borrow $p))) (result (list u32))))))
    (alias export $poll "pollable" (type $p))
    (import "wasi:io/streams@0.2.0" (instance $streams
      (export "input-stream" (type $in (sub resource)))
      (alias outer 1 $p (type $p')) (export "pollable" (type $q (eq $p')))
      (export "[method]input-stream.subscribe" (func (param "self" (borrow $in)) (result (own $q))))))
    (alias export $streams "input-stream" (type $in))
    (import "wasi:cli/stdin@0.2.0" (instance $stdin
      (alias outer 1 $in (type $i)) (export "input-stream" (type $i' (eq $i)))
      (export "get-stdin" (func (result (own $i'))))))
    (core module $libc (memory (export "mem") 1) (global $next (mut i32) (i32.const 4096)) ${bump})
    (core instance $libc (instantiate $libc))
    (core func $poll (canon lower (func $poll "poll") (memory (core memory $libc "mem")) (realloc (core func $libc "realloc"))))
    (core func $subscribe (canon lower (func $streams "[method]input-stream.subscribe")))
    (core func $get-in (canon lower (func $stdin "get-stdin")))
    (core module $m
      (import "" "mem" (memory 1)) (import "" "poll" (func $poll (param i32 i32 i32)))
      (import "" "subscribe" (func $subscribe (param i32) (result i32))) (import "" "get-in" (func $get-in (result i32)))
      (func (export "f") (result i32)
        (i32.store (i32.const 64) (call $subscribe (call $get-in)))
        (call $poll (i32.const 64) (i32.const ${count}) (i32.const 16))
        (i32.load (i32.const 20))))
    (core instance $i (instantiate $m (with "" (instance (export "mem" (memory $libc "mem"))
      (export "poll" (func $poll)) (export "subscribe" (func $subscribe)) (export "get-in" (func $get-in))))))
    (func (export "f") (result u32) (canon lift (core func $i "f"))))`
  expect((await local(polls(1))).value('f')).toBe(1)
  expect((await local(polls(0))).failure('f')).toEqual(['trap', 'wasi:io/poll.poll was called with an empty list'])
})

test('the environment is empty, and leaving is a trap', async () => {
  const one = await local(`(component
    (import "wasi:cli/environment@0.2.0" (instance $env
      (export "get-environment" (func (result (list (tuple string string)))))
      (export "initial-cwd" (func (result (option string))))))
    (import "wasi:cli/exit@0.2.0" (instance $exit (export "exit" (func (param "status" (result))))))
    (core module $libc (memory (export "mem") 1) (global $next (mut i32) (i32.const 4096)) ${bump})
    (core instance $libc (instantiate $libc))
    (core func $env (canon lower (func $env "get-environment") (memory (core memory $libc "mem")) (realloc (core func $libc "realloc"))))
    (core func $cwd (canon lower (func $env "initial-cwd") (memory (core memory $libc "mem")) (realloc (core func $libc "realloc"))))
    (core func $exit (canon lower (func $exit "exit")))
    (core module $m (import "" "mem" (memory 1))
      (import "" "env" (func $env (param i32))) (import "" "cwd" (func $cwd (param i32))) (import "" "exit" (func $exit (param i32)))
      (func (export "env") (result i32)
        (i32.store (i32.const 20) (i32.const 99)) (i32.store (i32.const 32) (i32.const 99))
        (call $env (i32.const 16)) (call $cwd (i32.const 32))
        (i32.add (i32.load (i32.const 20)) (i32.load8_u (i32.const 32))))
      (func (export "exit") (call $exit (i32.const 1))))
    (core instance $c (instantiate $m (with "" (instance
      (export "mem" (memory $libc "mem")) (export "env" (func $env)) (export "cwd" (func $cwd)) (export "exit" (func $exit))))))
    (func (export "env") (result u32) (canon lift (core func $c "env")))
    (func (export "exit") (canon lift (core func $c "exit"))))`)
  expect(one.value('env')).toBe(0)
  expect(one.failure('exit')).toEqual(['trap', 'called wasi:cli/exit.exit with failure'])
})

test('messages of logging interfaces go to the log', async () => {
  const one = await local(`(component
    (type $level' (enum "trace" "debug" "info"))
    (import "wasi:logging/logging" (instance $log
      (alias outer 1 $level' (type $l)) (export "level" (type $level (eq $l)))
      (export "log" (func (param "level" $level) (param "context" string) (param "message" string)))))
    (core module $libc (memory (export "mem") 1) (data (i32.const 16) "webhi"))
    (core instance $libc (instantiate $libc))
    (core func $log (canon lower (func $log "log") (memory (core memory $libc "mem"))))
    (core module $m (import "" "log" (func $log (param i32 i32 i32 i32 i32)))
      (func (export "f") (call $log (i32.const 2) (i32.const 16) (i32.const 3) (i32.const 19) (i32.const 2))))
    (core instance $c (instantiate $m (with "" (instance (export "log" (func $log))))))
    (func (export "f") (canon lift (core func $c "f"))))`)
  one.value('f')
  expect(one.task.log.entries()).toEqual([{ stream: 'log', text: '[info] web: hi\n' }])
})

test('what a guest calls itself cannot write to a terminal', async () => {
  const one = await local(`(module
    (import "env" "a\\1b[31m\\0ab\\u{202e}c" (func $f)) (func (export "f") (call $f)))`)
  expect(one.failure('f')).toEqual(['refused', 'called env.a\ufffd[31m\ufffdb\ufffdc, which nothing here provides'])
})

test('what is written in parts is put together again, to the byte', () => {
  const log = new Log()
  for (const [stream, ...bytes] of [
    ['stdout', 0xef, 0xbb, 0xbf, 0xc3],
    ['stdout', 0xa9, 0xff, 0xf0, 0x9f],
    ['stderr', 0xa6, 0x8a],
  ] as const)
    log.write(stream, Uint8Array.from(bytes))
  expect(log.entries()).toEqual([
    { stream: 'stdout', text: '\ufeffé\ufffd\ufffd' },
    { stream: 'stderr', text: '\ufffd\ufffd' },
  ])
})

test('a message is not put together of more than a string can hold', () => {
  const log = new Log()
  const half = 'x'.repeat(2 ** 28)
  hostFunction('wasi:logging/logging', 'log')(['info', half, half], log)
  const [entry] = log.entries()
  expect(entry?.text.length).toBe(65_536)
  expect(entry?.text.slice(0, 10)).toBe('[info] xxx')
})

describe('an import of the host that is declared otherwise', () => {
  const text = (name: string, func: string, type: string, flat: string, args: string): string => `(component
    (import "${name}" (instance $i (export "${func}" (func ${type}))))
    (core module $libc (memory (export "mem") 1))
    (core instance $libc (instantiate $libc))
    (core func $f (canon lower (func $i "${func}") (memory (core memory $libc "mem"))))
    (core module $m (import "" "f" (func $f ${flat})) (func (export "f") ${args}))
    (core instance $c (instantiate $m (with "" (instance (export "f" (func $f))))))
    (func (export "f") (canon lift (core func $c "f"))))`
  test.each([
    ['wasi:cli/stdout@0.2.0', 'get-stdout', '(result bool)', '(result i32)', '(drop (call $f))'],
    ['homestar:host/helpers@0.1.1', 'print', '(param "msg" u8)', '(param i32)', '(call $f (i32.const 1))'],
    ['wasi:cli/exit@0.2.0', 'exit', '(param "status" u8)', '(param i32)', '(call $f (i32.const 1))'],
    [
      'wasi:io/streams@0.2.0',
      '[method]output-stream.write',
      '(param "a" u8)',
      '(param i32)',
      '(call $f (i32.const 1))',
    ],
  ])('%s %s is refused when it is called', async (name, func, type, flat, args) => {
    const one = await local(text(name, func, type, flat, args))
    expect(one.failure('f')).toEqual([
      'refused',
      `called ${name.replace(/@.*/, '')}.${func}, which it declares with other types than the host has`,
    ])
  })
})

test('a core module runs as the component that its bytes describe, with stubs for what it imports', async () => {
  const one = await local(`(module
    (import "env" "now" (func $now (result i64)))
    (func (export "add") (param i32 i64) (result i64) (i64.add (i64.extend_i32_s (local.get 0)) (local.get 1)))
    (func (export "time") (result i64) (call $now)))`)
  expect(one.value('add', -2, 5n)).toBe(3n)
  expect(one.failure('time')).toEqual(['refused', 'called env.now, which nothing here provides'])
})
