//! The pipes that a program talks into.

use super::Stream;
use crate::lines::LineSplitter;
use std::fs::File;
use std::io::{ErrorKind, Read};
use std::os::fd::{AsRawFd, OwnedFd};
use std::process::Child;

/// Reads at most this many buffers in one go: whoever never stops talking must not keep us from listening to others.
const TURNS: usize = 16;

/// One output of a program, read without waiting and cut into lines.
pub(crate) struct OutputPipe {
    stream: Stream,
    pipe: Option<File>,
    lines: LineSplitter,
}

impl OutputPipe {
    /// Both outputs of a child that was started with pipes.
    pub(crate) fn of(child: &mut Child) -> [Self; 2] {
        let open = |stream, fd: Option<OwnedFd>| Self {
            stream,
            pipe: fd.and_then(nonblocking),
            lines: LineSplitter::default(),
        };
        [
            open(Stream::Out, child.stdout.take().map(Into::into)),
            open(Stream::Error, child.stderr.take().map(Into::into)),
        ]
    }

    /// The descriptor to wait for; -1, which poll(2) skips, when it is closed.
    pub(crate) fn descriptor(&self) -> i32 {
        self.pipe.as_ref().map_or(-1, AsRawFd::as_raw_fd)
    }

    /// Hands on the complete lines that are there.
    pub(crate) fn read(&mut self, on_line: &mut dyn FnMut(Stream, &[u8])) {
        let stream = self.stream;
        let mut buffer = [0; 32 << 10];
        for _ in 0..TURNS {
            let Some(pipe) = &mut self.pipe else { return };
            match pipe.read(&mut buffer) {
                Ok(0) => self.pipe = None,
                Ok(count) => self.lines.push(&buffer[..count], &mut |line| on_line(stream, line)),
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) if error.kind() == ErrorKind::WouldBlock => return,
                Err(_) => self.pipe = None,
            }
        }
    }

    /// Hands on what came without a line end.
    pub(crate) fn finish(&mut self, on_line: &mut dyn FnMut(Stream, &[u8])) {
        let stream = self.stream;
        self.lines.finish(&mut |line| on_line(stream, line));
    }
}

/// A pipe whose reads and writes return at once; `None` when the kernel refuses, which it does not for a pipe.
pub(crate) fn nonblocking(fd: OwnedFd) -> Option<File> {
    let number = fd.as_raw_fd();
    // SAFETY: fcntl on an open descriptor with plain numbers.
    let set = unsafe {
        let flags = libc::fcntl(number, libc::F_GETFL);
        flags >= 0 && libc::fcntl(number, libc::F_SETFL, flags | libc::O_NONBLOCK) == 0
    };
    set.then(|| File::from(fd))
}
