/** The door of this room: a job's CID and a store to results and receipts (`ipvm/runtime`). */
export type {
  Denial,
  EffectCall,
  EffectOutcome,
  EffectProblem,
  Effects,
  Executor,
  Failure,
  Memo,
  OperationTraits,
  Receipt,
  Recovery,
  RunError,
  RunEvent,
  RunOptions,
  RunOutcome,
  RunRecord,
  RunSummary,
  RunState,
  Store,
  UndoReport,
  UnknownCommand,
  WasmCall,
  WasmOutcome,
} from './interface.ts'
export { backoff, systemClock, type Clock } from './clock.ts'
export { box, type BoxOptions } from './effects/box.ts'
export type { Config } from './effects/config.ts'
export { createEffects, type EffectsOptions } from './effects/host.ts'
export type { Answer, Deed, Fields, Operation, Policy, Provider, Question, Request } from './effects/provider.ts'
export { types } from './effects/types.ts'
export { serveGateway, type Gateway, type GatewayError, type GatewayOptions } from './gateway/serve.ts'
export { givenEffects, type Given } from './given.ts'
export { verifyReceipt } from './receipt.ts'
export { readResult, toDagJson } from './result.ts'
export { cancel, resume, run } from './run.ts'
export { settleCommand, type Settlement } from './settle.ts'
export { collectGarbage, type Collected, type GarbageOptions } from './store/garbage.ts'
export { StoreError, type StoreFailure } from './store/errors.ts'
export { memoryStore, openStore } from './store/open.ts'
export { verifyInvocation, type Judging, type Verified, type VerifyOptions } from './ucan/chain.ts'
export type { Reason, Refusal } from './ucan/refusal.ts'
export { Rights, type Chain, type RightsOptions } from './ucan/rights.ts'
export { readToken, type Delegation, type Invocation, type Token } from './ucan/token.ts'
export { watch, withBlocks, type WatchedEvent } from './watch.ts'
export { createLocalExecutor, type Isolation, type LocalExecutorOptions } from './wasm/pool.ts'
