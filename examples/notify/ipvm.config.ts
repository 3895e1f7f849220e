import type { Config } from 'ipvm'
import { mail } from './mail.ts'

export default {
  // What a run may do without being told by `--allow`.
  allow: ['mail.send=*@example.com', 'http.put=example.com'],
  providers: [mail({ host: 'localhost', port: 25 })],
} satisfies Config
