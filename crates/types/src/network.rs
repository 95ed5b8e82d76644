//! inet, cidr, macaddr and macaddr8.
//!
//! As bytes, an address is in its order: family (4 or 6), the network (the address with the host's bits zero), the
//! length of the mask, the address; so byte order is the type's order. macaddr is its 6 bytes, macaddr8 its 8.

use crate::io::invalid_input;
use error::{Error, Result, SqlState};
use std::net::{Ipv4Addr, Ipv6Addr};

/// An inet or cidr value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Network {
    /// 4 bytes of an IPv4 address, 16 of an IPv6 one.
    pub address: Vec<u8>,
    /// How many bits the mask has.
    pub bits: u8,
}

impl Network {
    /// The value of its bytes. XX001.
    pub fn decode(bytes: &[u8]) -> Result<Self> {
        let length = match bytes.first() {
            Some(4) => 4,
            Some(6) => 16,
            Some(_) | None => 0,
        };
        if length == 0 || bytes.len() != 2 + 2 * length {
            return Err(Error::corrupted("bytes are not an inet"));
        }
        Ok(Self { address: bytes[2 + length..].to_vec(), bits: bytes[1 + length] })
    }

    /// Its bytes.
    pub fn encode(&self) -> Vec<u8> {
        let mut bytes = vec![self.family()];
        bytes.extend(self.masked());
        bytes.push(self.bits);
        bytes.extend_from_slice(&self.address);
        bytes
    }

    /// 4 or 6.
    pub fn family(&self) -> u8 {
        if self.address.len() == 4 { 4 } else { 6 }
    }

    /// The most bits that a mask of the family can have.
    pub fn bits_max(&self) -> u8 {
        if self.address.len() == 4 { 32 } else { 128 }
    }

    /// The mask's bytes.
    pub fn mask(&self) -> Vec<u8> {
        let bits = usize::from(self.bits);
        (0..self.address.len())
            .map(|index| match bits.saturating_sub(index * 8) {
                0 => 0,
                some if some >= 8 => 0xFF,
                some => 0xFF << (8 - some),
            })
            .collect()
    }

    /// The address with the host's bits zero.
    pub fn masked(&self) -> Vec<u8> {
        self.address.iter().zip(self.mask()).map(|(a, m)| a & m).collect()
    }

    /// The text of the address alone.
    pub fn host(&self) -> String {
        match <[u8; 4]>::try_from(self.address.as_slice()) {
            Ok(four) => Ipv4Addr::from(four).to_string(),
            Err(_) => {
                <[u8; 16]>::try_from(self.address.as_slice()).map_or_else(|_| String::new(), six)
            }
        }
    }
}

/// An IPv6 address with its longest run of zeros as `::`, and an embedded IPv4 address with dots.
fn six(bytes: [u8; 16]) -> String {
    let words = Ipv6Addr::from(bytes).segments();
    let (mut base, mut length, mut index) = (0, 0, 0);
    while index < 8 {
        let run = words[index..].iter().take_while(|word| **word == 0).count();
        if run > length {
            (base, length) = (index, run);
        }
        index += run.max(1);
    }
    if length < 2 {
        length = 0;
    }
    let dotted = base == 0 && (length == 6 || length == 5 && words[5] == 0xFFFF);
    let mut out = String::new();
    let end = if dotted { 6 } else { 8 };
    let mut index = 0;
    while index < end {
        if length > 0 && index == base {
            out.push_str(if index == 0 { "::" } else { ":" });
            index += length;
            continue;
        }
        out.push_str(&format!("{:x}", words[index]));
        index += 1;
        if index < 8 {
            out.push(':');
        }
    }
    if dotted {
        let [a, b, c, d] = [bytes[12], bytes[13], bytes[14], bytes[15]];
        out.push_str(&format!("{a}.{b}.{c}.{d}"));
    }
    out
}

/// An inet or cidr from text. 22P02.
pub fn input(source: &str, cidr: bool) -> Result<Vec<u8>> {
    let kind = if cidr { "cidr" } else { "inet" };
    let network = parse(source, cidr).ok_or_else(|| invalid_input(kind, source))?;
    if cidr && network.masked() != network.address {
        let text = format!("invalid cidr value: \"{source}\"");
        return Err(Error::new(SqlState::INVALID_TEXT_REPRESENTATION, text)
            .detail("Value has bits set to right of mask."));
    }
    Ok(network.encode())
}

fn parse(source: &str, cidr: bool) -> Option<Network> {
    let (head, bits) = match source.split_once('/') {
        Some((head, bits)) => {
            let plain =
                !bits.is_empty() && bits.len() <= 3 && bits.bytes().all(|b| b.is_ascii_digit());
            (head, Some(plain.then(|| bits.parse::<u8>().ok()).flatten()?))
        }
        None => (source, None),
    };
    if head.contains(':') {
        let address = head.parse::<Ipv6Addr>().ok()?.octets().to_vec();
        let bits = bits.unwrap_or(128);
        return (bits <= 128).then_some(Network { address, bits });
    }
    let mut address = Vec::with_capacity(4);
    for part in head.split('.') {
        let plain = !part.is_empty() && part.len() <= 3 && part.bytes().all(|b| b.is_ascii_digit());
        address.push(plain.then(|| part.parse::<u8>().ok()).flatten()?);
    }
    let given = u8::try_from(address.len()).ok().filter(|given| *given <= 4)?;
    let bits = match bits {
        Some(bits) if bits <= 32 => bits,
        Some(_) => return None,
        None if cidr => class_bits(address[0]).max(given * 8),
        None if given == 4 => 32,
        None => return None,
    };
    if !cidr && bits / 8 > given {
        return None;
    }
    address.resize(4, 0);
    Some(Network { address, bits })
}

/// The mask that a classful address had.
fn class_bits(first: u8) -> u8 {
    match first {
        240.. => 32,
        224 => 4,
        225..=239 => 8,
        192..=223 => 24,
        128..=191 => 16,
        0..=127 => 8,
    }
}

/// Appends the text form; a cidr always shows its mask.
pub(crate) fn write(bytes: &[u8], cidr: bool, out: &mut Vec<u8>) -> Result<()> {
    let network = Network::decode(bytes)?;
    out.extend_from_slice(network.host().as_bytes());
    if cidr || network.bits != network.bits_max() {
        out.extend_from_slice(format!("/{}", network.bits).as_bytes());
    }
    Ok(())
}

/// Appends the binary form: family, bits, whether it is a cidr, length, address.
pub(crate) fn send(bytes: &[u8], cidr: bool, out: &mut Vec<u8>) -> Result<()> {
    let network = Network::decode(bytes)?;
    let family = if network.family() == 4 { 2 } else { 3 };
    let length = u8::try_from(network.address.len()).unwrap_or(0);
    out.extend_from_slice(&[family, network.bits, u8::from(cidr), length]);
    out.extend_from_slice(&network.address);
    Ok(())
}

/// A value from its binary form. 22P03.
pub(crate) fn receive(reader: &mut crate::binary::Reader<'_>, cidr: bool) -> Result<Vec<u8>> {
    let kind = if cidr { "cidr" } else { "inet" };
    let invalid = |what: &str| {
        let text = format!("invalid {what} in external \"{kind}\" value");
        Error::new(SqlState::INVALID_BINARY_REPRESENTATION, text)
    };
    let length = match reader.u8()? {
        2 => 4,
        3 => 16,
        _ => return Err(invalid("address family")),
    };
    let bits = reader.u8()?;
    if usize::from(bits) > length * 8 {
        return Err(invalid("bits"));
    }
    reader.u8()?;
    if usize::from(reader.u8()?) != length {
        return Err(invalid("length"));
    }
    let network = Network { address: reader.take(length)?.to_vec(), bits };
    if cidr && network.masked() != network.address {
        return Err(Error::new(
            SqlState::INVALID_BINARY_REPRESENTATION,
            "invalid external \"cidr\" value",
        )
        .detail("Value has bits set to right of mask."));
    }
    Ok(network.encode())
}

/// A macaddr (6 bytes) from text: `08:00:2b:01:02:03` and its other forms. 22P02, 22003.
pub fn input_mac(source: &str) -> Result<[u8; 6]> {
    let invalid = || invalid_input("macaddr", source);
    let trimmed = source.trim_matches(crate::text::is_space);
    // The separators tell how many digits a group has.
    let (separator, size) = match trimmed.find([':', '-', '.']) {
        None => (None, 12),
        Some(_) => {
            let separator = if trimmed.contains(':') {
                ':'
            } else if trimmed.contains('-') {
                '-'
            } else {
                '.'
            };
            (
                Some(separator),
                match trimmed.matches(separator).count() {
                    5 => 2,
                    2 => 4,
                    1 => 6,
                    _ => return Err(invalid()),
                },
            )
        }
    };
    if separator == Some('.') && size != 4 {
        return Err(invalid());
    }
    let mut bytes = [0u8; 6];
    let mut at = 0;
    let groups: Vec<&str> = match separator {
        Some(separator) => trimmed.split(separator).collect(),
        None => vec![trimmed],
    };
    for group in groups {
        let short = size == 2 && (1..=2).contains(&group.len());
        if !(group.len() == size || short) || !group.bytes().all(|b| b.is_ascii_hexdigit()) {
            return Err(invalid());
        }
        let padded = format!("{group:0>size$}");
        for pair in padded.as_bytes().chunks(2) {
            let pair = std::str::from_utf8(pair).map_err(|_| invalid())?;
            bytes[at] = u8::from_str_radix(pair, 16).map_err(|_| invalid())?;
            at += 1;
        }
    }
    Ok(bytes)
}

/// A macaddr8 from text; six bytes become eight with FF:FE in the middle. 22P02.
pub fn input_mac8(source: &str) -> Result<[u8; 8]> {
    let invalid = || invalid_input("macaddr8", source);
    let mut rest = source.trim_matches(crate::text::is_space);
    let mut bytes: Vec<u8> = Vec::with_capacity(8);
    let mut separator = None;
    while !rest.is_empty() {
        let pair = rest.get(..2).filter(|pair| pair.bytes().all(|b| b.is_ascii_hexdigit()));
        let pair = pair.ok_or_else(invalid)?;
        if bytes.len() == 8 {
            return Err(invalid());
        }
        bytes.push(u8::from_str_radix(pair, 16).map_err(|_| invalid())?);
        rest = &rest[2..];
        if let Some(found) = rest.chars().next().filter(|c| matches!(c, ':' | '-' | '.')) {
            if separator.is_some_and(|known| known != found) || rest.len() == 1 {
                return Err(invalid());
            }
            separator = Some(found);
            rest = &rest[1..];
        }
    }
    if let [a, b, c, d, e, f] = bytes[..] {
        return Ok([a, b, c, 0xFF, 0xFE, d, e, f]);
    }
    bytes.try_into().map_err(|_| invalid())
}

/// Appends the text form of a macaddr or macaddr8.
pub(crate) fn write_mac(bytes: &[u8], out: &mut Vec<u8>) {
    let parts: Vec<String> = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
    out.extend_from_slice(parts.join(":").as_bytes());
}
