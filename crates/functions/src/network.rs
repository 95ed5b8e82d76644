//! inet, cidr, macaddr and macaddr8.

use crate::{Builtin, builtin};
use error::{Error, Result, SqlState};
use std::cmp::Ordering;
use types::network::Network;

fn decode(bytes: &[u8]) -> Result<Network> {
    Network::decode(bytes)
}

fn wrong(message: impl Into<String>) -> Error {
    Error::new(SqlState::INVALID_PARAMETER_VALUE, message)
}

/// Whether the first so many bits of two addresses are the same.
fn same_bits(a: &[u8], b: &[u8], bits: u8) -> bool {
    let masked = |address: &[u8]| Network { address: address.to_vec(), bits }.masked();
    masked(a) == masked(b)
}

/// Whether a is within b, by a rule over the lengths of their masks.
fn within(a: &[u8], b: &[u8], lengths: fn(&u8, &u8) -> bool) -> Result<bool> {
    let (a, b) = (decode(a)?, decode(b)?);
    Ok(a.family() == b.family()
        && lengths(&a.bits, &b.bits)
        && same_bits(&a.address, &b.address, a.bits.min(b.bits)))
}

fn host(bytes: &[u8]) -> Result<String> {
    Ok(decode(bytes)?.host())
}

fn shown(bytes: &[u8]) -> Result<String> {
    let network = decode(bytes)?;
    Ok(format!("{}/{}", network.host(), network.bits))
}

fn abbreviated(bytes: &[u8]) -> Result<String> {
    let network = decode(bytes)?;
    if network.bits == network.bits_max() { Ok(network.host()) } else { shown(bytes) }
}

/// A cidr without the octets that its mask does not reach.
fn abbreviated_cidr(bytes: &[u8]) -> Result<String> {
    let network = decode(bytes)?;
    if network.family() == 6 {
        return shown_cidr6(&network, bytes);
    }
    let count = usize::from(network.bits.div_ceil(8)).max(1);
    let octets: Vec<String> = network.address[..count].iter().map(u8::to_string).collect();
    Ok(format!("{}/{}", octets.join("."), network.bits))
}

/// The words of an IPv6 address that its mask reaches, the longest run of zeros left out.
fn shown_cidr6(network: &Network, bytes: &[u8]) -> Result<String> {
    if network.bits > 112 {
        return shown(bytes);
    }
    let count = usize::from(network.bits.div_ceil(16)).max(2);
    let words: Vec<u16> = network.address[..count * 2]
        .chunks_exact(2)
        .map(|pair| u16::from_be_bytes([pair[0], pair[1]]))
        .collect();
    let (mut longest, mut at) = ((0, 0), 0);
    while at < count {
        let length = words[at..].iter().take_while(|word| **word == 0).count();
        if length > longest.1 {
            longest = (at, length);
        }
        at += length.max(1);
    }
    let hex = |words: &[u16]| -> String {
        let list: Vec<String> = words.iter().map(|word| format!("{word:x}")).collect();
        list.join(":")
    };
    let (start, length) = longest;
    if length == 0 {
        return Ok(format!("{}/{}", hex(&words), network.bits));
    }
    Ok(format!("{}::{}/{}", hex(&words[..start]), hex(&words[start + length..]), network.bits))
}

fn full(address: Vec<u8>) -> Vec<u8> {
    let bits = if address.len() == 4 { 32 } else { 128 };
    Network { address, bits }.encode()
}

fn broadcast(bytes: &[u8]) -> Result<Vec<u8>> {
    let network = decode(bytes)?;
    let address = network.address.iter().zip(network.mask()).map(|(a, m)| a | !m).collect();
    Ok(Network { address, bits: network.bits }.encode())
}

fn network_of(bytes: &[u8]) -> Result<Vec<u8>> {
    let network = decode(bytes)?;
    Ok(Network { address: network.masked(), bits: network.bits }.encode())
}

fn netmask(bytes: &[u8]) -> Result<Vec<u8>> {
    Ok(full(decode(bytes)?.mask()))
}

fn hostmask(bytes: &[u8]) -> Result<Vec<u8>> {
    Ok(full(decode(bytes)?.mask().into_iter().map(|byte| !byte).collect()))
}

/// -1 is the whole length. 22023.
fn set_masklen(bytes: &[u8], bits: i32, cut: bool) -> Result<Vec<u8>> {
    let network = decode(bytes)?;
    let bits = match bits {
        -1 => network.bits_max(),
        bits => u8::try_from(bits)
            .ok()
            .filter(|bits| *bits <= network.bits_max())
            .ok_or_else(|| wrong(format!("invalid mask length: {bits}")))?,
    };
    let changed = Network { address: network.address, bits };
    if cut { network_of(&changed.encode()) } else { Ok(changed.encode()) }
}

fn merge(a: &[u8], b: &[u8]) -> Result<Vec<u8>> {
    let (a, b) = (decode(a)?, decode(b)?);
    if a.family() != b.family() {
        return Err(wrong("cannot merge addresses from different families"));
    }
    let most = a.bits.min(b.bits);
    let bits = (0..=most).rev().find(|bits| same_bits(&a.address, &b.address, *bits)).unwrap_or(0);
    network_of(&Network { address: a.address, bits }.encode())
}

/// Byte by byte. 22023 for different families.
fn zip(a: &[u8], b: &[u8], name: &str, f: fn(u8, u8) -> u8) -> Result<Vec<u8>> {
    let (a, b) = (decode(a)?, decode(b)?);
    if a.family() != b.family() {
        return Err(wrong(format!("cannot {name} inet values of different sizes")));
    }
    let address = a.address.iter().zip(&b.address).map(|(x, y)| f(*x, *y)).collect();
    Ok(Network { address, bits: a.bits.max(b.bits) }.encode())
}

fn not(bytes: &[u8]) -> Result<Vec<u8>> {
    let network = decode(bytes)?;
    let address = network.address.iter().map(|byte| !byte).collect();
    Ok(Network { address, bits: network.bits }.encode())
}

fn number(address: &[u8]) -> u128 {
    address.iter().fold(0, |number, byte| number << 8 | u128::from(*byte))
}

/// So many addresses on. 22003.
fn plus(bytes: &[u8], distance: i128) -> Result<Vec<u8>> {
    let network = decode(bytes)?;
    let length = network.address.len();
    let limit = if length == 4 { u128::from(u32::MAX) } else { u128::MAX };
    let moved = number(&network.address)
        .checked_add_signed(distance)
        .filter(|moved| *moved <= limit)
        .ok_or_else(|| {
            Error::new(SqlState::NUMERIC_VALUE_OUT_OF_RANGE, "result is out of range")
        })?;
    let address = moved.to_be_bytes()[16 - length..].to_vec();
    Ok(Network { address, bits: network.bits }.encode())
}

/// The order as PostgreSQL's comparison support function tells it: by how much what differs first does.
fn order(a: &[u8], b: &[u8]) -> Result<i32> {
    let (a, b) = (decode(a)?, decode(b)?);
    if a.family() != b.family() {
        return Ok(a.family().cmp(&b.family()) as i32);
    }
    let common = a.bits.min(b.bits);
    let bits = first_difference(&a.address, &b.address, common);
    Ok(if bits != 0 {
        bits
    } else if a.bits != b.bits {
        i32::from(a.bits) - i32::from(b.bits)
    } else {
        first_difference(&a.address, &b.address, a.bits_max())
    })
}

/// The difference of the first bytes that differ within so many bits; within the last, started byte its sign.
fn first_difference(a: &[u8], b: &[u8], bits: u8) -> i32 {
    let whole = usize::from(bits / 8);
    let found = crate::compare_bytes::difference(&a[..whole], &b[..whole]);
    if found != 0 || bits.is_multiple_of(8) {
        return found;
    }
    let cut = |byte: u8| byte >> (8 - bits % 8);
    cut(a[whole]).cmp(&cut(b[whole])) as i32
}

fn distance(a: &[u8], b: &[u8]) -> Result<i64> {
    let (a, b) = (decode(a)?, decode(b)?);
    if a.family() != b.family() {
        return Err(wrong("cannot subtract inet values of different sizes"));
    }
    let (x, y) = (number(&a.address), number(&b.address));
    let magnitude = i128::try_from(x.abs_diff(y)).unwrap_or(i128::MAX);
    i64::try_from(if x >= y { magnitude } else { -magnitude })
        .map_err(|_| Error::new(SqlState::NUMERIC_VALUE_OUT_OF_RANGE, "result is out of range"))
}

fn pick(a: &[u8], b: &[u8], first: bool) -> Vec<u8> {
    if first { a.to_vec() } else { b.to_vec() }
}

fn mac_to8(bytes: &[u8]) -> Vec<u8> {
    let mut out = bytes.to_vec();
    out.splice(3..3, [0xFF, 0xFE]);
    out
}

/// 22003 where the middle is not FF:FE.
fn mac8_to6(bytes: &[u8]) -> Result<Vec<u8>> {
    if bytes.get(3..5) != Some(&[0xFF, 0xFE]) {
        let text = "macaddr8 data out of range to convert to macaddr";
        return Err(Error::new(SqlState::NUMERIC_VALUE_OUT_OF_RANGE, text).hint(
            "Only addresses that have FF and FE as values in the 4th and 5th bytes from the left, for example xx:xx:xx:ff:fe:xx:xx:xx, are eligible to be converted from macaddr8 to macaddr.",
        ));
    }
    Ok([&bytes[..3], &bytes[5..]].concat())
}

fn trunc(bytes: &[u8]) -> Vec<u8> {
    let mut out = bytes.to_vec();
    out.iter_mut().skip(3).for_each(|byte| *byte = 0);
    out
}

fn mac_zip(a: &[u8], b: &[u8], f: fn(u8, u8) -> u8) -> Vec<u8> {
    a.iter().zip(b).map(|(x, y)| f(*x, *y)).collect()
}

fn set_seventh(bytes: &[u8]) -> Vec<u8> {
    let mut out = bytes.to_vec();
    out.iter_mut().take(1).for_each(|byte| *byte |= 2);
    out
}

pub(crate) const FUNCTIONS: &[Builtin] = &[
    builtin("network_eq", |call| call.compare_by_type(Ordering::is_eq)),
    builtin("network_ne", |call| call.compare_by_type(Ordering::is_ne)),
    builtin("network_lt", |call| call.compare_by_type(Ordering::is_lt)),
    builtin("network_le", |call| call.compare_by_type(Ordering::is_le)),
    builtin("network_gt", |call| call.compare_by_type(Ordering::is_gt)),
    builtin("network_ge", |call| call.compare_by_type(Ordering::is_ge)),
    builtin("network_cmp", |call| call.map2(order)),
    builtin("network_larger", |call| call.map2(|a: &[u8], b: &[u8]| Ok(pick(a, b, a > b)))),
    builtin("network_smaller", |call| call.map2(|a: &[u8], b: &[u8]| Ok(pick(a, b, a < b)))),
    builtin("network_sub", |call| call.map2(|a, b| within(a, b, u8::gt))),
    builtin("network_subeq", |call| call.map2(|a, b| within(a, b, u8::ge))),
    builtin("network_sup", |call| call.map2(|a, b| within(a, b, u8::lt))),
    builtin("network_supeq", |call| call.map2(|a, b| within(a, b, u8::le))),
    builtin("network_overlap", |call| call.map2(|a, b| within(a, b, |_, _| true))),
    builtin("network_host", |call| call.map1(host)),
    builtin("network_show", |call| call.map1(shown)),
    builtin("inet_abbrev", |call| call.map1(abbreviated)),
    builtin("cidr_abbrev", |call| call.map1(abbreviated_cidr)),
    builtin("network_family", |call| call.map1(|a: &[u8]| Ok(i32::from(decode(a)?.family())))),
    builtin("network_masklen", |call| call.map1(|a: &[u8]| Ok(i32::from(decode(a)?.bits)))),
    builtin("inet_set_masklen", |call| call.map2(|a, bits| set_masklen(a, bits, false))),
    builtin("cidr_set_masklen", |call| call.map2(|a, bits| set_masklen(a, bits, true))),
    builtin("network_broadcast", |call| call.map1(broadcast)),
    builtin("network_network", |call| call.map1(network_of)),
    builtin("inet_to_cidr", |call| call.map1(network_of)),
    builtin("network_netmask", |call| call.map1(netmask)),
    builtin("network_hostmask", |call| call.map1(hostmask)),
    builtin("inet_merge", |call| call.map2(merge)),
    builtin("inet_same_family", |call| {
        call.map2(|a: &[u8], b: &[u8]| Ok(decode(a)?.family() == decode(b)?.family()))
    }),
    builtin("inetnot", |call| call.map1(not)),
    builtin("inetand", |call| call.map2(|a, b| zip(a, b, "AND", |x, y| x & y))),
    builtin("inetor", |call| call.map2(|a, b| zip(a, b, "OR", |x, y| x | y))),
    builtin("inetpl", |call| call.map2(|a, n: i64| plus(a, i128::from(n)))),
    builtin("inetmi_int8", |call| call.map2(|a, n: i64| plus(a, i128::from(n.wrapping_neg())))),
    builtin("inetmi", |call| call.map2(distance)),
    builtin("macaddr_eq", |call| call.compare_by_type(Ordering::is_eq)),
    builtin("macaddr_ne", |call| call.compare_by_type(Ordering::is_ne)),
    builtin("macaddr_lt", |call| call.compare_by_type(Ordering::is_lt)),
    builtin("macaddr_le", |call| call.compare_by_type(Ordering::is_le)),
    builtin("macaddr_gt", |call| call.compare_by_type(Ordering::is_gt)),
    builtin("macaddr_ge", |call| call.compare_by_type(Ordering::is_ge)),
    builtin("macaddr_cmp", |call| call.order_by_type()),
    builtin("macaddr_not", |call| call.map1(|a: &[u8]| Ok(mac_zip(a, a, |x, _| !x)))),
    builtin("macaddr_and", |call| call.map2(|a, b| Ok(mac_zip(a, b, |x, y| x & y)))),
    builtin("macaddr_or", |call| call.map2(|a, b| Ok(mac_zip(a, b, |x, y| x | y)))),
    builtin("macaddr_trunc", |call| call.map1(|a: &[u8]| Ok(trunc(a)))),
    builtin("macaddr8_eq", |call| call.compare_by_type(Ordering::is_eq)),
    builtin("macaddr8_ne", |call| call.compare_by_type(Ordering::is_ne)),
    builtin("macaddr8_lt", |call| call.compare_by_type(Ordering::is_lt)),
    builtin("macaddr8_le", |call| call.compare_by_type(Ordering::is_le)),
    builtin("macaddr8_gt", |call| call.compare_by_type(Ordering::is_gt)),
    builtin("macaddr8_ge", |call| call.compare_by_type(Ordering::is_ge)),
    builtin("macaddr8_cmp", |call| call.order_by_type()),
    builtin("macaddr8_not", |call| call.map1(|a: &[u8]| Ok(mac_zip(a, a, |x, _| !x)))),
    builtin("macaddr8_and", |call| call.map2(|a, b| Ok(mac_zip(a, b, |x, y| x & y)))),
    builtin("macaddr8_or", |call| call.map2(|a, b| Ok(mac_zip(a, b, |x, y| x | y)))),
    builtin("macaddr8_trunc", |call| call.map1(|a: &[u8]| Ok(trunc(a)))),
    builtin("macaddr8_set7bit", |call| call.map1(|a: &[u8]| Ok(set_seventh(a)))),
    builtin("macaddrtomacaddr8", |call| call.map1(|a: &[u8]| Ok(mac_to8(a)))),
    builtin("macaddr8tomacaddr", |call| call.map1(mac8_to6)),
];
