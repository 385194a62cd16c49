//! Where WebSocket frames begin (RFC 6455, 5.2), to be able to say goodbye between two of them.

/// The close frame of a server that goes away (status 1001).
pub(super) const GOING_AWAY: [u8; 4] = [0x88, 0x02, 0x03, 0xe9];

/// The place in a stream of frames.
#[derive(Debug, Default)]
pub(super) struct Frames {
    header: [u8; 14],
    have: usize,
    /// Bytes left of the frame at hand.
    payload: u64,
}

impl Frames {
    pub(super) fn follow(&mut self, mut bytes: &[u8]) {
        while let Some((first, rest)) = bytes.split_first() {
            if self.payload > 0 {
                let n = usize::try_from(self.payload).unwrap_or(usize::MAX).min(bytes.len());
                self.payload -= n as u64;
                bytes = &bytes[n..];
                continue;
            }
            self.header[self.have] = *first;
            self.have += 1;
            bytes = rest;
            if let Some(payload) = self.length() {
                (self.payload, self.have) = (payload, 0);
            }
        }
    }

    /// The length of the payload, once the header is whole.
    fn length(&self) -> Option<u64> {
        let second = *self.header[..self.have].get(1)?;
        let extended = match second & 0x7f {
            126 => 2,
            127 => 8,
            _ => 0,
        };
        let mask = if second & 0x80 == 0 { 0 } else { 4 };
        let number = self.header[2..2 + extended].iter().fold(0, |n, b| n << 8 | u64::from(*b));
        let length = if extended == 0 { u64::from(second & 0x7f) } else { number };
        (self.have == 2 + extended + mask).then_some(length)
    }

    /// Nothing of a frame is missing.
    pub(super) fn between(&self) -> bool {
        self.have == 0 && self.payload == 0
    }
}

#[cfg(test)]
mod tests {
    use super::Frames;

    #[test]
    fn the_place_between_frames_is_known_however_they_are_cut() {
        let mut stream = vec![0x81, 5];
        stream.extend(b"hello");
        stream.extend([0x82, 126, 1, 0]);
        stream.extend([7; 256]);
        stream.extend([0x82, 127, 0, 0, 0, 0, 0, 1, 0, 0]);
        stream.extend([7; 65536]);
        stream.extend([0x89, 0x80, 1, 2, 3, 4]);
        let ends = [0, 7, 267, 65813, 65819];
        assert_eq!(stream.len(), 65819);
        for cut in (0..400).chain([65812, 65813, 65814, 65818, 65819]) {
            let mut frames = Frames::default();
            frames.follow(&stream[..cut]);
            assert_eq!(frames.between(), ends.contains(&cut), "{cut}");
            frames.follow(&stream[cut..]);
            assert!(frames.between());
        }
    }
}
