import { BlockList, isIP } from 'node:net'

/**
 * What is not for everybody to reach: the special-purpose registries of IANA (RFC 6890 and what updated it), and multicast.
 * Addresses that hold another one (IPv4-mapped, NAT64, 6to4, Teredo) are among them, whatever they hold.
 */
const special: readonly (readonly [what: string, ...networks: string[]])[] = [
  ['an unspecified address', '0.0.0.0/8', '::/128'],
  ['a loopback address', '127.0.0.0/8', '::1/128'],
  ['a private address', '10.0.0.0/8', '172.16.0.0/12', '192.168.0.0/16', 'fc00::/7', 'fec0::/10'],
  ['a link-local address', '169.254.0.0/16', 'fe80::/10'],
  ['an address of a carrier’s network', '100.64.0.0/10'],
  ['an address for measurements', '198.18.0.0/15', '2001:2::/48'],
  ['an address for documentation', '192.0.2.0/24', '198.51.100.0/24', '203.0.113.0/24', '2001:db8::/32', '3fff::/20'],
  ['an address for protocols', '192.0.0.0/24', '2001::/23', '100::/64', '5f00::/16'],
  ['an address that holds another', '::ffff:0:0/96', '64:ff9b::/96', '64:ff9b:1::/48', '2002::/16', '192.88.99.0/24'],
  ['a multicast address', '224.0.0.0/4', 'ff00::/8'],
  ['a reserved address', '240.0.0.0/4'],
]

const lists = special.map(([what, ...networks]) => ({
  what,
  v4: listOf(networks, 'ipv4'),
  v6: listOf(networks, 'ipv6'),
}))

/** All that is given out to the public so far (RFC 4291, 2.4); what is in it and special stands above. */
const global = listOf(['2000::/3'], 'ipv6')

/**
 * What keeps an address from being a public one: `a private address`; undefined for one that is.
 *
 * @param address an IP address without brackets; a zone makes no difference
 */
export function specialAddress(address: string): string | undefined {
  const bare = address.split('%')[0]!
  // One list for each family: Node takes an IPv4-mapped address for the address in it.
  if (isIP(bare) === 4) return lists.find(({ v4 }) => v4.check(bare, 'ipv4'))?.what
  const found = lists.find(({ v6 }) => v6.check(bare, 'ipv6'))
  return found?.what ?? (global.check(bare, 'ipv6') ? undefined : 'a reserved address')
}

function listOf(networks: string[], family: 'ipv4' | 'ipv6'): BlockList {
  const list = new BlockList()
  for (const network of networks) {
    const [prefix, bits] = network.split('/') as [string, string]
    if (isIP(prefix) === (family === 'ipv4' ? 4 : 6)) list.addSubnet(prefix, Number(bits), family)
  }
  return list
}
