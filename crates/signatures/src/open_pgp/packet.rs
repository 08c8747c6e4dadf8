//! Packets (RFC 9580, section 4.2): their frames, in the old form and the new one.

use crate::limits::PACKETS_MAX;
use crate::wire::Wire;

/// A packet: what it is, and what it holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Packet<'a> {
    pub(crate) tag: u8,
    pub(crate) body: &'a [u8],
}

/// All packets, if bytes are packets and nothing else. Lengths that are given in parts, or left open, belong to streams.
pub(crate) fn packets(bytes: &[u8]) -> Option<Vec<Packet<'_>>> {
    let mut wire = Wire::new(bytes);
    let mut packets = Vec::new();
    while !wire.is_empty() {
        if packets.len() == PACKETS_MAX {
            return None;
        }
        packets.push(packet(&mut wire)?);
    }
    Some(packets)
}

fn packet<'a>(wire: &mut Wire<'a>) -> Option<Packet<'a>> {
    let first = wire.byte()?;
    let (tag, length) = match first {
        0xc0.. => (first & 0x3f, length(wire)?),
        0x80..=0xbf => ((first >> 2) & 0x0f, old_length(first & 3, wire)?),
        ..=0x7f => return None,
    };
    Some(Packet {
        tag,
        body: wire.take(length)?,
    })
}

/// A length of one, two or five bytes.
fn length(wire: &mut Wire<'_>) -> Option<usize> {
    match wire.byte()? {
        short @ ..=191 => Some(usize::from(short)),
        high @ 192..=223 => Some(((usize::from(high) - 192) << 8) + usize::from(wire.byte()?) + 192),
        224..=254 => None,
        255 => usize::try_from(wire.u32()?).ok(),
    }
}

/// The same for a subpacket, where two bytes reach further (RFC 9580, section 5.2.3.7).
pub(super) fn subpacket_length(wire: &mut Wire<'_>) -> Option<usize> {
    match wire.byte()? {
        short @ ..=191 => Some(usize::from(short)),
        high @ 192..=254 => Some(((usize::from(high) - 192) << 8) + usize::from(wire.byte()?) + 192),
        255 => usize::try_from(wire.u32()?).ok(),
    }
}

fn old_length(kind: u8, wire: &mut Wire<'_>) -> Option<usize> {
    match kind {
        0 => Some(usize::from(wire.byte()?)),
        1 => Some(usize::from(wire.u16()?)),
        2 => usize::try_from(wire.u32()?).ok(),
        _ => None,
    }
}

/// A number with its length in bits (RFC 9580, section 3.2), without zeros in front; none is zero.
pub(super) fn number<'a>(wire: &mut Wire<'a>) -> Option<&'a [u8]> {
    let bits = usize::from(wire.u16()?);
    let digits = wire.take(bits.div_ceil(8))?;
    let first = digits.first()?;
    let counted = digits.len() * 8 - usize::try_from(first.leading_zeros()).ok()?;
    (*first != 0 && counted == bits).then_some(digits)
}
