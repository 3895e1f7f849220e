import { expect, test } from 'vitest'
import { specialAddress } from '../../../runtime/effects/address.ts'

const few: [string, string][] = [
  ['0.0.0.0', 'an unspecified address'],
  ['0.1.2.3', 'an unspecified address'],
  ['127.0.0.1', 'a loopback address'],
  ['127.255.255.254', 'a loopback address'],
  ['10.0.0.1', 'a private address'],
  ['172.16.0.1', 'a private address'],
  ['172.31.255.255', 'a private address'],
  ['192.168.1.1', 'a private address'],
  ['169.254.169.254', 'a link-local address'],
  ['100.64.0.1', 'an address of a carrier’s network'],
  ['100.127.255.255', 'an address of a carrier’s network'],
  ['198.18.0.1', 'an address for measurements'],
  ['198.19.255.255', 'an address for measurements'],
  ['192.0.2.1', 'an address for documentation'],
  ['198.51.100.1', 'an address for documentation'],
  ['203.0.113.1', 'an address for documentation'],
  ['192.0.0.170', 'an address for protocols'],
  ['192.88.99.1', 'an address that holds another'],
  ['224.0.0.1', 'a multicast address'],
  ['239.255.255.255', 'a multicast address'],
  ['240.0.0.1', 'a reserved address'],
  ['255.255.255.255', 'a reserved address'],
  ['::', 'an unspecified address'],
  ['::1', 'a loopback address'],
  ['fc00::1', 'a private address'],
  ['fdff:ffff::1', 'a private address'],
  ['fec0::1', 'a private address'],
  ['fe80::1', 'a link-local address'],
  ['fe80::1%eth0', 'a link-local address'],
  ['ff02::1', 'a multicast address'],
  ['2001:db8::1', 'an address for documentation'],
  ['3fff:fff::1', 'an address for documentation'],
  ['2001:2::1', 'an address for measurements'],
  ['2001::1', 'an address for protocols'],
  ['100::1', 'an address for protocols'],
  ['5f00::1', 'an address for protocols'],
  ['::ffff:127.0.0.1', 'an address that holds another'],
  ['::ffff:7f00:1', 'an address that holds another'],
  ['::ffff:8.8.8.8', 'an address that holds another'],
  ['64:ff9b::7f00:1', 'an address that holds another'],
  ['64:ff9b::808:808', 'an address that holds another'],
  ['64:ff9b:1::7f00:1', 'an address that holds another'],
  ['2002:7f00:1::1', 'an address that holds another'],
  // IPv4-compatible, which nobody has used, and what is not given out.
  ['::127.0.0.1', 'a reserved address'],
  ['::ffff:0:127.0.0.1', 'a reserved address'],
  ['4000::1', 'a reserved address'],
]

test.each(few)('%s is %s', (address, what) => {
  expect(specialAddress(address)).toBe(what)
})

test.each([
  '1.1.1.1',
  '8.8.8.8',
  '100.63.255.255',
  '100.128.0.1',
  '172.15.255.255',
  '172.32.0.1',
  '192.0.1.1',
  '198.17.255.255',
  '198.20.0.1',
  '223.255.255.255',
  '2001:200::1',
  '2001:4860:4860::8888',
  '2606:4700:4700::1111',
  '2a00::1',
])('%s is a public address', address => {
  expect(specialAddress(address)).toBeUndefined()
})
