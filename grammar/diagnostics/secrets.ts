import { error } from './define.ts'

const effects =
  'effect vault("vault:") {\n  query key(name: string) -> secret<string>\n  query open(key: secret<string>) -> string\n' +
  '  command publish(text: string) -> ()\n}\n\n'

/** IPVM5030-5059: what is secret stays so. */
export const secretRows = {
  SecretEscapes: error<{ param: string; func: string }>({
    code: 'IPVM5030',
    message: p =>
      `This is secret, and \`${p.func}\` does not keep \`${p.param}\` secret: declare it \`secret<…>\` in the effect, or write \`declassify(…)\`.`,
    explain:
      'What is computed from a secret is secret, and leaves the job only through a parameter that an effect declares as `secret<…>`. `declassify(x)` is an effect of its own, which has to be granted.',
    wrong:
      effects +
      'export job main() -> () uses vault.key, vault.publish {\n  let key = vault.key("a")\n  do vault.publish("the key is ${key}")\n}\n',
    right:
      effects +
      'export job main() -> () uses declassify, vault.key, vault.publish {\n  let key = vault.key("a")\n  do vault.publish(declassify("the key is ${key}"))\n}\n',
  }),
  SecretToJob: error<{ job: string; param: string; performs: string }>({
    code: 'IPVM5031',
    message: p =>
      `This is secret, and \`${p.job}\`, which performs \`${p.performs}\`, takes \`${p.param}\` as something that is not. Declare it \`secret<…>\` there.`,
    explain:
      'A job that performs nothing may take a secret for any of its parameters: its result is secret then. One that performs something has to be checked with the secret in mind, so that its parameter says `secret<…>`.',
    wrong:
      effects +
      'job tell(text: string) -> () { do vault.publish(text) }\n\nexport job main() -> () uses vault.key, vault.publish { tell(vault.key("a")) }\n',
    right:
      effects +
      'job ask(key: secret<string>) -> string { vault.open(key) }\n\nexport job main() -> string uses vault.key, vault.open { ask(vault.key("a")) }\n',
  }),
  SecretResult: error<{ job: string; type: string }>({
    code: 'IPVM5032',
    message: p => `\`${p.job}\` is exported, and its result holds a secret: \`${p.type}\`.`,
    explain:
      'The result of an exported job is seen by whoever runs it. Give the secret to an effect that declares its parameter `secret<…>`, or open it with `declassify(x)`, which has to be granted.',
    wrong: effects + 'export job main() -> secret<string> uses vault.key { vault.key("a") }\n',
    right: effects + 'export job main() -> string uses vault.key, vault.open { vault.open(vault.key("a")) }\n',
  }),
  SecretParameter: error<{ param: string }>({
    code: 'IPVM5033',
    message: p =>
      `\`${p.param}\` is a parameter of an exported job: arguments stand in the open. Read the secret with \`secret.get("NAME")\`.`,
    explain:
      'Arguments of a job are part of what identifies a run, and are kept with it. A secret is read by the run itself, by its name, where it is needed.',
    wrong: effects + 'export job main(key: secret<string>) -> string uses vault.open { vault.open(key) }\n',
    right:
      effects + 'export job main(name: string) -> string uses vault.key, vault.open { vault.open(vault.key(name)) }\n',
  }),
  SecretDecides: error<{ what: string }>({
    code: 'IPVM5034',
    message: p => `A secret decides whether ${p.what}: who sees it happen learns of the secret.`,
    explain:
      'A secret may choose between values, which are secret then. Whether, and how often, an effect happens is seen from outside; so no effect stands in a branch or in a loop that a secret decides.',
    wrong:
      effects +
      'export job main() -> () uses vault.key, vault.publish {\n  if vault.key("a") == "x" { do vault.publish("it is x") }\n}\n',
    right:
      effects +
      'export job main() -> () uses declassify, vault.key, vault.publish {\n  if declassify(vault.key("a") == "x") { do vault.publish("it is x") }\n}\n',
  }),
  SecretStored: error<{}>({
    code: 'IPVM5035',
    message: () =>
      '`link` stores its value in a block for everyone to read, and this is secret. Keep it a value, or write `declassify(…)`.',
    explain:
      'A block is found by its CID and is not encrypted. Keep the secret a value, or open it with `declassify(x)`, which has to be granted.',
    wrong: effects + 'export job main() -> u32 uses vault.key {\n  let a = link(vault.key("a"))\n  1\n}\n',
    right:
      effects +
      'export job main() -> link<string> uses declassify, vault.key {\n  link(declassify(vault.key("a")))\n}\n',
  }),
  SecretDemands: error<{ name: string; call: string }>({
    code: 'IPVM5037',
    message: p =>
      (p.call === p.name ? `\`${p.name}\` is performed` : `\`${p.call}\` performs \`${p.name}\``) +
      ' only where a secret asks for its value, and who sees it happen learns of the secret: use the value whatever the secret is, or open what decides with `declassify(…)`.',
    explain:
      'Evaluation is by demand: a query whose value is used in one branch alone is performed if that branch is taken. Where a secret picks the branch, the query tells of it. Use the value in all branches, or where no secret decides: a choice between two values that are both there is `[a, b][i]`, with the secret in `i`. What is demanded elsewhere in any case may be used in a branch too.',
    wrong:
      effects +
      'export job main() -> string uses vault.key, vault.open {\n  let page = vault.open("page")\n  vault.open(if vault.key("a") == "x" { page } else { "" })\n}\n',
    right:
      effects +
      'export job main() -> string uses vault.key, vault.open {\n  let page = vault.open("page")\n  vault.open(if vault.key("a") == "x" { page } else { "not ${page}" })\n}\n',
  }),
  SecretOutcome: error<{ word: string }>({
    code: 'IPVM5038',
    message: p =>
      `This \`${p.word}\` tells whether something could be computed of a secret, and its result is not secret. Give that a value for the case that it fails, where it is computed: \`x catch _ => …\`.`,
    explain:
      'What an effect gives is as secret as it says, whatever it is given. Where what it is given is computed of a secret and may fail, by a division, an index, a conversion, `?` or a component, the failure comes out of the effect, and who catches it learns of the secret.',
    wrong:
      effects +
      'export job main() -> string uses vault.key, vault.open {\n  vault.open("k/${[1, 2][len(vault.key("a"))]}") catch _ => "none"\n}\n',
    right:
      effects +
      'export job main() -> string uses vault.key, vault.open {\n  vault.open("k/${vault.key("a")}") catch _ => "none"\n}\n',
  }),
  NotSecret: error<{ type: string }>({
    code: 'IPVM5036',
    message: p => `\`declassify\` opens a secret, and this is a \`${p.type}\`. Leave \`declassify\` out.`,
    explain:
      '`declassify(x)` is an effect that has to be granted, so it stands only where a secret is opened. A secret inside of a record or list is opened where it is read: `declassify(account.token)`.',
    wrong: 'export job main() -> string uses declassify { declassify("a") }\n',
    right: effects + 'export job main() -> string uses declassify, vault.key { declassify(vault.key("a")) }\n',
  }),
}
