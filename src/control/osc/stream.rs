//! Packets in a stream of bytes: OSC 1.0 puts each one's length before it, OSC 1.1 packs them in SLIP (RFC 1055). Which of
//! the two a peer speaks shows in its first byte.

use super::receiver::DATAGRAM;

const END: u8 = 0xC0;
const ESC: u8 = 0xDB;
const ESC_END: u8 = 0xDC;
const ESC_ESC: u8 = 0xDD;

/// How a peer marks its packets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Framing {
    /// Four bytes of length, big-endian.
    Length,
    Slip,
}

/// A packet was longer than any that is believed, or is no packet: the connection makes no sense any more.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Senseless;

/// Takes a stream apart.
#[derive(Default)]
pub struct Unpacker {
    framing: Option<Framing>,
    waiting: Vec<u8>,
    escaped: bool,
}

impl Unpacker {
    /// How the peer marks its packets, once it sent one.
    #[must_use]
    pub fn framing(&self) -> Option<Framing> {
        self.framing
    }

    /// Takes in `bytes` and hands out the packets that are complete.
    ///
    /// # Errors
    /// When this is no stream of packets.
    pub fn take(&mut self, bytes: &[u8], packet: &mut impl FnMut(&[u8])) -> Result<(), Senseless> {
        for &byte in bytes {
            // A length begins with a zero, as no packet is longer than 16 MiB; a packet with a slash or `#`.
            let framing = *self.framing.get_or_insert(if byte == 0 { Framing::Length } else { Framing::Slip });
            match framing {
                Framing::Length => self.counted(byte, packet)?,
                Framing::Slip => self.slipped(byte, packet)?,
            }
        }
        Ok(())
    }

    fn counted(&mut self, byte: u8, packet: &mut impl FnMut(&[u8])) -> Result<(), Senseless> {
        self.waiting.push(byte);
        let Some((length, rest)) = self.waiting.split_first_chunk::<4>() else { return Ok(()) };
        let length = u32::from_be_bytes(*length) as usize;
        if length > DATAGRAM || length == 0 {
            return Err(Senseless);
        }
        if rest.len() == length {
            packet(rest);
            self.waiting.clear();
        }
        Ok(())
    }

    fn slipped(&mut self, byte: u8, packet: &mut impl FnMut(&[u8])) -> Result<(), Senseless> {
        if byte == END {
            // An END before a packet, too, is usual: the empty packet between two of them is none.
            if !self.waiting.is_empty() {
                packet(&self.waiting);
                self.waiting.clear();
            }
            self.escaped = false;
            return Ok(());
        }
        let meant = match (std::mem::take(&mut self.escaped), byte) {
            (false, ESC) => {
                self.escaped = true;
                return Ok(());
            }
            (true, ESC_END) => END,
            (true, ESC_ESC) => ESC,
            (_, other) => other,
        };
        if self.waiting.len() >= DATAGRAM {
            return Err(Senseless);
        }
        self.waiting.push(meant);
        Ok(())
    }
}

/// Appends `packet` to `out`, marked as `framing` says.
pub fn pack(framing: Framing, packet: &[u8], out: &mut Vec<u8>) {
    match framing {
        Framing::Length => {
            out.extend((packet.len() as u32).to_be_bytes());
            out.extend_from_slice(packet);
        }
        Framing::Slip => {
            out.push(END);
            for &byte in packet {
                match byte {
                    END => out.extend([ESC, ESC_END]),
                    ESC => out.extend([ESC, ESC_ESC]),
                    plain => out.push(plain),
                }
            }
            out.push(END);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn either_framing_survives_any_cut() {
        let packets: [&[u8]; 3] = [b"/a\0\0,\0\0\0", &[b'/', END, ESC, 0, END, ESC_END, ESC_ESC, ESC], b"#bundle\0"];
        for framing in [Framing::Length, Framing::Slip] {
            let mut stream = Vec::new();
            packets.iter().for_each(|packet| pack(framing, packet, &mut stream));
            for step in [1, 3, 1000] {
                let (mut unpacker, mut found) = (Unpacker::default(), Vec::new());
                for part in stream.chunks(step) {
                    unpacker.take(part, &mut |packet| found.push(packet.to_vec())).unwrap();
                }
                assert_eq!(found, packets, "{framing:?} by {step}");
                assert_eq!(unpacker.framing(), Some(framing));
            }
        }
    }

    #[test]
    fn slip_without_a_first_end_and_lengths_beyond_belief() {
        let (mut unpacker, mut found) = (Unpacker::default(), Vec::new());
        unpacker.take(b"/a\0\0\xC0\xC0\xC0/b\0\0\xC0", &mut |packet| found.push(packet.to_vec())).unwrap();
        assert_eq!(found, [b"/a\0\0".to_vec(), b"/b\0\0".to_vec()]);
        let long = Unpacker::default().take(&[0, 255, 0, 0, 1], &mut |_| {});
        let endless = Unpacker::default().take(&[b'/'; DATAGRAM + 2], &mut |_| {});
        assert_eq!((long, endless), (Err(Senseless), Err(Senseless)));
    }
}
