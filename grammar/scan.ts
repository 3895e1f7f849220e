/** Scanners of the tokens that a regular expression cannot read in bounded memory, or without knowing what precedes. */

const wordFlags = new Uint8Array(128)
for (const character of 'abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_')
  wordFlags[character.charCodeAt(0)] = 1

function isWord(code: number): boolean {
  return code < 128 && wordFlags[code] === 1
}

function isDigit(code: number): boolean {
  return code >= 48 && code <= 57
}

const quote = 34
const apostrophe = 39
const backslash = 92
const openBrace = 123
const minus = 45
const dot = 46
const lineFeed = 10
const carriageReturn = 13

/** `[A-Za-z_]\w*(-\w+)*`; returns the end, or `at` where no name starts. */
export function scanName(text: string, at: number): number {
  if (!isWord(text.charCodeAt(at)) || isDigit(text.charCodeAt(at))) return at
  let end = at + 1
  for (;;) {
    while (isWord(text.charCodeAt(end))) end++
    if (text.charCodeAt(end) !== minus || !isWord(text.charCodeAt(end + 1))) return end
    end += 2
  }
}

/**
 * Anything that starts like a number: digits, a fraction, an exponent, and letters that are glued to it, so that a
 * wrong number is one token with one message. A minus belongs to it where a digit follows. After a dot only an
 * integer is read (`t.0.1`), and a dot starts a number, a wrong one, only where nothing stands that has parts.
 */
export function scanNumber(text: string, at: number, afterDot: boolean, startsValue: boolean): number {
  let end = text.charCodeAt(at) === minus ? at + 1 : at
  if (text.charCodeAt(end) === dot && isDigit(text.charCodeAt(end + 1)) && startsValue) {
    end++
    while (isWord(text.charCodeAt(end))) end++
    return end
  }
  if (!isDigit(text.charCodeAt(end))) return at
  if (afterDot && end > at) return at
  const skipWord = (): void => {
    while (isWord(text.charCodeAt(end))) end++
  }
  const hex = text.charCodeAt(end) === 48 && (text.charCodeAt(end + 1) | 32) === 120
  if (afterDot || hex) {
    skipWord()
    return end
  }
  skipWord()
  const isPart = (): boolean => {
    const next = text.charCodeAt(end + 1)
    return isDigit(next) || !(isWord(next) || next === dot)
  }
  if (text.charCodeAt(end) === dot && onlyDigits(text, at, end) && isPart()) {
    end++
    skipWord()
  }
  const sign = text.charCodeAt(end)
  if ((text.charCodeAt(end - 1) | 32) === 101 && (sign === minus || sign === 43) && isDigit(text.charCodeAt(end + 1))) {
    end++
    skipWord()
  }
  return end
}

/** Whether digits, underscores and a leading minus are all that stands between two offsets. */
function onlyDigits(text: string, from: number, to: number): boolean {
  for (let at = from; at < to; at++) {
    const code = text.charCodeAt(at)
    if (!isDigit(code) && code !== 95 && code !== minus) return false
  }
  return true
}

/**
 * A quoted literal from its opening quote to the closing one, or to the end of the line where there is none.
 * Inside `${ }` quotes open texts of their own, so that `"a ${f("b")} c"` is one token.
 *
 * @param plain `${` means nothing, as in bytes
 */
export function scanQuoted(text: string, at: number, plain: boolean): number {
  const end = quotedEnd(text, at, plain)
  return end < 0 ? ~end : end
}

/** Whether the quoted literal that starts at `at` has its closing quote. */
export function isClosed(text: string, at: number, plain: boolean): boolean {
  return quotedEnd(text, at, plain) >= 0
}

/** Whether a text ends with the quote that closes the one at `at`, where `${` means nothing. */
export function isWhole(text: string, at: number): boolean {
  return plainEnd(text, at) === text.length
}

const bentOpening = '\u201c\u201e\u2018'
const bentClosing = '\u201d\u2019'

/**
 * A text in quotes that a word processor has bent, or in backticks; returns `at` where none starts. It goes to the
 * bent quote that closes it, to a straight one where there is none before the next text, or to the end of the line.
 */
export function scanBent(text: string, at: number): number {
  const mark = text[at]!
  let straight = -1
  for (let end = at + 1; ; end++) {
    const character = text[end]
    if (character === undefined || character === '\n' || character === '\r') {
      if (mark === '`') return at
      return straight < 0 ? end : straight
    }
    if (mark === '`') {
      if (character === '`') return end + 1
    } else if (bentClosing.includes(character)) return end + 1
    else if (bentOpening.includes(character)) {
      // German texts close with the quote that opens English ones.
      if (mark === '\u201e' || straight < 0) return end + 1
      return straight
    } else if (character === '"' && straight < 0) straight = end + 1
  }
}

/** Whether what {@link scanBent} found has a closing quote. */
export function isBentClosed(image: string): boolean {
  return image.length > 1 && `${bentOpening}${bentClosing}"\``.includes(image[image.length - 1]!)
}

/**
 * The end of the piece of a text that goes on at `at`: the offset of its closing quote, of a `${`, or of the end of the
 * line.
 */
export function quotedStop(text: string, at: number): number {
  for (let end = at; ; end++) {
    const code = text.charCodeAt(end)
    if (code === quote || isLineBreak(code)) return end
    if (code === 36 && text.charCodeAt(end + 1) === openBrace) return end
    if (code === backslash && end + 1 < text.length && !isLineBreak(text.charCodeAt(end + 1))) end++
  }
}

/** Also what lies behind the end of a text. */
function isLineBreak(code: number): boolean {
  return code === lineFeed || code === carriageReturn || Number.isNaN(code)
}

/** Where a quoted literal ends, or the complement of where it was given up. */
function quotedEnd(text: string, at: number, plain: boolean): number {
  const mark = text.charCodeAt(at)
  if (mark === apostrophe && text.startsWith("'''", at)) {
    // Quotes alone: somebody means one of them.
    let run = at + 3
    while (text.charCodeAt(run) === apostrophe) run++
    return run
  }
  if (plain || mark === apostrophe) return plainEnd(text, at)
  // What encloses the current place: quotes and, for each `${`, an open brace.
  const open: number[] = [quote]
  let end = at + 1
  while (end < text.length) {
    const code = text.charCodeAt(end)
    const inside = open[open.length - 1]
    if (isLineBreak(code)) return ~end
    if (inside === openBrace) {
      if (code === 125) open.pop()
      else if (code === openBrace) open.push(openBrace)
      else if (code === quote && !isPrefixed(text, end)) open.push(quote)
      else if (code === quote || code === apostrophe) {
        end = plainEnd(text, end)
        if (end < 0) return end
        continue
      }
      end++
    } else if (code === backslash) {
      if (isLineBreak(text.charCodeAt(end + 1))) return ~(end + 1)
      end += 2
    } else if (code === quote) {
      open.pop()
      end++
      if (open.length === 0) return end
    } else if (code === 36 && text.charCodeAt(end + 1) === openBrace) {
      open.push(openBrace)
      end += 2
    } else end++
  }
  return ~end
}

/** Like {@link quotedEnd}, where `${` means nothing. */
function plainEnd(text: string, at: number): number {
  const mark = text.charCodeAt(at)
  for (let end = at + 1; ; end++) {
    const code = text.charCodeAt(end)
    if (code === mark) return end + 1
    if (isLineBreak(code)) return ~end
    if (code !== backslash) continue
    end++
    if (isLineBreak(text.charCodeAt(end))) return ~end
  }
}

/** Whether a quote belongs to `b"…"` or `cid"…"`. */
function isPrefixed(text: string, at: number): boolean {
  const length = text[at - 1] === 'b' ? 1 : text.startsWith('cid', at - 3) ? 3 : 0
  return length > 0 && !isWord(text.charCodeAt(at - length - 1))
}
