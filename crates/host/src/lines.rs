//! Lines out of a stream of bytes, never longer than a limit.

/// Longest piece of a line, in bytes; what is longer comes in several.
pub const LONGEST: usize = 16 << 10;

/// Cuts bytes into lines.
#[derive(Debug)]
pub struct LineSplitter {
    rest: Vec<u8>,
    longest: usize,
}

impl Default for LineSplitter {
    fn default() -> Self {
        Self::up_to(LONGEST)
    }
}

impl LineSplitter {
    /// With a limit of its own for the length of a piece.
    pub fn up_to(longest: usize) -> Self {
        Self { rest: Vec::new(), longest }
    }

    /// Takes bytes and hands on every line that is complete, without its end.
    pub fn push(&mut self, mut bytes: &[u8], on_line: &mut dyn FnMut(&[u8])) {
        while !bytes.is_empty() {
            let room = self.longest - self.rest.len();
            let window = &bytes[..bytes.len().min(room)];
            if let Some(end) = window.iter().position(|byte| *byte == b'\n') {
                self.emit(&window[..end], on_line);
                bytes = &bytes[end + 1..];
            } else if window.len() == room {
                self.emit(window, on_line);
                bytes = &bytes[room..];
            } else {
                self.rest.extend_from_slice(window);
                bytes = &[];
            }
        }
    }

    /// Hands on what is left when the stream ends without a line end.
    pub fn finish(&mut self, on_line: &mut dyn FnMut(&[u8])) {
        if !self.rest.is_empty() {
            self.emit(&[], on_line);
        }
    }

    fn emit(&mut self, tail: &[u8], on_line: &mut dyn FnMut(&[u8])) {
        let trim = |line: &[u8]| line.len() - usize::from(line.ends_with(b"\r"));
        if self.rest.is_empty() {
            on_line(&tail[..trim(tail)]);
        } else {
            self.rest.extend_from_slice(tail);
            on_line(&self.rest[..trim(&self.rest)]);
            self.rest.clear();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cut(chunks: &[&[u8]]) -> Vec<Vec<u8>> {
        let (mut splitter, mut lines) = (LineSplitter::default(), Vec::new());
        for chunk in chunks {
            splitter.push(chunk, &mut |line| lines.push(line.to_vec()));
        }
        splitter.finish(&mut |line| lines.push(line.to_vec()));
        lines
    }

    #[test]
    fn lines_do_not_depend_on_how_the_bytes_arrive() {
        let text = b"one\r\n\ntwo\nlast";
        let whole = cut(&[text]);
        assert_eq!(whole, [b"one".to_vec(), b"".to_vec(), b"two".to_vec(), b"last".to_vec()]);
        for at in 0..text.len() {
            assert_eq!(cut(&[&text[..at], &text[at..]]), whole);
        }
    }

    #[test]
    fn a_long_line_comes_in_pieces() {
        let lines = cut(&[&vec![b'x'; LONGEST * 2 + 5]]);
        assert_eq!(lines.iter().map(Vec::len).collect::<Vec<_>>(), [LONGEST, LONGEST, 5]);
    }
}
