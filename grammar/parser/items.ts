import type {
  Config,
  Const,
  Import,
  ImportedName,
  ImportNames,
  Job,
  Name,
  Param,
  StatedFunction,
  StatedInterface,
  Test,
  TypeDeclaration,
  TypeNode,
  Use,
} from '../nodes.ts'
import { char } from '../literals.ts'
import { cut, placeOf, shown } from '../report.ts'
import {
  Arrow,
  Char,
  Colon,
  Comma,
  Dot,
  Equals,
  FatArrow,
  keyword,
  LBlock,
  LBrace,
  LParen,
  Question,
  RBrace,
  RParen,
  Star,
  type IToken,
} from '../tokens.ts'
import { isName } from '../layout/classify.ts'
import { StatementParser } from './statements.ts'

const usesWord = keyword('uses')
const asWord = keyword('as')
const fromWord = keyword('from')
const funcWord = keyword('func')
const exportWord = keyword('export')

/**
 * Declarations. Each rule fills a node that its caller made, so that what was read of a declaration is kept when the
 * rest of it cannot be.
 */
export abstract class ItemParser extends StatementParser {
  import(node: Import): void {
    this.take()
    const star = this.takeIf(Star)
    if (star) {
      this.reports.possibly('ImportForm', { star: true }, placeOf(star))
      this.takeIf(asWord)
    }
    node.name = this.someName('the import')
    if (this.type === Comma) {
      this.reports.possibly('ImportForm', { star: false }, placeOf(this.token))
      while (this.type !== fromWord && !this.atEnd()) this.skip()
    }
    this.importSource(node)
    if (this.type === LBrace) node.stated = this.statedInterface()
    this.rest()
  }

  importNames(node: ImportNames): void {
    this.take()
    this.take()
    this.commaSeparated(
      RBrace,
      () => this.isNameNext(),
      () => node.names.push(this.importedName()),
    )
    this.importSource(node)
    this.rest()
  }

  private importedName(): ImportedName {
    const name = this.name()
    const alias = this.takeIf(asWord) ? this.someName('the import') : undefined
    return { kind: 'ImportedName', start: name.start, end: this.lastEnd(), name, ...(alias ? { alias } : {}) }
  }

  private importSource(node: Import | ImportNames): void {
    if (!this.takeIf(fromWord)) this.tellMissing('`from`')
    if (this.isTextNext()) node.from = this.plainText()
    else if (this.type === Char) {
      const token = this.take()
      char(token, this.reports)
      node.from = { kind: 'Text', ...placeOf(token), value: token.image.slice(1, -1) }
    } else this.tellMissing('The place of the import in quotes')
  }

  private statedInterface(): StatedInterface {
    const { startOffset: start } = this.take()
    const functions: StatedFunction[] = []
    this.lineSeparated(
      RBrace,
      () => this.isNameNext(),
      () => functions.push(this.statedFunction()),
    )
    return { kind: 'StatedInterface', start, end: this.lastEnd(), functions }
  }

  private statedFunction(): StatedFunction {
    const docs = this.docsAt(this.token.startOffset)
    const name = this.name()
    const colon = this.takeIf(Colon)
    const func = this.takeIf(funcWord)
    if (!colon || !func) this.tellMissing('`: func`')
    const params: Param[] = []
    if (this.type === LParen) this.params(params)
    const result = this.takeIf(Arrow) ? this.someType() : undefined
    for (const param of params) if (param.default) this.tellDefault(param)
    return {
      kind: 'StatedFunction',
      start: name.start,
      end: this.lastEnd(),
      ...(docs === undefined ? {} : { docs }),
      name,
      params,
      ...(result ? { result } : {}),
    }
  }

  private tellDefault(param: Param): void {
    const place = { start: param.type.end, end: param.end }
    this.reports.possibly('Unexpected', { found: 'a default', after: `\`${cut(param.name.text)}\`` }, place)
  }

  config(node: Config): void {
    this.take()
    this.settings(node.entries)
    this.rest()
  }

  /** `export`, and the word of the declaration. */
  protected exported(node: { exported: boolean }): void {
    if (this.takeIf(exportWord)) node.exported = true
    this.take()
  }

  typeDeclaration(node: TypeDeclaration): void {
    this.exported(node)
    node.name = this.someName('the type')
    let marked = this.equals() !== undefined
    const colon = marked ? undefined : this.takeIf(Colon)
    if (colon) {
      marked = true
      this.reports.possibly('ColonForEquals', { found: ':' }, placeOf(colon))
    }
    if (!marked) this.tellMissing('`=` with a type')
    if (marked || this.isTypeNext()) node.type = this.someType()
    this.rest()
  }

  const(node: Const): void {
    this.exported(node)
    node.name = this.someName('the constant')
    this.binding(node, 'const')
  }

  job(node: Job): void {
    this.exported(node)
    node.name = this.someName('the job')
    if (this.type === LParen) this.params(node.params)
    else this.tellMissing('The list of parameters, `()`,')
    this.resultType(node)
    if (this.type === usesWord) this.uses(node)
    if (this.type === LBlock)
      this.block(node.body, () => node.body.value || this.tellNoValue(node.body, cut(node.name.text) || 'job'))
    else this.tellNoBody(cut(node.name.text) || 'job')
    this.rest()
  }

  private tellNoBody(job: string): void {
    this.reports.possibly('MissingBody', { job, found: shown(this.token) }, this.next())
  }

  protected tellNoValue(
    block: { end: number; statements: { start: number; end: number; kind: string }[] },
    job?: string,
  ) {
    const last = block.statements[block.statements.length - 1]
    const related = last?.kind === 'Let' ? [{ message: 'the last statement is a `let`', at: last }] : []
    const place = { start: Math.max(0, block.end - 1), end: block.end }
    this.reports.possibly('MissingResult', job === undefined ? {} : { job }, place, { related })
  }

  private resultType(node: Job): void {
    let mark = this.takeIf(Arrow)
    if (!mark && (this.type === Colon || this.type === FatArrow)) {
      mark = this.take()
      this.reports.possibly('NoArrow', { found: mark.image }, placeOf(mark))
    }
    if (this.isTypeNext() && (mark || !this.isUses())) {
      if (!mark) this.tellNoArrow()
      node.result = this.readType()
    } else if (mark) node.result = this.missingType()
  }

  private isUses(): boolean {
    return this.type === usesWord && isName(this.ahead(1))
  }

  private tellNoArrow(): void {
    const { token } = this
    const fix = { title: 'Insert `->`', edits: [{ start: token.startOffset, end: token.startOffset, text: '-> ' }] }
    this.reports.possibly('NoArrow', {}, placeOf(token), { fixes: [fix] })
  }

  /** `uses http.get, fs.write`, up to the body. */
  private uses(node: Job): void {
    const { startOffset: start } = this.take()
    const operations: Use[] = []
    let separated = true
    while (this.type !== LBlock && !this.atEnd()) {
      if (this.takeIf(Comma)) separated = true
      else if (this.isNameNext()) {
        if (!separated) this.tellMissingComma()
        separated = false
        operations.push(this.use())
      } else this.junk()
    }
    if (operations.length === 0) this.tellMissing('The name of an effect')
    node.uses = { kind: 'Uses', start, end: this.lastEnd(), operations }
  }

  private use(): Use {
    const first = this.name()
    const path: Name[] = [first]
    while (this.takeIf(Dot)) path.push(this.someName('an operation'))
    return { kind: 'Use', start: first.start, end: this.lastEnd(), path }
  }

  test(node: Test): void {
    this.take()
    if (this.isTextNext()) node.name = this.plainText()
    else this.tellNoTestName(node)
    if (this.type === LBlock) this.block(node.body, () => this.withoutValue(node.body))
    else this.tellNoBody('test')
    this.rest()
  }

  private tellNoTestName(node: Test): void {
    const bare = this.isNameNext() ? this.take() : undefined
    const place = bare ? placeOf(bare) : this.next()
    if (bare) node.name = { kind: 'Text', ...place, value: bare.image }
    this.reports.possibly('TestWithoutName', bare ? { name: cut(bare.image) } : {}, place)
  }

  protected params(params: Param[]): void {
    this.take()
    this.commaSeparated(
      RParen,
      () => this.isNameNext(),
      () => params.push(this.param()),
    )
  }

  private param(): Param {
    const name = this.name()
    const question = this.takeIf(Question)
    let type: TypeNode | undefined
    const equals = this.type === Equals && isName(this.ahead(1)) ? this.take() : undefined
    if (equals) this.reports.possibly('EqualsForColon', { after: `\`${cut(name.text)}\`` }, placeOf(equals))
    const colon = equals ?? this.takeIf(Colon)
    if (colon) type = this.someType()
    if (question) this.tellOptional(question, name, type)
    if (!colon) this.reports.possibly('ParameterWithoutType', { name: cut(name.text) }, name)
    const node: Param = { kind: 'Param', start: name.start, end: name.end, name, type: type ?? this.missing() }
    if (this.equals()) node.default = this.someExpression()
    node.end = this.lastEnd()
    return node
  }

  private tellOptional(question: IToken, name: Name, type: TypeNode | undefined): void {
    const place = placeOf(question)
    const hasDefault = this.type === Equals
    const edits = [
      { ...place, text: '' },
      ...(type ? [{ start: type.start, end: type.start, text: 'option<' }] : []),
      ...(type ? [{ start: type.end, end: type.end, text: hasDefault ? '>' : '> = none' }] : []),
    ]
    const fixes = type && type.kind !== 'Missing' ? [{ title: 'Make it an `option`', edits }] : []
    this.reports.possibly('OptionalParameter', { name: cut(name.text) }, place, { fixes })
  }
}
