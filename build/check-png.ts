/** `node build/check-png.ts FILE…`: decodes PNG files, checksums and pixels included; fails where one is damaged. */
import { readFileSync } from 'node:fs'
import { crc32, inflateSync } from 'node:zlib'

for (const file of process.argv.slice(2)) {
  const { width, height } = decode(readFileSync(file), file)
  console.log(`${file}: a PNG of ${width} by ${height} pixels`)
}

/** Reads the chunks and inflates the pixels (https://www.w3.org/TR/png-3/); 8 bits a channel, not interlaced. */
function decode(png: Buffer, file: string): { width: number; height: number } {
  const refuse = (why: string): never => {
    console.error(`${file} is not a PNG that decodes: ${why}`)
    process.exit(1)
  }
  if (png.toString('latin1', 0, 8) !== '\x89PNG\r\n\x1a\n') refuse('wrong signature')
  const parts: Buffer[] = []
  let header: Buffer | undefined
  for (let at = 8; ;) {
    const length = png.readUInt32BE(at)
    const type = png.toString('latin1', at + 4, at + 8)
    const data = png.subarray(at + 8, at + 8 + length)
    if (crc32(png.subarray(at + 4, at + 8 + length)) !== png.readUInt32BE(at + 8 + length)) refuse(`${type} is damaged`)
    if (type === 'IHDR') header = data
    if (type === 'IDAT') parts.push(data)
    if (type === 'IEND') break
    at += 12 + length
  }
  if (!header) return refuse('no header')
  const [width, height] = [header.readUInt32BE(0), header.readUInt32BE(4)]
  const channels = { 0: 1, 2: 3, 4: 2, 6: 4 }[header[9]!] ?? refuse('a kind of colour that is not checked here')
  if (header[8] !== 8 || header[12] !== 0) refuse('a depth or order of pixels that is not checked here')
  const rows = inflateSync(Buffer.concat(parts))
  if (rows.length !== height * (1 + width * channels)) refuse('the number of pixels is wrong')
  for (let row = 0; row < height; row++)
    if (rows[row * (1 + width * channels)]! > 4) refuse(`row ${row} has an unknown filter`)
  return { width, height }
}
